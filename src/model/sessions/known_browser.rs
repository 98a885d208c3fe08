//! Browsers in which somebody has signed in before. A random token in a cookie tells them apart from those of strangers, so
//! that strangers who guess a password cannot keep its owner out. It opens nothing. Its hash is a row for each user, which
//! goes when they get another password: nobody who reads the rows, or has the secret key, can make up such a browser.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::secrets::Token;
use crate::base::text::{self, keys};
use crate::db::schema::{known_browsers, users};
use crate::db::{Conn, RawQuery};
use crate::tenancy::TenantConn;

/// Browsers keep cookies for 400 days at most (RFC 6265bis §5.5).
pub const AGE: Duration = Duration::from_secs(400 * 24 * 3600);
/// So many browsers of a user are known, the ones used last.
const MOST: i64 = 50;

/// The browser that sent a request: the hash of its token.
#[derive(Debug, Clone)]
pub struct Browser(Vec<u8>);

impl Browser {
    /// The browser that holds this token.
    pub fn holding(token: &Token) -> Self {
        Self(token.hash())
    }

    /// The users with this address, of all tenants, who have signed in with it and have the same password still. How long
    /// that takes tells nothing of anybody else: it is a matter of who signed in with this browser.
    pub fn users(&self, conn: &mut Conn, email: &str) -> Result<Vec<UserId>, Error> {
        let (from, to) = keys::with_twins(text::address_key(email));
        let theirs = known_browsers::tenant_id.eq(users::tenant_id).and(known_browsers::user_id.eq(users::id));
        Ok(known_browsers::table
            .inner_join(users::table.on(theirs))
            .filter(known_browsers::token_hash.eq(&self.0))
            .filter(users::email_key.ge(from).and(users::email_key.lt(to)))
            .select(known_browsers::user_id)
            .load(conn)?)
    }

    /// Its name in the words of a budget.
    pub fn name(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

/// The browser with this hash is known from now on as one of this user.
pub(crate) fn remember(t: &mut TenantConn, user: UserId, token_hash: &[u8]) -> Result<(), Error> {
    // Raw: diesel prepares an upsert again each time.
    RawQuery::new(
        "insert into known_browsers (tenant_id, user_id, token_hash, seen_at) values (?, ?, ?, ?)
         on conflict (tenant_id, user_id, token_hash) do update set seen_at = excluded.seen_at",
    )
    .id(t.id)
    .id(user)
    .bytes(token_hash)
    .time(t.now)
    .execute(t.conn)?;
    let theirs = known_browsers::tenant_id.eq(t.id).and(known_browsers::user_id.eq(user));
    let last = known_browsers::table.filter(theirs).order(known_browsers::seen_at.desc());
    let more: Vec<Vec<u8>> = last.select(known_browsers::token_hash).offset(MOST).limit(MOST).load(t.conn)?;
    if !more.is_empty() {
        diesel::delete(known_browsers::table.filter(theirs.and(known_browsers::token_hash.eq_any(more))))
            .execute(t.conn)?;
    }
    Ok(())
}

/// No browser is known any more as one of this user: whoever knew their password before is a stranger again.
pub fn forget_browsers_of(t: &mut TenantConn, user: UserId) -> Result<(), Error> {
    let theirs = known_browsers::tenant_id.eq(t.id).and(known_browsers::user_id.eq(user));
    diesel::delete(known_browsers::table.filter(theirs)).execute(t.conn)?;
    Ok(())
}

/// Forgets browsers whose cookies are gone.
pub fn forget(conn: &mut Conn, now: Timestamp) -> Result<usize, Error> {
    Ok(diesel::delete(known_browsers::table.filter(known_browsers::seen_at.lt(now - AGE))).execute(conn)?)
}
