//! The database as the rest of the server uses it: readers and writers, off the async threads or on a thread that may block.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;

use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::pool::{ConnectionPool, POSTGRES_CONNECTIONS, boxed};
use crate::db::transaction::{begin, end};
use crate::db::{Access, Conn, DatabaseUrl};

/// How long SQLite waits for a lock that another process holds: a request, and a command.
const REQUEST_LOCK: Duration = Duration::from_millis(1_500);
const COMMAND_LOCK: Duration = Duration::from_millis(5_000);
const SQLITE_READERS: u32 = 4;

/// The pools of one database. Clones share them.
#[derive(Clone)]
pub struct Db(Arc<Pools>);

struct Pools {
    url: DatabaseUrl,
    secrets: Secrets,
    readers: ConnectionPool,
    writers: ConnectionPool,
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
                let pool = ConnectionPool::new(&url, Access::Write, POSTGRES_CONNECTIONS, lock);
                (pool.clone(), pool)
            }
        };
        Self(Arc::new(Pools { url, secrets, readers, writers }))
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Shows how many wait for a connection and how long.
    pub fn observe(&self, registry: &mut Registry) {
        match self.0.url {
            DatabaseUrl::Sqlite(_) => {
                self.0.readers.health.observe(registry, "reader");
                self.0.writers.health.observe(registry, "writer");
            }
            DatabaseUrl::Postgres(_) => self.0.writers.health.observe(registry, "database"),
        }
    }

    /// What rows are sealed and signed with.
    pub fn secrets(&self) -> &Secrets {
        &self.0.secrets
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
        self.0.readers.read(work).await?;
        answer.given()
    }

    /// Changes in one transaction what only the server itself needs to know: committed when `work` answers `Ok`, undone
    /// when it answers `Err`. Whatever people do goes through `write`, which `audit` adds.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had, else what `work` or the commit says.
    pub async fn write_unaudited<T, E>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (work, answer) = boxed(work);
        self.0.writers.write(work).await?;
        answer.given()
    }

    /// `read` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_blocking<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.0.readers.run_blocking(work)
    }

    /// `write_unaudited` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `write_unaudited`.
    pub fn write_unaudited_blocking<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.writers.run_blocking(|conn| {
            begin(conn).map_err(Error::from)?;
            let answer = work(conn);
            end(conn, answer.is_ok()).map_err(Error::from)?;
            answer
        })
    }
}
