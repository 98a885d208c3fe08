//! Whether the rows of the log are kept as the server keeps them. The chains vouch for what a row says; they cannot see
//! a row that is there and not found: SQLite keeps a value of any type in any column, and a text with the bytes of an id
//! is read like it, but compares with none. Nor do they see a row that no chain looks at, or an index that leaves rows
//! out.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::db::schema::{audit_entries, audit_heads};
use crate::db::{Conn, RawQuery};

/// What a column of the log holds.
#[derive(Clone, Copy)]
enum Holds {
    Id,
    IdOrNothing,
    Code,
    Number,
    Text,
}
use Holds::{Code, IdOrNothing, Number};

/// The tables of the log, with all of their columns.
const TABLES: [(&str, &[(&str, Holds)]); 3] = [
    (
        "audit_entries",
        &[
            ("tenant_id", Holds::Id),
            ("id", Holds::Id),
            ("slot", Number),
            ("seq", Number),
            ("at", Number),
            ("actor_id", IdOrNothing),
            ("actor", Holds::Text),
            ("actor_key", Holds::Text),
            ("address", Holds::Text),
            ("agent", Holds::Text),
            ("action", Holds::Text),
            ("kind", Holds::Text),
            ("subject_id", IdOrNothing),
            ("title", Holds::Text),
            ("title_key", Holds::Text),
            ("n", Number),
            ("changes", Holds::Text),
            ("concerns", Holds::Text),
            ("hash", Code),
            ("items", Holds::Text),
        ],
    ),
    ("audit_concerns", &[("tenant_id", Holds::Id), ("of_id", Holds::Id), ("entry_id", Holds::Id)]),
    ("audit_heads", &[("tenant_id", Holds::Id), ("slot", Number), ("n", Number), ("hash", Code), ("code", Code)]),
];

impl Holds {
    /// On SQLite, the condition under which a column does not.
    fn otherwise(self, column: &str) -> String {
        match self {
            Self::Id => format!("typeof({column}) <> 'blob' or length({column}) <> 16"),
            Self::IdOrNothing => {
                format!("{column} is not null and (typeof({column}) <> 'blob' or length({column}) <> 16)")
            }
            Self::Code => format!("typeof({column}) <> 'blob' or length({column}) <> 32"),
            Self::Number => format!("typeof({column}) <> 'integer'"),
            Self::Text => format!("typeof({column}) <> 'text'"),
        }
    }
}

/// On SQLite, the condition under which a row of a table is not as the server writes it.
fn otherwise(columns: &[(&str, Holds)]) -> String {
    columns.iter().map(|(column, holds)| format!("({})", holds.otherwise(column))).collect::<Vec<_>>().join(" or ")
}

