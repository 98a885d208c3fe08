//! Whose log a page shows: the tenant's, or that of a customer, user, device or asset.

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId, UserId};
use crate::model::audit_log::filters::LogOf;
use crate::model::{inventory, users};
use crate::pages::customers::head::{Head, head};
use crate::pages::inventory::new;
use crate::pages::users::index;
use crate::tenancy::TenantConn;
use crate::web::Crumb;
use crate::web::path::parse_id;

/// Whose log it is.
#[allow(clippy::large_enum_variant, reason = "there is one for each page")]
pub enum Whose {
    Tenant,
    Customer(Head),
    /// Of a user, device or asset: the name, the breadcrumb, and the sentence under the heading.
    One(String, Vec<Crumb>, &'static str),
}

impl Whose {
    /// What the page is called.
    pub fn title(&self) -> String {
        match self {
            Self::Tenant => "Audit log".into(),
            Self::Customer(head) => format!("Audit log of {}", head.customer.title),
            Self::One(name, ..) => format!("Audit log of {name}"),
        }
    }
}

/// Reads whose log it is; fails when they are not there.
pub type Reading = Box<dyn FnOnce(&mut TenantConn) -> Result<(Whose, LogOf), Error> + Send>;

/// The tenant’s.
pub fn of_tenant() -> Reading {
    Box::new(|_| Ok((Whose::Tenant, LogOf::Tenant)))
}

/// A customer’s.
///
/// # Errors
/// `NotFound` when it is no id; when it is read, when there is none.
pub fn of_customer(id: &str) -> Result<Reading, Error> {
    let id: CustomerId = parse_id(id)?;
    Ok(Box::new(move |t| Ok((Whose::Customer(head(t, id, "audit")?), LogOf::Related(id.cast())))))
}

/// A user’s; errors as `of_customer`.
pub fn of_user(id: &str) -> Result<Reading, Error> {
    let id: UserId = parse_id(id)?;
    Ok(Box::new(move |t| {
        let user = users::find(t, id)?;
        let mut crumbs = index::crumbs(t, user.role())?;
        crumbs.push(Crumb::new(user.name(), user.path()));
        let whose = Whose::One(user.name(), crumbs, "What they did, and changes made to them.");
        Ok((whose, LogOf::Related(id.cast())))
    }))
}

/// A device’s or asset’s; errors as `of_customer`.
pub fn of_item(kind: inventory::Kind, id: &str) -> Result<Reading, Error> {
    let id: ItemId = parse_id(id)?;
    Ok(Box::new(move |t| {
        let item = inventory::store::find(t, kind, id)?;
        let mut crumbs = new::crumbs(kind);
        crumbs.push(Crumb::new(&item.name, kind.path(id)));
        let moments = [item.created_at, item.updated_at];
        let whose = Whose::One(item.name, crumbs, "When it was added, assigned and changed, and by whom.");
        Ok((whose, LogOf::Item { id, kind: kind.into(), moments }))
    }))
}
