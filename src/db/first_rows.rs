//! A limit that stands in the statement as a number.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// The first rows of a query, at most `n`. Diesel's own limit is a value beside the statement: PostgreSQL takes an unknown one
/// for a tenth of all rows, and plans again each time. To be used where `n` takes few values, since each is a statement of its
/// own.
pub fn first_rows<Q>(of: Q, n: i64) -> FirstRows<Q> {
    FirstRows { of, n }
}

/// See `first_rows`.
#[derive(Debug, Clone, Copy)]
pub struct FirstRows<Q> {
    of: Q,
    n: i64,
}

impl<Q> QueryId for FirstRows<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false; // it is known by its text
}

impl<Q: Query> Query for FirstRows<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for FirstRows<Q> {}

impl<Q: QueryFragment<B>, B: Backend> QueryFragment<B> for FirstRows<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.of.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {}", self.n));
        Ok(())
    }
}
