//! The sum of a column of whole numbers.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

/// The sum of a `bigint` as a `bigint`, 0 of no rows: diesel's own is a `numeric`, which SQLite has not.
pub fn sum<E>(of: E) -> Sum<E> {
    Sum(of)
}

/// See `sum`.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Sum<E>(E);

impl<E: Expression<SqlType = BigInt>> Expression for Sum<E> {
    type SqlType = BigInt;
}
impl<E, Q> AppearsOnTable<Q> for Sum<E>
where
    Self: Expression,
    E: AppearsOnTable<Q>,
{
}
impl<E, Q> SelectableExpression<Q> for Sum<E>
where
    Self: AppearsOnTable<Q>,
    E: SelectableExpression<Q>,
{
}
impl<E, G> ValidGrouping<G> for Sum<E> {
    type IsAggregate = is_aggregate::Yes;
}
impl<E: QueryFragment<B>, B: Backend> QueryFragment<B> for Sum<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        out.push_sql("cast(coalesce(sum(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql("), 0) as bigint)");
        Ok(())
    }
}
