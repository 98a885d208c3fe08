//! What is written of a user: by saving one, and by loading many.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, MailId, TenantId, UserId};
use crate::base::text::{self, display_name};
use crate::db::schema::users;
use crate::model::users::{Role, UserDraft};
use crate::tenancy::TenantConn;

/// What a draft makes of a row, with the keys that sorting and searching use; that of the address is written with one alone.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct UserChanges<'d> {
    email: &'d str,
    first_name: &'d str,
    last_name: &'d str,
    name_key: String,
    search_key: String,
    phone: &'d str,
    description: &'d str,
}

impl<'d> From<&'d UserDraft> for UserChanges<'d> {
    fn from(draft: &'d UserDraft) -> Self {
        let [_, name_key, search_key] = keys(&draft.first_name, &draft.last_name, &draft.email);
        Self {
            email: &draft.email,
            first_name: &draft.first_name,
            last_name: &draft.last_name,
            name_key,
            search_key,
            phone: &draft.phone,
            description: &draft.description,
        }
    }
}

/// The keys of address and name, and what a search looks at.
pub fn keys(first_name: &str, last_name: &str, email: &str) -> [String; 3] {
    let address = text::searchable_address(email);
    let search_key = text::search_key(&display_name(first_name, last_name, ""), [address.as_str()]);
    [text::address_key(email), text::key(&display_name(first_name, last_name, email)), search_key]
}

/// A row to be added.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct NewUser<'d> {
    tenant_id: TenantId,
    /// Its identity.
    pub id: UserId,
    role: &'d str,
    customer_id: Option<CustomerId>,
    email_key: String,
    #[diesel(embed)]
    changes: UserChanges<'d>,
    /// Set once they activated.
    pub password_hash: Option<&'d str>,
    /// Until when the link works that was given to them.
    pub invited_until: Option<Timestamp>,
    /// The mail that carries it.
    pub last_mail_id: Option<MailId>,
    /// When they activated.
    pub activated_at: Option<Timestamp>,
    /// Since when they cannot sign in.
    pub disabled_at: Option<Timestamp>,
    /// When they signed in last.
    pub last_sign_in_at: Timestamp,
    created_at: Timestamp,
    created_by: Option<UserId>,
    updated_at: Timestamp,
    updated_by: Option<UserId>,
}

impl<'d> NewUser<'d> {
    /// The row of a user, added at `at` by whoever acts, who cannot sign in yet.
    pub fn new(t: &TenantConn, id: UserId, role: Role, draft: &'d UserDraft, at: Timestamp) -> Self {
        Self {
            tenant_id: t.id,
            id,
            role: role.name(),
            customer_id: role.customer(),
            email_key: text::address_key(&draft.email),
            changes: draft.into(),
            password_hash: None,
            invited_until: None,
            last_mail_id: None,
            activated_at: None,
            disabled_at: None,
            last_sign_in_at: Timestamp::EPOCH,
            created_at: at,
            created_by: t.actor,
            updated_at: at,
            updated_by: t.actor,
        }
    }
}
