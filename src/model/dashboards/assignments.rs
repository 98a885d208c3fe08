//! Which customers a dashboard is assigned to. Whoever assigns shares the hierarchy first: a customer that is deleted
//! meanwhile takes its assignments along, and they are counted.

use std::collections::BTreeSet;

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId, JobId, SqlId, TenantId};
use crate::base::text::Count;
use crate::db::schema::{customer_branches, customers, dashboard_customers, dashboards};
use crate::db::{RawQuery, in_ids};
use crate::model;
use crate::model::customers::{Customer, titles_of};
use crate::model::dashboards::{Dashboard, customer_homes, store, user_homes};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Items};

/// The tenant's assignments.
#[diesel::dsl::auto_type(no_type_alias)]
fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    dashboard_customers::table.filter(dashboard_customers::tenant_id.eq(tenant))
}

/// A dashboard and a customer.
pub type Pair = (DashboardId, CustomerId);

/// What is done to dashboards and customers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Those are assigned to these.
    Assign,
    /// Those are taken from these.
    Unassign,
}

impl Change {
    /// How the audit log calls it.
    pub fn action(self) -> Action {
        match self {
            Self::Assign => Action::Assign,
            Self::Unassign => Action::Unassign,
        }
    }

    /// What has become of the dashboards.
    pub fn done(self) -> &'static str {
        match self {
            Self::Assign => "assigned",
            Self::Unassign => "unassigned",
        }
    }

    /// What stands between the dashboards and the customers.
    pub fn preposition(self) -> &'static str {
        match self {
            Self::Assign => "to",
            Self::Unassign => "from",
        }
    }

    /// Does it, and answers for which it was not so before. The hierarchy must be shared; the caller records it.
    pub fn make(
        self,
        t: &mut TenantConn,
        dashboards: &[DashboardId],
        customers: &[CustomerId],
    ) -> Result<Vec<Pair>, Error> {
        match self {
            Self::Assign => assign(t, dashboards, customers),
            Self::Unassign => unassign(t, dashboards, customers),
        }
    }
}

/// Assigns each of some dashboards to each of some customers, and answers those that were not so before. The hierarchy
/// must be shared; the caller records it.
pub fn assign(t: &mut TenantConn, of: &[DashboardId], to: &[CustomerId]) -> Result<Vec<Pair>, Error> {
    let mut added = Vec::new();
    for dashboard in of {
        // Raw: diesel's upserts are of one database, and a condition such as `in_ids` is of both.
        let new: Vec<CustomerRow> =
            RawQuery::new("insert into dashboard_customers (tenant_id, dashboard_id, customer_id)")
                .sql(" select d.tenant_id, d.id, c.id from dashboards d join customers c on c.tenant_id = d.tenant_id")
                .sql(" where d.tenant_id = ? and d.id = ? and c.deletion_id is null and ")
                .id(t.id)
                .id(*dashboard)
                .in_ids("c.id", to)
                .sql(" on conflict (tenant_id, dashboard_id, customer_id) do nothing returning customer_id as id")
                .load(t.conn)?;
        add_to_count(t, *dashboard, new.len() as i64)?;
        added.extend(new.into_iter().map(|row| (*dashboard, row.id)));
    }
    Ok(added)
}

/// Takes each of some dashboards from each of some customers, whose home they are no more, and answers those that were
/// theirs.
fn unassign(t: &mut TenantConn, of: &[DashboardId], from: &[CustomerId]) -> Result<Vec<Pair>, Error> {
    let mut taken = Vec::new();
    for dashboard in of {
        let mut n = 0;
        for some in from.chunks(500) {
            let here = mine(t).filter(dashboard_customers::dashboard_id.eq(dashboard));
            let gone: Vec<CustomerId> =
                diesel::delete(here.filter(dashboard_customers::customer_id.eq_any(some.to_vec())))
                    .returning(dashboard_customers::customer_id)
                    .get_results(t.conn)?;
            n += gone.len();
            taken.extend(gone.into_iter().map(|customer| (*dashboard, customer)));
        }
        if n > 0 {
            add_to_count(t, *dashboard, -(n as i64))?;
            forget_lost_homes(t, *dashboard)?;
        }
    }
    Ok(taken)
}

