//! From a URL to a connection. The derived `establish` of a multi-connection tries each kind in turn and swallows
//! the real error, so the scheme decides here.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

use crate::base::error::Error;
use crate::base::ownership::adopt;
use crate::db::Conn;
use crate::db::pool_health::PoolHealth;

/// Where the database is.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file of the embedded SQLite.
    Sqlite(PathBuf),
    /// A `postgres://` URL, as libpq reads it.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads a setting: `postgres://…`, `postgresql://…` or `sqlite:PATH`.
    ///
    /// # Errors
    /// A sentence without the URL in it, for it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match url::Url::parse(text) {
                Ok(_) => Ok(Self::Postgres(text.to_owned())),
                Err(problem) => Err(format!("is not a URL that PostgreSQL understands: {problem}")),
            };
        }
        match text.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some("") => Err("names no file after sqlite:".into()),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None => Err("starts with neither postgres:// nor sqlite:".into()),
        }
    }

    /// Whether many processes may share it.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The database's own words.
    pub fn connect(&self, access: Access) -> Result<Conn, ConnectError> {
        match self {
            Self::Sqlite(path) => open_sqlite(path, access).map(Conn::Sqlite),
            Self::Postgres(url) => {
                let mut conn = PgConnection::establish(url)?;
                conn.batch_execute("set timezone to 'UTC'; set client_min_messages to warning")?;
                Ok(Conn::Pg(conn))
            }
        }
    }
}

/// Never shows a password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "SQLite {}", path.display()),
            Self::Postgres(url) => {
                let url = url::Url::parse(url).ok();
                let host = url.as_ref().and_then(|u| u.host_str()).unwrap_or("local socket");
                let name = url.as_ref().map_or("", |u| u.path());
                write!(f, "PostgreSQL {host}{name}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a connection is for. SQLite has many readers and exactly one writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Statements that change nothing.
    Read,
    /// Transactions.
    Write,
}

/// Why no connection could be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The database refused or is not there.
    #[error(transparent)]
    Connect(#[from] ConnectionError),
    /// It was there, but refused the session's settings.
    #[error(transparent)]
    Prepare(#[from] diesel::result::Error),
}

/// Lets a connection keep more of the indexes at hand while much is written, or as before. SQLite alone needs to be told;
/// PostgreSQL needs fresh statistics afterwards.
pub fn prepare_load(conn: &mut Conn, loading: bool) -> Result<(), Error> {
    match (conn, loading) {
        (Conn::Sqlite(c), true) => c.batch_execute("pragma cache_size = -262144")?,
        (Conn::Sqlite(c), false) => c.batch_execute(&format!("pragma cache_size = {WRITER_CACHE}"))?,
        (Conn::Pg(_), true) => {}
        (Conn::Pg(c), false) => c.batch_execute("analyze")?,
    }
    Ok(())
}

/// Of each connection to SQLite that reads, and of the one that writes, in KiB, as it wants to be told. What a reader does
/// not have, the system's cache has: with 8 MB each, six long exports at once took 24 MB more and were no faster.
const READER_CACHE: i32 = -3_072;
const WRITER_CACHE: i32 = -24_576;

/// Pages of the log after which they are carried over into the file, by whoever commits next: 128 MB. With the usual 4 MB
/// nearly every slice of a large import did so; measured, 200,000 devices took 2.4 times as long.
const WAL_PAGES: u32 = 32_000;

fn open_sqlite(path: &Path, access: Access) -> Result<SqliteConnection, ConnectError> {
    let missing = !path.exists();
    if access == Access::Write {
        make_private(path).map_err(|why| ConnectionError::BadConnection(why.to_string()))?;
    }
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    if missing {
        // SQLite gives the files that it makes beside it to the same owner.
        adopt(path).map_err(|why| ConnectionError::BadConnection(why.to_string()))?;
    }
    let cache = if access == Access::Read { READER_CACHE } else { WRITER_CACHE };
    // The wait comes first: already the switch to WAL may find the file locked by a backup.
    conn.batch_execute(&format!(
        "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; \
         pragma foreign_keys = on; pragma cache_size = {cache}; pragma temp_store = memory; pragma wal_autocheckpoint = {WAL_PAGES}"
    ))?;
    if access == Access::Read {
        conn.batch_execute("pragma query_only = on")?;
    }
    Ok(conn)
}

/// Makes the file of a database that is not there yet, for its owner alone; SQLite gives those beside it the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // What stands in the way otherwise, SQLite says in its own words.
        Err(why) if why.kind() == std::io::ErrorKind::StorageFull => Err(why),
        _ => Ok(()),
    }
}

/// Hands connections to the pools.
pub(crate) struct Manager {
    pub url: DatabaseUrl,
    pub access: Access,
    /// How long SQLite waits for a lock.
    pub lock: Duration,
    pub health: PoolHealth,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = ConnectError;

    fn connect(&self) -> Result<Conn, ConnectError> {
        let mut conn = self.url.connect(self.access)?;
        if let Conn::Sqlite(conn) = &mut conn {
            conn.batch_execute(&format!("pragma busy_timeout = {}", self.lock.as_millis()))?;
        }
        Ok(conn)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), ConnectError> {
        Ok(conn.batch_execute("select 1")?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        let broken = crate::on_both!(conn, c => c.is_broken());
        if broken {
            self.health.broken();
        }
        broken || std::thread::panicking()
    }
}
