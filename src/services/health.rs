//! Whether this process takes requests: it does not before its database was there once, nor while it stops.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Integer;
use tokio::signal::unix::{SignalKind, signal};

use crate::base::error::Error;
use crate::db::Db;

/// How long others get to learn that this process stops. Load balancers ask every second or two.
const NOTICE: Duration = Duration::from_secs(5);
/// Whoever asked within this time is somebody to give notice to.
const RECENTLY: i64 = 60;
/// How long an answer of the database counts.
const FRESH: Duration = Duration::from_secs(1);

/// Whether this process goes on. Clones say the same.
#[derive(Clone)]
pub struct Health(Arc<State>);

struct State {
    started: Instant,
    stopping: AtomicBool,
    /// Whether the database was there once, and is up to date.
    open: AtomicBool,
    /// When `/readyz` was last asked, in seconds from the start; negative when never.
    asked: AtomicI64,
    database: Mutex<Option<(Instant, bool)>>,
}

impl Default for Health {
    fn default() -> Self {
        let state = State {
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            open: AtomicBool::new(false),
            asked: AtomicI64::new(-1),
            database: Mutex::default(),
        };
        Self(Arc::new(state))
    }
}

impl Health {
    /// Whether it stops: each answer is the last on its connection.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// The database is there: requests are let in.
    pub fn open(&self) {
        self.0.open.store(true, Ordering::Release);
    }

    /// Whether the database was there once, and is up to date.
    pub fn is_open(&self) -> bool {
        self.0.open.load(Ordering::Acquire)
    }

    fn seconds(&self) -> i64 {
        i64::try_from(self.0.started.elapsed().as_secs()).unwrap_or(i64::MAX)
    }

    /// Ends when the process is told to stop and those who ask have had their notice. A second signal ends it at once.
    pub async fn until_stopped(self) {
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            tracing::error!("signals cannot be heard; only SIGKILL ends this process");
            return std::future::pending().await;
        };
        let asked_by_person = tokio::select! {
            _ = terminate.recv() => false,
            _ = interrupt.recv() => true,
        };
        tracing::info!("stopping");
        self.0.stopping.store(true, Ordering::Release);
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            tracing::warn!("told twice to stop: ending at once");
            std::process::exit(1);
        });
        let asked = self.0.asked.load(Ordering::Acquire);
        if !asked_by_person && asked >= 0 && self.seconds() - asked <= RECENTLY {
            tokio::time::sleep(NOTICE).await;
        }
    }

    /// Somebody asked whether this process takes requests, and is to be told first when it does not any more.
    pub fn note_poll(&self) {
        self.0.asked.store(self.seconds(), Ordering::Release);
    }

    /// Whether the database answers, as of a second ago at most.
    pub async fn database_answers(&self, db: &Db) -> bool {
        if !self.is_open() {
            return false;
        }
        let known = *self.0.database.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, answers)) = known
            && at.elapsed() < FRESH
        {
            return answers;
        }
        let asked = db.read(|conn| {
            let one = diesel::select(1.into_sql::<Integer>());
            one.get_result::<i32>(conn).map_err(Error::from)
        });
        let answers = asked.await.is_ok();
        *self.0.database.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), answers));
        answers
    }
}
