//! The hierarchy: each customer names its parent. Ways up and branches down are read by recursive queries over one
//! tenant.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Customer, Step};
use crate::db::{placeholders, value_list};
use crate::error::Error;
use crate::id::{Id, SqlId};
use crate::tenant::TenantConn;

#[derive(QueryableByName)]
struct UpRow {
    #[diesel(sql_type = SqlId)]
    start: Id<Customer>,
    #[diesel(sql_type = SqlId)]
    id: Id<Customer>,
    #[diesel(sql_type = Text)]
    title: String,
}

/// For each of `ids`, the way from the top of the hierarchy down to it, itself included.
///
/// # Errors
/// The database's own.
pub fn paths_of(t: &mut TenantConn, ids: &[Id<Customer>]) -> Result<HashMap<Id<Customer>, Vec<Step>>, Error> {
    let mut paths: HashMap<Id<Customer>, Vec<Step>> = HashMap::new();
    if ids.is_empty() {
        return Ok(paths);
    }
    let sql = format!(
        "with recursive up (start, id, parent_id, title, level) as (
           select c.id, c.id, c.parent_id, c.title, 0 from customers c where c.tenant_id = ? and c.id in ({})
           union all
           select up.start, c.id, c.parent_id, c.title, up.level + 1
           from up join customers c on c.tenant_id = ? and c.id = up.parent_id
         )
         select start, id, title from up order by level desc",
        value_list(ids.len())
    );
    let mut query = diesel::sql_query(placeholders(t.conn, &sql)).into_boxed().bind::<SqlId, _>(t.id);
    for id in ids {
        query = query.bind::<SqlId, _>(*id);
    }
    for row in query.bind::<SqlId, _>(t.id).load::<UpRow>(t.conn)? {
        paths.entry(row.start).or_default().push(Step { id: row.id, title: row.title });
    }
    Ok(paths)
}

/// The way from the top of the hierarchy down to a customer, itself included.
///
/// # Errors
/// The database's own.
pub fn path_of(t: &mut TenantConn, id: Id<Customer>) -> Result<Vec<Step>, Error> {
    Ok(paths_of(t, &[id])?.remove(&id).unwrap_or_default())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlId)]
    id: Id<Customer>,
}

/// The customers of the branches under `roots`, the roots included, each once.
///
/// # Errors
/// The database's own.
pub fn branch_of(t: &mut TenantConn, roots: &[Id<Customer>]) -> Result<Vec<Id<Customer>>, Error> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{} select id from branch", branch_cte(roots.len()));
    let mut query = diesel::sql_query(placeholders(t.conn, &sql)).into_boxed().bind::<SqlId, _>(t.id);
    for id in roots {
        query = query.bind::<SqlId, _>(*id);
    }
    let rows: Vec<IdRow> = query.bind::<SqlId, _>(t.id).load(t.conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// How many customers and users there are in branches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct BranchSizes {
    /// Customers, the roots included.
    #[diesel(sql_type = BigInt)]
    pub customers: i64,
    /// Users of all of them.
    #[diesel(sql_type = BigInt)]
    pub users: i64,
}

/// Counts the branches under `roots`, the roots included; what belongs to two of them is counted once.
///
/// # Errors
/// The database's own.
pub fn branch_sizes(t: &mut TenantConn, roots: &[Id<Customer>]) -> Result<BranchSizes, Error> {
    if roots.is_empty() {
        return Ok(BranchSizes::default());
    }
    let sql = format!(
        "{} select count(*) as customers, cast(coalesce(sum(users), 0) as bigint) as users from branch",
        branch_cte(roots.len())
    );
    let mut query = diesel::sql_query(placeholders(t.conn, &sql)).into_boxed().bind::<SqlId, _>(t.id);
    for id in roots {
        query = query.bind::<SqlId, _>(*id);
    }
    Ok(query.bind::<SqlId, _>(t.id).get_result(t.conn)?)
}

/// Binds: the tenant, `n` roots, the tenant. By `cross join` SQLite's planner takes the tables in the order written:
/// from a customer to its inner ones, never each customer of the tenant in search of its parent.
fn branch_cte(n: usize) -> String {
    format!(
        "with recursive branch (id, users) as (
           select c.id, c.users_count from customers c where c.tenant_id = ? and c.id in ({})
           union
           select c.id, c.users_count from branch b cross join customers c
           where c.tenant_id = ? and c.parent_id = b.id
         )",
        value_list(n)
    )
}
