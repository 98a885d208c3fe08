//! Sessions behind actix-session's middleware: how one begins and ends with an answer, and its store.

use std::collections::HashMap;

use actix_session::SessionExt;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as Ttl;

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::base::secrets::Token;
use crate::config::lifetimes::Lifetimes;
use crate::db::Db;
use crate::model::sessions::NewSession;
use crate::model::sessions::session::{self, SignIn};
use crate::model::sessions::viewer::Viewer;
use crate::web::{address_of, agent_of, bind_to_new_session, known_browser};

/// Whose session it is, in what the middleware keeps for the length of a request.
pub(crate) const VIEWER: &str = "viewer";
/// Why it could not be looked up.
pub(crate) const OUTAGE: &str = "outage";
const SIGN_IN: &str = "sign_in";

/// Signs somebody in with the answer to `request`, under a new key; a session that the browser had ends, and the browser
/// is known from now on as one of theirs. Nobody is signed in after all when `credential_version` no longer holds by then.
///
/// # Errors
/// When it cannot be written down.
pub fn begin(request: &HttpRequest, new_session: NewSession) -> Result<(), Error> {
    let NewSession { tenant, user, administrator, credential_version } = new_session;
    let (address, agent) = (address_of(request), agent_of(request));
    let token = Token::random()?;
    let browser = known_browser::keep(request)?.hash();
    bind_to_new_session(request, &token.reveal(), user);
    let session = request.get_session();
    session.renew();
    let token = token.reveal();
    let sign_in = SignIn { tenant, user, administrator, credential_version, token, browser, address, agent };
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

impl Sessions {
    async fn find(&self, key: &SessionKey) -> Result<Option<Viewer>, Error> {
        let Some((tenant, hash)) = parse(key) else { return Ok(None) };
        let (now, lifetimes) = (self.clock.now(), self.lifetimes);
        let lookup = hash.clone();
        let found = self.db.read(move |conn| session::look_up(conn, tenant, &lookup, lifetimes, now)).await?;
        let Some((viewer, stale)) = found else { return Ok(None) };
        if stale && let Err(error) = self.db.write_unaudited(move |conn| session::touch(conn, tenant, &hash, now)).await
        {
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
        let saved = self.db.write_unaudited(move |conn| session::insert(conn, &sign_in, &hash, lifetime, now)).await;
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
        let gone = self.db.write_unaudited(move |conn| session::delete(conn, tenant, &hash));
        gone.await?;
        Ok(())
    }
}
