//! Who acts, and from where.

use actix_web::HttpRequest;

use crate::base::id::UserId;
use crate::model::users::User;
use crate::web;

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
    /// Somebody who is not known yet, by the request they sent.
    pub fn of(request: &HttpRequest) -> Self {
        Self { who: Who::Somebody, address: web::address_of(request), agent: web::agent_of(request) }
    }

    /// The same place, once it is known who is there.
    pub fn by(&self, user: &User) -> Self {
        Self { who: Who::of(user), ..self.clone() }
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
    /// A user as they are now.
    pub fn of(user: &User) -> Self {
        Self::User { id: user.id, name: user.name(), email: user.email.clone() }
    }
}
