//! A server between its first breath and its first page: it listens, says that it is alive, and answers everything else
//! with 503 until its database is there.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_web::rt::task::JoinHandle;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::app::cleanup;
use crate::app::opening::{CannotOpen, Opened};
use crate::app::server::Server;
use crate::base::error::Error;
use crate::base::secrets::Token;
use crate::config::DataDirLock;
use crate::services::jobs;
use crate::tenancy::installation;
use crate::web::state::AppState;

/// How long it waits before the database is tried again: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// After so long, a try that has not ended is logged.
const SLOW: Duration = Duration::from_secs(10);
/// How often it is logged that the database is still away.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// A server that listens and waits for its database.
pub struct Starting {
    pub(crate) address: SocketAddr,
    pub(crate) metrics_address: Option<SocketAddr>,
    pub(crate) app: AppState,
    pub(crate) handle: actix_web::dev::ServerHandle,
    pub(crate) answering: JoinHandle<std::io::Result<()>>,
    pub(crate) occupied: DataDirLock,
}

impl Starting {
    /// Waits until the database can be used, and then answers, delivers mail and works. `None` when the process was told
    /// to stop before that.
    ///
    /// # Errors
    /// One line about what does not become right by waiting.
    pub async fn finish(mut self) -> Result<Option<Server>, CannotOpen> {
        let waiting = self.app.clone();
        let (opened, token) = tokio::select! {
            found = waiting.open_database() => found?,
            _ = &mut self.answering => return Ok(None),
        };
        let app = self.app;
        let failed = |what: &str, why: String| CannotOpen::Refused(format!("{what}: {why}"));
        let mail_worker = app.mail_worker().map_err(|why| failed("mail cannot be delivered", why.to_string()))?;
        let jobs = jobs::start(app.db.clone(), app.clock.clone(), app.jobs.clone(), app.work.clone());
        let jobs = jobs.map_err(|why| failed("background work cannot be done", why.to_string()))?;
        cleanup::start(&app);
        app.health.open();
        Ok(Some(Server {
            address: self.address,
            metrics_address: self.metrics_address,
            public_url: app.public_url().to_owned(),
            setup_link: token.map(|token| format!("{}/setup/{}", app.public_url(), token.reveal())),
            created: opened.created,
            app,
            handle: self.handle,
            answering: self.answering,
            workers: vec![jobs, mail_worker],
            _occupied: self.occupied,
        }))
    }
}

impl AppState {
    /// Tries until the database is there and up to date.
    async fn open_database(&self) -> Result<(Opened, Option<Token>), CannotOpen> {
        let (mut pause, mut warned) = (FIRST_PAUSE, None);
        loop {
            match self.try_database(&mut warned).await {
                Ok(found) => {
                    for note in &found.0.notes {
                        tracing::warn!("{note}");
                    }
                    if warned.is_some() {
                        tracing::info!("the database is there");
                    }
                    return Ok(found);
                }
                Err(why @ CannotOpen::Away(_)) => warn(&mut warned, &why.to_string()),
                Err(why) => return Err(why),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn try_database(&self, warned: &mut Option<Instant>) -> Result<(Opened, Option<Token>), CannotOpen> {
        let storage = self.config.storage.clone();
        let (give, mut opened) = oneshot::channel();
        // Not a thread of the runtime, which waits for those at its end: a connection may hang for minutes.
        let opening = std::thread::Builder::new().name("opening".into()).spawn(move || give.send(storage.migrate()));
        opening.map_err(|why| CannotOpen::Away(why.to_string()))?;
        let opened = loop {
            match timeout(SLOW, &mut opened).await {
                Ok(ended) => {
                    break ended.map_err(|_| CannotOpen::Refused("the database could not be opened".into()))??;
                }
                Err(_) => warn(warned, &format!("{} has not answered yet", self.config.storage.database)),
            }
        };
        let (now, url) = (self.clock.now(), self.public_url().to_owned());
        let noted = self.db.write_unaudited(move |conn| {
            installation::note_public_url(conn, &url)?;
            crate::model::setup::new_link(conn, now)
        });
        let token = noted.await.map_err(|why: Error| match why {
            Error::Unavailable(_) | Error::Uncertain(_) | Error::Full(_) => CannotOpen::Away(why.to_string()),
            why => CannotOpen::Refused(why.to_string()),
        })?;
        Ok((opened, token))
    }
}

/// Logs once a minute that the database is away.
fn warn(warned: &mut Option<Instant>, why: &str) {
    if warned.is_none_or(|warned| warned.elapsed() >= WARN_EVERY) {
        *warned = Some(Instant::now());
        tracing::warn!(why, "waiting for the database");
    }
}
