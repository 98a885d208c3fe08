//! A backup of PostgreSQL: all rows of all tables, as one transaction sees them, read and written in pieces. It needs no
//! tool of PostgreSQL's and knows no table: what there is, and how tables refer to each other, the database tells. So its
//! statements are text, made of what is found.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::cli::backup::container::Container;
use crate::cli::backup::{About, rows};
use crate::db::schema::tenants;
use crate::db::{self, Access, Conn, DatabaseUrl};

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
pub(crate) fn copy(url: &DatabaseUrl, to: &Path, about: About) -> Result<About> {
    let cannot = || format!("{url} cannot be read");
    let mut conn = url.connect(Access::Read).with_context(cannot)?;
    let migrations = db::applied(&mut conn)?;
    let Conn::Pg(mut conn) = conn else { anyhow::bail!("{url} is no PostgreSQL") };
    let mut container = Container::open(to)?;
    container.make_rows()?;
    conn.batch_execute("begin isolation level repeatable read read only").with_context(cannot)?;
    container.conn().batch_execute("begin")?;
    for table in tables(&mut conn).with_context(cannot)? {
        copy_table(&mut conn, &table, &mut container).with_context(cannot)?;
    }
    let tenants = tenants::table.count().get_result(&mut conn)?;
    container.conn().batch_execute("commit")?;
    conn.batch_execute("commit")?;
    let about = About { migrations, tenants, ..about };
    container.describe(&about)?;
    Ok(about)
}

fn copy_table(conn: &mut PgConnection, table: &str, container: &mut Container) -> Result<()> {
    let select = diesel::sql_query(format!("select row_to_json(t)::text as line from {table} t"));
    // One row after the other, since how large they are is not known before.
    let rows = select.load_iter::<Line, PgRowByRowLoadingMode>(conn)?;
    container.add_all(table, rows.map(|row| row.map(|row| row.line))).map(drop)
}

/// Fills the empty database at `url`: the tables as they were when the backup was made, and their rows, and then what
/// `complete` does. All of it or nothing. Of several processes that start meanwhile each waits.
pub(crate) fn fill<T>(
    url: &DatabaseUrl,
    from: &mut Container,
    about: &About,
    complete: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<T> {
    let cannot = || format!("{url} cannot be filled");
    let mut conn = url.connect(Access::Write).with_context(cannot)?;
    let Conn::Pg(pg) = &mut conn else { bail!("{url} is no PostgreSQL") };
    db::lock_migrations(pg).with_context(cannot)?;
    if !tables(pg)?.is_empty() {
        bail!("{url} has tables already; restore fills an empty database only");
    }
    let filled = conn.transaction(|conn| {
        db::migrate_to(conn, &about.migrations).map_err(anyhow::Error::msg)?;
        if let Conn::Pg(conn) = conn {
            let references = References::take(conn)?;
            load(conn, from)?;
            references.put_back(conn).context("it is damaged: a row refers to one that is not there")?;
            continue_sequences(conn)?;
        }
        complete(conn)
    });
    filled.with_context(cannot)
}

fn load(conn: &mut PgConnection, from: &mut Container) -> Result<()> {
    let mut inserts = BTreeMap::new();
    for table in tables(conn)? {
        let insert = insert(conn, &table)?;
        inserts.insert(table, insert);
    }
    // What migrations put there is in the backup as well.
    let all: Vec<&str> = inserts.keys().map(String::as_str).collect();
    conn.batch_execute(&format!("truncate table {}", all.join(", ")))?;
    let mut seq = 0;
    while let Some(piece) = from.next_rows(seq)? {
        seq = piece.seq;
        let name = &piece.name;
        let Some(insert) = inserts.get(name) else { bail!("it has rows of {name}, which is no table of this version") };
        let mut n = 0;
        rows::read(&piece.content, rows::PIECE, |some, _| {
            n += diesel::sql_query(insert).bind::<Text, _>(some).execute(conn)?;
            Ok(())
        })?;
        ensure!(usize::try_from(piece.n) == Ok(n), "it is damaged: rows of {name} are missing");
    }
    Ok(())
}

/// What inserts an array of rows.
fn insert(conn: &mut PgConnection, table: &str) -> QueryResult<String> {
    let columns = lines(
        conn,
        &format!(
            "select string_agg(quote_ident(attname), ', ') as line from pg_attribute
             where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
        ),
    )?
    .concat();
    Ok(format!(
        "insert into {table} ({columns}) overriding system value
         select {columns} from json_populate_recordset(null::{table}, $1::json)"
    ))
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
