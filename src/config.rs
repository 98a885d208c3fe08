//! Settings: from flags, then the environment, then defaults. A wrong one is one clear line that names it.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;
use url::Url;

use crate::auth::{Lifetime, Lifetimes};
use crate::db::DatabaseUrl;
use crate::secrets::{self, Secrets};

/// Where the data is: what every command needs.
#[derive(Debug, Clone, clap::Args)]
pub struct StorageSettings {
    /// Directory for the SQLite database, the secret key and mails that are not sent
    #[arg(long, env = "TENANTRY_DATA_DIR", value_name = "DIR", default_value = "./data", value_parser = path())]
    pub data_dir: PathBuf,

    /// sqlite:PATH or postgres://user:password@host/name [default: SQLite in the data directory]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// 32 or more characters of chance; links and cookies depend on it [default: created in the data directory;
    /// required with PostgreSQL]
    #[arg(long, env = "TENANTRY_SECRET_KEY", value_name = "TEXT", hide_env_values = true)]
    pub secret_key: Option<String>,
}

/// How long activation links work: for the server, and for the command that makes one.
#[derive(Debug, Clone, clap::Args)]
pub struct ActivationSettings {
    /// How long an activation link works, in hours (1–720)
    #[arg(long = "activation-hours", env = "TENANTRY_ACTIVATION_HOURS", value_name = "HOURS", default_value = "72")]
    pub hours: String,
}

impl ActivationSettings {
    /// Checks the setting.
    ///
    /// # Errors
    /// One line that names it.
    pub fn lifetime(&self) -> Result<Duration, String> {
        match self.hours.parse::<u64>() {
            Ok(hours @ 1..=720) => Ok(Duration::from_secs(hours * 3600)),
            _ => Err(format!("TENANTRY_ACTIVATION_HOURS {:?} is not a whole number from 1 to 720", self.hours)),
        }
    }
}

/// How long sessions last.
#[derive(Debug, Clone, clap::Args)]
pub struct SessionSettings {
    /// A customer user's session ends after this long without a request
    #[arg(long, env = "TENANTRY_USER_IDLE", value_name = "TIME", default_value = "8h")]
    pub user_idle: String,

    /// A customer user's session ends after this long in any case
    #[arg(long, env = "TENANTRY_USER_SESSION", value_name = "TIME", default_value = "30d")]
    pub user_session: String,

    /// An administrator's session ends after this long without a request
    #[arg(long, env = "TENANTRY_ADMINISTRATOR_IDLE", value_name = "TIME", default_value = "1h")]
    pub administrator_idle: String,

    /// An administrator's session ends after this long in any case
    #[arg(long, env = "TENANTRY_ADMINISTRATOR_SESSION", value_name = "TIME", default_value = "12h")]
    pub administrator_session: String,
}

impl SessionSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn lifetimes(&self) -> Result<Lifetimes, String> {
        Ok(Lifetimes {
            administrator: Lifetime {
                idle: time("TENANTRY_ADMINISTRATOR_IDLE", &self.administrator_idle)?,
                absolute: time("TENANTRY_ADMINISTRATOR_SESSION", &self.administrator_session)?,
            },
            customer_user: Lifetime {
                idle: time("TENANTRY_USER_IDLE", &self.user_idle)?,
                absolute: time("TENANTRY_USER_SESSION", &self.user_session)?,
            },
        })
    }
}

/// A time of five minutes to a year, as `30m`, `8h` or `30d` says it.
fn time(setting: &str, text: &str) -> Result<Duration, String> {
    let units = [('m', 60), ('h', 3600), ('d', 24 * 3600)];
    let read = units.iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(*unit)?.parse::<u32>().ok()?;
        Some(Duration::from_secs(u64::from(number) * seconds))
    });
    let can_be = Duration::from_secs(5 * 60)..=Duration::from_secs(365 * 24 * 3600);
    read.filter(|time| can_be.contains(time))
        .ok_or_else(|| format!("{setting} {text:?} is not a time of five minutes to 365 days, such as 30m, 8h or 30d"))
}

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

    /// Reverse proxies that are believed when X-Forwarded-For says whom they answer for: addresses and networks,
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

/// Where the data is, checked.
#[derive(Clone)]
pub struct Storage {
    /// Directory of what is kept beside the database.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// Keys for cookies, tokens and sealed mails.
    pub secrets: Secrets,
    /// The same as the settings said it.
    pub place: Place,
}

impl Storage {
    fn at(place: Place, secrets: Secrets) -> Self {
        Self { data_dir: place.data_dir.clone(), database: place.database.clone(), secrets, place }
    }

    /// Creates the database or brings it up to date, and answers how many migrations were run.
    ///
    /// # Errors
    /// One line that names the database.
    pub fn migrate(&self) -> Result<usize, String> {
        let url = &self.database;
        // PostgreSQL's words may come in several lines.
        let line = |why: String| why.split_whitespace().collect::<Vec<_>>().join(" ");
        let secrets = &self.secrets;
        crate::db::migrate(url, |conn| crate::tenant::begin_logs(conn, secrets))
            .map_err(|why| format!("{url} cannot be opened or migrated: {}", line(why.to_string())))
    }
}

