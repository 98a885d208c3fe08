//! Who sends a request, as their session says.

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::model::sessions::impersonation::Impersonation;
use crate::tenancy::audit::{Audited, Kind, Subject};

/// Somebody whose session was verified with this request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Viewer {
    /// The hash of their session's key, in hexadecimal.
    pub session: String,
    /// When they signed in.
    pub since: Timestamp,
    /// Their tenant.
    pub tenant: TenantId,
    /// Its title.
    pub tenant_title: String,
    /// Whether work was under way in it when the session was looked up.
    pub has_jobs: bool,
    /// Their user.
    pub user: UserId,
    /// The customer they belong to; `None` for an administrator of the tenant.
    pub customer: Option<ViewersCustomer>,
    /// Their address.
    pub email: String,
    /// First and last name, or the address.
    pub name: String,
    /// Set when an administrator looks at what this user would see.
    pub impersonation: Option<Impersonation>,
}

/// What a customer user sees of their customer on every page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ViewersCustomer {
    /// Its id.
    pub id: CustomerId,
    /// Its title.
    pub title: String,
    /// Names and addresses of those administrators of the tenant who signed in last: whom its users can ask.
    pub contacts: Vec<(String, String)>,
}

impl Viewer {
    /// The hash of the session's key.
    pub fn session_key(&self) -> Result<Vec<u8>, Error> {
        base16ct::lower::decode_vec(&self.session).map_err(Error::internal)
    }

    /// Whoever looks as another changes nothing in their name. Every form is refused before; this is the second lock.
    ///
    /// # Errors
    /// `ReadOnly`.
    pub fn may_change(&self) -> Result<(), Error> {
        if self.impersonation.is_some() { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Up to two letters that stand for the name.
    pub fn initials(&self) -> String {
        let words: Vec<&str> = self.name.split_whitespace().collect();
        let ends = match words.as_slice() {
            [] => vec![],
            [only] => vec![*only],
            [first, .., last] => vec![*first, *last],
        };
        ends.iter().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
    }

    /// Whether they administer the tenant.
    pub fn is_administrator(&self) -> bool {
        self.customer.is_none()
    }

    /// The page they start from.
    pub fn start_page(&self) -> &'static str {
        if self.is_administrator() { "/customers" } else { "/home" }
    }
}

impl Audited for Viewer {
    fn subject(&self) -> Subject {
        let kind = if self.is_administrator() { Kind::Administrator } else { Kind::User };
        let concerns = self.customer.iter().map(|customer| customer.id.cast()).collect();
        Subject { kind, id: self.user.cast(), title: self.name.clone(), concerns }
    }
}
