//! What the pages of one customer begin with: the way to it, its title, its tabs.

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text::Count;
use crate::model::customers::hierarchy::path_of;
use crate::model::customers::{self, Customer, Overview};
use crate::model::inventory::Kind;
use crate::tenancy::TenantConn;
use crate::web::Crumb;

/// The way to a customer, or to the top: links to it and all above it.
pub fn crumbs_to(t: &mut TenantConn, parent: Option<CustomerId>) -> Result<Vec<Crumb>, Error> {
    let way = parent.map(|id| path_of(t, id)).transpose()?.unwrap_or_default();
    Ok(crumbs(way.into_iter().map(|step| Crumb::new(step.title.clone(), step.path()))))
}

fn crumbs(way: impl Iterator<Item = Crumb>) -> Vec<Crumb> {
    [Crumb::new("Customers", "/customers")].into_iter().chain(way).collect()
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
    /// Devices of its branch.
    pub branch_devices: i64,
    /// Assets of its branch.
    pub branch_assets: i64,
}

impl Head {
    /// How many items of a kind its branch has.
    pub fn in_branch(&self, kind: Kind) -> i64 {
        kind.pick(self.branch_devices, self.branch_assets)
    }
}

/// Reads what the pages of a customer share.
///
/// # Errors
/// `NotFound` when the tenant has no such customer.
pub fn head(t: &mut TenantConn, id: CustomerId, tab: &'static str) -> Result<Head, Error> {
    let Overview { customer, above, dashboards, branch_devices, branch_assets } = customers::overview(t, id)?;
    Ok(Head {
        dashboards: dashboards.into(),
        branch_devices,
        branch_assets,
        crumbs: crumbs(above.into_iter().map(|above| Crumb::new(above.title.clone(), above.path()))),
        tab,
        users: customer.counts.users.into(),
        inner: customer.counts.inner_customers.into(),
        devices: customer.counts.devices.into(),
        assets: customer.counts.assets.into(),
        customer,
    })
}
