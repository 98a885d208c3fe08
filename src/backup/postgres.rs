//! A backup of PostgreSQL: all rows of all tables, as one transaction sees them, read and written in pieces. It needs no
//! tool of PostgreSQL's and knows no table: what there is, and how tables refer to each other, the database tells.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::container::{About, Container};
use crate::db::{self, Access, Conn, DatabaseUrl};

/// Rows of one piece.
const PIECE: usize = 2_000;
/// The table in which diesel notes migrations; they are noted again when they run.
const MIGRATIONS: &str = "__diesel_schema_migrations";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(conn: &mut PgConnection, sql: &str) -> QueryResult<Vec<String>> {
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    Ok(lines.into_iter().map(|line| line.line).collect())
}

/// The tables, quoted.
fn tables(conn: &mut PgConnection) -> QueryResult<Vec<String>> {
    lines(
        conn,
        &format!(
            "select quote_ident(tablename) as line from pg_tables
             where schemaname = current_schema() and tablename <> '{MIGRATIONS}' order by tablename"
        ),
    )
}

/// Copies the database at `url` into the empty file `to`.
pub(super) fn copy(url: &DatabaseUrl, to: &Path, about: About) -> Result<About> {
    let told = || format!("{url} cannot be read");
    let mut conn = url.connect(Access::Read).with_context(told)?;
    let migrations = db::applied(&mut conn)?;
    let Conn::Pg(mut conn) = conn else { anyhow::bail!("{url} is no PostgreSQL") };
    let mut container = Container::open(to)?;
    container.make_rows()?;
    conn.batch_execute("begin isolation level repeatable read read only").with_context(told)?;
    container.conn().batch_execute("begin")?;
    for table in tables(&mut conn).with_context(told)? {
        copy_table(&mut conn, &table, &mut container).with_context(told)?;
    }
    let tenants: i64 = lines(&mut conn, "select count(*)::text as line from tenants")?.concat().parse()?;
    container.conn().batch_execute("commit")?;
    conn.batch_execute("commit")?;
    let about = About { migrations, tenants, ..about };
    container.describe(&about)?;
    Ok(about)
}

fn copy_table(conn: &mut PgConnection, table: &str, container: &mut Container) -> Result<()> {
    conn.batch_execute(&format!(
        "declare rows no scroll cursor for select row_to_json(t)::text as line from {table} t"
    ))?;
    loop {
        let rows = lines(conn, &format!("fetch {PIECE} from rows"))?;
        if rows.is_empty() {
            break;
        }
        let mut content = DeflateEncoder::new(Vec::new(), Compression::fast());
        content.write_all(format!("[{}]", rows.join(",")).as_bytes())?;
        container.add_rows(table, rows.len(), content.finish()?)?;
    }
    Ok(conn.batch_execute("close rows")?)
}

/// Fills the empty database at `url`: the tables as they were when the backup was made, and their rows. All of
/// it or nothing. Of several processes that start meanwhile each waits.
pub(super) fn fill(url: &DatabaseUrl, from: &mut Container, about: &About) -> Result<()> {
    let told = || format!("{url} cannot be filled");
    let Conn::Pg(mut conn) = url.connect(Access::Write).with_context(told)? else {
        anyhow::bail!("{url} is no PostgreSQL")
    };
    db::lock_migrations(&mut conn).with_context(told)?;
    if !tables(&mut conn)?.is_empty() {
        anyhow::bail!("{url} has tables already; restore fills an empty database only");
    }
    conn.transaction(|conn| {
        db::migrate_to(conn, &about.migrations).map_err(anyhow::Error::msg)?;
        let references = References::take(conn)?;
        load(conn, from)?;
        references.put_back(conn).context("it is damaged: a row refers to one that is not there")?;
        continue_sequences(conn).map_err(anyhow::Error::from)
    })
    .with_context(told)
}

fn load(conn: &mut PgConnection, from: &mut Container) -> Result<()> {
    let known: BTreeSet<String> = tables(conn)?.into_iter().collect();
    // What migrations put there is in the backup as well.
    let all: Vec<&str> = known.iter().map(String::as_str).collect();
    conn.batch_execute(&format!("truncate table {}", all.join(", ")))?;
    let mut seq = 0;
    while let Some((at, table, content)) = from.next_rows(seq)? {
        seq = at;
        anyhow::ensure!(known.contains(&table), "it has rows of {table}, which is no table of this version");
        let columns = lines(
            conn,
            &format!(
                "select string_agg(quote_ident(attname), ', ') as line from pg_attribute
                 where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
            ),
        )?
        .concat();
        let mut rows = String::new();
        DeflateDecoder::new(content.as_slice()).read_to_string(&mut rows)?;
        let insert = format!(
            "insert into {table} ({columns}) overriding system value
             select {columns} from json_populate_recordset(null::{table}, $1::json)"
        );
        diesel::sql_query(insert).bind::<Text, _>(rows).execute(conn)?;
    }
    Ok(())
}

/// Numbers that the database gives go on after the last that was given.
fn continue_sequences(conn: &mut PgConnection) -> QueryResult<()> {
    let continued = lines(
        conn,
        "select format('select setval(%L, coalesce((select max(%I) from %I), 0) + 1, false)', s.oid::regclass, a.attname,
             c.relname) as line
         from pg_class s join pg_depend d on d.objid = s.oid and d.deptype in ('a', 'i')
         join pg_class c on c.oid = d.refobjid join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
         where s.relkind = 'S' and s.relnamespace = current_schema()::regnamespace",
    )?;
    continued.iter().try_for_each(|statement| conn.batch_execute(statement))
}

/// The references between tables, away while rows come in any order.
struct References(Vec<String>);

impl References {
    fn take(conn: &mut PgConnection) -> QueryResult<Self> {
        let all = "from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace";
        let put = lines(
            conn,
            &format!(
                "select format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                     pg_get_constraintdef(oid)) as line {all}"
            ),
        )?;
        let drop =
            format!("select format('alter table %s drop constraint %I', conrelid::regclass, conname) as line {all}");
        for statement in lines(conn, &drop)? {
            conn.batch_execute(&statement)?;
        }
        Ok(Self(put))
    }

    /// Puts them back, which checks every row.
    fn put_back(self, conn: &mut PgConnection) -> QueryResult<()> {
        self.0.iter().try_for_each(|statement| conn.batch_execute(statement))
    }
}
