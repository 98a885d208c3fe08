//! The home dashboards that users choose.

use diesel::prelude::*;

use super::User;
use super::store::mine;
use crate::dashboards::Dashboard;
use crate::db::Statement;
use crate::error::Error;
use crate::id::Id;
use crate::schema::users;
use crate::tenant::TenantConn;

/// Dashboards are no longer the home that any user chose.
///
/// # Errors
/// The database's own.
pub fn forget_home(t: &mut TenantConn, dashboards: &[Id<Dashboard>]) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::home_dashboard_id.eq_any(dashboards.to_vec())))
        .set(users::home_dashboard_id.eq(None::<Id<Dashboard>>))
        .execute(t.conn)?;
    Ok(())
}

/// A dashboard is no longer the home of users to whose customers, and those under them, it is not assigned any more.
///
/// # Errors
/// The database's own.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: Id<Dashboard>) -> Result<(), Error> {
    Statement::new("update users set home_dashboard_id = null where tenant_id = ? and home_dashboard_id = ?")
        .id(t.id)
        .id(dashboard)
        .sql(" and not exists (select 1 from dashboard_customers a join customer_branches b")
        .sql(" on b.tenant_id = a.tenant_id and b.customer_id = a.customer_id")
        .sql(" where a.tenant_id = ? and a.dashboard_id = ? and b.ancestor_id = users.customer_id and not b.gone)")
        .id(t.id)
        .id(dashboard)
        .execute(t.conn)?;
    Ok(())
}

/// The home that a user chose, if any.
///
/// # Errors
/// The database's own.
pub fn home_of(t: &mut TenantConn, id: Id<User>) -> Result<Option<Id<Dashboard>>, Error> {
    Ok(mine(t).filter(users::id.eq(id)).select(users::home_dashboard_id).first(t.conn)?)
}

/// A user chooses a home, or none.
///
/// # Errors
/// The database's own.
pub fn set_home(t: &mut TenantConn, id: Id<User>, home: Option<Id<Dashboard>>) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id))).set(users::home_dashboard_id.eq(home)).execute(t.conn)?;
    Ok(())
}
