//! A customer with what its pages begin with, by one statement.

use diesel::dsl::{count_star, not};
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::db::schema::{branch_counts, customer_branches, customers, dashboard_customers};
use crate::model::customers::Customer;
use crate::model::customers::counts::{By, with_counts};
use crate::tenancy::TenantConn;

/// A customer, where it stands, and what it has.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The customer.
    pub customer: Customer,
    /// Those above it, from the top of the hierarchy down.
    pub above: Vec<Customer>,
    /// Dashboards assigned to it.
    pub dashboards: i64,
    /// Devices of it and of all customers under it.
    pub branch_devices: i64,
    /// Assets of it and of all customers under it.
    pub branch_assets: i64,
}

impl Overview {
    /// Whether it is `root` or under it.
    pub fn is_in_branch(&self, root: CustomerId) -> bool {
        self.customer.id == root || self.above.iter().any(|step| step.id == root)
    }
}

/// The customer with this id, and those above it: few rows, so each with all its columns.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn overview(t: &mut TenantConn, id: CustomerId) -> Result<Overview, Error> {
    let branches = customer_branches::tenant_id
        .eq(customers::tenant_id)
        .and(customer_branches::ancestor_id.eq(customers::id))
        .and(customer_branches::customer_id.eq(id))
        .and(not(customer_branches::stale));
    let assigned = dashboard_customers::table
        .filter(dashboard_customers::tenant_id.eq(t.id).and(dashboard_customers::customer_id.eq(id)))
        .select(count_star())
        .single_value();
    let items = |kind: &'static str| {
        branch_counts::table
            .filter(branch_counts::tenant_id.eq(t.id).and(branch_counts::customer_id.eq(id)))
            .filter(branch_counts::kind.eq(kind))
            .select(branch_counts::n)
            .single_value()
    };
    type Row = (Customer, Option<i64>, Option<i64>, Option<i64>);
    let rows: Vec<Row> = with_counts(t, By::Customers)
        .inner_join(customer_branches::table.on(branches))
        .select((Customer::as_select(), assigned, items("device"), items("asset")))
        .load(t.conn)?;
    let (dashboards, devices, assets) = rows.first().map_or((None, None, None), |row| (row.1, row.2, row.3));
    let mut way: Vec<Customer> = rows.into_iter().map(|row| row.0).collect();
    let mut take = |id| way.iter().position(|one| one.id == id).map(|at| way.swap_remove(at));
    let customer = take(id).ok_or(Error::NotFound)?;
    let (mut above, mut next) = (Vec::new(), customer.parent_id);
    while let Some(step) = next.and_then(&mut take) {
        next = step.parent_id;
        above.push(step);
    }
    above.reverse();
    Ok(Overview {
        customer,
        above,
        dashboards: dashboards.unwrap_or_default(),
        branch_devices: devices.unwrap_or_default(),
        branch_assets: assets.unwrap_or_default(),
    })
}
