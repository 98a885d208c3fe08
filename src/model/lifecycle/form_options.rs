//! The fields of the customer form that name other things: what they offer, and what a choice means.

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::model::customers::customer_picker;
use crate::model::customers::form::{Chosen, CustomerForm, Offered};
use crate::model::dashboards::home;
use crate::tenancy::TenantConn;

/// What a form offers: that of a stored customer, or of a new one.
pub fn offered(t: &mut TenantConn, customer: Option<CustomerId>) -> Result<Offered, Error> {
    Ok(Offered { parents: customer_picker::parents(t, customer)?, homes: home::choices(t)? })
}

/// What a form means.
pub fn chosen(t: &mut TenantConn, form: &CustomerForm) -> Result<Chosen, Error> {
    let parent = customer_picker::chosen(t, &form.parent, PARENT)?;
    Ok(Chosen { parent, home: home::chosen(t, &form.home_dashboard)? })
}

/// What the parent is called where it is wrong.
pub const PARENT: &str = "parent customer";
