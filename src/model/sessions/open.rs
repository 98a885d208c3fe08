//! The sessions of one user, as they see and end them.

use base16ct::lower::encode_string;
use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::secrets::sha256;
use crate::config::lifetimes::Lifetime;
use crate::db::in_ids;
use crate::db::schema::sessions;
use crate::model::sessions::tenant_choice::end_choices_of;
use crate::tenancy::TenantConn;

/// A session as its user sees it.
#[derive(Debug, Clone, Queryable)]
pub struct OpenSession {
    /// The hash of its key.
    pub key_hash: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// From where.
    pub address: String,
    /// With what.
    pub agent: String,
}

impl OpenSession {
    /// A name for it that opens nothing: the hash of the hash, shortened, in hexadecimal.
    pub fn handle(&self) -> String {
        encode_string(&sha256(&self.key_hash)[..16])
    }

    /// The hash in hexadecimal, as `Viewer::session` has it.
    pub fn key(&self) -> String {
        encode_string(&self.key_hash)
    }
}

/// The sessions of a user that still work, the one used last first.
pub fn of_user(t: &mut TenantConn, user: UserId, lifetime: Lifetime) -> Result<Vec<OpenSession>, Error> {
    Ok(sessions::table
        .filter(sessions::tenant_id.eq(t.id).and(sessions::user_id.eq(user)))
        .filter(sessions::expires_at.gt(t.now).and(sessions::seen_at.gt(t.now - lifetime.idle)))
        .order((sessions::seen_at.desc(), sessions::created_at.desc()))
        .select((sessions::key_hash, sessions::created_at, sessions::seen_at, sessions::address, sessions::agent))
        .limit(100)
        .load(t.conn)?)
}

/// How many sessions of some users still work.
pub fn count_open(t: &mut TenantConn, users: &[UserId], lifetime: Lifetime) -> Result<u64, Error> {
    let theirs = in_ids(t.conn, "sessions.user_id", users);
    let open: i64 = sessions::table
        .filter(sessions::tenant_id.eq(t.id))
        .filter(theirs)
        .filter(sessions::expires_at.gt(t.now).and(sessions::seen_at.gt(t.now - lifetime.idle)))
        .count()
        .get_result(t.conn)?;
    Ok(open.max(0).unsigned_abs())
}

/// Ends the session with this hash if it is the user's.
pub fn end_one(t: &mut TenantConn, user: UserId, key_hash: &[u8]) -> Result<(), Error> {
    diesel::delete(
        sessions::table
            .filter(sessions::tenant_id.eq(t.id).and(sessions::user_id.eq(user)))
            .filter(sessions::key_hash.eq(key_hash)),
    )
    .execute(t.conn)?;
    Ok(())
}

/// Ends every session of a user, those that are about to begin as well.
pub fn end_sessions_of(t: &mut TenantConn, user: UserId) -> Result<(), Error> {
    end_choices_of(t, user)?;
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(t.id).and(sessions::user_id.eq(user))))
        .execute(t.conn)?;
    Ok(())
}
