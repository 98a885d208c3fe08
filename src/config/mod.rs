//! Settings: from flags, then the environment, then defaults. A wrong one is one clear line that names it.

pub(crate) mod data_dir;
pub(crate) mod keys;
pub(crate) mod last_backup;
pub(crate) mod lifetimes;

pub use data_dir::{DataDir, DataDirLock, Storage, StorageSettings};
pub use lifetimes::{ActivationSettings, SessionSettings};

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use argon2::Params;
use ipnet::IpNet;
use lettre::message::Mailbox;
use url::Url;

use crate::config::lifetimes::Lifetimes;

/// All settings of `tenantry serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeSettings {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, env = "TENANTRY_LISTEN", value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// Base of every link in a mail [default: http:// and the address listened on]
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub storage: StorageSettings,

    /// Mail server: smtp://, smtps:// or smtp://…?tls=required, with user:password@ where it asks for them
    /// [default: mails are written as .eml files into the data directory's mail/]
    #[arg(long, env = "SMTP_URL", value_name = "URL", hide_env_values = true)]
    pub smtp_url: Option<String>,

    /// Sender of all mails
    #[arg(long, env = "MAIL_FROM", value_name = "ADDRESS", default_value = "Tenantry <tenantry@localhost>")]
    pub mail_from: String,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub activation: ActivationSettings,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub sessions: SessionSettings,

    /// Reverse proxies whose X-Forwarded-For is trusted: addresses and networks,
    /// such as 127.0.0.1,10.0.0.0/8 [default: none]
    #[arg(long, env = "TENANTRY_TRUSTED_PROXIES", value_name = "LIST", default_value = "", hide_default_value = true)]
    pub trusted_proxies: String,
    /// The largest file that can be imported, in megabytes (1–4096)
    #[arg(long, env = "TENANTRY_IMPORT_LIMIT", value_name = "MB", default_value = "512")]
    pub import_limit: String,

    /// Address for Prometheus, at /metrics; not for the public [default: none]
    #[arg(long, env = "TENANTRY_METRICS_LISTEN", value_name = "IP:PORT")]
    pub metrics_listen: Option<String>,

    /// What is logged, such as info, warn or tenantry=debug
    #[arg(long, env = "TENANTRY_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How it is logged: text for people, or json for machines, a line each
    #[arg(long, env = "TENANTRY_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: String,
}

/// Everything the server needs to know, checked.
#[derive(Clone)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address for metrics, if any.
    pub metrics_listen: Option<SocketAddr>,
    /// Base of every link in a mail, without a slash at its end; `None`: the address listened on.
    pub public_url: Option<String>,
    /// Where the data is.
    pub storage: Storage,
    /// The mail server; `None`: files.
    pub smtp_url: Option<String>,
    /// Sender of all mails.
    pub mail_from: Mailbox,
    /// How long an activation link works.
    pub activation_lifetime: Duration,
    /// How long sessions last.
    pub sessions: Lifetimes,
    /// Proxies that are believed when they say whom they answer for.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest file that can be imported, in bytes.
    pub import_limit: u64,
    /// What it costs to hash a password.
    pub password_cost: Params,
}

/// What it costs to hash a password: OWASP's parameters of argon2id, 19 MiB and two passes. No setting, since a server with
/// less would only be weaker; tests that sign in thousands of times ask for less.
pub const PASSWORD_COST: Params = Params::DEFAULT;

impl ServeSettings {
    /// Checks all settings before anything is opened.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn check(&self) -> Result<Config, String> {
        self.checked(StorageSettings::check)
    }

    /// Checks all settings, and creates nothing.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn look(&self) -> Result<Config, String> {
        self.checked(StorageSettings::look)
    }

    fn checked(&self, storage: impl FnOnce(&StorageSettings) -> Result<Storage, String>) -> Result<Config, String> {
        let listen = address("TENANTRY_LISTEN", &self.listen, "127.0.0.1:8080")?;
        let metrics_listen = self.metrics_listen.as_deref().filter(|text| !text.is_empty());
        let metrics_listen =
            metrics_listen.map(|text| address("TENANTRY_METRICS_LISTEN", text, "127.0.0.1:9464")).transpose()?;
        let public_url = self.public_url.as_deref().filter(|url| !url.is_empty()).map(public_url).transpose()?;
        let smtp_url = self.smtp_url.clone().filter(|url| !url.is_empty());
        if let Some(url) = &smtp_url {
            lettre::SmtpTransport::from_url(url).map_err(|why| {
                format!("SMTP_URL is not a mail server's address, such as smtp://mail.example:587?tls=required ({why})")
            })?;
        }
        let mail_from = self.mail_from.parse().map_err(|why| {
            format!("MAIL_FROM {:?} is not a sender, such as Tenantry <no-reply@example.com> ({why})", self.mail_from)
        })?;
        let activation_lifetime = self.activation.lifetime()?;
        let sessions = self.sessions.lifetimes()?;
        let trusted_proxies = trusted_proxies(&self.trusted_proxies)?;
        let import_limit = import_limit(&self.import_limit)?;
        let storage = storage(&self.storage)?;
        Ok(Config {
            listen,
            metrics_listen,
            public_url,
            storage,
            smtp_url,
            mail_from,
            activation_lifetime,
            sessions,
            trusted_proxies,
            import_limit,
            password_cost: PASSWORD_COST,
        })
    }
}

/// In bytes.
fn import_limit(given: &str) -> Result<u64, String> {
    match given.parse::<u64>() {
        Ok(megabytes @ 1..=4096) => Ok(megabytes * 1_000_000),
        _ => Err(format!("TENANTRY_IMPORT_LIMIT {given:?} is not a whole number from 1 to 4096 (megabytes)")),
    }
}

/// Where the machine itself reaches a server that listens at an address: who listens on all addresses listens there too.
pub fn local_url(listen: SocketAddr) -> String {
    format!("http://{}", reachable(listen))
}

/// An address by which the machine itself reaches who listens at another: on all addresses means there as well.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen {
        SocketAddr::V4(address) if address.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        other => other,
    }
}

pub(crate) fn address(setting: &str, text: &str, example: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{setting} {text:?} is not an address with a port, such as {example}"))
}

fn trusted_proxies(text: &str) -> Result<Vec<IpNet>, String> {
    let listed = text.split(',').map(str::trim).filter(|network| !network.is_empty());
    listed
        .map(|network| network.parse().or_else(|_| network.parse().map(|address: IpAddr| address.into())))
        .collect::<Result<_, _>>()
        .map_err(|_| {
            format!(
                "TENANTRY_TRUSTED_PROXIES {text:?} is not a list of addresses and networks, such as 127.0.0.1,10.0.0.0/8"
            )
        })
}

pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("TENANTRY_PUBLIC_URL {text:?} {why}, such as https://tenantry.example");
    let url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("is not an http or https URL with a host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("must be a scheme, a host and perhaps a port"));
    }
    Ok(url.origin().ascii_serialization())
}
