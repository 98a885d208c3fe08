//! The tables that hold a tenant's rows, as the database itself tells of them, and the statements that read and write these
//! rows. So a table or column that a migration adds is in the next file without a line here. Both databases read what
//! either has written: a row is an array in JSON of numbers, texts and nothing; ids and bytes are hexadecimal, times
//! microseconds since 1970 (UTC), flags 0 and 1. All of it is text made of what is found.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::base::id::TenantId;
use crate::cli::backup::container::Container;
use crate::db::Conn;

/// The table of the tenants themselves: the only one whose rows have no `tenant_id`.
const TENANTS: &str = "tenants";

/// A table with a tenant's rows.
pub(crate) struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, but for those that the database fills in: each with what it holds.
    pub columns: BTreeMap<String, Holds>,
}

/// What a column holds, as far as it matters to how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Number,
    Bytes,
    Id,
    Time,
    Flag,
}

impl Holds {
    /// SQLite keeps ids as bytes, and times and flags as numbers.
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "text" => Self::Text,
            "integer" | "bigint" => Self::Number,
            "blob" | "bytea" => Self::Bytes,
            "uuid" => Self::Id,
            "timestamp with time zone" => Self::Time,
            "boolean" => Self::Flag,
            _ => return None,
        })
    }

    /// A column as the file has it.
    fn written(self, column: &str, postgres: bool) -> String {
        match self {
            Self::Text | Self::Number => column.to_owned(),
            Self::Bytes if postgres => format!("encode({column}, 'hex')"),
            Self::Bytes => format!("iif({column} is null, null, lower(hex({column})))"),
            Self::Id => format!("replace({column}::text, '-', '')"),
            Self::Time => format!("(extract(epoch from {column}) * 1000000)::bigint"),
            Self::Flag => format!("{column}::integer"),
        }
    }

    /// The value at a place of a row of the file.
    fn read(self, place: usize, postgres: bool) -> String {
        let value = format!("(r.value ->> {place})");
        match self {
            Self::Text => value,
            Self::Number if postgres => format!("{value}::bigint"),
            Self::Number => value,
            Self::Bytes if postgres => format!("decode({value}, 'hex')"),
            Self::Bytes => format!("unhex({value})"),
            Self::Id => format!("{value}::uuid"),
            // In two steps, for a whole number of seconds stays exact.
            Self::Time => format!(
                "timestamptz 'epoch' + {value}::bigint / 1000000 * interval '1 second'
                 + {value}::bigint % 1000000 * interval '1 microsecond'"
            ),
            Self::Flag => format!("{value}::integer <> 0"),
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A table and something of it.
#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    other: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// The columns of all tables that hold rows of tenants. SQLite's own numbers of rows are none, nor is what is computed.
fn columns(conn: &mut Conn) -> QueryResult<Vec<Named>> {
    diesel::sql_query(match conn {
        Conn::Sqlite(_) => {
            "select t.name, c.name as other, lower(c.type) as kind
             from pragma_table_list t join pragma_table_info(t.name) c
             where t.schema = 'main' and t.type = 'table'
             and (t.name = 'tenants' or exists (select 1 from pragma_table_info(t.name) x where x.name = 'tenant_id'))
             and not (c.pk = 1 and lower(c.type) = 'integer'
                      and (select count(*) from pragma_table_info(t.name) x where x.pk > 0) = 1)"
        }
        Conn::Pg(_) => {
            "select t.relname::text as name, c.attname::text as other, format_type(c.atttypid, null) as kind
             from pg_class t join pg_attribute c on c.attrelid = t.oid
             where t.relnamespace = current_schema()::regnamespace and t.relkind in ('r', 'p')
             and c.attnum > 0 and not c.attisdropped and c.attgenerated = ''
             and (t.relname = 'tenants' or exists (select 1 from pg_attribute x where x.attrelid = t.oid
                  and x.attname = 'tenant_id' and not x.attisdropped))"
        }
    })
    .load(conn)
}

/// Which table refers to which other.
fn references(conn: &mut Conn) -> QueryResult<Vec<Named>> {
    diesel::sql_query(match conn {
        Conn::Sqlite(_) => {
            "select t.name, f.\"table\" as other, '' as kind from pragma_table_list t
             join pragma_foreign_key_list(t.name) f where t.schema = 'main' and f.\"table\" <> t.name"
        }
        Conn::Pg(_) => {
            "select t.relname::text as name, o.relname::text as other, '' as kind from pg_constraint f
             join pg_class t on t.oid = f.conrelid join pg_class o on o.oid = f.confrelid
             where f.contype = 'f' and t.oid <> o.oid and t.relnamespace = current_schema()::regnamespace"
        }
    })
    .load(conn)
}

/// All tables that hold rows of tenants, each after those that it refers to.
pub(crate) fn tables(conn: &mut Conn) -> Result<Vec<Table>> {
    let mut left: BTreeMap<String, BTreeMap<String, Holds>> = BTreeMap::new();
    for Named { name, other, kind } in columns(conn)? {
        let holds = Holds::of(&kind).with_context(|| format!("the column {other} of {name} is of a kind not known"))?;
        left.entry(name).or_default().insert(other, holds);
    }
    let references = references(conn)?;
    let mut tables: Vec<Table> = Vec::new();
    while !left.is_empty() {
        let waits = |name: &str| references.iter().any(|of| of.name == name && left.contains_key(&of.other));
        let ready: Vec<String> = left.keys().filter(|name| !waits(name)).cloned().collect();
        ensure!(!ready.is_empty(), "the tables refer to each other in a circle");
        tables.extend(ready.into_iter().filter_map(|name| {
            let columns = left.remove(&name)?;
            Some(Table { name, columns })
        }));
    }
    Ok(tables)
}

impl Table {
    /// The names of its columns, in the order in which a file has them.
    pub fn names(&self) -> Vec<&str> {
        self.columns.keys().map(String::as_str).collect()
    }

    fn is(&self, those: &[(&str, &str)], column: &str) -> bool {
        those.contains(&(&self.name, column))
    }

    /// The condition that a row is a tenant's.
    fn mine(&self, tenant: TenantId, postgres: bool) -> String {
        let column = if self.name == TENANTS { "id" } else { "tenant_id" };
        if postgres { format!("{column} = '{tenant}'") } else { format!("{column} = x'{}'", tenant.simple()) }
    }

    /// Deletes the rows of a tenant.
    pub fn delete(&self, conn: &mut Conn, tenant: TenantId) -> QueryResult<usize> {
        let mine = self.mine(tenant, conn.is_postgres());
        diesel::sql_query(format!("delete from {} where {mine}", self.name)).execute(conn)
    }

    /// Copies the rows of a tenant into a file, `empty` columns without what they hold; answers how many rows.
    pub fn copy(
        &self,
        conn: &mut Conn,
        tenant: TenantId,
        empty: &[(&str, &str)],
        into: &mut Container,
    ) -> Result<usize> {
        let postgres = conn.is_postgres();
        let value = |(name, holds): (&String, &Holds)| match self.is(empty, name) {
            true => "null".to_owned(),
            false => holds.written(name, postgres),
        };
        let values = self.columns.iter().map(value).collect::<Vec<_>>().join(", ");
        let array =
            if postgres { format!("json_build_array({values})::text") } else { format!("json_array({values})") };
        let mine = self.mine(tenant, postgres);
        let rows = diesel::sql_query(format!("select {array} as line from {} where {mine}", self.name));
        let line = |row: QueryResult<Line>| row.map(|row| row.line);
        // One row after the other, since how large they are is not known before.
        match conn {
            Conn::Sqlite(conn) => into.add_all(&self.name, rows.load_iter::<Line, DefaultLoadingMode>(conn)?.map(line)),
            Conn::Pg(conn) => into.add_all(&self.name, rows.load_iter::<Line, PgRowByRowLoadingMode>(conn)?.map(line)),
        }
    }

    /// What inserts an array of rows from a file, `empty` columns without what they hold there.
    pub fn insert(&self, postgres: bool, empty: &[(&str, &str)]) -> String {
        let value = |(place, (name, holds)): (usize, (&String, &Holds))| match self.is(empty, name) {
            true => "null".to_owned(),
            false => holds.read(place, postgres),
        };
        let values = self.columns.iter().enumerate().map(value).collect::<Vec<_>>().join(", ");
        let rows = if postgres { "jsonb_array_elements($1::jsonb)" } else { "json_each(?)" };
        format!("insert into {} ({}) select {values} from {rows} r", self.name, self.names().join(", "))
    }
}
