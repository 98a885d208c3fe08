//! Where the pages of what entries tell of are.

use crate::base::id::Id;
use crate::model::{customers, dashboards, imports, inventory};
use crate::services::jobs;
use crate::tenancy::audit::Kind;

/// The address of what an entry tells of, while it is there; nothing for a tenant, which has no page.
pub fn subject_path(kind: Kind, id: Id<()>) -> Option<String> {
    match kind {
        Kind::Tenant => None,
        Kind::Customer => Some(customers::path(id.cast())),
        Kind::User | Kind::Administrator => Some(format!("/users/{id}")),
        Kind::Device => Some(inventory::Kind::Device.path(id.cast())),
        Kind::Asset => Some(inventory::Kind::Asset.path(id.cast())),
        Kind::Dashboard => Some(dashboards::path(id.cast())),
        Kind::Import => Some(imports::path(id.cast())),
        Kind::Job => Some(jobs::path(id.cast())),
    }
}
