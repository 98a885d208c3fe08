//! Devices and assets: what a tenant has and gives to its customers. Both have the same shape, so they are written once,
//! as things; `Kind` carries the words and addresses of either.

mod assign;
mod batch;
mod branch_index;
mod branch_reindex;
mod bulk;
mod bulk_job;
pub mod bulk_load;
mod bulk_pages;
mod counters;
pub mod export;
mod filter;
mod form;
mod full_text;
pub mod import;
mod index_scan;
mod kind;
pub mod list_pages;
mod listing;
pub mod pages;
mod portal;
mod search;
mod sort_by_customer;
pub mod statistics;
mod store;
mod types;

pub use assign::{choose, give};
pub use branch_index::{customer_moved, customers_left, release};
pub use branch_reindex::Follow;
pub use bulk_job::Change;
pub use bulk_pages::{assign as assign_several, delete as delete_several, unassign as unassign_several};
pub use counters::{in_branch, size};
pub use filter::{Filter, Scope};
pub use form::ThingDraft;
pub use kind::Kind;
pub use listing::{SPEC, list, newest};
pub use store::{Titled, find_in_order};
pub use types::suggestions;

use diesel::prelude::*;

use crate::audit::{self, Audited, Subject, Value};
use crate::clock::Timestamp;
use crate::customers::Customer;
use crate::id::Id;
use crate::schema::things;
use crate::users::User;

/// A device or an asset as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = things)]
pub struct Thing {
    /// Its identity.
    pub id: Id<Thing>,
    /// The customer it is assigned to.
    pub customer_id: Option<Id<Customer>>,
    /// 1–255 characters, unique in the tenant among those of its kind, without regard to case.
    pub name: String,
    /// 1–255 characters.
    pub type_name: String,
    /// At most 255 characters.
    pub label: String,
    /// At most 2,000 characters.
    pub description: String,
    /// Grows with every change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Option<Id<User>>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<Id<User>>,
}

/// A thing as the audit log calls it.
impl Audited for (Kind, &Thing) {
    fn subject(&self) -> Subject {
        let (kind, thing) = self;
        let concerns = thing.customer_id.map(Id::cast).into_iter().collect();
        Subject { kind: audit::Kind::from(*kind), id: thing.id.cast(), title: thing.name.clone(), concerns }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let (_, thing) = self;
        vec![
            ("Name", Value::from(&thing.name)),
            ("Type", Value::from(&thing.type_name)),
            ("Label", Value::from(&thing.label)),
            ("Description", Value::from(&thing.description)),
            ("Customer", Value::Customer(thing.customer_id)),
        ]
    }
}
