//! What is written of a customer: by saving it, and by loading many.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::forms::fold;
use crate::base::id::{CustomerId, DashboardId, TenantId, UserId};
use crate::db::schema::customers;
use crate::model::customers::CustomerDraft;
use crate::model::customers::contact::ContactDetails;
use crate::tenancy::TenantConn;

/// What a draft makes of a row, with the folded copies that comparing, sorting and searching use.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CustomerChanges<'d> {
    parent_id: Option<CustomerId>,
    title: &'d str,
    title_key: String,
    description: &'d str,
    #[diesel(embed)]
    contact: ContactDetails,
    country_key: String,
    city_key: String,
    email_key: String,
    search_key: String,
    home_dashboard_id: Option<DashboardId>,
    hide_home_toolbar: bool,
}

impl<'d> From<&'d CustomerDraft> for CustomerChanges<'d> {
    fn from(draft: &'d CustomerDraft) -> Self {
        Self {
            parent_id: draft.parent,
            title: &draft.title,
            title_key: fold(&draft.title),
            description: &draft.description,
            contact: draft.contact.clone(),
            country_key: draft.contact.country_key(),
            city_key: fold(&draft.contact.city),
            email_key: fold(&draft.contact.email),
            search_key: draft.search_key(),
            home_dashboard_id: draft.home,
            hide_home_toolbar: draft.hide_home_toolbar,
        }
    }
}

/// A row to be added.
#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub struct NewCustomer<'d> {
    tenant_id: TenantId,
    id: CustomerId,
    #[diesel(embed)]
    changes: CustomerChanges<'d>,
    created_at: Timestamp,
    created_by: Option<UserId>,
    updated_at: Timestamp,
    updated_by: Option<UserId>,
}

impl<'d> NewCustomer<'d> {
    /// The row of a customer that whoever acts added at `at`.
    pub fn new(t: &TenantConn, id: CustomerId, draft: &'d CustomerDraft, at: Timestamp) -> Self {
        Self {
            tenant_id: t.id,
            id,
            changes: draft.into(),
            created_at: at,
            created_by: t.actor,
            updated_at: at,
            updated_by: t.actor,
        }
    }
}
