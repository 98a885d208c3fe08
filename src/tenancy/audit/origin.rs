//! Who acts, and from where.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::text::display_name;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::users;
use crate::tenancy::TenantConn;

/// Who acts, and from where.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who.
    pub who: Who,
    /// The address that the request came from; empty in the background and on the command line.
    pub address: String,
    /// The browser, as it calls itself.
    pub agent: String,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A user.
    User {
        /// Their identity.
        id: UserId,
        /// Their name at this moment.
        name: String,
        /// Their address at this moment.
        email: String,
    },
    /// A user who asked for it some time before, for a worker that does it now.
    Asked(UserId),
    /// Somebody who is not signed in.
    Somebody,
    /// Nobody in particular: the server itself.
    System,
    /// Whoever runs the server, by its command line.
    Operator,
}

impl Origin {
    /// The same place, once it is known who is there.
    pub fn by(&self, who: Who) -> Self {
        Self { who, ..self.clone() }
    }

    /// Not from a request.
    pub fn inside(who: Who) -> Self {
        Self { who, address: String::new(), agent: String::new() }
    }

    /// The user who acts, if one does.
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::User { id, .. } | Who::Asked(id) => Some(id),
            _ => None,
        }
    }
}

impl Who {
    /// The user with this id, by their name and address at this moment.
    pub(crate) fn find_user(t: &mut TenantConn, id: UserId) -> Result<Self, Error> {
        let user = users::table.filter(users::tenant_id.eq(t.id).and(users::id.eq(id))).filter(NotDeleting);
        let names: Option<(String, String, String)> =
            user.select((users::first_name, users::last_name, users::email)).first(t.conn).optional()?;
        Ok(match names {
            Some((first, last, email)) => Self::User { id, name: display_name(&first, &last, &email), email },
            None => Self::User { id, name: "a deleted administrator".into(), email: String::new() },
        })
    }
}
