//! Bringing a database to the shape this binary knows.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use super::connect::{Access, DatabaseUrl};
use crate::error::Error;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// One number for everybody: of several processes that start at once, one migrates and the others wait.
const LOCK: i64 = 0x7465_6e61_6e74;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Runs the migrations that are still missing and answers how many. A SQLite file is created when it is not there. If
/// there were any, `complete` then does what SQL alone cannot.
///
/// # Errors
/// The database's own words.
pub fn migrate(url: &DatabaseUrl, complete: impl FnOnce(&mut Conn) -> Result<(), Error>) -> Result<usize, Failed> {
    let mut conn = url.connect(Access::Write)?;
    let n = match &mut conn {
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE)?.len(),
        Conn::Pg(conn) => {
            use diesel::RunQueryDsl;
            // The lock ends with the connection.
            diesel::sql_query(format!("select pg_advisory_lock({LOCK})")).execute(conn)?;
            conn.run_pending_migrations(POSTGRES)?.len()
        }
    };
    if n > 0 {
        complete(&mut conn)?;
    }
    Ok(n)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    use super::*;

    #[derive(QueryableByName)]
    struct Index {
        #[diesel(sql_type = Text)]
        name: String,
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
