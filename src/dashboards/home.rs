//! Home dashboards: what a customer user sees at first. Their own choice, else the customer's, else the nearest parent
//! customer's, else the tenant's; each only while the dashboard is there and still theirs.

use super::Dashboard;
use crate::error::Error;
use crate::id::Id;
use crate::tenant::{self, TenantConn};
use crate::{customers, users};

/// Dashboards are nobody's home any more, and for good.
///
/// # Errors
/// The database's own.
pub fn forget(t: &mut TenantConn, dashboards: &[Id<Dashboard>]) -> Result<(), Error> {
    tenant::forget_home(t, dashboards)?;
    customers::forget_home(t, dashboards)?;
    users::forget_home(t, dashboards)
}
