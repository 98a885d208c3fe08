//! The home dashboards that users choose.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{DashboardId, SqlId, UserId};
use crate::db::Statement;
use crate::db::schema::users;
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

#[derive(QueryableByName)]
struct Lost {
    #[diesel(sql_type = SqlId)]
    id: UserId,
}

/// A dashboard is no longer the home of users to whose customers, and those under them, it is not assigned any more.
/// Leaves an entry in their logs.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let lost: Vec<Lost> =
        Statement::new("update users set home_dashboard_id = null where tenant_id = ? and home_dashboard_id = ?")
            .id(t.id)
            .id(dashboard)
            .sql(" and not exists (select 1 from dashboard_customers a join customer_branches b")
            .sql(" on b.tenant_id = a.tenant_id and b.customer_id = a.customer_id")
            .sql(" where a.tenant_id = ? and a.dashboard_id = ? and b.ancestor_id = users.customer_id and not b.gone)")
            .id(t.id)
            .id(dashboard)
            .sql(" returning id")
            .load(t.conn)?;
    let lost: Vec<UserId> = lost.into_iter().map(|lost| lost.id).collect();
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
