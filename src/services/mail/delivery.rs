//! Delivery: a thread of `serve` that takes mails from the outbox and hands them to the mail server, or writes them as
//! files where none is set.

use std::path::Path;
use std::time::Duration;

use lettre::address::AddressError;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{Address, Message, SmtpTransport, Transport};

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::secrets::{Secrets, Token};
use crate::base::text;
use crate::base::worker::{Stop, WakeSignal, Worker};
use crate::db::Db;
use crate::services::mail::files::MailFiles;
use crate::services::mail::header::{AutoSubmitted, Subject};
use crate::services::mail::outbox::{Outcome, claim, is_due, record};
use crate::services::mail::{LinkSecrets, Mail};

/// How long a mail server may take for each step of the conversation.
const TIMEOUT: Duration = Duration::from_secs(20);

enum Way {
    Server(SmtpTransport),
    Files(MailFiles),
}

/// What the courier works with.
struct Round<L> {
    db: Db,
    clock: Clock,
    secrets: Secrets,
    links: L,
    from: Mailbox,
    way: Way,
}

/// From whom and by what way mails go out.
pub struct MailSettings<'a> {
    /// The sender.
    pub from: Mailbox,
    /// The mail server, as lettre reads it; without it, mails are written as files.
    pub smtp_url: Option<&'a str>,
    /// The directory of these files.
    pub files: &'a Path,
}

/// Starts the thread that delivers, each link with a secret that `links` makes for it.
///
/// # Errors
/// A URL that lettre does not understand, a directory that cannot be made, a thread that cannot be started.
pub fn deliver(
    db: Db,
    clock: Clock,
    secrets: Secrets,
    links: impl LinkSecrets + Send + 'static,
    bell: WakeSignal,
    mail: MailSettings,
) -> Result<Worker, Error> {
    let way = match mail.smtp_url {
        Some(url) => {
            let builder = SmtpTransport::from_url(url).map_err(Error::internal)?;
            Way::Server(builder.timeout(Some(TIMEOUT)).build())
        }
        None => Way::Files(MailFiles::at(mail.files).map_err(Error::internal)?),
    };
    let from = mailbox(mail.from.name, mail.from.email.as_ref()).map_err(Error::internal)?;
    let round = Round { db, clock, secrets, links, from, way };
    let work = move |stop: &Stop| {
        if let Err(error) = round.deliver_due(stop) {
            tracing::warn!(%error, "mails wait: the outbox cannot be read");
        }
    };
    Worker::start("courier", bell, work).map_err(Error::internal)
}

impl<L: LinkSecrets> Round<L> {
    fn deliver_due(&self, stop: &Stop) -> Result<(), Error> {
        while !stop.is_asked() {
            let now = self.clock.now();
            // Looking first keeps the one writer of SQLite free while there is nothing to do.
            if !self.db.read_blocking(|conn| is_due(conn, now))? {
                break;
            }
            let Some(mail) = self.db.write_unaudited_blocking::<_, Error>(|conn| claim(conn, now))? else { break };
            // Known before the mail goes out, for it may arrive though no answer does.
            let secret = self.db.write_unaudited_blocking::<_, Error>(|conn| match mail.link {
                Some(link) => self.links.add(conn, mail.tenant, link).map(Some),
                None => Ok(None),
            })?;
            let outcome = self.deliver(&mail, secret.as_ref());
            match &outcome {
                Outcome::Sent => tracing::info!(mail = %mail.id, "mail sent"),
                Outcome::Later(problem) => tracing::warn!(mail = %mail.id, problem, "mail is tried again later"),
                Outcome::Never(problem) => tracing::warn!(mail = %mail.id, problem, "mail is given up"),
            }
            self.db.write_unaudited_blocking::<_, Error>(|conn| record(conn, &mail, outcome, self.clock.now()))?;
        }
        Ok(())
    }

    fn deliver(&self, mail: &Mail, secret: Option<&Token>) -> Outcome {
        let message = match self.compose(mail, secret) {
            Ok(message) => message,
            Err(problem) => return Outcome::Never(problem),
        };
        match &self.way {
            Way::Server(server) => match server.send(&message) {
                Ok(_) => Outcome::Sent,
                Err(error) if is_final(&error) => Outcome::Never(problem(&error)),
                // Of addresses that an earlier version accepted.
                Err(error) if error.is_client() && !mail.recipient.is_ascii() => Outcome::Never(problem(&error)),
                Err(error) => Outcome::Later(problem(&error)),
            },
            Way::Files(files) => match files.write(&mail.id.to_string(), &message.formatted()) {
                Ok(()) => Outcome::Sent,
                Err(error) => Outcome::Later(error.to_string()),
            },
        }
    }

    /// The same mail is composed at every try, with the same Message-ID, so that a server that took it before its
    /// answer was cut off can tell; but for the secret of its link, since no earlier one is known any more.
    fn compose(&self, mail: &Mail, secret: Option<&Token>) -> Result<Message, String> {
        let letter = mail.letter(&self.secrets).ok_or("it was sealed with another secret key")?;
        let letter = match secret {
            Some(secret) => letter.with_secret(secret),
            None => letter,
        };
        let name = Some(letter.name).filter(|name| !name.is_empty());
        let to = mailbox(name, &mail.recipient).map_err(|why| format!("the address cannot be used: {why}"))?;
        let domain = self.from.email.domain();
        let mut message = Message::builder().from(self.from.clone()).to(to);
        // Where the address cannot be used, answers go to the sender.
        let answers = letter.reply_to.and_then(|(name, address)| {
            let name = Some(name).filter(|name| *name != address);
            mailbox(name, &address).ok()
        });
        if let Some(answers) = answers {
            message = message.reply_to(answers);
        }
        message
            .header(Subject(letter.subject))
            .header(AutoSubmitted)
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|why| why.to_string())
    }
}

/// An address as mail servers take it: most know no other letters than those of ASCII.
fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox, AddressError> {
    Ok(Mailbox::new(name, text::mail_address(address).parse::<Address>()?))
}

/// Whether trying again is of no use: the server refused this mail for good. A refused sign-in is our own mistake,
/// which somebody will mend.
fn is_final(error: &smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
}

/// What the mail server or the connection said, in one line.
pub fn problem(error: &smtp::Error) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
