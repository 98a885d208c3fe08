//! Users: the people who may sign in, administrators of the tenant and users of customers alike.

pub mod address_change;
pub mod bulk_load;
pub mod changes;
pub mod credentials;
pub mod form;
pub mod invitations;
pub mod invite;
pub mod links;
pub mod listing;
pub mod names;
pub mod rejections;
pub mod search;
pub mod store;

pub use credentials::{Credentials, activate, by_address, invited_by_address, password_hash, set_password, signed_in};
pub use form::{ProfileForm, UserDraft, UserForm};
pub use invitations::{invitations_expired, mail_trouble, set_invited_until};
pub use invite::{InvitationMailer, mail_invitation, mail_reset};
pub use listing::{TENANT_SPEC, UserList};
pub use names::{Names, names};
pub use search::{are_many, matching};
pub use store::{Refusal, erase, find, insert, insert_invited, invited_administrator, is_customer_user, update};

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{CustomerId, Id, MailId, UserId};
use crate::base::text::display_name;
use crate::db::schema::users;
use crate::tenancy::audit::{self, Audited, Subject, Value, Who};

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything in the tenant.
    Administrator,
    /// See what belongs to a customer and its inner customers.
    CustomerUser(CustomerId),
}

impl Role {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::CustomerUser(_) => "customer_user",
        }
    }

    /// The customer, for a user of one.
    pub fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Administrator => None,
            Self::CustomerUser(id) => Some(id),
        }
    }

    /// The address of the list they are in.
    pub fn list_path(self) -> String {
        match self {
            Self::Administrator => "/administrators".into(),
            Self::CustomerUser(id) => format!("/customers/{id}/users"),
        }
    }
}

/// A user as stored, without the password's hash.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// Their identity.
    pub id: UserId,
    customer_id: Option<CustomerId>,
    /// At most 254 characters, unique in the tenant without regard to case.
    pub email: String,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// As typed.
    pub phone: String,
    /// At most 2,000 characters.
    pub description: String,
    /// The latest expiry of their activation links; `None` when there was none for their address.
    pub invited_until: Option<Timestamp>,
    /// When they chose their first password.
    pub activated_at: Option<Timestamp>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    last_sign_in_at: Timestamp,
    /// The mail sent to them last.
    pub last_mail_id: Option<MailId>,
    /// Grows with every change.
    pub version: i64,
    /// When they were added.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Option<UserId>,
    /// When they were last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<UserId>,
}

impl From<&User> for Who {
    fn from(user: &User) -> Self {
        Self::User { id: user.id, name: user.name(), email: user.email.clone() }
    }
}

impl Audited for User {
    fn subject(&self) -> Subject {
        let kind = match self.role() {
            Role::Administrator => audit::Kind::Administrator,
            Role::CustomerUser(_) => audit::Kind::User,
        };
        let name = self.name();
        let title = if name == self.email { name } else { format!("{name} ({})", self.email) };
        Subject { kind, id: self.id.cast(), title, concerns: self.customer_id.map(Id::cast).into_iter().collect() }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Email", Value::from(&self.email)),
            ("First name", Value::from(&self.first_name)),
            ("Last name", Value::from(&self.last_name)),
            ("Phone", Value::from(&self.phone)),
            ("Description", Value::from(&self.description)),
        ]
    }
}

/// Where somebody stands on the way to signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// There was no activation link, or it ended when the address changed.
    NotInvited,
    /// An activation link works until then.
    Invited(Timestamp),
    /// The time of the last activation link is over.
    InvitationExpired,
    /// May sign in.
    Active,
    /// May not sign in.
    Disabled,
}

impl Status {
    /// Whether activation links make sense.
    pub fn waits(self) -> bool {
        matches!(self, Self::NotInvited | Self::Invited(_) | Self::InvitationExpired)
    }
}

impl User {
    /// What they may do.
    pub fn role(&self) -> Role {
        self.customer_id.map_or(Role::Administrator, Role::CustomerUser)
    }

    /// Where they stand at `now`.
    pub fn status(&self, now: Timestamp) -> Status {
        match (self.disabled_at, self.activated_at, self.invited_until) {
            (Some(_), _, _) => Status::Disabled,
            (None, Some(_), _) => Status::Active,
            (None, None, None) => Status::NotInvited,
            (None, None, Some(until)) if until > now => Status::Invited(until),
            (None, None, Some(_)) => Status::InvitationExpired,
        }
    }

    /// First and last name, or the address.
    pub fn name(&self) -> String {
        display_name(&self.first_name, &self.last_name, &self.email)
    }

    /// When they signed in last, if ever.
    pub fn last_sign_in(&self) -> Option<Timestamp> {
        (self.last_sign_in_at != Timestamp::EPOCH).then_some(self.last_sign_in_at)
    }

    /// The address of something that can be done about them.
    pub fn act_path(&self, act: &str) -> String {
        format!("{}/{act}", self.path())
    }

    /// The address of their details.
    pub fn path(&self) -> String {
        path(self.id)
    }
}

/// The address of a user's details.
pub fn path(id: UserId) -> String {
    format!("/users/{id}")
}
