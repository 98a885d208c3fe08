//! A statement that is prepared once for each connection, as the program's are.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Integer};

use crate::alone::FIRST;

/// What stands in braces in a statement.
#[derive(Clone, Copy)]
enum Value {
    Id,
    Number,
    Slot,
}

const NAMES: [(&str, Value); 3] = [("{id}", Value::Id), ("{n}", Value::Number), ("{slot}", Value::Slot)];

/// SQL, in pieces, each with what follows it.
pub struct Statement(Vec<(String, Option<Value>)>);

/// A statement with its values.
pub struct Bound<'a> {
    statement: &'a Statement,
    id: [u8; 16],
    n: i64,
    slot: i32,
}

impl Statement {
    pub fn new(sql: &str) -> Self {
        let (mut pieces, mut rest) = (Vec::new(), sql);
        while let Some((at, name, value)) =
            NAMES.iter().filter_map(|(name, value)| Some((rest.find(name)?, name, *value))).min_by_key(|found| found.0)
        {
            pieces.push((rest[..at].to_owned(), Some(value)));
            rest = &rest[at + name.len()..];
        }
        pieces.push((rest.to_owned(), None));
        Self(pieces)
    }

    /// That of the copy with a number.
    pub fn of(&self, n: usize, slot: usize) -> Bound<'_> {
        Bound { statement: self, id: (FIRST + n as u128).to_be_bytes(), n: n as i64, slot: slot as i32 }
    }
}

impl<DB> QueryFragment<DB> for Bound<'_>
where
    DB: Backend + HasSqlType<Binary> + HasSqlType<BigInt> + HasSqlType<Integer>,
    [u8]: ToSql<Binary, DB>,
    i64: ToSql<BigInt, DB>,
    i32: ToSql<Integer, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for (sql, value) in &self.statement.0 {
            out.push_sql(sql);
            match value {
                Some(Value::Id) => out.push_bind_param::<Binary, [u8]>(&self.id)?,
                Some(Value::Number) => out.push_bind_param::<BigInt, _>(&self.n)?,
                Some(Value::Slot) => out.push_bind_param::<Integer, _>(&self.slot)?,
                None => {}
            }
        }
        Ok(())
    }
}

impl QueryId for Bound<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> RunQueryDsl<Conn> for Bound<'_> {}
