//! Finding users by what is known of them, whichever customer is theirs.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::forms::fold;
use crate::db::schema::users;
use crate::db::{Condition, after_prefix, escaped};
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
    let term = fold(q);
    if are_many(t)? {
        return beginning(t, &term, limit);
    }
    let mut found = mine(t).into_boxed();
    for word in term.split_whitespace() {
        found = found.filter(holds(word));
    }
    Ok(found.order(users::id.desc()).limit(limit).select(User::as_select()).load(t.conn)?)
}

/// The condition that a word is in a user's name or address.
pub fn holds(word: &str) -> Condition<users::table> {
    let pattern = format!("%{}%", escaped(word));
    let name = users::name_key.like(pattern.clone()).escape('\\');
    Box::new(name.or(users::email_key.like(pattern).escape('\\')))
}

fn beginning(t: &mut TenantConn, term: &str, limit: i64) -> Result<Vec<User>, Error> {
    let end = after_prefix(term);
    let named = mine(t).filter(users::name_key.ge(term).and(users::name_key.lt(&end))).order(users::name_key);
    let mut found: Vec<User> = named.limit(limit).select(User::as_select()).load(t.conn)?;
    let at = mine(t).filter(users::email_key.ge(term).and(users::email_key.lt(&end))).order(users::email_key);
    let others: Vec<User> = at.limit(limit).select(User::as_select()).load(t.conn)?;
    found.extend(others.into_iter().filter(|user| !found.iter().any(|known| known.id == user.id)).collect::<Vec<_>>());
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}
