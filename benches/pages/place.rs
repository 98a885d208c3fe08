//! Where a program keeps its data: a directory of its own, and a database of its own in a PostgreSQL that `bin/bench`
//! started, or in a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use tempfile::TempDir;

use crate::process::Result;

/// A PostgreSQL that `bin/bench` started.
#[derive(Clone)]
pub struct Postgres {
    pub url: String,
    pub process: u32,
}

impl Postgres {
    pub fn running() -> Option<Self> {
        let url = std::env::var("TENANTRY_BENCH_POSTGRES").ok()?;
        let process = std::env::var("TENANTRY_BENCH_POSTGRES_PROCESS").ok()?.parse().ok()?;
        Some(Self { url, process })
    }

    /// A database of its own.
    pub fn create(&self, name: &str) -> Result<Self> {
        let mut conn = PgConnection::establish(&self.url)?;
        conn.batch_execute(&format!("create database {name}"))?;
        let (base, _) = self.url.rsplit_once('/').ok_or("a URL without a database")?;
        Ok(Self { url: format!("{base}/{name}"), process: self.process })
    }
}

/// A program, which need not be of this version, with its data.
pub struct Place {
    program: PathBuf,
    pub directory: TempDir,
    pub database: Option<Postgres>,
}

impl Place {
    pub fn new(program: &Path, database: Option<Postgres>) -> Result<Self> {
        Ok(Self { program: program.to_owned(), directory: TempDir::new()?, database })
    }

    /// A command of the program.
    pub fn command(&self, command: &str) -> Command {
        let mut program = Command::new(&self.program);
        program.arg(command).env_clear().env("TENANTRY_DATA_DIR", self.directory.path());
        if let Some(database) = &self.database {
            program.env("DATABASE_URL", &database.url).env("TENANTRY_SECRET_KEY", "0".repeat(32));
        }
        program
    }

    /// The command that serves.
    pub fn serve(&self) -> Command {
        let mut command = self.command("serve");
        command.env("TENANTRY_LISTEN", "127.0.0.1:0").env("TENANTRY_LOG", "off");
        command
    }

    /// What a command prints that ends well.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Result<String> {
        let Output { status, stdout, stderr } = self.command(command).args(arguments).output()?;
        match status.success() {
            true => Ok(String::from_utf8(stdout)?),
            false => Err(format!("{command} {arguments:?}: {}", String::from_utf8_lossy(&stderr)).into()),
        }
    }

    /// A connection beside the server's own, as durable as they are.
    pub fn beside(&self) -> Result<Beside> {
        if let Some(database) = &self.database {
            return Ok(Beside::Postgres(PgConnection::establish(&database.url)?));
        }
        let file = self.directory.path().join("tenantry.db");
        let mut conn = SqliteConnection::establish(file.to_str().ok_or("a path that is no text")?)?;
        conn.batch_execute(
            "pragma busy_timeout = 60000; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536",
        )?;
        Ok(Beside::Sqlite(conn))
    }
}

/// A connection beside the server's own.
pub enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// A line of what was asked.
#[derive(QueryableByName)]
pub struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    pub text: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub n: i64,
}

impl Beside {
    pub fn run(&mut self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql)?,
            Self::Postgres(conn) => conn.batch_execute(sql)?,
        }
        Ok(())
    }

    /// How an id is written as hexadecimal digits by a query.
    pub fn digits_of(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("replace({column}::text, '-', '')"),
        }
    }

    /// The lines of a query that has a `text` and an `n`.
    pub fn lines(&mut self, sql: &str) -> Result<Vec<Line>> {
        Ok(match self {
            Self::Sqlite(conn) => sql_query(sql).load(conn)?,
            Self::Postgres(conn) => sql_query(sql).load(conn)?,
        })
    }

    /// The only line, or the first.
    pub fn line(&mut self, sql: &str) -> Result<Line> {
        self.lines(sql)?.into_iter().next().ok_or_else(|| format!("nothing was found by {sql}").into())
    }

    /// Makes the database what it is after a while: rows that are gone removed, the rest analysed, its log written out.
    pub fn settle(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute("pragma wal_checkpoint(truncate)")?,
            Self::Postgres(conn) => {
                conn.batch_execute("vacuum (analyze)")?;
                conn.batch_execute("checkpoint")?;
            }
        }
        Ok(())
    }
}
