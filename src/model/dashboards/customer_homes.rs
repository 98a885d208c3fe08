//! The home dashboards of customers: who has one, and when it ends.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId, Id};
use crate::db::schema::{customers, dashboard_customers};
use crate::model::customers::counts::{By, with_counts};
use crate::model::customers::store::mine;
use crate::model::customers::{Customer, Overview, overview};
use crate::model::dashboards::home;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{Audited, Kind, Subject};

/// A dashboard is no longer the home of any customer. Leaves an entry in the logs of those whose home it was.
pub fn forget_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let theirs = with_counts(t, By::Customers).filter(customers::home_dashboard_id.eq(dashboard)).order(customers::id);
    let lost: Vec<Customer> = theirs.select(Customer::as_select()).load(t.conn)?;
    if lost.is_empty() {
        return Ok(());
    }
    diesel::update(mine(t).filter(customers::home_dashboard_id.eq(dashboard)))
        .set((
            customers::home_dashboard_id.eq(None::<DashboardId>),
            // Whoever has the form open still has it in there.
            customers::version.eq(customers::version + 1),
        ))
        .execute(t.conn)?;
    home::record_lost(t, dashboard, Kind::Customer, lost.iter().map(Customer::subject).collect())
}

/// A dashboard is no longer the home of customers that it is not assigned to any more. Leaves an entry in their logs.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let assigned = dashboard_customers::table
        .filter(dashboard_customers::tenant_id.eq(t.id))
        .filter(dashboard_customers::dashboard_id.eq(dashboard))
        .filter(dashboard_customers::customer_id.eq(customers::id));
    let theirs = customers::table.filter(customers::tenant_id.eq(t.id));
    let theirs = theirs.filter(customers::home_dashboard_id.eq(dashboard));
    type Lost = (CustomerId, Option<CustomerId>, String, bool);
    let lost: Vec<Lost> = diesel::update(theirs.filter(not(exists(assigned.select(dashboard_customers::customer_id)))))
        .set((customers::home_dashboard_id.eq(None::<DashboardId>), customers::version.eq(customers::version + 1)))
        .returning((customers::id, customers::parent_id, customers::title, customers::deletion_id.is_null()))
        .get_results(t.conn)?;
    let subject = |(id, parent, title, _): Lost| Subject {
        kind: Kind::Customer,
        id: id.cast(),
        title,
        concerns: parent.map(Id::cast).into_iter().collect(),
    };
    // Of those who go with a deletion, its entry tells.
    let lost = lost.into_iter().filter(|(.., stays)| *stays).map(subject);
    home::record_lost(t, dashboard, Kind::Customer, lost.collect())
}

/// A customer and those above it, nearest first.
///
/// # Errors
/// `NotFound` when the tenant has no such customer.
pub fn up_from(t: &mut TenantConn, id: CustomerId) -> Result<Vec<Customer>, Error> {
    let Overview { customer, above, .. } = overview(t, id)?;
    Ok([customer].into_iter().chain(above.into_iter().rev()).collect())
}
