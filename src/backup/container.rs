//! The file: a SQLite database, of which one table says what it is. A backup of SQLite is the copied database itself, a
//! backup of PostgreSQL holds the rows of its tables, compressed.

use std::path::Path;

use anyhow::{Context, Result, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::clock::Timestamp;
use crate::config::Place;

diesel::table! {
    tenantry_backup (made_at) {
        made_at -> BigInt,
        kind -> Text,
        product -> Text,
        migrations -> Text,
        tenants -> BigInt,
        key_print -> Text,
        key -> Nullable<Binary>,
    }
}
diesel::table! {
    tenantry_rows (seq) {
        seq -> Integer,
        name -> Text,
        n -> Integer,
        content -> Binary,
    }
}

const ABOUT: &str = "create table tenantry_backup (made_at integer not null primary key, kind text not null,
    product text not null, migrations text not null, tenants integer not null, key_print text not null, key blob)";
const ROWS: &str = "create table tenantry_rows (seq integer not null primary key, name text not null,
    n integer not null, content blob not null)";

/// What a backup says of itself.
#[derive(Clone)]
pub struct About {
    /// When it was made.
    pub made_at: Timestamp,
    /// Of which of the databases: `sqlite` or `postgres`.
    pub kind: String,
    /// Versions of the migrations that the database had.
    pub migrations: Vec<String>,
    /// How many tenants are in it.
    pub tenants: i64,
    /// Tells whether a secret key is the one that was used.
    pub key_print: String,
    /// The secret key, where it was kept in the data directory.
    pub key: Option<Vec<u8>>,
}

impl About {
    /// What is known before the database is looked at.
    pub(super) fn of(place: &Place) -> Result<Self> {
        let secrets = place.secrets().map_err(anyhow::Error::msg)?.context("there is no secret key to back up")?;
        Ok(Self {
            made_at: Timestamp::EPOCH,
            kind: kind(place).to_owned(),
            migrations: Vec::new(),
            tenants: 0,
            key_print: secrets.print(),
            key: place.kept_key().map_err(anyhow::Error::msg)?,
        })
    }
}

/// How a backup names the kind of database of a place.
pub(super) fn kind(place: &Place) -> &'static str {
    if place.database.is_postgres() { "postgres" } else { "sqlite" }
}

#[derive(QueryableByName)]
struct Whole {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// An open backup.
pub(super) struct Container(SqliteConnection);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Container {
    /// Opens a file, which may be empty.
    pub fn open(path: &Path) -> Result<Self> {
        let told = || format!("{} cannot be opened as a backup", path.display());
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).with_context(told)?;
        conn.batch_execute("pragma busy_timeout = 5000; pragma foreign_keys = off; pragma synchronous = full")
            .with_context(told)?;
        Ok(Self(conn))
    }

    /// The connection to it.
    pub fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }

    /// Writes down what it is.
    pub fn describe(&mut self, about: &About) -> Result<()> {
        self.0.batch_execute("pragma journal_mode = delete")?;
        self.0.batch_execute(ABOUT)?;
        diesel::insert_into(tenantry_backup::table)
            .values((
                tenantry_backup::made_at.eq(about.made_at.micros()),
                tenantry_backup::kind.eq(&about.kind),
                tenantry_backup::product.eq(env!("CARGO_PKG_VERSION")),
                tenantry_backup::migrations.eq(about.migrations.join(" ")),
                tenantry_backup::tenants.eq(about.tenants),
                tenantry_backup::key_print.eq(&about.key_print),
                tenantry_backup::key.eq(&about.key),
            ))
            .execute(&mut self.0)?;
        Ok(())
    }

    /// What it says of itself.
    pub fn about(&mut self) -> Result<About> {
        type Row = (i64, String, String, i64, String, Option<Vec<u8>>);
        let row: Row = tenantry_backup::table
            .select((
                tenantry_backup::made_at,
                tenantry_backup::kind,
                tenantry_backup::migrations,
                tenantry_backup::tenants,
                tenantry_backup::key_print,
                tenantry_backup::key,
            ))
            .first(&mut self.0)
            .map_err(|_| anyhow::anyhow!("it is no backup that Tenantry made"))?;
        let (made_at, kind, migrations, tenants, key_print, key) = row;
        let migrations = migrations.split(' ').map(str::to_owned).collect();
        Ok(About { made_at: Timestamp::from_micros(made_at), kind, migrations, tenants, key_print, key })
    }

    /// Takes away what it says of itself: it is a database like any other from now on.
    pub fn undress(&mut self) -> Result<()> {
        Ok(self.0.batch_execute("drop table tenantry_backup")?)
    }

    /// Fails unless it is whole: every page, every index, every reference.
    pub fn check(&mut self) -> Result<()> {
        let whole: Whole = diesel::sql_query("pragma integrity_check(1)").get_result(&mut self.0)?;
        if whole.integrity_check != "ok" {
            bail!("it is damaged: {}", whole.integrity_check);
        }
        let dangling = self.lines("select \"table\" as line from pragma_foreign_key_check limit 1")?;
        if let [table] = dangling.as_slice() {
            bail!("it is damaged: a row of {table} refers to one that is not there");
        }
        Ok(())
    }

    fn lines(&mut self, sql: &str) -> Result<Vec<String>> {
        let lines: Vec<Line> = diesel::sql_query(sql).load(&mut self.0)?;
        Ok(lines.into_iter().map(|line| line.line).collect())
    }

    /// Makes room for rows of PostgreSQL.
    pub fn make_rows(&mut self) -> Result<()> {
        Ok(self.0.batch_execute(ROWS)?)
    }

    /// Adds `n` rows of a table.
    pub fn add_rows(&mut self, name: &str, n: usize, content: Vec<u8>) -> Result<()> {
        let row = (tenantry_rows::name.eq(name), tenantry_rows::n.eq(n as i32), tenantry_rows::content.eq(content));
        diesel::insert_into(tenantry_rows::table).values(row).execute(&mut self.0)?;
        Ok(())
    }

    /// The rows that were added after the `seq`-th piece: the next piece, with its table and its number.
    pub fn next_rows(&mut self, seq: i32) -> Result<Option<(i32, String, Vec<u8>)>> {
        let next = tenantry_rows::table.filter(tenantry_rows::seq.gt(seq)).order(tenantry_rows::seq);
        let columns = (tenantry_rows::seq, tenantry_rows::name, tenantry_rows::content);
        Ok(next.select(columns).first(&mut self.0).optional()?)
    }
}
