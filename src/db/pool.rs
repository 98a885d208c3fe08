//! Waiting for a connection and using it off the async threads: one hop per request, one transaction per write. When the
//! database is away or does not answer, whoever waits is told so within two seconds, and nothing is done any more that
//! they were told was not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::result::Error as QueryError;
use prometheus_client::registry::Registry;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::connect::Manager;
use crate::db::pool_health::PoolHealth;
use crate::db::transaction::{begin, end, undo};
use crate::db::{self, Access, Conn, DatabaseUrl};

/// How long a request waits until its work begins before it is told to come back: an outage is told within two seconds.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long a reading may take before it is asked whether the database answers at all, and how long that may take.
const SLOW: Duration = Duration::from_millis(1_300);
const PING: Duration = Duration::from_millis(250);
/// How long a pool tries to connect.
const CONNECT_PATIENCE: Duration = Duration::from_millis(1_500);
/// How long SQLite waits for a lock that another process holds: a request, and a command.
const REQUEST_LOCK: Duration = Duration::from_millis(1_500);
const COMMAND_LOCK: Duration = Duration::from_millis(5_000);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub struct Db {
    url: DatabaseUrl,
    secrets: Secrets,
    readers: ConnectionPool,
    writers: ConnectionPool,
}

/// A pool and its queue: the semaphore admits as many as there are connections, first come first served, so no
/// thread is spent on waiting.
#[derive(Clone)]
struct ConnectionPool {
    pool: r2d2::Pool<Manager>,
    turn: Arc<Semaphore>,
    pulse: PoolHealth,
    postgres: bool,
}

impl Db {
    /// Prepares the pools for a command; connections are made when they are first needed.
    pub fn new(url: DatabaseUrl, secrets: Secrets) -> Self {
        Self::with(url, secrets, COMMAND_LOCK)
    }

    /// Prepares the pools for requests, which wait less.
    pub fn serving(url: DatabaseUrl, secrets: Secrets) -> Self {
        Self::with(url, secrets, REQUEST_LOCK)
    }

    fn with(url: DatabaseUrl, secrets: Secrets, lock: Duration) -> Self {
        let (readers, writers) = match url {
            DatabaseUrl::Sqlite(_) => (
                ConnectionPool::new(&url, Access::Read, SQLITE_READERS, lock),
                ConnectionPool::new(&url, Access::Write, 1, lock),
            ),
            DatabaseUrl::Postgres(_) => {
                let lane = ConnectionPool::new(&url, Access::Write, POSTGRES_CONNECTIONS, lock);
                (lane.clone(), lane)
            }
        };
        Self { url, secrets, readers, writers }
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Shows how many wait for a connection and how long.
    pub fn observe(&self, registry: &mut Registry) {
        match self.url {
            DatabaseUrl::Sqlite(_) => {
                self.readers.pulse.observe(registry, "reader");
                self.writers.pulse.observe(registry, "writer");
            }
            DatabaseUrl::Postgres(_) => self.writers.pulse.observe(registry, "database"),
        }
    }

    /// What rows are sealed and signed with.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Runs queries that change nothing.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had or the database does not answer, else what `work` says.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (work, answer) = boxed(work);
        self.readers.read(work).await?;
        answer.given()
    }

    /// Changes in one transaction what only the server itself needs to know: committed when `work` answers `Ok`, undone
    /// when it answers `Err`. Whatever people do goes through `write`, which `audit` adds.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had, else what `work` or the commit says.
    pub async fn note<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (work, answer) = boxed(work);
        self.writers.write(work).await?;
        answer.given()
    }

    /// `read` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.readers.run_blocking(work)
    }

    /// `note` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `note`.
    pub fn note_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.writers.run_blocking(|conn| {
            begin(conn).map_err(Error::from)?;
            let answer = work(conn);
            end(conn, answer.is_ok()).map_err(Error::from)?;
            answer
        })
    }
}

/// Whether work has begun or nobody waits for it any more; exactly one of them comes first.
struct Begun(AtomicU8);

impl Begun {
    const WAITING: u8 = 0;
    const AT_WORK: u8 = 1;
    const GIVEN_UP: u8 = 2;

    /// Whether the work may be done.
    fn begin(&self) -> bool {
        self.leave(Self::AT_WORK)
    }

    /// Whether it will not be done.
    fn give_up(&self) -> bool {
        self.leave(Self::GIVEN_UP)
    }

