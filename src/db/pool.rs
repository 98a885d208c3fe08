//! Waiting for a connection and using it off the async threads: one hop per request, one transaction per write.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::Error as QueryError;
use tokio::sync::Semaphore;

use super::Conn;
use super::connect::{Access, DatabaseUrl, Manager};
use crate::error::Error;

/// How long a request waits for its turn before it is told to come back.
const PATIENCE: Duration = Duration::from_millis(5_000);
/// How long a pool tries to connect: an outage must be told within two seconds.
const CONNECT_PATIENCE: Duration = Duration::from_millis(1_500);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub struct Db {
    url: DatabaseUrl,
    readers: Lane,
    writers: Lane,
}

/// A pool and its queue: the semaphore admits as many as there are connections, first come first served, so no
/// thread is spent on waiting.
#[derive(Clone)]
struct Lane {
    pool: r2d2::Pool<Manager>,
    turn: Arc<Semaphore>,
}

impl Db {
    /// Prepares the pools; connections are made when they are first needed.
    pub fn new(url: DatabaseUrl) -> Self {
        let (readers, writers) = match url {
            DatabaseUrl::Sqlite(_) => {
                (Lane::new(&url, Access::Read, SQLITE_READERS), Lane::new(&url, Access::Write, 1))
            }
            DatabaseUrl::Postgres(_) => {
                let lane = Lane::new(&url, Access::Write, POSTGRES_CONNECTIONS);
                (lane.clone(), lane)
            }
        };
        Self { url, readers, writers }
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Runs queries that change nothing.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had, else what `work` says.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.readers.run(work).await
    }

    /// Runs `work` in one transaction: committed when it answers `Ok`, undone when it answers `Err`.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had, else what `work` or the commit says.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + From<QueryError> + Send + 'static,
    {
        self.writers.run(|conn| transaction(conn, work)).await
    }

    /// `read` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.readers.run_blocking(work)
    }

    /// `write` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `write`.
    pub fn write_blocking<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error> + From<QueryError>,
    {
        self.writers.run_blocking(|conn| transaction(conn, work))
    }
}

impl Lane {
    fn new(url: &DatabaseUrl, access: Access, size: u32) -> Self {
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(false)
            .connection_timeout(CONNECT_PATIENCE)
            .error_handler(Box::new(LogConnect))
            .build_unchecked(Manager { url: url.clone(), access });
        Self { pool, turn: Arc::new(Semaphore::new(size as usize)) }
    }

    fn connection(&self) -> Result<r2d2::PooledConnection<Manager>, Error> {
        self.pool.get().map_err(Error::unavailable)
    }

    /// Waits in the same queue as requests do, however long: whoever does much must not go before who does little.
    fn run_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let _turn = futures_executor::block_on(self.turn.acquire()).map_err(Error::unavailable)?;
        work(&mut *self.connection()?)
    }

    async fn run<T, E>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let turn = tokio::time::timeout(PATIENCE, self.turn.clone().acquire_owned()).await;
        let turn = match turn {
            Ok(Ok(turn)) => turn,
            Ok(Err(closed)) => return Err(Error::unavailable(closed).into()),
            Err(waited) => return Err(Error::unavailable(waited).into()),
        };
        let lane = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let answer = work(&mut *lane.connection()?);
            drop(turn);
            answer
        });
        done.await.unwrap_or_else(|panic| Err(Error::internal(panic).into()))
    }
}

/// `work` between BEGIN and COMMIT. On SQLite the write lock is taken at once: a transaction that reads first and
/// then finds the lock taken could not go on.
fn transaction<T, E>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E>
where
    E: From<QueryError>,
{
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        Conn::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    match work(conn) {
        Ok(value) => {
            crate::on_both!(conn, c => AnsiTransactionManager::commit_transaction(c))?;
            Ok(value)
        }
        Err(refusal) => {
            // What made the work fail is what the caller must learn; a connection that cannot even roll back is
            // noticed as broken when it returns to the pool.
            if let Err(error) = crate::on_both!(conn, c => AnsiTransactionManager::rollback_transaction(c)) {
                tracing::warn!(%error, "a transaction could not be rolled back");
            }
            Err(refusal)
        }
    }
}

#[derive(Debug)]
struct LogConnect;

impl r2d2::HandleError<super::connect::ConnectError> for LogConnect {
    fn handle_error(&self, error: super::connect::ConnectError) {
        tracing::warn!(%error, "no connection to the database");
    }
}
