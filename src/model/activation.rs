//! Whoever holds an activation or reset link chooses a password. Opening it changes nothing; posting the password uses it
//! up. Here: what a link stands for and why it may be dead.

use crate::base::clock::Timestamp;
use crate::base::error::Refused;
use crate::base::secrets::Token;
use crate::db::Conn;
use crate::model::customers;
use crate::model::users::links::{self, Kind, Link, State};
use crate::model::users::{self, Role, User};
use crate::tenancy::{TenantConn, rows};

/// What the holder of a link that works is told: who invites, into what, for which address.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub user: User,
    pub tenant: String,
    pub customer: Option<String>,
    pub inviter: String,
}

/// Why a link does not work. Unknown and replaced look alike.
#[derive(Debug)]
pub enum Dead {
    Used,
    Expired,
    /// Its user has activated by another.
    NotNeeded,
    /// Somebody else has the address that it confirms.
    Taken,
    Unknown,
}

/// Which kind of page a link belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Activate,
    Reset,
    ConfirmAddress,
}

impl Purpose {
    pub fn path(self, token: &str) -> String {
        match self {
            Self::Activate => format!("/activate/{token}"),
            Self::Reset => format!("/reset-password/{token}"),
            Self::ConfirmAddress => format!("/account/email/{token}"),
        }
    }
}

/// The link behind a token, while it works.
pub fn open(conn: &mut Conn, token: &str, purpose: Purpose, now: Timestamp) -> Result<Link, Refused<Dead>> {
    let token = Token::in_link(token).ok_or(Refused::By(Dead::Unknown))?;
    let link = links::find(conn, &token)?.ok_or(Refused::By(Dead::Unknown))?;
    let meant = match link.kind() {
        Some(Kind::Mailed | Kind::Displayed) => Some(Purpose::Activate),
        Some(Kind::Reset) => Some(Purpose::Reset),
        Some(Kind::Address) => Some(Purpose::ConfirmAddress),
        None => None,
    };
    if meant != Some(purpose) {
        return Err(Refused::By(Dead::Unknown));
    }
    match link.state(now) {
        State::Open => Ok(link),
        State::Used => Err(Refused::By(Dead::Used)),
        State::Expired => Err(Refused::By(Dead::Expired)),
        State::NotNeeded => Err(Refused::By(Dead::NotNeeded)),
        State::Replaced => Err(Refused::By(Dead::Unknown)),
    }
}

pub fn invitation(t: &mut TenantConn, link: &Link) -> Result<Invitation, Refused<Dead>> {
    let user = users::find(t, link.user)?;
    if user.disabled_at.is_some() {
        return Err(Refused::By(Dead::Unknown));
    }
    let tenant = rows::title(t)?;
    let customer = match user.role() {
        Role::Administrator => None,
        Role::CustomerUser(id) => Some(customers::find(t, id)?.title),
    };
    let inviter = users::names(t, [user.created_by])?;
    let inviter = user.created_by.map_or_else(|| tenant.clone(), |id| inviter.of(Some(id), None));
    Ok(Invitation { user, tenant, customer, inviter })
}

/// What a guesser would try first for this user.
pub fn user_inputs(user: &User, tenant: &str, customer: Option<&str>) -> Vec<(&'static str, String)> {
    vec![
        ("your email address", user.email.clone()),
        ("your first name", user.first_name.clone()),
        ("your last name", user.last_name.clone()),
        ("the name of your customer", customer.unwrap_or_default().to_owned()),
        ("the name of the tenant", tenant.to_owned()),
    ]
}
