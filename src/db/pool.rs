//! Waiting for a connection and using it off the async threads: one hop per request, one transaction per write. When the
//! database is away or does not answer, whoever waits is told so within two seconds, and nothing is done any more that
//! they were told was not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::result::Error as QueryError;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::base::error::Error;
use crate::db::connect::Manager;
use crate::db::group_commit::Queue;
use crate::db::pool_health::PoolHealth;
use crate::db::transaction::{begin, end, undo};
use crate::db::{self, Access, Conn, DatabaseUrl};

/// How long a request waits until its work begins before it is told to come back: an outage is told within two seconds.
pub(super) const TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a reading may take before it is asked whether the database answers at all, and how long that may take.
const SLOW: Duration = Duration::from_millis(1_300);
const PING: Duration = Duration::from_millis(250);
/// How long a pool tries to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1_500);
/// Connections to PostgreSQL of one process.
pub(super) const POSTGRES_CONNECTIONS: u32 = 8;

/// A pool and its queue: the semaphore admits as many as there are connections, first come first served, so no
/// thread is spent on waiting.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    pool: r2d2::Pool<Manager>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) health: PoolHealth,
    postgres: bool,
    /// What waits for SQLite's one writer.
    queue: Option<Queue>,
}

/// Whether work has begun or nobody waits for it any more; exactly one of them comes first.
pub(super) struct WorkState(AtomicU8);

impl WorkState {
    const WAITING: u8 = 0;
    const AT_WORK: u8 = 1;
    const GIVEN_UP: u8 = 2;

    pub(super) fn new() -> Self {
        Self(AtomicU8::new(Self::WAITING))
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::WAITING
    }

    /// Whether the work may be done.
    pub(super) fn begin(&self) -> bool {
        self.leave(Self::AT_WORK)
    }

    /// Whether it will not be done.
    pub(super) fn give_up(&self) -> bool {
        self.leave(Self::GIVEN_UP)
    }

