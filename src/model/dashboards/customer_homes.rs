//! The home dashboards of customers: who has one, and when it ends.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId, Id, SqlId};
use crate::db::Statement;
use crate::db::schema::customers;
use crate::model::customers::store::{find_all, mine};
use crate::model::customers::{Customer, hierarchy};
use crate::model::dashboards::home;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{Audited, Kind, Subject};

/// A dashboard is no longer the home of any customer. Leaves an entry in the logs of those whose home it was.
pub fn forget_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let theirs = mine(t).filter(customers::home_dashboard_id.eq(dashboard)).order(customers::id);
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

#[derive(QueryableByName)]
struct Lost {
    #[diesel(sql_type = SqlId)]
    id: CustomerId,
    #[diesel(sql_type = Nullable<SqlId>)]
    parent_id: Option<CustomerId>,
    #[diesel(sql_type = Text)]
    title: String,
    /// Whether it does not go with a deletion.
    #[diesel(sql_type = Bool)]
    stays: bool,
}

/// A dashboard is no longer the home of customers that it is not assigned to any more. Leaves an entry in their logs.
pub fn forget_lost_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let lost: Vec<Lost> = Statement::new("update customers set home_dashboard_id = null, version = version + 1")
        .sql(" where tenant_id = ? and home_dashboard_id = ? and not exists (select 1 from dashboard_customers a")
        .id(t.id)
        .id(dashboard)
        .sql(" where a.tenant_id = ? and a.dashboard_id = ? and a.customer_id = customers.id)")
        .id(t.id)
        .id(dashboard)
        .sql(" returning id, parent_id, title, deletion_id is null as stays")
        .load(t.conn)?;
    let subject = |lost: Lost| Subject {
        kind: Kind::Customer,
        id: lost.id.cast(),
        title: lost.title,
        concerns: lost.parent_id.map(Id::cast).into_iter().collect(),
    };
    let lost = lost.into_iter().filter(|lost| lost.stays).map(subject);
    home::record_lost(t, dashboard, Kind::Customer, lost.collect())
}

/// A customer and those above it, nearest first.
pub fn up_from(t: &mut TenantConn, id: CustomerId) -> Result<Vec<Customer>, Error> {
    let steps = hierarchy::path_of(t, id)?;
    let ids: Vec<CustomerId> = steps.iter().rev().map(|step| step.id).collect();
    let mut found = find_all(t, &ids)?;
    found.sort_by_key(|customer| ids.iter().position(|id| *id == customer.id));
    Ok(found)
}
