//! Sessions as rows that can be revoked. The cookie holds the tenant's id and a random key; the row holds only the key's
//! hash. One look-up finds the session, its user and the tenant.

use std::time::Duration;

use base16ct::lower::encode_string;
use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::base::secrets::sha256;
use crate::base::text::display_name;
use crate::config::lifetimes::{Lifetime, Lifetimes};
use crate::db::Conn;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::{customers, impersonations, jobs, sessions, tenants, users};
use crate::model::sessions::viewer::{Viewer, ViewersCustomer};
use crate::model::sessions::{impersonation, known_browser};
use crate::tenancy::TenantConn;

/// "Last seen" is written at most this often, so that reading pages writes next to nothing.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// What a new session is made of.
#[derive(Serialize, Deserialize)]
pub struct SignIn {
    /// Into this tenant.
    pub tenant: TenantId,
    /// As this user.
    pub user: UserId,
    /// Whether they administer the tenant.
    pub administrator: bool,
    /// What the password's hash was when it was compared, see `CredentialVersion`.
    pub credential_version: CredentialVersion,
    /// The key's token. It is here for the length of one answer; the row gets its hash.
    pub token: String,
    /// The hash of the token of the browser, which is known from now on.
    pub browser: Vec<u8>,
    /// From where; may be empty.
    pub address: String,
    /// With what.
    pub agent: String,
}

/// What somebody's signing in stands on: the hash that their password was compared with, hashed once more. It no longer
/// holds when the password was changed or they were disabled since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialVersion(String);

impl CredentialVersion {
    /// On this hash.
    pub fn on(password_hash: &str) -> Self {
        Self(encode_string(&sha256(password_hash.as_bytes())))
    }

    /// On the password that a user has now; `None` without one.
    ///
    /// # Errors
    /// `NotFound` when there is no such user.
    pub fn of_user(t: &mut TenantConn, user: UserId) -> Result<Option<Self>, Error> {
        let known = users::table.filter(users::tenant_id.eq(t.id).and(users::id.eq(user))).filter(NotDeleting);
        let hash: Option<String> = known.select(users::password_hash).first(t.conn)?;
        Ok(hash.map(|hash| Self::on(&hash)))
    }

    /// Whether it holds, and will until the transaction ends.
    pub fn holds(&self, t: &mut TenantConn, user: UserId) -> Result<bool, Error> {
        t.lock_users(&[user])?;
        let able = users::table.filter(users::tenant_id.eq(t.id).and(users::id.eq(user)));
        let able = able.filter(users::disabled_at.is_null()).filter(NotDeleting).select(users::password_hash);
        let hash = able.first::<Option<String>>(t.conn).optional()?.flatten();
        Ok(hash.is_some_and(|hash| Self::on(&hash) == *self))
    }
}

/// Who signs in.
#[derive(Debug)]
pub struct NewSession {
    /// Into this tenant.
    pub tenant: TenantId,
    /// As this user.
    pub user: UserId,
    /// Whether they administer the tenant.
    pub administrator: bool,
    /// What their signing in stands on.
    pub credential_version: CredentialVersion,
}

type Row = (
    (Timestamp, Timestamp, Timestamp),
    String,
    (UserId, String, String, String),
    Option<(CustomerId, String)>,
    Option<(UserId, Timestamp)>,
    bool,
);

