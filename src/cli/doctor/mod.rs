//! What is wrong with an installation, and how to mend it. Looks at everything and changes nothing.

pub mod command;
pub mod data_dir;
pub mod database;
pub mod server;

use std::fmt;
use std::time::Duration;

use lettre::SmtpTransport;

use crate::base::clock::Timestamp;
use crate::base::time::DisplayZone;
use crate::config::{Config, ServeSettings, last_backup};

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Fine,
    /// It works, but somebody should look at it.
    Warning,
    /// It does not work.
    Failed,
}

/// What was found of one thing.
pub struct Finding {
    /// How it stands.
    pub level: Level,
    what: &'static str,
    message: String,
}

impl Finding {
    fn new(level: Level, what: &'static str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        // Databases and mail servers may say several lines.
        Self { level, what, message: message.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    fn fine(what: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Fine, what, message)
    }

    fn warning(what: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, what, message)
    }

    fn failed(what: &'static str, message: impl Into<String>) -> Self {
        Self::new(Level::Failed, what, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Fine => "ok",
            Level::Warning => "warning",
            Level::Failed => "failed",
        };
        write!(f, "{level:<8} {:<11} {}", self.what, self.message)
    }
}

/// How long a mail server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Looks at everything, one finding or more for each.
pub fn examine(settings: &ServeSettings, now: Timestamp) -> Vec<Finding> {
    let config = match settings.look() {
        Ok(config) => config,
        Err(why) => return vec![Finding::failed("settings", why)],
    };
    let mut findings = vec![settings_of(&config)];
    let database = database::examine(&config.storage, now);
    let mut place = data_dir::examine(&config.storage.place);
    if database.iter().any(|finding| finding.what == "key") {
        // The right key matters more than who may read it.
        place.retain(|finding| finding.what != "key");
    }
    findings.extend(place);
    findings.extend(database);
    findings.push(mail(&config));
    findings.push(backups(&config, now));
    findings
}

/// Asks the running server whether it is ready.
pub fn ask_server(settings: &ServeSettings) -> Finding {
    match settings.look().and_then(|config| server::ask(config.listen)) {
        Ok(message) => Finding::fine("server", message),
        Err(why) => Finding::failed("server", why),
    }
}

fn settings_of(config: &Config) -> Finding {
    match &config.public_url {
        None => Finding::warning(
            "settings",
            "TENANTRY_PUBLIC_URL is not set: links in mails lead to the address listened on; set it to where people reach this server",
        ),
        Some(url) if url.starts_with("http:") => Finding::warning(
            "settings",
            format!(
                "TENANTRY_PUBLIC_URL {url} has no https: passwords and sessions can be read on their way; put a proxy that speaks TLS in front"
            ),
        ),
        Some(url) => Finding::fine("settings", format!("people reach it at {url}")),
    }
}

/// Whether mail could be sent: it connects, says who it is, and signs in, but sends nothing.
fn mail(config: &Config) -> Finding {
    let Some(url) = &config.smtp_url else {
        return Finding::warning("mail", "SMTP_URL is not set: mails are written as files and reach nobody");
    };
    let server = match SmtpTransport::from_url(url) {
        Ok(builder) => builder.timeout(Some(TIMEOUT)).build(),
        Err(why) => return Finding::failed("mail", format!("SMTP_URL cannot be used: {why}")),
    };
    match server.test_connection() {
        Ok(true) => Finding::fine("mail", "the mail server answers and lets this server in"),
        Ok(false) => Finding::failed("mail", "the mail server does not answer as one; check SMTP_URL"),
        Err(why) => Finding::failed(
            "mail",
            format!(
                "the mail server cannot be used; check SMTP_URL, its password and its certificate: {}",
                crate::services::mail::problem(&why)
            ),
        ),
    }
}

fn backups(config: &Config, now: Timestamp) -> Finding {
    match last_backup::read(&config.storage.data_dir) {
        None => Finding::warning(
            "backup",
            "none was made yet; run `tenantry backup FILE` every day, and keep the files elsewhere",
        ),
        Some(last) => {
            let message =
                format!("the last is {} of {}", last.file.display(), DisplayZone::utc().format(last.at, now).exact);
            if last.at + WEEK < now {
                Finding::warning(
                    "backup",
                    format!("{message}, more than a week ago; run `tenantry backup FILE` every day"),
                )
            } else {
                Finding::fine("backup", message)
            }
        }
    }
}
