//! Customers: who they are, where they stand in the hierarchy, and what goes with one that is deleted.

pub mod autocomplete;
pub mod bulk_load;
pub mod changes;
pub mod contact;
pub mod countries;
pub mod counts;
pub mod customer_picker;
pub mod depth;
pub mod form;
pub mod hierarchy;
pub mod listing;
pub mod overview;
pub mod search;
pub mod store;

pub use counts::{CustomerCounts, add_users};
pub use form::{CustomerDraft, Parents};
pub use hierarchy::{
    BranchSizes, Under, ancestors_of, branch_size, branch_sizes, count_under, delete_stale_paths, inner_at_all_levels,
    paths_of,
};
pub use listing::SPEC;
pub use overview::{Overview, overview};
pub use store::{Owner, find, ids, inner_of, is_there, largest, lock_all, titles_of};

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, DashboardId, Id, UserId};
use crate::db::schema::customers;
use crate::model::customers::contact::ContactDetails;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Audited, Subject, Value};

/// A customer as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = customers)]
pub struct Customer {
    /// Its identity.
    pub id: CustomerId,
    /// The customer it is an inner customer of.
    pub parent_id: Option<CustomerId>,
    /// 1–255 characters, unique in the tenant without regard to case.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// How it is reached and where it is.
    #[diesel(embed)]
    pub contact: ContactDetails,
    /// What it has of its own.
    #[diesel(embed)]
    pub counts: CustomerCounts,
    /// What its users see at first, if it is still assigned to it.
    pub home_dashboard_id: Option<DashboardId>,
    /// Whether it is shown to them without its toolbar.
    pub hide_home_toolbar: bool,
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

impl Customer {
    /// One that whoever acts has just added.
    pub fn added(t: &TenantConn, id: CustomerId, draft: &CustomerDraft) -> Self {
        Self {
            id,
            parent_id: draft.parent,
            title: draft.title.clone(),
            description: draft.description.clone(),
            contact: draft.contact.clone(),
            counts: CustomerCounts::default(),
            home_dashboard_id: draft.home,
            hide_home_toolbar: draft.hide_home_toolbar,
            version: 1,
            created_at: t.now,
            created_by: t.actor,
            updated_at: t.now,
            updated_by: t.actor,
        }
    }

    /// The address of its details.
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// The address of its users.
    pub fn users_path(&self) -> String {
        format!("{}/users", self.path())
    }

    /// The address of its inner customers.
    pub fn inner_path(&self) -> String {
        format!("{}/customers", self.path())
    }

    /// The address of its devices.
    pub fn devices_path(&self) -> String {
        format!("{}/devices", self.path())
    }

    /// The address of its assets.
    pub fn assets_path(&self) -> String {
        format!("{}/assets", self.path())
    }

    /// The address of its audit log.
    pub fn audit_path(&self) -> String {
        format!("{}/audit", self.path())
    }

    /// The address of the dashboards that are assigned to it.
    pub fn dashboards_path(&self) -> String {
        format!("{}/dashboards", self.path())
    }

    /// Its address for its own users and those above it.
    pub fn portal_path(&self) -> String {
        format!("/inner-customers/{}", self.id)
    }

    /// How many direct inner customers it has, in words.
    pub fn inner_summary(&self) -> String {
        crate::base::text::Count::from(self.counts.inner_customers).of("inner customer", "inner customers")
    }

    /// The name of its country, or nothing.
    pub fn country_name(&self) -> &'static str {
        countries::name(&self.contact.country)
    }
}

impl Audited for Customer {
    fn subject(&self) -> Subject {
        let concerns = self.parent_id.map(Id::cast).into_iter().collect();
        Subject { kind: audit::Kind::Customer, id: self.id.cast(), title: self.title.clone(), concerns }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = vec![
            ("Title", Value::from(&self.title)),
            ("Description", Value::from(&self.description)),
            ("Parent customer", Value::from(self.parent_id)),
        ];
        fields.extend(contact::FIELDS.map(|field| (field.label, field.shown(&self.contact).into())));
        fields.push(("Home dashboard", Value::from(self.home_dashboard_id)));
        fields.push(("Hide home dashboard toolbar", Value::Flag(self.hide_home_toolbar)));
        fields
    }
}

/// The address of a customer's details.
pub fn path(id: CustomerId) -> String {
    format!("/customers/{id}")
}

/// One step of the way from the top of the hierarchy down to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The customer at this step.
    pub id: CustomerId,
    /// Its title.
    pub title: String,
}

impl Step {
    /// The address of its details.
    pub fn path(&self) -> String {
        path(self.id)
    }
}
