//! The hierarchy: each customer names its parent, and the table of branches has each customer once under every one that
//! it is under, itself included. Ways up are read by recursive queries over one tenant, branches down from the table.

use std::collections::{BTreeSet, HashMap};

use diesel::dsl::{count_star, exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::base::error::Error;
use crate::base::id::{CustomerId, JobId, SqlId, TenantId};
use crate::db::schema::{customer_branches, customer_counts, customers};
use crate::db::{Condition, Conn, RawQuery, in_ids, sum};
use crate::model::customers::{Customer, CustomerCounts, Step, store};
use crate::tenancy::TenantConn;

#[derive(QueryableByName)]
struct UpRow {
    #[diesel(sql_type = SqlId)]
    start: CustomerId,
    #[diesel(sql_type = SqlId)]
    id: CustomerId,
    #[diesel(sql_type = Text)]
    title: String,
}

/// For each of `ids`, the way from the top of the hierarchy down to it, itself included.
pub fn paths_of(t: &mut TenantConn, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<Step>>, Error> {
    let mut paths: HashMap<CustomerId, Vec<Step>> = HashMap::new();
    if ids.is_empty() {
        return Ok(paths);
    }
    // Raw: diesel has no recursive queries.
    let ways = RawQuery::new(
        "with recursive up (start, id, parent_id, title, level) as (
           select c.id, c.id, c.parent_id, c.title, 0 from customers c where c.tenant_id = ? and ",
    )
    .id(t.id)
    .in_ids("c.id", ids)
    .sql(
        " union all
           select up.start, c.id, c.parent_id, c.title, up.level + 1
           from up join customers c on c.tenant_id = ? and c.id = up.parent_id
         )
         select start, id, title from up order by level desc",
    )
    .id(t.id);
    for row in ways.load::<UpRow>(t.conn)? {
        paths.entry(row.start).or_default().push(Step { id: row.id, title: row.title });
    }
    Ok(paths)
}

/// The way from the top of the hierarchy down to a customer, itself included.
pub fn path_of(t: &mut TenantConn, id: CustomerId) -> Result<Vec<Step>, Error> {
    Ok(paths_of(t, &[id])?.remove(&id).unwrap_or_default())
}

/// Marks the branches under `roots`, the roots included, as going with a deletion, and answers how many customers were
/// still there. Their titles are free from then on: what stands instead begins with a character that no title has.
pub fn mark_deleted(t: &mut TenantConn, roots: &[CustomerId], deletion: JobId) -> Result<i64, Error> {
    if roots.is_empty() {
        return Ok(0);
    }
    let no_title = match t.conn {
        Conn::Sqlite(_) => "char(1) || hex(id)",
        Conn::Pg(_) => "chr(1) || cast(id as text)",
    };
    let there = customers::table.filter(customers::tenant_id.eq(t.id)).filter(customers::deletion_id.is_null());
    let marked = diesel::update(there.filter(in_branches(t, "customers.id", roots)))
        // Raw: each database has its own functions for the text of an id.
        .set((customers::deletion_id.eq(Some(deletion)), customers::title_key.eq(sql::<Text>(no_title))))
        .execute(t.conn)?;
    // What they still have is listed by the titles of its customers. Raw: as above, and an `update` with a condition that
    // diesel would write twice.
    let no_title = no_title.replace("id", "customer_id");
    RawQuery::new(&format!("update customer_branches set title_key = {no_title} where tenant_id = ?"))
        .id(t.id)
        .sql(" and ancestor_id = customer_id and customer_id in (select id from customers where tenant_id = ?")
        .id(t.id)
        .sql(" and deletion_id = ?)")
        .id(deletion)
        .execute(t.conn)?;
    Ok(marked as i64)
}

/// Takes what was marked out of the branches of customers that stay. The rows remain for those who clear up after it.
pub fn detach(t: &mut TenantConn, deletion: JobId) -> Result<(), Error> {
    let marked = customers::table.filter(customers::tenant_id.eq(t.id)).filter(customers::deletion_id.eq(deletion));
    let staying = customers::table
        .filter(customers::tenant_id.eq(customer_branches::tenant_id))
        .filter(customers::id.eq(customer_branches::ancestor_id))
        .filter(customers::deletion_id.is_null());
    let left = mine(t).filter(customer_branches::customer_id.eq_any(marked.select(customers::id)));
    diesel::update(left.filter(exists(staying.select(customers::id)))).set(STALE).execute(t.conn)?;
    Ok(())
}

/// What becomes of the rows of ways that customers left: nothing is listed by them.
#[derive(AsChangeset)]
#[diesel(table_name = customer_branches)]
struct Stale {
    stale: bool,
    has_devices: bool,
    has_assets: bool,
}
const STALE: Stale = Stale { stale: true, has_devices: false, has_assets: false };

/// The condition that a column, named with its table, holds a customer of the branches under `roots`, the roots included.
/// Raw: diesel takes a table within itself by an alias only, and some of these queries are over the branches themselves.
pub(crate) fn in_branches(t: &TenantConn, column: &str, roots: &[CustomerId]) -> Condition {
    RawQuery::new(&format!("{column} in (select b.customer_id from customer_branches b where b.tenant_id = ? and "))
        .id(t.id)
        .in_ids("b.ancestor_id", roots)
        .sql(" and not b.stale)")
        .condition(t.conn)
}

/// How many customers, users and things there are in branches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable)]
pub struct BranchSizes {
    /// Customers, the roots included.
    pub customers: i64,
    /// Users of all of them.
    pub users: i64,
    /// Devices of all of them.
    pub devices: i64,
    /// Assets of all of them.
    pub assets: i64,
}

/// Counts the branches under `roots`, the roots included; what belongs to two of them is counted once.
pub fn branch_sizes(t: &mut TenantConn, roots: &[CustomerId]) -> Result<BranchSizes, Error> {
    if roots.is_empty() {
        return Ok(BranchSizes::default());
    }
    let theirs = customer_counts::table.filter(customer_counts::tenant_id.eq(t.id));
    Ok(theirs
        .filter(in_branches(t, "customer_counts.customer_id", roots))
        .select((
            count_star(),
            sum(customer_counts::users_count),
            sum(customer_counts::devices_count),
            sum(customer_counts::assets_count),
        ))
        .first(t.conn)?)
}

/// Counts the branch of a customer, itself included. One without inner customers has what it has of its own.
pub fn branch_size(t: &mut TenantConn, customer: &Customer) -> Result<BranchSizes, Error> {
    let CustomerCounts { users, inner_customers, devices, assets } = customer.counts;
    if inner_customers == 0 {
        return Ok(BranchSizes { customers: 1, users, devices, assets });
    }
    branch_sizes(t, &[customer.id])
}

#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    customer_branches::table.filter(customer_branches::tenant_id.eq(tenant))
}