/// The first table in which a tenant has rows of other types than the server writes, and how many.
pub(crate) fn of_other_types(conn: &mut Conn, tenant: TenantId) -> Result<Option<(&'static str, i64)>, Error> {
    if let Conn::Pg(_) = conn {
        return Ok(None); // it keeps no others
    }
    for (table, columns) in TABLES {
        let odd = format!("select count(*) as n from {table} where tenant_id = ? and ({})", otherwise(columns));
        let n = RawQuery::new(&odd).id(tenant).scalar(conn)?.unwrap_or_default();
        if n > 0 {
            return Ok(Some((table, n)));
        }
    }
    Ok(None)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What is wrong with the tables of the log as a whole: a sentence for each. To be asked beside `verify`, which looks at
/// the rows of one tenant.
pub fn wrong_with_tables(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    for (table, columns) in TABLES {
        if !is_plain(conn, table)? {
            wrong.push(format!("{table} is not the table that Tenantry made"));
            continue;
        }
        if let Conn::Sqlite(_) = conn {
            let n = count(conn, &format!("{table} where {}", otherwise(columns)))?;
            if n > 0 {
                wrong.push(format!("{table} has {n} rows of other types than the server writes"));
            }
            let checked: Vec<Line> =
                diesel::sql_query(format!("select integrity_check as line from pragma_integrity_check('{table}')"))
                    .load(conn)?;
            wrong.extend(
                checked.into_iter().filter(|line| line.line != "ok").map(|line| format!("{table}: {}", line.line)),
            );
        }
        let n = count(conn, &format!("{table} x where not exists (select 1 from tenants t where t.id = x.tenant_id)"))?;
        if n > 0 {
            wrong.push(format!("{table} has {n} rows of tenants that are not there"));
        }
    }
    Ok(wrong)
}

fn count(conn: &mut Conn, of: &str) -> Result<i64, Error> {
    Ok(RawQuery::new(&format!("select count(*) as n from {of}")).scalar(conn)?.unwrap_or_default())
}

/// Whether it is a table, and nothing answers in its place or hides some of its rows.
fn is_plain(conn: &mut Conn, table: &str) -> Result<bool, Error> {
    let n = match conn {
        Conn::Sqlite(_) => count(
            conn,
            &format!(
                "(select type from sqlite_schema where name = '{table}' and type = 'table'
                  union all select type from sqlite_schema where tbl_name = '{table}' and type = 'trigger'
                  union all select type from sqlite_temp_schema where name = '{table}')"
            ),
        )?,
        Conn::Pg(_) => count(
            conn,
            &format!(
                "(select 1 from pg_class where oid = to_regclass('{table}') and relkind in ('r', 'p')
                    and not relrowsecurity and not relhasrules
                  union all select 1 from pg_trigger where tgrelid = to_regclass('{table}') and not tgisinternal) x"
            ),
        )?,
    };
    Ok(n == 1)
}

/// How many rows a tenant has in a chain, up to an entry: those that no chain looks at as well.
pub(crate) fn up_to(conn: &mut Conn, tenant: TenantId, slot: i32, seq: i64) -> Result<i64, Error> {
    let chain = audit_entries::table.filter(audit_entries::tenant_id.eq(tenant)).filter(audit_entries::slot.eq(slot));
    Ok(chain.filter(audit_entries::seq.le(seq)).count().get_result(conn)?)
}

#[derive(QueryableByName)]
struct Compared {
    #[diesel(sql_type = BigInt)]
    alien: i64,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    pairs: i64,
    #[diesel(sql_type = BigInt)]
    named: i64,
}

/// Whether each entry is in the logs that it names, once in each, and in no other. One statement, for the server may go
/// on writing.
pub(crate) fn concerns_are_right(conn: &mut Conn, tenant: TenantId) -> Result<bool, Error> {
    let named_by = match conn {
        Conn::Sqlite(_) => "length(c.of_id) = 16 and instr(e.concerns, lower(hex(c.of_id))) > 0",
        Conn::Pg(_) => "position(replace(c.of_id::text, '-', '') in e.concerns) > 0",
    };
    let compared: Vec<Compared> = RawQuery::new("select (select count(*) from audit_concerns c where c.tenant_id = ?")
        .id(tenant)
        .sql(
            " and not exists (select 1 from audit_entries e where e.tenant_id = c.tenant_id and e.id = c.entry_id and ",
        )
        .sql(named_by)
        .sql(")) as alien, (select count(*) from audit_concerns where tenant_id = ?) as rows,")
        .id(tenant)
        .sql(" (select count(*) from (select distinct of_id, entry_id from audit_concerns where tenant_id = ?) x) as pairs,")
        .id(tenant)
        .sql(" (select cast(coalesce(sum((length(concerns) + 1) / 33), 0) as bigint) from audit_entries")
        .sql(" where tenant_id = ?) as named")
        .id(tenant)
        .load(conn)?;
    Ok(compared.iter().all(|c| c.alien == 0 && c.rows == c.named && c.pairs == c.named))
}

/// Whether the record of each chain's end is there once, and no other.
pub(crate) fn heads_are_right(conn: &mut Conn, tenant: TenantId, known: std::ops::Range<i32>) -> Result<bool, Error> {
    let n: i64 = audit_heads::table.filter(audit_heads::tenant_id.eq(tenant)).count().get_result(conn)?;
    Ok(n == i64::from(known.end - known.start))
}
