//! Devices and assets: what a tenant has and gives to its customers. Both have the same shape, so they are written once,
//! as items; `Kind` carries the words and addresses of either.

pub mod batch;
pub mod branch_index;
pub mod branch_reindex;
pub mod bulk;
pub mod bulk_job;
pub mod bulk_load;
pub mod changes;
pub mod counters;
pub mod filter;
pub mod form;
pub mod full_text;
pub mod index_scan;
pub mod kind;
pub mod listing;
pub mod loss;
pub mod search;
pub mod sort_by_customer;
pub mod statistics;
pub mod store;
pub mod types;

pub use branch_index::{customer_moved, customers_left, unassign_some};
pub use branch_reindex::BranchReindex;
pub use bulk_job::BulkChange;
pub use counters::{in_branch, size};
pub use filter::{Filter, Scope};
pub use form::ItemDraft;
pub use kind::Kind;
pub use listing::{SPEC, list, newest};
pub use store::{Titled, find_in_order};

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, Id, ItemId, UserId};
use crate::db::schema::things;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Audited, Subject, Value};

/// A device or an asset as stored.
#[derive(Debug, Clone, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = things)]
pub struct Item {
    /// Its identity.
    pub id: ItemId,
    /// The customer it is assigned to.
    pub customer_id: Option<CustomerId>,
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
    pub created_by: Option<UserId>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<UserId>,
}

impl Item {
    /// One that whoever acts has just added.
    pub fn added(t: &TenantConn, id: ItemId, draft: &ItemDraft) -> Self {
        Self {
            id,
            customer_id: draft.customer,
            name: draft.name.clone(),
            type_name: draft.type_name.clone(),
            label: draft.label.clone(),
            description: draft.description.clone(),
            version: 1,
            created_at: t.now,
            created_by: t.actor,
            updated_at: t.now,
            updated_by: t.actor,
        }
    }
}

impl From<Kind> for audit::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Device => Self::Device,
            Kind::Asset => Self::Asset,
        }
    }
}

/// An item as the audit log calls it.
impl Audited for (Kind, &Item) {
    fn subject(&self) -> Subject {
        let (kind, item) = self;
        let concerns = item.customer_id.map(Id::cast).into_iter().collect();
        Subject { kind: audit::Kind::from(*kind), id: item.id.cast(), title: item.name.clone(), concerns }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let (_, item) = self;
        vec![
            ("Name", Value::from(&item.name)),
            ("Type", Value::from(&item.type_name)),
            ("Label", Value::from(&item.label)),
            ("Description", Value::from(&item.description)),
            ("Customer", Value::from(item.customer_id)),
        ]
    }
}