/// A customer and one that it is under, or itself.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Under {
    /// The one above.
    pub ancestor: CustomerId,
    /// The one below.
    pub customer: CustomerId,
}

/// Each of `customers` beside each customer that it is under, itself included.
pub fn ancestors_of(t: &mut TenantConn, customers: &[CustomerId]) -> Result<Vec<Under>, Error> {
    let mut found = Vec::new();
    for some in customers.chunks(500) {
        let pairs = mine(t).filter(customer_branches::customer_id.eq_any(some.to_vec()));
        let pairs = pairs.filter(customer_branches::stale.eq(false));
        let pairs = pairs.select((customer_branches::ancestor_id, customer_branches::customer_id));
        found.extend(pairs.load::<Under>(t.conn)?);
    }
    Ok(found)
}

/// How many customers are under one, at every level.
pub fn count_under(t: &mut TenantConn, id: CustomerId) -> Result<i64, Error> {
    let branch = mine(t).filter(customer_branches::ancestor_id.eq(id)).filter(customer_branches::stale.eq(false));
    let branch: i64 = branch.count().get_result(t.conn)?;
    Ok((branch - 1).max(0))
}

/// How many customers are under one, at every level: counted only where there are any.
pub fn inner_at_all_levels(t: &mut TenantConn, customer: &Customer) -> Result<i64, Error> {
    if customer.counts.inner_customers == 0 { Ok(0) } else { count_under(t, customer.id) }
}

/// Whether a customer is another or under it.
pub fn is_under(t: &mut TenantConn, customer: CustomerId, other: CustomerId) -> Result<bool, Error> {
    let here =
        mine(t).filter(customer_branches::ancestor_id.eq(other).and(customer_branches::customer_id.eq(customer)));
    let here = here.filter(customer_branches::stale.eq(false));
    Ok(diesel::select(exists(here)).get_result(t.conn)?)
}

