//! The condition that users do not go with a customer that is deleted.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// The condition, for any query over `users`. A type of its own and not a literal: a query with a literal in it is parsed
/// and planned anew each time, and every request looks its user up.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NotDeleting;

impl Expression for NotDeleting {
    type SqlType = Bool;
}
impl<Q> AppearsOnTable<Q> for NotDeleting {}
impl<Q> SelectableExpression<Q> for NotDeleting {}
impl<G> ValidGrouping<G> for NotDeleting {
    type IsAggregate = is_aggregate::Never;
}
impl<B: Backend> QueryFragment<B> for NotDeleting {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, B>) -> QueryResult<()> {
        out.push_sql(
            "not exists (select 1 from customers deleted where deleted.tenant_id = users.tenant_id \
             and deleted.id = users.customer_id and deleted.deletion_id is not null)",
        );
        Ok(())
    }
}
