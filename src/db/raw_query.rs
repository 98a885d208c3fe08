//! The small differences of the two dialects, for the statements that diesel's builder cannot say.

use std::fmt::Write as _;

use diesel::expression::{AsExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Binary, Bool, HasSqlType, Nullable, SqlType, Text, Untyped};
use diesel::sqlite::Sqlite;

use crate::base::clock::{SqlTime, Timestamp};
use crate::base::id::{Id, SqlId};
use crate::db::{Conn, MultiBackend};

/// How many values one statement should look for at once: PostgreSQL takes them as one array, SQLite each by itself.
pub fn most_values(conn: &Conn) -> usize {
    match conn {
        Conn::Sqlite(_) => 1_000,
        Conn::Pg(_) => 10_000,
    }
}

/// The condition that a column, named with its table, holds one of these, however many.
pub fn in_ids<T>(conn: &Conn, column: &str, ids: &[Id<T>]) -> Condition {
    RawQuery::default().in_ids(column, ids).condition(conn)
}

/// A statement that is put together piece by piece: each value stands beside its `?`, which may stand in it for nothing
/// else. Each connection keeps it prepared, by its text.
#[derive(Debug, Clone, Default)]
pub struct RawQuery {
    text: String,
    values: Vec<Value>,
    without_plan_cache: bool,
}

#[derive(Debug, Clone)]
enum Value {
    Id(Id<()>),
    Ids(Ids),
    Text(String),
    Number(i64),
    Time(Timestamp),
    OptionalId(Option<Id<()>>),
    Bytes(Vec<u8>),
}

impl RawQuery {
    /// One that begins so.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Goes on with this text.
    pub fn sql(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The value of the next `?`.
    pub fn id<T>(mut self, id: Id<T>) -> Self {
        self.values.push(Value::Id(id.cast()));
        self
    }

    /// The condition that a column holds one of these, however many: one value.
    pub fn in_ids<T>(mut self, column: &str, ids: &[Id<T>]) -> Self {
        self.text.push_str(column);
        self.text.push_str(" ?");
        self.values.push(Value::Ids(Ids::of(ids)));
        self
    }

    /// The value of the next `?`.
    pub fn string(mut self, text: impl Into<String>) -> Self {
        self.values.push(Value::Text(text.into()));
        self
    }

    /// The value of the next `?`.
    pub fn number(mut self, n: i64) -> Self {
        self.values.push(Value::Number(n));
        self
    }

    /// The value of the next `?`.
    pub fn time(mut self, at: Timestamp) -> Self {
        self.values.push(Value::Time(at));
        self
    }

    /// The value of the next `?`, which may be null.
    pub fn optional_id<T>(mut self, id: Option<Id<T>>) -> Self {
        self.values.push(Value::OptionalId(id.map(Id::cast)));
        self
    }

    /// The value of the next `?`.
    pub fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.values.push(Value::Bytes(bytes.into()));
        self
    }

    /// Goes on with another statement and its values.
    pub fn append(mut self, other: Self) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self.without_plan_cache |= other.without_plan_cache;
        self
    }

    /// To be planned for its values each time: PostgreSQL's best plan for one search is its worst for another.
    pub fn without_plan_cache(mut self) -> Self {
        self.without_plan_cache = true;
        self
    }

    /// It as a condition for diesel's builder, which names columns with their table. Unlike `diesel::dsl::sql`, it lets
    /// the whole statement stay prepared.
    pub fn condition(self, conn: &Conn) -> Condition {
        Condition(self.on(conn))
    }

    fn on(self, conn: &Conn) -> Prepared {
        Prepared { statement: self, postgres: matches!(conn, Conn::Pg(_)) }
    }

    /// The rows that it selects.
    pub fn load<T>(self, conn: &mut Conn) -> QueryResult<Vec<T>>
    where
        T: QueryableByName<MultiBackend> + 'static,
    {
        self.on(conn).load(conn)
    }

    /// The number that it selects as `n`: that of its first row, if it has one.
    pub fn scalar(self, conn: &mut Conn) -> QueryResult<Option<i64>> {
        Ok(self.load::<N>(conn)?.first().map(|row| row.n))
    }

    /// Runs it and answers how many rows it changed.
    pub fn execute(self, conn: &mut Conn) -> QueryResult<usize> {
        self.on(conn).execute(conn)
    }
}