/// A customer was added under a parent, or at the top. Answers how many rows that took.
pub fn insert_paths(
    t: &mut TenantConn,
    customer: CustomerId,
    title_key: &str,
    parent: Option<CustomerId>,
) -> Result<u64, Error> {
    diesel::insert_into(customer_branches::table)
        .values((
            customer_branches::tenant_id.eq(t.id),
            customer_branches::ancestor_id.eq(customer),
            customer_branches::customer_id.eq(customer),
            customer_branches::title_key.eq(title_key),
        ))
        .execute(t.conn)?;
    let mut rows = 1;
    if let Some(parent) = parent {
        let above = mine(t).filter(customer_branches::customer_id.eq(parent)).filter(not(customer_branches::stale));
        rows += diesel::insert_into(customer_branches::table)
            .values(above.select((
                customer_branches::tenant_id,
                customer_branches::ancestor_id,
                customer.into_sql::<SqlId>(),
                title_key.into_sql::<Text>(),
            )))
            .into_columns((
                customer_branches::tenant_id,
                customer_branches::ancestor_id,
                customer_branches::customer_id,
                customer_branches::title_key,
            ))
            .execute(t.conn)?;
    }
    Ok(rows as u64)
}

/// A customer was given another title. Answers how many rows that took.
pub fn update_title(t: &mut TenantConn, customer: CustomerId, title_key: &str) -> Result<u64, Error> {
    let rows = diesel::update(mine(t).filter(customer_branches::customer_id.eq(customer)))
        .set(customer_branches::title_key.eq(title_key))
        .execute(t.conn)?;
    Ok(rows as u64)
}

/// The ancestors that a move takes from a customer and its branch, and those that it gives them.
#[derive(Debug)]
pub struct Ancestors {
    /// Those above it that are not any more.
    pub left: Vec<CustomerId>,
    /// Those above it that were not before.
    pub joined: Vec<CustomerId>,
}

/// What moving a customer under another parent, or to the top, changes above it. To be called under the lock of the
/// hierarchy, before the move.
pub fn ancestors_changed(t: &mut TenantConn, root: CustomerId, parent: Option<CustomerId>) -> Result<Ancestors, Error> {
    let above = |pairs: Vec<Under>| pairs.into_iter().map(|pair| pair.ancestor);
    let was: BTreeSet<CustomerId> = above(ancestors_of(t, &[root])?).filter(|id| *id != root).collect();
    let is: BTreeSet<CustomerId> = above(ancestors_of(t, parent.as_slice())?).collect();
    Ok(Ancestors { left: was.difference(&is).copied().collect(), joined: is.difference(&was).copied().collect() })
}

/// Moves the paths of a customer and its branch. Answers how many rows that took.
pub fn move_paths(t: &mut TenantConn, root: CustomerId, ancestors: &Ancestors) -> Result<u64, Error> {
    // The ways that it left remain, marked, until what was listed by them is gone.
    let left = mine(t)
        .filter(in_ids(t.conn, "customer_branches.ancestor_id", &ancestors.left))
        .filter(not(customer_branches::stale))
        .filter(in_branches(t, "customer_branches.customer_id", &[root]));
    let left = diesel::update(left).set(STALE).execute(t.conn)?;
    // Raw: diesel's upserts are of one database, and a condition such as `in_ids` is of both.
    let made = RawQuery::new(
        "insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key, has_devices, has_assets)
         select b.tenant_id, a.id, b.customer_id, b.title_key, b.has_devices, b.has_assets
         from customer_branches b join customers a on a.tenant_id = b.tenant_id and ",
    )
    .in_ids("a.id", &ancestors.joined)
    .sql(
        " where b.tenant_id = ? and b.ancestor_id = ? and not b.stale
         on conflict (tenant_id, ancestor_id, customer_id) do update set stale = false,
         title_key = excluded.title_key, has_devices = excluded.has_devices, has_assets = excluded.has_assets",
    )
    .id(t.id)
    .id(root)
    .execute(t.conn)?;
    Ok((left + made) as u64)
}

/// Forgets the ways that moved customers left: those of one branch, or all. To be called when nothing is listed by them any
/// more.
pub fn delete_stale_paths(t: &mut TenantConn, branch: Option<CustomerId>) -> Result<(), Error> {
    // Ways of customers that are being deleted go with them.
    let staying = store::mine(t).select(customers::id);
    let left = mine(t).filter(customer_branches::stale).filter(customer_branches::customer_id.eq_any(staying));
    match branch.map(|root| in_branches(t, "customer_branches.customer_id", &[root])) {
        Some(inside) => diesel::delete(left.filter(inside)).execute(t.conn)?,
        None => diesel::delete(left).execute(t.conn)?,
    };
    Ok(())
}
