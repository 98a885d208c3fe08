//! The home dashboards that users choose.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{DashboardId, UserId};
use crate::db::schema::{customer_branches, dashboard_customers, users};
use crate::model::dashboards::home;
use crate::model::users::User;
use crate::model::users::store::mine;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{Audited, Kind};

/// A dashboard is no longer the home that any user chose. Leaves an entry in the logs of those who did.
pub fn forget_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::home_dashboard_id.eq(dashboard));
    let lost: Vec<UserId> = diesel::update(theirs)
        .set(users::home_dashboard_id.eq(None::<DashboardId>))
        .returning(users::id)
        .get_results(t.conn)?;
    record_lost(t, dashboard, &lost)
}

/// A dashboard is no longer the home of users to whose customers, and those under them, it is not assigned any more.
/// Leaves an entry in their logs.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let in_branch = customer_branches::tenant_id
        .eq(dashboard_customers::tenant_id)
        .and(customer_branches::customer_id.eq(dashboard_customers::customer_id));
    let assigned = dashboard_customers::table
        .inner_join(customer_branches::table.on(in_branch))
        .filter(dashboard_customers::tenant_id.eq(t.id))
        .filter(dashboard_customers::dashboard_id.eq(dashboard))
        .filter(customer_branches::ancestor_id.nullable().eq(users::customer_id))
        .filter(not(customer_branches::stale));
    let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::home_dashboard_id.eq(dashboard));
    let lost: Vec<UserId> = diesel::update(theirs.filter(not(exists(assigned.select(customer_branches::ancestor_id)))))
        .set(users::home_dashboard_id.eq(None::<DashboardId>))
        .returning(users::id)
        .get_results(t.conn)?;
    record_lost(t, dashboard, &lost)
}

/// Records who lost their home; of those who go with a customer that is deleted, its entry tells.
fn record_lost(t: &mut TenantConn, dashboard: DashboardId, ids: &[UserId]) -> Result<(), Error> {
    let mut lost = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let some = mine(t).filter(users::id.eq_any(some.to_vec())).order(users::id);
        let some: Vec<User> = some.select(User::as_select()).load(t.conn)?;
        lost.extend(some.iter().map(User::subject));
    }
    home::record_lost(t, dashboard, Kind::User, lost)
}

/// The home that a user chose, if any.
pub fn home_of(t: &mut TenantConn, id: UserId) -> Result<Option<DashboardId>, Error> {
    Ok(mine(t).filter(users::id.eq(id)).select(users::home_dashboard_id).first(t.conn)?)
}

/// A user chooses a home, or none.
pub fn set_home(t: &mut TenantConn, id: UserId, home: Option<DashboardId>) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id))).set(users::home_dashboard_id.eq(home)).execute(t.conn)?;
    Ok(())
}