/// Records that a dashboard was assigned to customers or taken from them, or that nothing was changed.
pub fn record_of_dashboard(
    t: &mut TenantConn,
    action: Action,
    dashboard: &Dashboard,
    pairs: &[Pair],
) -> Result<(), Error> {
    let mut items = Items::default();
    for some in pairs.chunks(500) {
        let ids: Vec<CustomerId> = some.iter().map(|(_, customer)| *customer).collect();
        let titles = titles_of(t, &ids)?;
        for id in ids {
            items.add(id, titles.get(&id).map_or("", String::as_str));
            items.concern(id);
        }
    }
    match pairs {
        [] => t.no_changes(),
        [_] => {
            let entry = Entry::of(action, dashboard).detail("Customer", &items.names());
            audit::record(t, entry.concerning(pairs[0].1))
        }
        _ => {
            let entry = Entry::of(action, dashboard).detail("Customers", &Count(items.len()).to_string());
            audit::record(t, entry.with(items))
        }
    }
}

/// Records that dashboards were assigned to a customer or taken from it, or that nothing was changed.
pub fn record_of_customer(
    t: &mut TenantConn,
    action: Action,
    customer: &Customer,
    pairs: &[Pair],
) -> Result<(), Error> {
    if pairs.is_empty() {
        return t.no_changes();
    }
    let mut items = Items::default();
    items.concern(customer.id);
    let ids: Vec<DashboardId> = pairs.iter().map(|(dashboard, _)| *dashboard).collect();
    for dashboard in model::dashboards::find_all(t, &ids)? {
        items.add(dashboard.id, &dashboard.title);
    }
    let entry = Entry::several(action, audit::Kind::Dashboard, items);
    audit::record(t, entry.detail("Customer", &customer.title))
}

#[derive(QueryableByName)]
struct CustomerRow {
    #[diesel(sql_type = SqlId)]
    id: CustomerId,
}

/// Customers were marked to be deleted: nothing is assigned to them any more. To be called under the lock of the
/// hierarchy.
pub fn customers_gone(t: &mut TenantConn, deletion: JobId) -> Result<(), Error> {
    let marked = customers::table.filter(customers::tenant_id.eq(t.id)).filter(customers::deletion_id.eq(deletion));
    let theirs = mine(t).filter(dashboard_customers::customer_id.eq_any(marked.select(customers::id)));
    let lost: Vec<(DashboardId, i64)> = theirs
        .group_by(dashboard_customers::dashboard_id)
        .select((dashboard_customers::dashboard_id, count_star()))
        .order(dashboard_customers::dashboard_id)
        .load(t.conn)?;
    if !lost.is_empty() {
        diesel::delete(theirs).execute(t.conn)?;
    }
    for (id, n) in lost {
        add_to_count(t, id, -n)?;
        forget_lost_homes(t, id)?;
    }
    Ok(())
}

fn forget_lost_homes(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    customer_homes::forget_lost_home(t, dashboard)?;
    user_homes::forget_lost_home(t, dashboard)
}

fn add_to_count(t: &mut TenantConn, dashboard: DashboardId, n: i64) -> Result<(), Error> {
    if n != 0 {
        diesel::update(store::mine(t).filter(dashboards::id.eq(dashboard)))
            .set(dashboards::customers_count.eq(dashboards::customers_count + n))
            .execute(t.conn)?;
    }
    Ok(())
}

/// The dashboards that are assigned to customers or to those under them.
pub fn assigned_under(t: &mut TenantConn, roots: &[CustomerId]) -> Result<BTreeSet<DashboardId>, Error> {
    let in_branch = customer_branches::tenant_id
        .eq(dashboard_customers::tenant_id)
        .and(customer_branches::customer_id.eq(dashboard_customers::customer_id));
    let under = in_ids(t.conn, "customer_branches.ancestor_id", roots);
    let assigned: Vec<DashboardId> = dashboard_customers::table
        .inner_join(customer_branches::table.on(in_branch))
        .filter(dashboard_customers::tenant_id.eq(t.id))
        .filter(customer_branches::tenant_id.eq(t.id))
        .filter(under)
        .filter(not(customer_branches::stale))
        .select(dashboard_customers::dashboard_id)
        .distinct()
        .load(t.conn)?;
    Ok(assigned.into_iter().collect())
}
