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

use crate::base::clock::{Clock, Timestamp};
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::base::secrets::{Token, sha256};
use crate::db::schema::{looking, sessions, tenants, users};
use crate::db::{Conn, Db};
use crate::model::sessions::{impersonation, known_browser};
use crate::model::users::NotDeleting;
use crate::tenancy::TenantConn;
use crate::web::Viewer;

/// How long a session lasts.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// How long the sessions of everybody last.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Of those who can change things.
    pub administrator: Lifetime,
    /// Of those who look.
    pub customer_user: Lifetime,
}

impl Lifetimes {
    /// Of an administrator, or of a user of a customer.
    pub fn of(&self, administrator: bool) -> Lifetime {
        if administrator { self.administrator } else { self.customer_user }
    }

    /// The longest that a session may go unused.
    pub fn idle(&self) -> Duration {
        self.administrator.idle.max(self.customer_user.idle)
    }

    /// The longest that a session lasts.
    pub fn absolute(&self) -> Duration {
        self.administrator.absolute.max(self.customer_user.absolute)
    }
}

/// "Last seen" is written at most this often, so that reading pages writes next to nothing.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

pub(crate) const VIEWER: &str = "viewer";
pub(crate) const OUTAGE: &str = "outage";
const SIGN_IN: &str = "sign_in";

/// What a new session is made of.
#[derive(Serialize, Deserialize)]
struct SignIn {
    tenant: TenantId,
    user: UserId,
    administrator: bool,
    /// What the password's hash was when it was compared, see `CredentialVersion`.
    stand: CredentialVersion,
    /// The key's token. It is here for the length of one answer; the row gets its hash.
    token: String,
    /// The hash of the token of the browser, which is known from now on.
    browser: Vec<u8>,
    address: String,
    agent: String,
}

/// What somebody's signing in stands on: the hash that their password was compared with, hashed once more. It no longer
/// holds when the password was changed or they were disabled since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialVersion(String);

impl CredentialVersion {
    /// On this hash.
    pub fn on(password_hash: &str) -> Self {
        Self(hex(&sha256(password_hash.as_bytes())))
    }

    /// Whether it holds, and will until the transaction ends.
    ///
    /// # Errors
    /// The database's own.
    pub fn holds(&self, t: &mut TenantConn, user: UserId) -> Result<bool, Error> {
        crate::model::users::lock(t, &[user])?;
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
    pub stand: CredentialVersion,
}

/// Signs somebody in with the answer to `request`, under a new key; a session that the browser had ends, and the browser
/// is known from now on as one of theirs. Nobody is signed in after all when `stand` no longer holds by then.
///
/// # Errors
/// When it cannot be written down.
pub fn begin(request: &HttpRequest, entrant: NewSession) -> Result<(), Error> {
    let NewSession { tenant, user, administrator, stand } = entrant;
    let (address, agent) = (crate::web::address_of(request), crate::web::agent_of(request));
    let token = Token::random()?;
    let browser = known_browser::keep(request)?.hash();
    crate::web::bind_to_new_session(request, &token.reveal());
    let session = request.get_session();
    session.renew();
    let token = token.reveal();
    let sign_in = SignIn { tenant, user, administrator, stand, token, browser, address, agent };
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
    /// How long they last.
    pub lifetimes: Lifetimes,
}

/// The two parts of a session key, `{tenant}.{token}`: with the tenant in it, the row is found where the tenant is.
fn parse(key: &SessionKey) -> Option<(TenantId, Vec<u8>)> {
    let (tenant, token) = key.as_ref().split_once('.')?;
    Some((tenant.parse().ok()?, Token::parse(token)?.hash()))
}

type Row = (
    (Timestamp, Timestamp, Timestamp),
    String,
    (UserId, Option<CustomerId>, String, String, String),
    Option<(UserId, Timestamp)>,
);

/// The session's row with the user and tenant it stands for, while all of them may go on.
fn look_up(
    conn: &mut Conn,
    tenant: TenantId,
    key: &[u8],
    (lifetimes, now): (Lifetimes, Timestamp),
) -> Result<Option<(Viewer, bool)>, Error> {
    let row: Option<Row> = sessions::table
        .inner_join(users::table.on(users::tenant_id.eq(sessions::tenant_id).and(users::id.eq(sessions::user_id))))
        .inner_join(tenants::table.on(tenants::id.eq(sessions::tenant_id)))
        .left_join(
            looking::table.on(looking::tenant_id.eq(sessions::tenant_id).and(looking::key_hash.eq(sessions::key_hash))),
        )
        .filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key)))
        .filter(users::disabled_at.is_null().and(users::activated_at.is_not_null()))
        .filter(NotDeleting)
        .select((
            (sessions::created_at, sessions::seen_at, sessions::expires_at),
            tenants::title,
            (users::id, users::customer_id, users::email, users::first_name, users::last_name),
            (looking::user_id, looking::until_at).nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some(((since, seen, expires), tenant_title, (user, customer, email, first, last), looks)) = row else {
        return Ok(None);
    };
    if now >= expires || now >= seen + lifetimes.of(customer.is_none()).idle {
        return Ok(None);
    }
    let name = crate::model::users::display_name(&first, &last, &email);
    let session = hex(key);
    let own = Viewer { session, since, tenant, tenant_title, user, customer, email, name, looking: None };
    let stale = now >= seen + TOUCH_EVERY;
    let as_user = match looks.filter(|(_, until)| own.is_administrator() && now < *until) {
        Some((user, until)) => impersonation::seen_by(conn, &own, user, until)?,
        None => None,
    };
    Ok(Some((as_user.unwrap_or(own), stale)))
}

fn touch(conn: &mut Conn, tenant: TenantId, key: &[u8], now: Timestamp) -> Result<(), Error> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tenant).and(sessions::key_hash.eq(key))))
        .set(sessions::seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

impl Sessions {
    async fn find(&self, key: &SessionKey) -> Result<Option<Viewer>, Error> {
        let Some((tenant, hash)) = parse(key) else { return Ok(None) };
        let (now, lifetimes) = (self.clock.now(), self.lifetimes);
        let lookup = hash.clone();
        let found = self.db.read(move |conn| look_up(conn, tenant, &lookup, (lifetimes, now))).await?;
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
        let lifetime = self.lifetimes.of(sign_in.administrator);
        let saved = self.db.note(move |conn| insert(conn, &sign_in, &hash, (lifetime, now))).await;
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

fn insert(conn: &mut Conn, sign_in: &SignIn, hash: &[u8], (lifetime, now): (Lifetime, Timestamp)) -> Result<(), Error> {
    let t = &mut TenantConn::found(conn, sign_in.tenant, now);
    if !sign_in.stand.holds(t, sign_in.user)? {
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

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `hex` was made of.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
