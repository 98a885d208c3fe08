//! The hierarchy: each customer names its parent. Ways up and branches down are read by recursive queries over one
//! tenant.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Customer, Step};
use crate::db::{Conn, placeholders, value_list};
use crate::error::Error;
use crate::id::{Id, SqlId};
use crate::jobs::Job;
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

/// A customer of a branch.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Member {
    /// Which.
    #[diesel(sql_type = SqlId)]
    pub id: Id<Customer>,
    /// How many users it has.
    #[diesel(sql_type = BigInt)]
    pub users: i64,
}

/// The customers of the branches under `roots`, the roots included, each once.
///
/// # Errors
/// The database's own.
pub fn branch_of(t: &mut TenantConn, roots: &[Id<Customer>]) -> Result<Vec<Member>, Error> {
    if roots.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{} select id, users from branch", branch_cte(roots.len()));
    let mut query = diesel::sql_query(placeholders(t.conn, &sql)).into_boxed().bind::<SqlId, _>(t.id);
    for id in roots {
        query = query.bind::<SqlId, _>(*id);
    }
    Ok(query.bind::<SqlId, _>(t.id).load(t.conn)?)
}

/// Marks the branches under `roots`, the roots included, as going with a deletion, and answers how many customers were
/// still there. Their titles are free from then on: what stands instead begins with a character that no title has.
///
/// # Errors
/// The database's own.
pub(super) fn mark_branches(t: &mut TenantConn, roots: &[Id<Customer>], deletion: Id<Job>) -> Result<i64, Error> {
    if roots.is_empty() {
        return Ok(0);
    }
    let no_title = match t.conn {
        Conn::Sqlite(_) => "char(1) || hex(id)",
        Conn::Pg(_) => "chr(1) || cast(id as text)",
    };
    let sql = format!(
        "{} update customers set deletion_id = ?, title_key = {no_title}
         where tenant_id = ? and deletion_id is null and id in (select id from branch)",
        branch_cte(roots.len())
    );
    let mut query = diesel::sql_query(placeholders(t.conn, &sql)).into_boxed().bind::<SqlId, _>(t.id);
    for id in roots {
        query = query.bind::<SqlId, _>(*id);
    }
    let query = query.bind::<SqlId, _>(t.id).bind::<SqlId, _>(deletion).bind::<SqlId, _>(t.id);
    Ok(query.execute(t.conn)? as i64)
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

/// Binds: the tenant, `n` roots, the tenant. A branch is deleted whole and parted
/// from what stays, so what is under a customer that is there is there as well. By `cross join` SQLite's planner takes the tables in the order written:
/// from a customer to its inner ones, never each customer of the tenant in search of its parent.
fn branch_cte(n: usize) -> String {
    format!(
        "with recursive branch (id, users) as (
           select c.id, c.users_count from customers c
           where c.tenant_id = ? and c.id in ({}) and c.deletion_id is null
           union
           select c.id, c.users_count from branch b cross join customers c
           where c.tenant_id = ? and c.parent_id = b.id
         )",
        value_list(n)
    )
}
