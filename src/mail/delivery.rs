//! Delivery: a thread of `serve` that takes mails from the outbox and hands them to the mail server, or writes them as
//! files where none is set.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::{Address, FileTransport, Message, SmtpTransport, Transport};

use super::outbox::{Mail, Outcome, claim, is_due, record};
use crate::clock::Clock;
use crate::db::Db;
use crate::error::Error;
use crate::secrets::Secrets;

/// How often the outbox is looked into for what other processes queued and what is due again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a mail server may take for each step of the conversation.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells the courier that something was queued. Clones ring the same bell.
#[derive(Clone, Default)]
pub struct Post(Arc<(Mutex<bool>, Condvar)>);

impl Post {
    /// Something was queued and committed.
    pub fn ring(&self) {
        let (rung, bell) = &*self.0;
        *rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        bell.notify_all();
    }

    fn wait(&self) {
        let (rung, bell) = &*self.0;
        let rung = rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = bell.wait_timeout_while(rung, LOOK_EVERY, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

enum Way {
    Server(SmtpTransport),
    Files(FileTransport),
}

/// The thread that delivers.
pub struct Courier {
    stop: Arc<AtomicBool>,
    post: Post,
    thread: Option<JoinHandle<()>>,
}

/// What the courier works with.
struct Round {
    db: Db,
    clock: Clock,
    secrets: Secrets,
    from: Mailbox,
    way: Way,
}

impl Courier {
    /// Starts the thread. `smtp_url` as lettre reads it; without it, mails go into `files`.
    ///
    /// # Errors
    /// A URL that lettre does not understand, a directory that cannot be made, a thread that cannot be started.
    pub fn start(
        (db, clock, secrets): (Db, Clock, Secrets),
        post: Post,
        from: Mailbox,
        smtp_url: Option<&str>,
        files: &Path,
    ) -> Result<Self, Error> {
        let way = match smtp_url {
            Some(url) => {
                let builder = SmtpTransport::from_url(url).map_err(Error::internal)?;
                Way::Server(builder.timeout(Some(PATIENCE)).build())
            }
            None => {
                private_dir(files).map_err(Error::internal)?;
                Way::Files(FileTransport::new(files))
            }
        };
        let round = Round { db, clock, secrets, from, way };
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, bell) = (stop.clone(), post.clone());
        let work = move || {
            while !stopped.load(Ordering::Acquire) {
                if let Err(error) = round.deliver_due(&stopped) {
                    tracing::warn!(%error, "mails wait: the outbox cannot be read");
                }
                if !stopped.load(Ordering::Acquire) {
                    bell.wait();
                }
            }
        };
        let thread = std::thread::Builder::new().name("courier".into()).spawn(work).map_err(Error::internal)?;
        Ok(Self { stop, post, thread: Some(thread) })
    }

    /// Ends the thread after the mail it is at. What waits is sent by the next process.
    pub fn stop(mut self) {
        self.stop.store(true, Ordering::Release);
        self.post.ring();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the courier had panicked");
        }
    }
}

/// Mails carry links: nobody else on this machine may read them.
fn private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

impl Round {
    fn deliver_due(&self, stopped: &AtomicBool) -> Result<(), Error> {
        while !stopped.load(Ordering::Acquire) {
            let now = self.clock.now();
            // Looking first keeps the one writer of SQLite free while there is nothing to do.
            if !self.db.read_blocking(|conn| is_due(conn, now))? {
                break;
            }
            let Some(mail) = self.db.write_blocking::<_, Error>(|conn| claim(conn, now))? else { break };
            let outcome = self.deliver(&mail);
            match &outcome {
                Outcome::Sent => tracing::info!(mail = %mail.id, "mail sent"),
                Outcome::Later(problem) => tracing::warn!(mail = %mail.id, problem, "mail is tried again later"),
                Outcome::Never(problem) => tracing::warn!(mail = %mail.id, problem, "mail is given up"),
            }
            self.db.write_blocking::<_, Error>(|conn| record(conn, &mail, outcome, self.clock.now()))?;
        }
        Ok(())
    }

    fn deliver(&self, mail: &Mail) -> Outcome {
        let message = match self.compose(mail) {
            Ok(message) => message,
            Err(problem) => return Outcome::Never(problem),
        };
        match &self.way {
            Way::Server(server) => match server.send(&message) {
                Ok(_) => Outcome::Sent,
                Err(error) if is_final(&error) => Outcome::Never(words(&error)),
                Err(error) => Outcome::Later(words(&error)),
            },
            Way::Files(files) => match files.send(&message) {
                Ok(_) => Outcome::Sent,
                Err(error) => Outcome::Later(error.to_string()),
            },
        }
    }

    /// The same mail is composed at every try, with the same Message-ID, so that a server that took it before its
    /// answer was cut off can tell.
    fn compose(&self, mail: &Mail) -> Result<Message, String> {
        let letter = mail.letter(&self.secrets).ok_or("it was sealed with another secret key")?;
        let address: Address = mail.recipient.parse().map_err(|why| format!("the address cannot be used: {why}"))?;
        let name = Some(letter.name).filter(|name| !name.is_empty());
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(letter.subject)
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|why| why.to_string())
    }
}

/// Whether trying again is of no use: the server refused this mail for good. A refused sign-in is our own mistake,
/// which somebody will mend.
fn is_final(error: &smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
}

/// What the server or the connection said, in one line.
fn words(error: &smtp::Error) -> String {
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
