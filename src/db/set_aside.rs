//! Rewriting all rows of large tables: their indexes are dropped before and made again after, which takes less time than
//! keeping them up to date row by row. Raw: databases are asked about their own tables.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::Conn;

/// What is made again when the rows are written.
pub struct SetAside(Vec<String>);

#[derive(QueryableByName)]
struct Statements {
    #[diesel(sql_type = Text)]
    dropped: String,
    #[diesel(sql_type = Text)]
    made: String,
}

/// The triggers that keep a search index of SQLite up to date with its table.
const SEARCHED: [&str; 2] = ["customers", "things"];

/// Drops the indexes of tables that are not those of their ids, and on PostgreSQL what keeps names unique. To be done
/// within a transaction, which `make_again` belongs to.
///
/// # Errors
/// Those of the database.
pub fn set_aside(conn: &mut Conn, tables: &[&str]) -> QueryResult<SetAside> {
    let names = tables.iter().map(|table| format!("'{table}'")).collect::<Vec<_>>().join(", ");
    let statements: Vec<Statements> = match conn {
        Conn::Sqlite(_) => {
            // An index takes what the planner was told of it along.
            diesel::sql_query("create temp table kept_statistics as select * from sqlite_stat1").execute(conn)?;
            diesel::sql_query(format!(
                "select 'drop ' || type || ' ' || name as dropped, sql as made from sqlite_schema
                 where tbl_name in ({names}) and sql is not null
                 and (type = 'index' or type = 'trigger' and name like '%search_update')"
            ))
            .load(conn)?
        }
        Conn::Pg(_) => {
            let indexes = format!(
                "select format('drop index %s', i.indexrelid::regclass) as dropped,
                        pg_get_indexdef(i.indexrelid) as made
                 from pg_index i where i.indrelid::regclass::text in ({names})
                 and not exists (select from pg_constraint c where c.conindid = i.indexrelid)"
            );
            let unique = format!(
                "select format('alter table %s drop constraint %I', conrelid::regclass, conname) as dropped,
                        format('alter table %s add constraint %I %s', conrelid::regclass, conname,
                               pg_get_constraintdef(oid)) as made
                 from pg_constraint where contype = 'u' and conrelid::regclass::text in ({names})
                 and pg_get_constraintdef(oid) like '%_key)'"
            );
            diesel::sql_query(format!("{indexes} union all {unique}")).load(conn)?
        }
    };
    for Statements { dropped, .. } in &statements {
        diesel::sql_query(dropped).execute(conn)?;
    }
    Ok(SetAside(statements.into_iter().map(|statement| statement.made).collect()))
}

impl SetAside {
    /// Makes everything again.
    ///
    /// # Errors
    /// Those of the database.
    pub fn make_again(self, conn: &mut Conn) -> QueryResult<()> {
        for made in self.0 {
            diesel::sql_query(made).execute(conn)?;
        }
        if let Conn::Sqlite(_) = conn {
            for table in SEARCHED {
                diesel::sql_query(format!("insert into {table}_search ({table}_search) values ('rebuild')"))
                    .execute(conn)?;
            }
            diesel::sql_query(
                "insert into sqlite_stat1 select * from kept_statistics k
                 where not exists (select 1 from sqlite_stat1 s where s.tbl = k.tbl and s.idx is k.idx)",
            )
            .execute(conn)?;
            diesel::sql_query("drop table kept_statistics").execute(conn)?;
        }
        Ok(())
    }
}
