//! What is written of a device or asset: by saving it, and by loading many.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, ItemId, TenantId, UserId};
use crate::base::text;
use crate::db::schema::things;
use crate::model::inventory::{ItemDraft, Kind};
use crate::tenancy::TenantConn;

/// What a draft makes of a row, with the keys that sorting and searching use; that of the name is written with a name alone.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = things, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ItemChanges<'d> {
    customer_id: Option<CustomerId>,
    name: &'d str,
    type_name: &'d str,
    type_key: String,
    label: &'d str,
    label_key: String,
    description: &'d str,
    search_key: String,
}

impl<'d> From<&'d ItemDraft> for ItemChanges<'d> {
    fn from(draft: &'d ItemDraft) -> Self {
        let [_, type_key, label_key, search_key] = keys(&draft.name, &draft.type_name, &draft.label);
        Self {
            customer_id: draft.customer,
            name: &draft.name,
            type_name: &draft.type_name,
            type_key,
            label: &draft.label,
            label_key,
            description: &draft.description,
            search_key,
        }
    }
}

/// The keys of name, type and label, and what a search looks at.
pub fn keys(name: &str, type_name: &str, label: &str) -> [String; 4] {
    let search_key = text::search_key(name, [label, type_name]);
    [text::key(name), text::key(type_name), text::key(label), search_key]
}

/// A row to be added.
#[derive(Insertable)]
#[diesel(table_name = things, treat_none_as_default_value = false)]
pub struct NewItem<'d> {
    tenant_id: TenantId,
    id: ItemId,
    kind: &'d str,
    name_key: String,
    #[diesel(embed)]
    changes: ItemChanges<'d>,
    created_at: Timestamp,
    created_by: Option<UserId>,
    updated_at: Timestamp,
    updated_by: Option<UserId>,
}

impl<'d> NewItem<'d> {
    /// The row of what whoever acts added at `at`.
    pub fn new(t: &TenantConn, kind: Kind, id: ItemId, draft: &'d ItemDraft, at: Timestamp) -> Self {
        Self {
            tenant_id: t.id,
            id,
            kind: kind.one(),
            name_key: text::key(&draft.name),
            changes: draft.into(),
            created_at: at,
            created_by: t.actor,
            updated_at: at,
            updated_by: t.actor,
        }
    }
}
