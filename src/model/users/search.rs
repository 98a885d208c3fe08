//! Finding users by what is known of them, whichever customer is theirs.

use diesel::dsl;
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::text;
use crate::db::schema::users;
use crate::db::{after_prefix, patterns};
use crate::model::users::User;
use crate::model::users::store::mine;
use crate::tenancy::{TenantConn, Total};

/// While a tenant has no more users of customers, each of them is looked at; of more, only the beginnings of names and
/// addresses are, which indexes answer.
const FEW: i64 = 10_000;

/// Whether of the tenant's users only the beginnings of names and addresses are looked at.
pub fn are_many(t: &mut TenantConn) -> Result<bool, Error> {
    Ok(t.total(Total::Users)? > FEW)
}

/// Users and administrators whose name or address matches, at most `limit`.
pub fn matching(t: &mut TenantConn, q: &str, limit: i64) -> Result<Vec<User>, Error> {
    let term = text::folded(q);
    if are_many(t)? {
        return beginning(t, &term, limit);
    }
    let mut found = mine(t).into_boxed();
    for pattern in patterns(&term) {
        found = found.filter(is_like(pattern));
    }
    Ok(found.order(users::id.desc()).limit(limit).select(User::as_select()).load(t.conn)?)
}

/// The condition that a user's name or address is like a pattern.
pub fn is_like(pattern: String) -> dsl::Escape<dsl::Like<users::search_key, String>> {
    users::search_key.like(pattern).escape('\\')
}

fn beginning(t: &mut TenantConn, term: &str, limit: i64) -> Result<Vec<User>, Error> {
    let mut found: Vec<User> = Vec::new();
    for (from, to) in text::beginnings(term).unwrap_or_default() {
        let named = mine(t).filter(users::name_key.ge(from).and(users::name_key.lt(to))).order(users::name_key);
        found.extend(named.limit(limit - found.len() as i64).select(User::as_select()).load(t.conn)?);
        if found.len() as i64 >= limit {
            return Ok(found);
        }
    }
    let address = users::email_key.ge(term.to_owned()).and(users::email_key.lt(after_prefix(term)));
    let others = mine(t).filter(address).order(users::email_key).limit(limit).select(User::as_select());
    let mut others: Vec<User> = others.load(t.conn)?;
    others.retain(|user| !found.iter().any(|known| known.id == user.id));
    found.extend(others);
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}
