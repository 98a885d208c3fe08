//! What the pages of one customer begin with: the way to it, its title, its tabs.

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text::Count;
use crate::model::customers::hierarchy::path_of;
use crate::model::customers::{self, Customer};
use crate::model::dashboards;
use crate::tenancy::TenantConn;
use crate::web::Crumb;

/// The way to a customer, or to the top: links to it and all above it.
pub fn crumbs_to(t: &mut TenantConn, parent: Option<CustomerId>) -> Result<Vec<Crumb>, Error> {
    let mut crumbs = vec![Crumb::new("Customers", "/customers")];
    if let Some(id) = parent {
        crumbs.extend(path_of(t, id)?.into_iter().map(|step| Crumb::new(step.title.clone(), step.path())));
    }
    Ok(crumbs)
}

/// What the tabs and the head of a customer's pages show.
pub struct Head {
    pub customer: Customer,
    pub crumbs: Vec<Crumb>,
    pub tab: &'static str,
    pub users: Count,
    pub inner: Count,
    pub devices: Count,
    pub assets: Count,
    pub dashboards: Count,
}

/// Reads what the pages of a customer share.
///
/// # Errors
/// `NotFound` when the tenant has no such customer.
pub fn head(t: &mut TenantConn, id: CustomerId, tab: &'static str) -> Result<Head, Error> {
    let customer = customers::find(t, id)?;
    let crumbs = crumbs_to(t, customer.parent_id)?;
    Ok(Head {
        dashboards: dashboards::count_of(t, id)?.into(),
        crumbs,
        tab,
        users: customer.counts.users.into(),
        inner: customer.counts.inner_customers.into(),
        devices: customer.counts.devices.into(),
        assets: customer.counts.assets.into(),
        customer,
    })
}
