//! Sessions as rows that can be revoked, behind actix-session. The cookie holds the tenant's id and a random key; the
//! row holds only the key's hash. One look-up finds the session, its user and the tenant.

use std::collections::HashMap;
use std::time::Duration;

use actix_session::SessionExt;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as Ttl;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::people::Viewer;
use crate::clock::{Clock, Timestamp};
use crate::customers::Customer;
use crate::db::{Conn, Db};
use crate::error::Error;
use crate::id::Id;
use crate::schema::{sessions, tenants, users};
use crate::secrets::{Token, sha256};
use crate::tenant::{Tenant, TenantConn};
use crate::users::{AreThere, User};

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

const HOUR: u64 = 3600;
/// For those who can change things.
pub const ADMINISTRATOR: Lifetime =
    Lifetime { idle: Duration::from_secs(HOUR), absolute: Duration::from_secs(12 * HOUR) };
/// For those who look.
pub const CUSTOMER_USER: Lifetime =
    Lifetime { idle: Duration::from_secs(8 * HOUR), absolute: Duration::from_secs(30 * 24 * HOUR) };

/// "Last seen" is written at most this often, so that reading pages writes next to nothing.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

pub(super) const VIEWER: &str = "viewer";
pub(super) const OUTAGE: &str = "outage";
const SIGN_IN: &str = "sign_in";

/// What a new session is made of.
#[derive(Serialize, Deserialize)]
struct SignIn {
    tenant: Id<Tenant>,
    user: Id<User>,
    administrator: bool,
    /// What the password's hash was when it was compared, see `Stand`.
    stand: Stand,
    /// The key's token. It is here for the length of one answer; the row gets its hash.
    token: String,
    address: String,
    agent: String,
}

/// What somebody's signing in stands on: the hash that their password was compared with, hashed once more. It no longer
/// holds when the password was changed or they were disabled since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand(String);

impl Stand {
    /// On this hash.
    pub fn on(password_hash: &str) -> Self {
        Self(hex(&sha256(password_hash.as_bytes())))
    }

    /// Whether it holds, and will until the transaction ends.
    ///
    /// # Errors
    /// The database's own.
    pub fn holds(&self, t: &mut TenantConn, user: Id<User>) -> Result<bool, Error> {
        crate::users::lock(t, &[user])?;
        let able = users::table.filter(users::tenant_id.eq(t.id).and(users::id.eq(user)));
        let able = able.filter(users::disabled_at.is_null()).filter(AreThere).select(users::password_hash);
        let hash = able.first::<Option<String>>(t.conn).optional()?.flatten();
        Ok(hash.is_some_and(|hash| Self::on(&hash) == *self))
    }
}

/// Signs `user` in with the answer to `request`, under a new key; a session that the browser had ends. Nobody is signed
/// in after all when `stand` no longer holds by then.
///
/// # Errors
/// When it cannot be written down.
pub fn begin(
    request: &HttpRequest,
    tenant: Id<Tenant>,
    user: Id<User>,
    administrator: bool,
    stand: Stand,
) -> Result<(), Error> {
    let (address, agent) = (crate::web::address_of(request), crate::web::agent_of(request));
    let token = Token::random()?;
    crate::web::bind_to_new_session(request, &hex(&token.hash()));
    let session = request.get_session();
    session.renew();
    let sign_in = SignIn { tenant, user, administrator, stand, token: token.reveal(), address, agent };
    session.insert(SIGN_IN, sign_in).map_err(Error::internal)
}

/// Signs out whoever sent `request`.
pub fn end(request: &HttpRequest) {
    request.get_session().purge();
}

/// The store behind actix-session's middleware.
pub struct Sessions {
    /// Where the rows are.
    pub db: Db,
    /// What tells when they expire.
    pub clock: Clock,
}

/// The two parts of a session key, `{tenant}.{token}`: with the tenant in it, the row is found where the tenant is.
fn parse(key: &SessionKey) -> Option<(Id<Tenant>, Vec<u8>)> {
    let (tenant, token) = key.as_ref().split_once('.')?;
    Some((tenant.parse().ok()?, Token::parse(token)?.hash()))
}

type Row = (Timestamp, Timestamp, Timestamp, String, Id<User>, Option<Id<Customer>>, String, String, String);

