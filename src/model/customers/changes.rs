//! What is written of a customer: by saving it, and by loading many.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, DashboardId, TenantId, UserId};
use crate::base::text;
use crate::db::schema::customers;
use crate::model::customers::CustomerDraft;
use crate::model::customers::contact::ContactDetails;
use crate::model::customers::countries;
use crate::tenancy::TenantConn;

/// What a draft makes of a row, with the keys that sorting and searching use; that of the title is written with a title alone.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CustomerChanges<'d> {
    parent_id: Option<CustomerId>,
    title: &'d str,
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
        let [_, country_key, city_key, email_key, search_key] = keys(&draft.title, &draft.description, &draft.contact);
        Self {
            parent_id: draft.parent,
            title: &draft.title,
            description: &draft.description,
            contact: draft.contact.clone(),
            country_key,
            city_key,
            email_key,
            search_key,
            home_dashboard_id: draft.home,
            hide_home_toolbar: draft.hide_home_toolbar,
        }
    }
}

/// The keys of title, country, city and e-mail address, and what a search looks at.
pub fn keys(title: &str, description: &str, contact: &ContactDetails) -> [String; 5] {
    let searched = contact.searched();
    let search_key = text::search_key(title, searched.iter().map(String::as_str).chain([description]));
    let country_key = text::key(countries::name(&contact.country));
    [text::key(title), country_key, text::key(&contact.city), text::address_key(&contact.email), search_key]
}

/// A row to be added.
#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub struct NewCustomer<'d> {
    tenant_id: TenantId,
    id: CustomerId,
    title_key: String,
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
            title_key: text::key(&draft.title),
            changes: draft.into(),
            created_at: at,
            created_by: t.actor,
            updated_at: at,
            updated_by: t.actor,
        }
    }
}
