//! Somebody whose password matched users of several tenants chooses one of them. Until then there is a row for each of
//! these users, all under the hash of one random token, which the page that asks holds. One row, that of the `home` tenant,
//! says whether the token was used: a choice begins one session, however often and for whatever tenant it is posted. What
//! ends the sessions of a user ends their row as well.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{TenantId, UserId};
use crate::base::secrets::Token;
use crate::db::Conn;
use crate::db::schema::sign_in_choices;
use crate::model::sessions::CredentialVersion;
use crate::tenancy::TenantConn;

/// How long one may take to choose.
const CHOOSE_WITHIN: Duration = Duration::from_secs(300);

/// What the page that asks holds: `{home}.{token}`.
#[derive(Debug, Clone)]
pub struct Choice {
    home: TenantId,
    token_hash: Vec<u8>,
    text: String,
}

impl Choice {
    /// A new one; the first user who is added to it must be of the tenant `home`.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new(home: TenantId) -> Result<Self, Error> {
        let token = Token::random()?;
        Ok(Self { home, token_hash: token.hash(), text: format!("{home}.{}", token.reveal()) })
    }

    /// Reads what the page sent back.
    pub fn parse(text: &str) -> Option<Self> {
        let (home, token) = text.split_once('.')?;
        Some(Self { home: home.parse().ok()?, token_hash: Token::parse(token)?.hash(), text: text.to_owned() })
    }

    /// For the page.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Adds a user whose password matched, and answers whether they may still sign in with it.
    pub fn add(&self, t: &mut TenantConn, user: UserId, credential_version: &CredentialVersion) -> Result<bool, Error> {
        if !credential_version.holds(t, user)? {
            return Ok(false);
        }
        diesel::insert_into(sign_in_choices::table)
            .values((
                sign_in_choices::tenant_id.eq(t.id),
                sign_in_choices::token_hash.eq(&self.token_hash),
                sign_in_choices::user_id.eq(user),
                sign_in_choices::expires_at.eq(t.now + CHOOSE_WITHIN),
            ))
            .execute(t.conn)?;
        Ok(true)
    }

    /// Uses it up for the tenant of `t`: the user who was added there, and what their signing in stands on. `None` when it
    /// was used before, has ended or never was; the transaction must be undone then.
    pub fn take(&self, t: &mut TenantConn) -> Result<Option<(UserId, CredentialVersion)>, Error> {
        let row = sign_in_choices::tenant_id.eq(t.id).and(sign_in_choices::token_hash.eq(&self.token_hash));
        let chosen = sign_in_choices::table.filter(row).select(sign_in_choices::user_id);
        let Some(user) = chosen.first::<UserId>(t.conn).optional()? else { return Ok(None) };
        t.lock_users(&[user])?;
        // Of many who come at once, whoever ends the row of the home has won.
        if !self.end(t.conn, self.home, t.now)? || t.id != self.home && !self.end(t.conn, t.id, t.now)? {
            return Ok(None);
        }
        Ok(CredentialVersion::of_user(t, user)?.map(|version| (user, version)))
    }

    /// Ends the row of a tenant, and answers whether it was there.
    fn end(&self, conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<bool, Error> {
        let row = sign_in_choices::tenant_id.eq(tenant).and(sign_in_choices::token_hash.eq(&self.token_hash));
        let open = sign_in_choices::table.filter(row).filter(sign_in_choices::expires_at.gt(now));
        Ok(diesel::delete(open).execute(conn)? == 1)
    }
}

/// Ends the choices of a user.
pub(crate) fn end_choices_of(t: &mut TenantConn, user: UserId) -> Result<(), Error> {
    let theirs = sign_in_choices::tenant_id.eq(t.id).and(sign_in_choices::user_id.eq(user));
    diesel::delete(sign_in_choices::table.filter(theirs)).execute(t.conn)?;
    Ok(())
}

/// Forgets choices that nobody can make any more.
pub fn forget(conn: &mut Conn, now: Timestamp) -> Result<usize, Error> {
    Ok(diesel::delete(sign_in_choices::table.filter(sign_in_choices::expires_at.le(now))).execute(conn)?)
}