/// Where the data is or will be, as the settings say: nothing was opened or created.
#[derive(Clone)]
pub struct Place {
    /// Directory of what is kept beside the database.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabaseUrl,
    /// The secret key, where it is a setting.
    given_key: Option<String>,
}

/// As long as this lives, somebody uses a data directory.
#[derive(Debug)]
pub struct Occupied(#[allow(dead_code, reason = "held for its lock")] std::fs::File);

impl Place {
    /// Where the secret key is kept, unless it is a setting.
    pub fn key_file(&self) -> Option<PathBuf> {
        self.given_key.is_none().then(|| self.data_dir.join("secret.key"))
    }

    /// The secret key that is kept in the data directory; `None` when there is none yet, or it is a setting.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn kept_key(&self) -> Result<Option<Vec<u8>>, String> {
        let Some(path) = self.key_file() else { return Ok(None) };
        match std::fs::read(&path) {
            Ok(key) if key.len() >= 32 => Ok(Some(key)),
            Ok(_) => Err(format!("{} is damaged: it holds fewer than 32 bytes", path.display())),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(format!("{} cannot be read: {why}", path.display())),
        }
    }

    /// Keeps a secret key in the data directory, which has none or the same.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn keep_key(&self, key: &[u8]) -> Result<(), String> {
        let Some(path) = self.key_file() else { return Ok(()) };
        if self.kept_key()?.is_some_and(|kept| kept == key) {
            return Ok(());
        }
        write_private(&path, key).map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }

    /// What is drawn from the secret key; `None` when there is none yet.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn secrets(&self) -> Result<Option<Secrets>, String> {
        match &self.given_key {
            Some(key) => Ok(Some(Secrets::new(key.as_bytes()))),
            None => Ok(self.kept_key()?.map(|key| Secrets::new(&key))),
        }
    }

    /// Uses the data directory beside others that use it.
    ///
    /// # Errors
    /// One line that names it.
    pub fn occupy(&self) -> Result<Occupied, String> {
        let lock = self.lock_file()?;
        lock.try_lock_shared().map_err(|_| format!("{} is being restored", self.data_dir.display()))?;
        Ok(Occupied(lock))
    }

    /// Uses the data directory when nobody else does, and lets nobody in meanwhile. Creates it when it is not there.
    ///
    /// # Errors
    /// One line that names it.
    pub fn occupy_alone(&self) -> Result<Occupied, String> {
        let dir = self.data_dir.display();
        create_private(&self.data_dir).map_err(|why| format!("TENANTRY_DATA_DIR {dir} cannot be created: {why}"))?;
        let lock = self.lock_file()?;
        lock.try_lock().map_err(|_| format!("{dir} is in use by a running server; stop that first"))?;
        Ok(Occupied(lock))
    }

    fn lock_file(&self) -> Result<std::fs::File, String> {
        let path = self.data_dir.join("lock");
        let mut options = std::fs::File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }
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
}

impl StorageSettings {
    /// Checks the settings, and creates nothing.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn place(&self) -> Result<Place, String> {
        let database = match self.database_url.as_deref().filter(|url| !url.is_empty()) {
            None => DatabaseUrl::Sqlite(self.data_dir.join("tenantry.db")),
            Some(url) => DatabaseUrl::parse(url).map_err(|why| format!("DATABASE_URL {why}"))?,
        };
        let given_key = self.secret_key.clone().filter(|key| !key.is_empty());
        if let Some(key) = &given_key
            && key.chars().count() < 32
        {
            return Err("TENANTRY_SECRET_KEY is shorter than 32 characters; `openssl rand -hex 32` makes one".into());
        }
        if given_key.is_none() && database.is_postgres() {
            return Err("TENANTRY_SECRET_KEY is missing: with PostgreSQL every process needs the same one; \
                 `openssl rand -hex 32` makes one"
                .into());
        }
        if self.data_dir.as_os_str().is_empty() {
            return Err("TENANTRY_DATA_DIR is empty: name a directory, such as ./data".into());
        }
        Ok(Place { data_dir: self.data_dir.clone(), database, given_key })
    }

    /// Checks the settings; creates the data directory and, for SQLite, the secret key in it.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn check(&self) -> Result<Storage, String> {
        let place = self.place()?;
        create_private(&place.data_dir)
            .map_err(|why| format!("TENANTRY_DATA_DIR {} cannot be created: {why}", place.data_dir.display()))?;
        let secrets = match place.secrets()? {
            Some(secrets) => secrets,
            None => {
                let key: [u8; 32] = secrets::random().map_err(|why| why.to_string())?;
                place.keep_key(&key)?;
                Secrets::new(&key)
            }
        };
        Ok(Storage::at(place, secrets))
    }

    /// Checks the settings without creating anything: where there is no secret key yet, none is meant.
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn look(&self) -> Result<Storage, String> {
        let place = self.place()?;
        let secrets = place.secrets()?.unwrap_or_else(|| Secrets::new(&[]));
        Ok(Storage::at(place, secrets))
    }
}

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

fn address(setting: &str, text: &str, example: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{setting} {text:?} is not an address with a port, such as {example}"))
}

/// Any path: an empty one is refused with the other settings, in one line that names it.
fn path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser;
    clap::builder::OsStringValueParser::new().map(PathBuf::from)
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

/// Creates a directory for its owner alone: the database and mails in it are nobody else's to read.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