#[derive(QueryableByName)]
struct N {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A statement in one of the dialects.
#[derive(Debug, Clone)]
struct Prepared {
    statement: RawQuery,
    postgres: bool,
}

impl Query for Prepared {
    type SqlType = Untyped;
}
impl<C> RunQueryDsl<C> for Prepared {}
impl QueryId for Prepared {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}
impl QueryFragment<MultiBackend> for Prepared {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if self.statement.without_plan_cache && self.postgres {
            out.unsafe_to_cache_prepared();
        }
        let mut parts = self.statement.text.split('?');
        out.push_sql(parts.next().unwrap_or_default());
        for (value, part) in self.statement.values.iter().zip(parts) {
            match value {
                Value::Id(id) => out.push_bind_param::<SqlId, _>(id)?,
                Value::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Value::Number(n) => out.push_bind_param::<BigInt, _>(n)?,
                Value::Time(at) => out.push_bind_param::<SqlTime, _>(at)?,
                Value::OptionalId(id) => out.push_bind_param::<Nullable<SqlId>, _>(id)?,
                Value::Bytes(bytes) => out.push_bind_param::<Binary, _>(bytes)?,
                Value::Ids(ids) => {
                    out.push_sql(if self.postgres { "= any(" } else { "in (select unhex(value) from json_each(" });
                    out.push_bind_param::<SqlIds, _>(ids)?;
                    out.push_sql(if self.postgres { ")" } else { "))" });
                }
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

/// A condition of diesel's builder on the rows of whatever tables it names, in one of the dialects.
#[derive(Debug, Clone)]
pub struct Condition(Prepared);

impl Expression for Condition {
    type SqlType = Bool;
}
impl<G> ValidGrouping<G> for Condition {
    type IsAggregate = is_aggregate::Never;
}
impl<Table> AppearsOnTable<Table> for Condition {}
impl<Table> SelectableExpression<Table> for Condition {}
impl QueryId for Condition {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}
impl QueryFragment<MultiBackend> for Condition {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// How many ids PostgreSQL plans for when it does not know how many come. With fewer it would take planning for their
/// number, at each use anew, for a gain.
const PLANNED_FOR: usize = 10;

/// Several ids as one value: an array of `uuid` on PostgreSQL, a JSON array of hexadecimal texts on SQLite.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2951, array_oid = 0))]
#[diesel(sqlite_type(name = "Text"))]
struct SqlIds;

#[derive(Debug, Clone, AsExpression)]
#[diesel(sql_type = SqlIds)]
struct Ids(Vec<Id<()>>);

impl Ids {
    fn of<T>(ids: &[Id<T>]) -> Self {
        Self(ids.iter().map(|id| Id::from_bytes(*id.as_bytes())).collect())
    }
}

impl HasSqlType<SqlIds> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<SqlIds>(lookup)
    }
}
impl ToSql<SqlIds, MultiBackend> for Ids {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((SqlIds, self));
        Ok(IsNull::No)
    }
}
impl ToSql<SqlIds, Pg> for Ids {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let Some(last) = self.0.last() else { return ToSql::<Array<SqlId>, Pg>::to_sql(&self.0, out) };
        let more = PLANNED_FOR.saturating_sub(self.0.len());
        let ids: Vec<&Id<()>> = self.0.iter().chain(std::iter::repeat_n(last, more)).collect();
        ToSql::<Array<SqlId>, Pg>::to_sql(&ids, &mut out.reborrow())
    }
}
impl ToSql<SqlIds, Sqlite> for Ids {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let mut json = String::with_capacity(35 * self.0.len() + 2);
        json.push('[');
        for (at, id) in self.0.iter().enumerate() {
            json.push_str(if at == 0 { "\"" } else { ",\"" });
            for byte in id.as_bytes() {
                write!(json, "{byte:02x}")?;
            }
            json.push('"');
        }
        json.push(']');
        out.set_value(json);
        Ok(IsNull::No)
    }
}