/// The session's row with the user and tenant it stands for, while all of them may go on; and whether its "last seen" is
/// to be written again.
pub fn look_up(
    conn: &mut Conn,
    tenant: TenantId,
    key: &[u8],
    lifetimes: Lifetimes,
    now: Timestamp,
) -> Result<Option<(Viewer, bool)>, Error> {
    let open = jobs::table.filter(jobs::tenant_id.eq(sessions::tenant_id)).filter(jobs::due_at.is_not_null());
    let row: Option<Row> =
        sessions::table
            .inner_join(users::table.on(users::tenant_id.eq(sessions::tenant_id).and(users::id.eq(sessions::user_id))))
            .inner_join(tenants::table.on(tenants::id.eq(sessions::tenant_id)))
            .left_join(
                customers::table
                    .on(customers::tenant_id.eq(users::tenant_id).and(customers::id.nullable().eq(users::customer_id))),
            )
            .left_join(impersonations::table.on(
                impersonations::tenant_id.eq(sessions::tenant_id).and(impersonations::key_hash.eq(sessions::key_hash)),
            ))
            .filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key)))
            .filter(users::disabled_at.is_null().and(users::activated_at.is_not_null()))
            .filter(NotDeleting)
            .select((
                (sessions::created_at, sessions::seen_at, sessions::expires_at),
                tenants::title,
                (users::id, users::email, users::first_name, users::last_name),
                (customers::id, customers::title).nullable(),
                (impersonations::user_id, impersonations::until_at).nullable(),
                // Asked here, so that pages need not ask.
                exists(open.select(jobs::id)),
            ))
            .first(conn)
            .optional()?;
    let Some(((since, seen, expires), tenant_title, (user, email, first, last), customer, looks, has_jobs)) = row
    else {
        return Ok(None);
    };
    if now >= expires || now >= seen + lifetimes.of(customer.is_none()).idle {
        return Ok(None);
    }
    let name = display_name(&first, &last, &email);
    let session = encode_string(key);
    let customer = match customer {
        Some((id, title)) => Some(ViewersCustomer { id, title, contacts: contacts(conn, tenant)? }),
        None => None,
    };
    let own =
        Viewer { session, since, tenant, tenant_title, has_jobs, user, customer, email, name, impersonation: None };
    let stale = now >= seen + TOUCH_EVERY;
    let as_user = match looks.filter(|(_, until)| own.is_administrator() && now < *until) {
        Some((user, until)) => impersonation::seen_by(conn, &own, user, until)?,
        None => None,
    };
    Ok(Some((as_user.unwrap_or(own), stale)))
}

/// Names and addresses of the three administrators who signed in last.
pub(super) fn contacts(conn: &mut Conn, tenant: TenantId) -> Result<Vec<(String, String)>, Error> {
    let active = users::table.filter(users::tenant_id.eq(tenant).and(users::customer_id.is_null()));
    let active = active.filter(users::disabled_at.is_null().and(users::activated_at.is_not_null()));
    let rows: Vec<(String, String, String)> = active
        .order((users::last_sign_in_at.desc(), users::id))
        .select((users::email, users::first_name, users::last_name))
        .limit(3)
        .load(conn)?;
    Ok(rows.into_iter().map(|(email, first, last)| (display_name(&first, &last, &email), email)).collect())
}

/// Writes down that a session was used.
pub fn touch(conn: &mut Conn, tenant: TenantId, key: &[u8], now: Timestamp) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key))))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Begins a session, unless what its signing in stands on holds no more.
pub fn insert(conn: &mut Conn, sign_in: &SignIn, hash: &[u8], lifetime: Lifetime, now: Timestamp) -> Result<(), Error> {
    let t = &mut TenantConn::found(conn, sign_in.tenant, now);
    if !sign_in.credential_version.holds(t, sign_in.user)? {
        return Ok(());
    }
    known_browser::remember(t, sign_in.user, &sign_in.browser)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::tenant_id.eq(sign_in.tenant),
            sessions::key_hash.eq(hash),
            sessions::user_id.eq(sign_in.user),
            sessions::created_at.eq(now),
            sessions::seen_at.eq(now),
            sessions::expires_at.eq(now + lifetime.absolute),
            sessions::address.eq(&sign_in.address),
            sessions::agent.eq(&sign_in.agent),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends a session.
pub fn delete(conn: &mut Conn, tenant: TenantId, hash: &[u8]) -> Result<(), Error> {
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(hash))))
        .execute(conn)?;
    Ok(())
}
