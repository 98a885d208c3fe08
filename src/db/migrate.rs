//! Bringing a database to the shape this binary knows.

use diesel::backend::Backend;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::base::error::Error;
use crate::db::{Access, Conn, DatabaseUrl};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// One number for everybody: of several processes that start at once, one migrates and the others wait.
const LOCK: i64 = 0x7465_6e61_6e74;

/// What migrating ends with when it cannot be done.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are still missing, and answers whether there were none before and how many were run. A SQLite
/// file is created when it is not there. `check` then says whether the database may be used, and if any migrations were run,
/// `complete` does what SQL alone cannot. Whatever goes wrong, or whenever the process ends, all of it is done or nothing.
///
/// # Errors
/// What the database says, what `check` says, or `Newer`.
pub fn migrate(
    url: &DatabaseUrl,
    check: impl FnOnce(&mut Conn) -> Result<(), Failed>,
    complete: impl FnOnce(&mut Conn) -> Result<(), Error>,
) -> Result<(bool, usize), Failed> {
    let mut conn = url.connect(Access::Write)?;
    if let Conn::Pg(conn) = &mut conn {
        // The lock ends with the connection.
        lock_migrations(conn)?;
    }
    migrate_within(&mut conn, check, complete)
}

/// The same on a connection, whose caller keeps others from migrating meanwhile.
///
/// # Errors
/// As `migrate`.
pub fn migrate_within(
    conn: &mut Conn,
    check: impl FnOnce(&mut Conn) -> Result<(), Failed>,
    complete: impl FnOnce(&mut Conn) -> Result<(), Error>,
) -> Result<(bool, usize), Failed> {
    let migrated = conn.transaction(|conn| {
        let (created, n) = pending(conn).map_err(Stopped)?;
        check(conn).map_err(Stopped)?;
        if n > 0 {
            complete(conn).map_err(|error| Stopped(error.into()))?;
        }
        Ok((created, n))
    });
    migrated.map_err(|Stopped(why)| why)
}

fn pending(conn: &mut Conn) -> Result<(bool, usize), Failed> {
    match conn {
        Conn::Sqlite(conn) => {
            let applied = conn.applied_migrations()?;
            refuse_newer::<Sqlite>(&applied, SQLITE)?;
            Ok((applied.is_empty(), conn.run_pending_migrations(SQLITE)?.len()))
        }
        Conn::Pg(conn) => {
            let applied = conn.applied_migrations()?;
            refuse_newer::<Pg>(&applied, POSTGRES)?;
            Ok((applied.is_empty(), conn.run_pending_migrations(POSTGRES)?.len()))
        }
    }
}

/// Why a transaction was undone.
struct Stopped(Failed);