    fn leave(&self, to: u8) -> bool {
        self.0.compare_exchange(Self::WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Work whose answer is not looked at but for whether it is good: so what surrounds it at every place is
/// compiled once.
type Work = Box<dyn FnOnce(&mut Conn) -> bool + Send>;

/// Where the answer of boxed work comes out.
struct Answer<T, E>(oneshot::Receiver<Result<T, E>>);

fn boxed<T, E>(work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> (Work, Answer<T, E>)
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
    fn given(mut self) -> Result<T, E> {
        self.0.try_recv().unwrap_or_else(|none| Err(Error::internal(none).into()))
    }
}

/// Work that was started: whether it has begun, and its end.
type Started = (Arc<Begun>, JoinHandle<Result<(), Error>>);

impl ConnectionPool {
    fn new(url: &DatabaseUrl, access: Access, size: u32, lock: Duration) -> Self {
        let pulse = PoolHealth::default();
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CONNECT_PATIENCE)
            .error_handler(Box::new(LogConnect))
            .build_unchecked(Manager { url: url.clone(), access, lock, pulse: pulse.clone() });
        Self { pool, turn: Arc::new(Semaphore::new(size as usize)), pulse, postgres: url.is_postgres() }
    }

    /// A connection that works. Where one was found broken lately, or nothing was asked for a while, it is tried first:
    /// after an outage, all that were open before are of no use.
    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, Error> {
        let mut conn = self.pool.get().map_err(Error::unavailable)?;
        if self.postgres && self.pulse.is_doubtful() {
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
    fn run_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let _turn = futures_executor::block_on(self.turn.acquire()).map_err(Error::unavailable)?;
        let answer = work(&mut *self.connection()?);
        self.pulse.done();
        answer
    }

    /// Has work done that changes nothing, unless the database does not answer.
    async fn read(&self, work: Work) -> Result<(), Error> {
        let since = Instant::now();
        let run = |conn: &mut Conn, work: Work| {
            work(conn);
            Ok(())
        };
        let (begun, mut done) = self.start(since, work, |_| Ok(()), run).await?;
        loop {
            let rest = SLOW.saturating_sub(since.elapsed()).max(PING);
            match timeout(rest, &mut done).await {
                Ok(ended) => return flat(ended),
                Err(_) if begun.give_up() => return Err(Error::unavailable("no connection could be had")),
                // SQLite is this process: it may be slow, but not away.
                Err(_) if !self.postgres || self.answers().await => {}
                Err(_) => return Err(Error::unavailable("a query is not answered, nor is a shorter one")),
            }
        }
    }

    /// Has work done in a transaction.
    async fn write(&self, work: Work) -> Result<(), Error> {
        let since = Instant::now();
        let run = |conn: &mut Conn, work: Work| {
            let good = work(conn);
            end(conn, good)
        };
        let (begun, mut done) = self.start(since, work, begin, run).await?;
        match timeout(PATIENCE.saturating_sub(since.elapsed()), &mut done).await {
            Ok(ended) => flat(ended),
            Err(_) if begun.give_up() => Err(Error::unavailable("no transaction could be begun")),
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
        let turn = {
            let _waits = self.pulse.waits();
            timeout(PATIENCE, self.turn.clone().acquire_owned()).await
        };
        self.pulse.waited(since.elapsed());
        let turn = match turn {
            Ok(Ok(turn)) => turn,
            Ok(Err(closed)) => return Err(Error::unavailable(closed)),
            Err(waited) => return Err(Error::unavailable(waited)),
        };
        let begun = Arc::new(Begun(AtomicU8::new(Begun::WAITING)));
        let (lane, seen) = (self.clone(), begun.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut conn = lane.connection()?;
            open(&mut conn)?;
            if !seen.begin() {
                undo(&mut conn);
                return Err(Error::unavailable("nobody waits any more"));
            }
            let done = run(&mut conn, work);
            drop(conn);
            lane.pulse.done();
            drop(turn);
            Ok(done?)
        });
        Ok((begun, done))
    }

    /// Whether the database answers at all.
    async fn answers(&self) -> bool {
        let before = self.pulse.count();
        let lane = self.clone();
        let ping = async move {
            let turn = lane.turn.clone().acquire_owned().await.ok()?;
            let asked = tokio::task::spawn_blocking(move || {
                let answer = lane.pool.get().ok()?.batch_execute("select 1").ok();
                drop(turn);
                answer
            });
            asked.await.ok()?
        };
        matches!(timeout(PING, ping).await, Ok(Some(()))) || self.pulse.count() != before
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
