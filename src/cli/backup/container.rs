//! The file: a SQLite database, of which one table says what it is, and a seal at its end. A backup of SQLite is the copied
//! database itself, a backup of PostgreSQL holds the rows of its tables, compressed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::clock::Timestamp;
use crate::base::secrets::Secrets;
use crate::cli::backup::rows::Writing;
use crate::config::DataDir;
use crate::db::{self, Conn};

diesel::table! {
    tenantry_backup (made_at) {
        format -> Integer,
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

/// Files of this format end with a seal.
const FORMAT: i32 = 2;
const ABOUT: &str = "create table tenantry_backup (format integer not null, made_at integer not null primary key,
    kind text not null, product text not null, migrations text not null, tenants integer not null,
    key_print text not null, key blob)";
/// What files had that end without a seal.
const ABOUT_UNSEALED: &str = "create table tenantry_backup (made_at integer not null primary key, kind text not null,
    product text not null, migrations text not null, tenants integer not null, key_print text not null, key blob)";
const ROWS: &str = "create table tenantry_rows (seq integer not null primary key, name text not null,
    n integer not null, content blob not null)";

/// What a backup says of itself.
#[derive(Clone)]
pub struct About {
    /// When it was made.
    pub made_at: Timestamp,
    /// Of which of the databases: `sqlite` or `postgres`; or `tenant`, which fits both.
    pub kind: String,
    /// Versions of the migrations that the database had.
    pub migrations: Vec<String>,
    /// How many tenants are in it.
    pub tenants: i64,
    /// Tells whether a secret key is the one that was used.
    pub key_print: String,
    /// The secret key, where it was kept in the data directory and was to be in the backup.
    pub key: Option<Vec<u8>>,
    /// Whether the file ends with a seal.
    pub sealed: bool,
}

impl About {
    /// What is known before the database is looked at.
    pub(crate) fn new(place: &DataDir, secrets: &Secrets, with_key: bool, made_at: Timestamp) -> Result<Self> {
        let key = if with_key { place.kept_key().map_err(anyhow::Error::msg)? } else { None };
        Ok(Self {
            made_at,
            kind: kind(place).to_owned(),
            migrations: Vec::new(),
            tenants: 0,
            key_print: secrets.print(),
            key,
            sealed: true,
        })
    }
}

/// How a backup names the kind of database of a place.
pub(crate) fn kind(place: &DataDir) -> &'static str {
    if place.database.is_postgres() { "postgres" } else { "sqlite" }
}