impl From<diesel::result::Error> for Stopped {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

/// Waits until nobody else migrates, and lets nobody else until the connection ends. Raw: diesel knows no such locks.
pub fn lock_migrations(conn: &mut PgConnection) -> QueryResult<usize> {
    diesel::sql_query(format!("select pg_advisory_lock({LOCK})")).execute(conn)
}

/// Makes tables as they were when just these migrations were known.
///
/// # Errors
/// As `migrate`.
pub fn migrate_to(conn: &mut Conn, versions: &[String]) -> Result<(), Failed> {
    match conn {
        Conn::Sqlite(conn) => run::<Sqlite, _>(conn, SQLITE, versions),
        Conn::Pg(conn) => run::<Pg, _>(conn, POSTGRES, versions),
    }
}

fn run<B: Backend, C: MigrationHarness<B>>(
    conn: &mut C,
    source: impl MigrationSource<B>,
    versions: &[String],
) -> Result<(), Failed> {
    for migration in conn.pending_migrations(source)? {
        if versions.contains(&migration.name().version().to_string()) {
            conn.run_migration(&migration)?;
        }
    }
    Ok(())
}

/// Versions of the migrations that this binary knows.
///
/// # Errors
/// Those of the embedded source.
pub fn known(postgres: bool) -> Result<Vec<String>, Failed> {
    if postgres { versions::<Pg>(POSTGRES) } else { versions::<Sqlite>(SQLITE) }
}

fn versions<B: Backend>(source: impl MigrationSource<B>) -> Result<Vec<String>, Failed> {
    Ok(source.migrations()?.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Versions of the migrations that a database has, oldest first. Changes nothing: raw, since diesel makes its table first.
///
/// # Errors
/// The database's own, when it was never migrated as well.
pub fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let rows: Vec<Row> =
        diesel::sql_query("select version from __diesel_schema_migrations order by version").load(conn)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn refuse_newer<B: Backend>(applied: &[MigrationVersion<'_>], source: impl MigrationSource<B>) -> Result<(), Failed> {
    refuse_unknown(&versions(source)?, applied.iter().map(ToString::to_string))
}

/// Refuses a database that has migrations which this binary does not know.
///
/// # Errors
/// `Newer`.
pub fn refuse_newer_than(postgres: bool, applied: &[String]) -> Result<(), Failed> {
    refuse_unknown(&known(postgres)?, applied.iter().cloned())
}

fn refuse_unknown(known: &[String], mut applied: impl Iterator<Item = String>) -> Result<(), Failed> {
    applied.find(|version| !known.contains(version)).map_or(Ok(()), |version| Err(Newer(version).into()))
}

/// A database has a migration that this binary does not know.
#[derive(Debug, thiserror::Error)]
#[error("it was migrated by a newer Tenantry ({0} is not known here); use that version")]
pub struct Newer(String);

/// Whether a database has a table of this name. Changes nothing. Raw: it asks the database about itself.
pub fn has_table(conn: &mut Conn, name: &'static str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let sql = match conn {
        Conn::Sqlite(_) => format!("select count(*) as n from sqlite_schema where type = 'table' and name = '{name}'"),
        Conn::Pg(_) => format!("select count(*) as n from pg_catalog.pg_class where oid = to_regclass('{name}')"),
    };
    Ok(diesel::sql_query(sql).get_result::<Row>(conn)?.n > 0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::*;

    #[derive(QueryableByName)]
    struct Index {
        #[diesel(sql_type = Text)]
        name: String,
    }

    #[test]
    fn a_migration_that_is_not_completed_is_not_done() {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("tenantry.db"));
        let stopped = migrate(&url, |_| Ok(()), |_| Err(Error::internal("the power went")));
        assert!(stopped.unwrap_err().to_string().contains("the power went"));
        let mut completed = false;
        let complete = |_: &mut Conn| {
            completed = true;
            Ok(())
        };
        assert_eq!(migrate(&url, |_| Ok(()), complete).unwrap(), (true, known(false).unwrap().len()));
        assert!(completed);
        let complete = |_: &mut Conn| Err(Error::internal("nothing is left to complete"));
        assert_eq!(migrate(&url, |_| Ok(()), complete).unwrap(), (false, 0));
    }

    /// An index without statistics looks better than those with, whatever the query.
    #[test]
    fn every_index_of_a_tenants_table_has_statistics_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("tenantry.db"));
        assert!(migrate(&url, |_| Ok(()), |_| Ok(())).unwrap().1 > 0);
        let Conn::Sqlite(mut conn) = url.connect(Access::Read).unwrap() else { unreachable!() };
        let bare: Vec<Index> = diesel::sql_query(
            "select name from sqlite_schema
             where (type = 'index' or sql like '%without rowid') and name not in (select idx from sqlite_stat1)
             and tbl_name in (select t.name from sqlite_schema t join pragma_table_info(t.name) c where c.name = 'tenant_id')",
        )
        .load(&mut conn)
        .unwrap();
        assert_eq!(bare.into_iter().map(|index| index.name).collect::<Vec<_>>(), [] as [String; 0]);
    }
}