/// The session's row with the user and tenant it stands for, while all of them may go on.
fn look_up(conn: &mut Conn, tenant: Id<Tenant>, key: &[u8], now: Timestamp) -> Result<Option<(Viewer, bool)>, Error> {
    let row: Option<Row> = sessions::table
        .inner_join(users::table.on(users::tenant_id.eq(sessions::tenant_id).and(users::id.eq(sessions::user_id))))
        .inner_join(tenants::table.on(tenants::id.eq(sessions::tenant_id)))
        .filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key)))
        .filter(users::disabled_at.is_null().and(users::activated_at.is_not_null()))
        .filter(AreThere)
        .select((
            sessions::created_at,
            sessions::seen_at,
            sessions::expires_at,
            tenants::title,
            users::id,
            users::customer_id,
            users::email,
            users::first_name,
            users::last_name,
        ))
        .first(conn)
        .optional()?;
    let Some((since, seen, expires, tenant_title, user, customer, email, first, last)) = row else { return Ok(None) };
    let idle = if customer.is_none() { ADMINISTRATOR.idle } else { CUSTOMER_USER.idle };
    if now >= expires || now >= seen + idle {
        return Ok(None);
    }
    let name = crate::users::display_name(&first, &last, &email);
    let session = hex(key);
    let viewer = Viewer { session, since, tenant, tenant_title, user, customer, email, name };
    Ok(Some((viewer, now >= seen + TOUCH_EVERY)))
}

fn touch(conn: &mut Conn, tenant: Id<Tenant>, key: &[u8], now: Timestamp) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key))))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

impl Sessions {
    async fn find(&self, key: &SessionKey) -> Result<Option<Viewer>, Error> {
        let Some((tenant, hash)) = parse(key) else { return Ok(None) };
        let now = self.clock.now();
        let lookup = hash.clone();
        let found = self.db.read(move |conn| look_up(conn, tenant, &lookup, now)).await?;
        let Some((viewer, stale)) = found else { return Ok(None) };
        if stale && let Err(error) = self.db.note(move |conn| touch(conn, tenant, &hash, now)).await {
            // No reason to refuse a page: the next request notes it.
            tracing::warn!(%error, "when somebody was last seen could not be noted");
        }
        Ok(Some(viewer))
    }
}

impl SessionStore for Sessions {
    /// Never fails: what went wrong is told by the page that needs somebody, in a page of ours.
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let (name, json) = match self.find(key).await {
            Ok(Some(viewer)) => (VIEWER, serde_json::to_string(&viewer)),
            Ok(None) => return Ok(None),
            Err(error) => (OUTAGE, serde_json::to_string(&error.to_string())),
        };
        Ok(Some(HashMap::from([(name.to_owned(), json.map_err(|why| LoadError::Other(why.into()))?)])))
    }

    async fn save(&self, state: HashMap<String, String>, _: &Ttl) -> Result<SessionKey, SaveError> {
        let sign_in = state.get(SIGN_IN).ok_or_else(|| SaveError::Other(Error::internal("nobody signs in").into()))?;
        let sign_in: SignIn = serde_json::from_str(sign_in).map_err(|why| SaveError::Serialization(why.into()))?;
        let key = format!("{}.{}", sign_in.tenant, sign_in.token);
        let token = Token::parse(&sign_in.token).ok_or_else(|| SaveError::Other(Error::internal("no token").into()))?;
        let (hash, now) = (token.hash(), self.clock.now());
        let saved = self.db.note(move |conn| insert(conn, &sign_in, &hash, now)).await;
        saved.map_err(|why| SaveError::Other(why.into()))?;
        SessionKey::try_from(key).map_err(|why| SaveError::Other(why.into()))
    }

    /// A session that changes is a new one.
    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        ttl: &Ttl,
    ) -> Result<SessionKey, UpdateError> {
        self.delete(&key).await.map_err(UpdateError::Other)?;
        self.save(state, ttl).await.map_err(|why| UpdateError::Other(why.into()))
    }

    /// Sessions expire by when they were seen, which `load` writes.
    async fn update_ttl(&self, _: &SessionKey, _: &Ttl) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let Some((tenant, hash)) = parse(key) else { return Ok(()) };
        let gone = self.db.note(move |conn| {
            diesel::delete(sessions::table.filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(hash))))
                .execute(conn)
                .map_err(Error::from)
        });
        gone.await?;
        Ok(())
    }
}

fn insert(conn: &mut Conn, sign_in: &SignIn, hash: &[u8], now: Timestamp) -> Result<(), Error> {
    let lifetime = if sign_in.administrator { ADMINISTRATOR } else { CUSTOMER_USER };
    if !sign_in.stand.holds(&mut TenantConn::found(conn, sign_in.tenant, now), sign_in.user)? {
        return Ok(());
    }
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

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