#[derive(QueryableByName)]
struct Whole {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// An open backup.
pub(crate) struct Container(SqliteConnection);

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Object {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

/// A statement without what versions of SQLite write differently when they rename something.
fn spaceless(sql: &str) -> String {
    sql.chars().filter(|c| !c.is_ascii_whitespace() && *c != '"').flat_map(char::to_lowercase).collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Nothing that a schema says is believed, and damage is noticed where it is read.
const DISTRUST: &str = "pragma trusted_schema = off; pragma cell_size_check = on; pragma foreign_keys = off";

impl Container {
    /// Opens a file to write to, which may be empty.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_as(&path.to_string_lossy(), path)
    }

    /// Opens a backup as it is: nothing that lies beside it, such as the journal of a write that was broken off, is taken
    /// for a part of it, and nothing is written.
    pub fn open_unchanging(path: &Path) -> Result<Self> {
        let name = path.to_string_lossy();
        Self::open_as(&format!("file:{}?mode=ro&immutable=1", utf8_percent_encode(&name, NON_ALPHANUMERIC)), path)
    }

    /// A database without rows, of just these migrations.
    pub fn empty_of(migrations: &[String]) -> Result<Self> {
        let mut conn = Conn::Sqlite(SqliteConnection::establish(":memory:")?);
        db::migrate_to(&mut conn, migrations).map_err(anyhow::Error::msg)?;
        let Conn::Sqlite(conn) = conn else { bail!("it is not in memory") };
        Ok(Self(conn))
    }

    fn open_as(url: &str, path: &Path) -> Result<Self> {
        let cannot = || format!("{} cannot be opened as a backup", path.display());
        let mut conn = SqliteConnection::establish(url).with_context(cannot)?;
        conn.batch_execute(&format!("pragma busy_timeout = 5000; pragma synchronous = full; {DISTRUST}"))
            .with_context(cannot)?;
        // Whether it is a database at all.
        conn.batch_execute("select 1 from sqlite_schema").with_context(cannot)?;
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
                tenantry_backup::format.eq(FORMAT),
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
        let none = || anyhow::anyhow!("it is no backup that Tenantry made");
        // A table, not a view in its place.
        let head =
            self.lines("select sql as line from sqlite_schema where name = 'tenantry_backup' and type = 'table'")?;
        let head = head.first().map(|sql| spaceless(sql)).ok_or_else(none)?;
        let sealed = head == spaceless(ABOUT);
        if !sealed && head != spaceless(ABOUT_UNSEALED) {
            return Err(none());
        }
        if sealed && self.number("select format as n from tenantry_backup")? != i64::from(FORMAT) {
            bail!("it was made by a newer Tenantry; use that version or a newer one");
        }
        let long = "select count(*) as n from tenantry_backup where length(key) > 4096 or length(migrations) > 65536";
        if self.number(long)? > 0 {
            return Err(none());
        }
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
            .map_err(|_| none())?;
        let (made_at, kind, migrations, tenants, key_print, key) = row;
        let migrations: Vec<String> = migrations.split(' ').map(str::to_owned).collect();
        if migrations.iter().any(|version| !version.bytes().all(|byte| byte.is_ascii_digit()) || version.len() > 32) {
            return Err(none());
        }
        let made_at = Timestamp::from_micros(made_at);
        Ok(About { made_at, kind, migrations, tenants, key_print, key, sealed })
    }

    /// Fails unless what there is in it is what a database of its version has, or a file of rows, and the tables `more`,
    /// each a name and the statement that made it: a trigger or view that somebody added would go on working.
    pub fn check_objects(&mut self, about: &About, more: &[(&str, &str)]) -> Result<()> {
        let named = |name: &str, sql: &str| (("table".to_owned(), name.to_owned()), spaceless(sql));
        let mut right = match about.kind.as_str() {
            "sqlite" => Self::empty_of(&about.migrations)?.objects()?,
            _ => BTreeMap::from([named("tenantry_rows", ROWS)]),
        };
        right.extend(more.iter().map(|(name, sql)| named(name, sql)));
        right.extend([named("tenantry_backup", if about.sealed { ABOUT } else { ABOUT_UNSEALED })]);
        let found = self.objects()?;
        let other = found.iter().find(|(object, sql)| right.get(*object) != Some(*sql));
        if let Some(((kind, name), _)) = other {
            bail!("it has the {kind} {name}, which no database of its version has so");
        }
        if let Some((kind, name)) = right.into_keys().find(|object| !found.contains_key(object)) {
            bail!("it has no {kind} {name}, as every database of its version has");
        }
        Ok(())
    }

    /// What there is in it: each table, index, trigger and view with the statement that made it.
    fn objects(&mut self) -> Result<BTreeMap<(String, String), String>> {
        let objects: Vec<Object> = diesel::sql_query(
            "select type as kind, name, coalesce(sql, '') as sql from sqlite_schema
             where name not like 'sqlite\\_stat%' escape '\\' order by name",
        )
        .load(&mut self.0)?;
        Ok(objects.into_iter().map(|object| ((object.kind, object.name), spaceless(&object.sql))).collect())
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

    fn number(&mut self, sql: &str) -> Result<i64> {
        let number: Number = diesel::sql_query(sql).get_result(&mut self.0)?;
        Ok(number.n)
    }

    fn lines(&mut self, sql: &str) -> Result<Vec<String>> {
        let lines: Vec<Line> = diesel::sql_query(sql).load(&mut self.0)?;
        Ok(lines.into_iter().map(|line| line.line).collect())
    }

    /// The version of the program that made it, as far as it says so.
    pub fn made_by(&mut self) -> Result<String> {
        let made_by = self.lines("select substr(product, 1, 32) as line from tenantry_backup")?;
        Ok(made_by.concat())
    }

    /// Makes room for rows.
    pub fn make_rows(&mut self) -> Result<()> {
        Ok(self.0.batch_execute(ROWS)?)
    }

    /// Adds rows of a table, in pieces, and answers how many.
    pub fn add_all(&mut self, name: &str, rows: impl Iterator<Item = QueryResult<String>>) -> Result<usize> {
        let (mut piece, mut n) = (Writing::new(), 0);
        for row in rows {
            n += 1;
            if piece.add(&row?)? {
                self.add_rows(name, std::mem::replace(&mut piece, Writing::new()))?;
            }
        }
        self.add_rows(name, piece)?;
        Ok(n)
    }

    fn add_rows(&mut self, name: &str, piece: Writing) -> Result<()> {
        let Some((n, content)) = piece.finish()? else { return Ok(()) };
        let row = (tenantry_rows::name.eq(name), tenantry_rows::n.eq(n as i32), tenantry_rows::content.eq(content));
        diesel::insert_into(tenantry_rows::table).values(row).execute(&mut self.0)?;
        Ok(())
    }

    /// The piece of rows that was added after the `seq`-th.
    pub fn next_rows(&mut self, seq: i32) -> Result<Option<Piece>> {
        let next = tenantry_rows::table.filter(tenantry_rows::seq.gt(seq)).order(tenantry_rows::seq);
        Ok(next.select(Piece::as_select()).first(&mut self.0).optional()?)
    }
}

/// Rows of one table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tenantry_rows)]
pub(crate) struct Piece {
    /// Its place.
    pub seq: i32,
    /// Of which table, quoted.
    pub name: String,
    /// How many.
    pub n: i32,
    /// A deflated array in JSON.
    pub content: Vec<u8>,
}
