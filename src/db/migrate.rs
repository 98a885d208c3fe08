//! Bringing a database to the shape this binary knows.

use diesel::backend::Backend;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use super::connect::{Access, DatabaseUrl};
use crate::error::Error;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// One number for everybody: of several processes that start at once, one migrates and the others wait.
const LOCK: i64 = 0x7465_6e61_6e74;

/// What migrating ends with when it cannot be done.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are still missing and answers how many. A SQLite file is created when it is not there. If
/// there were any, `complete` then does what SQL alone cannot. Whatever goes wrong, or whenever the process ends, all of it
/// is done or nothing.
///
/// # Errors
/// The database's own words, or that it is newer than this binary.
pub fn migrate(url: &DatabaseUrl, complete: impl FnOnce(&mut Conn) -> Result<(), Error>) -> Result<usize, Failed> {
    let mut conn = url.connect(Access::Write)?;
    if let Conn::Pg(conn) = &mut conn {
        // The lock ends with the connection.
        lock_migrations(conn)?;
    }
    migrate_within(&mut conn, complete)
}

/// The same on a connection, whose caller keeps others from migrating meanwhile.
///
/// # Errors
/// As `migrate`.
pub fn migrate_within(conn: &mut Conn, complete: impl FnOnce(&mut Conn) -> Result<(), Error>) -> Result<usize, Failed> {
    let migrated = conn.transaction(|conn| {
        let n = pending(conn).map_err(Stopped)?;
        if n > 0 {
            complete(conn).map_err(|error| Stopped(error.into()))?;
        }
        Ok(n)
    });
    migrated.map_err(|Stopped(why)| why)
}

fn pending(conn: &mut Conn) -> Result<usize, Failed> {
    match conn {
        Conn::Sqlite(conn) => {
            refuse_newer::<Sqlite>(&conn.applied_migrations()?, SQLITE)?;
            Ok(conn.run_pending_migrations(SQLITE)?.len())
        }
        Conn::Pg(conn) => {
            refuse_newer::<Pg>(&conn.applied_migrations()?, POSTGRES)?;
            Ok(conn.run_pending_migrations(POSTGRES)?.len())
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

/// Waits until nobody else migrates, and lets nobody else until the connection ends.
///
/// # Errors
/// The database's own.
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

/// Versions of the migrations that a database has, oldest first. Changes nothing.
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
    let known = versions(source)?;
    match applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        Some(version) => Err(format!("it was migrated by a newer Tenantry ({version} is not known here)").into()),
        None => Ok(()),
    }
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
        let stopped = migrate(&url, |_| Err(Error::internal("the power went")));
        assert!(stopped.unwrap_err().to_string().contains("the power went"));
        let mut completed = false;
        let complete = |_: &mut Conn| {
            completed = true;
            Ok(())
        };
        assert_eq!(migrate(&url, complete).unwrap(), known(false).unwrap().len());
        assert!(completed);
        assert_eq!(migrate(&url, |_| Err(Error::internal("nothing is left to complete"))).unwrap(), 0);
    }

    /// An index without statistics looks better than those with, whatever the query.
    #[test]
    fn every_index_of_a_tenants_table_has_statistics_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(directory.path().join("tenantry.db"));
        assert!(migrate(&url, |_| Ok(())).unwrap() > 0);
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
