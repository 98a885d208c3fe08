//! The home dashboards of customers: who has one, and when it ends.

use diesel::prelude::*;

use super::store::{find_all, mine};
use super::{Customer, hierarchy};
use crate::dashboards::Dashboard;
use crate::db::Statement;
use crate::error::Error;
use crate::id::Id;
use crate::schema::customers;
use crate::tenant::TenantConn;

/// Dashboards are no longer the home of any customer.
///
/// # Errors
/// The database's own.
pub fn forget_home(t: &mut TenantConn, dashboards: &[Id<Dashboard>]) -> Result<(), Error> {
    diesel::update(mine(t).filter(customers::home_dashboard_id.eq_any(dashboards.to_vec())))
        .set((
            customers::home_dashboard_id.eq(None::<Id<Dashboard>>),
            // Whoever has the form open still has it in there.
            customers::version.eq(customers::version + 1),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// A dashboard is no longer the home of customers that it is not assigned to any more.
///
/// # Errors
/// The database's own.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: Id<Dashboard>) -> Result<(), Error> {
    Statement::new("update customers set home_dashboard_id = null, version = version + 1")
        .sql(" where tenant_id = ? and home_dashboard_id = ? and not exists (select 1 from dashboard_customers a")
        .id(t.id)
        .id(dashboard)
        .sql(" where a.tenant_id = ? and a.dashboard_id = ? and a.customer_id = customers.id)")
        .id(t.id)
        .id(dashboard)
        .execute(t.conn)?;
    Ok(())
}

/// A customer and those above it, nearest first.
///
/// # Errors
/// The database's own.
pub fn up_from(t: &mut TenantConn, id: Id<Customer>) -> Result<Vec<Customer>, Error> {
    let steps = hierarchy::path_of(t, id)?;
    let ids: Vec<Id<Customer>> = steps.iter().rev().map(|step| step.id).collect();
    let mut found = find_all(t, &ids)?;
    found.sort_by_key(|customer| ids.iter().position(|id| *id == customer.id));
    Ok(found)
}