    fn leave(&self, to: u8) -> bool {
        self.0.compare_exchange(Self::WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Work whose answer is not looked at but for whether it is good: so what surrounds it at every place is
/// compiled once.
pub(super) type Work = Box<dyn FnOnce(&mut Conn) -> bool + Send>;

/// Where the answer of boxed work comes out.
pub(super) struct Answer<T, E>(oneshot::Receiver<Result<T, E>>);

pub(super) fn boxed<T, E>(work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> (Work, Answer<T, E>)
where
    T: Send + 'static,
    E: Send + 'static,
{
    let (give, answer) = oneshot::channel();
    let work = move |conn: &mut Conn| {
        let given = work(conn);
        let good = given.is_ok();
        // Whoever asked may have gone.
        let _ = give.send(given);
        good
    };
    (Box::new(work), Answer(answer))
}

impl<T, E: From<Error>> Answer<T, E> {
    /// The answer, when the work was done.
    pub(super) fn given(mut self) -> Result<T, E> {
        self.0.try_recv().unwrap_or_else(|none| Err(Error::internal(none).into()))
    }
}

/// Work that was started: whether it has begun, and its end.
type Started = (Arc<WorkState>, JoinHandle<Result<(), Error>>);

impl ConnectionPool {
    pub(super) fn new(url: &DatabaseUrl, access: Access, size: u32, lock: Duration) -> Self {
        let health = PoolHealth::default();
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CONNECT_TIMEOUT)
            .error_handler(Box::new(LogConnect))
            .build_unchecked(Manager { url: url.clone(), access, lock, health: health.clone() });
        let postgres = url.is_postgres();
        let queue = (!postgres && access == Access::Write).then(Queue::default);
        Self { pool, permits: Arc::new(Semaphore::new(size as usize)), health, postgres, queue }
    }

    /// A connection that works. Where one was found broken lately, or nothing was asked for a while, it is tried first:
    /// after an outage, all that were open before are of no use.
    pub(super) fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, Error> {
        let mut conn = self.pool.get().map_err(Error::unavailable)?;
        if self.postgres && self.health.is_doubtful() {
            for _ in 0..POSTGRES_CONNECTIONS {
                if conn.batch_execute("select 1").is_ok() {
                    break;
                }
                // One that is broken is not put back.
                drop(conn);
                conn = self.pool.get().map_err(Error::unavailable)?;
            }
        }
        Ok(conn)
    }

    /// Waits in the same queue as requests do, however long: whoever does much must not go before who does little.
    pub(super) fn run_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let _permit = futures_executor::block_on(self.permits.acquire()).map_err(Error::unavailable)?;
        let answer = work(&mut *self.connection()?);
        self.health.done();
        answer
    }

    /// Has work done that changes nothing, unless the database does not answer.
    pub(super) async fn read(&self, work: Work) -> Result<(), Error> {
        let since = Instant::now();
        let run = |conn: &mut Conn, work: Work| {
            work(conn);
            Ok(())
        };
        let (state, mut done) = self.start(since, work, |_| Ok(()), run).await?;
        loop {
            let rest = SLOW.saturating_sub(since.elapsed()).max(PING);
            match timeout(rest, &mut done).await {
                Ok(ended) => return flat(ended),
                Err(_) if state.give_up() => return Err(Error::unavailable("no connection could be had")),
                // SQLite is this process: it may be slow, but not away.
                Err(_) if !self.postgres || self.answers().await => {}
                Err(_) => return Err(Error::unavailable("a query is not answered, nor is a shorter one")),
            }
        }
    }

    /// Has work done in a transaction.
    pub(super) async fn write(&self, work: Work) -> Result<(), Error> {
        if let Some(queue) = &self.queue {
            return self.write_in_group(queue, work).await;
        }
        let since = Instant::now();
        let run = |conn: &mut Conn, work: Work| {
            let good = work(conn);
            end(conn, good)
        };
        let (state, mut done) = self.start(since, work, begin, run).await?;
        match timeout(TIMEOUT.saturating_sub(since.elapsed()), &mut done).await {
            Ok(ended) => flat(ended),
            Err(_) if state.give_up() => Err(Error::unavailable("no transaction could be begun")),
            // Whether it is saved is known only when the database says so.
            Err(_) => flat(done.await),
        }
    }

    /// Waits for a turn, then starts work on a thread that may block: `open` first, and when that is done and somebody
    /// still waits, the work.
    async fn start(
        &self,
        since: Instant,
        work: Work,
        open: fn(&mut Conn) -> Result<(), QueryError>,
        run: fn(&mut Conn, Work) -> Result<(), QueryError>,
    ) -> Result<Started, Error> {
        let permit = {
            let _waits = self.health.waits();
            timeout(TIMEOUT, self.permits.clone().acquire_owned()).await
        };
        self.health.waited(since.elapsed());
        let permit = match permit {
            Ok(Ok(permit)) => permit,
            Ok(Err(closed)) => return Err(Error::unavailable(closed)),
            Err(waited) => return Err(Error::unavailable(waited)),
        };
        let state = Arc::new(WorkState::new());
        let (pool, seen) = (self.clone(), state.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut conn = pool.connection()?;
            open(&mut conn)?;
            if !seen.begin() {
                undo(&mut conn);
                return Err(Error::unavailable("nobody waits any more"));
            }
            let done = run(&mut conn, work);
            drop(conn);
            pool.health.done();
            drop(permit);
            Ok(done?)
        });
        Ok((state, done))
    }

    /// Whether the database answers at all.
    async fn answers(&self) -> bool {
        let before = self.health.count();
        let pool = self.clone();
        let ping = async move {
            let permit = pool.permits.clone().acquire_owned().await.ok()?;
            let asked = tokio::task::spawn_blocking(move || {
                let answer = pool.pool.get().ok()?.batch_execute("select 1").ok();
                drop(permit);
                answer
            });
            asked.await.ok()?
        };
        matches!(timeout(PING, ping).await, Ok(Some(()))) || self.health.count() != before
    }
}

fn flat(ended: Result<Result<(), Error>, tokio::task::JoinError>) -> Result<(), Error> {
    ended.unwrap_or_else(|panic| Err(Error::internal(panic)))
}

#[derive(Debug)]
struct LogConnect;

impl r2d2::HandleError<db::ConnectError> for LogConnect {
    fn handle_error(&self, error: db::ConnectError) {
        tracing::warn!(%error, "no connection to the database");
    }
}
