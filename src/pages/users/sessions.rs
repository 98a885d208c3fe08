//! The open sessions of a user, as they and their administrators see and end them.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::base::error::Error;
use crate::base::time::FormattedTime;
use crate::config::lifetimes::Lifetimes;
use crate::model::sessions::{self, OpenSession};
use crate::model::users::{self, User};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{Answer, Form, PageContext, TenantAdmin, session_store};

/// A session as shown.
pub struct SessionView {
    /// What it is called in the form that ends it.
    pub handle: String,
    /// With what.
    pub agent: String,
    /// From where; may be empty.
    pub address: String,
    /// Since when.
    pub since: FormattedTime,
    /// When it was last used.
    pub seen: FormattedTime,
    /// Whether it is the reader's own, in this browser.
    pub current: bool,
}

impl SessionView {
    /// Those of a user, for the page around them.
    pub fn all(context: &PageContext, sessions: Vec<OpenSession>) -> Vec<Self> {
        let own = context.viewer.as_ref().map(|viewer| viewer.session.clone()).unwrap_or_default();
        let shown = sessions.into_iter().map(|session| Self {
            handle: session.handle(),
            current: session.key() == own,
            agent: agent_label(&session.agent),
            since: context.time(session.created_at),
            seen: context.time(session.seen_at),
            address: session.address,
        });
        shown.collect()
    }
}

/// A browser and its system, as people name them.
pub fn agent_label(agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.into(),
        _ if agent.is_empty() => "Unknown browser".into(),
        _ => agent.chars().take(60).collect(),
    }
}

/// Which session to end: its handle, or `all`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionForm {
    session: String,
}

/// What was ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// One, which this was used with, and whether it was the one with the key that was asked about.
    One(String, bool),
    /// All of them.
    All,
    /// The session had ended before.
    Nothing,
}

impl SessionForm {
    /// Ends what was asked for among a user's sessions; `own` is the key of whoever asks.
    pub fn end(&self, t: &mut TenantConn, user: &User, lifetimes: &Lifetimes, own: &str) -> Result<Ended, Error> {
        if self.session == "all" {
            sessions::end_sessions_of(t, user.id)?;
            audit::record(t, Entry::of(Action::EndSession, user).detail("Session", "all"))?;
            return Ok(Ended::All);
        }
        let open = of_user(t, user, lifetimes)?;
        let Some(session) = open.into_iter().find(|session| session.handle() == self.session) else {
            t.no_changes()?;
            return Ok(Ended::Nothing);
        };
        sessions::end_one(t, user.id, &session.key_hash)?;
        let (agent, is_own) = (agent_label(&session.agent), session.key() == own);
        let action = if is_own { Action::SignOut } else { Action::EndSession };
        let description = format!("{agent}, {}", session.address);
        audit::record(t, Entry::of(action, user).detail("Session", &description))?;
        Ok(Ended::One(agent, is_own))
    }
}

/// The sessions of a user that still work, the one used last first.
pub fn of_user(t: &mut TenantConn, user: &User, lifetimes: &Lifetimes) -> Result<Vec<OpenSession>, Error> {
    sessions::of_user(t, user.id, lifetimes.of(user.role().customer().is_none()))
}

/// `POST /users/{id}/sessions`: an administrator signs a user out, in one browser or everywhere.
pub async fn end(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<SessionForm>,
) -> Result<HttpResponse, Error> {
    let (id, lifetimes) = (parse_id(&id)?, AppState::of(&request).config.sessions);
    let own = admin.viewer.session.clone();
    let ended = admin.tenant.write(move |t| {
        t.lock_users(&[id])?;
        let user = users::find(t, id)?;
        let ended = form.end(t, &user, &lifetimes, &own)?;
        Ok::<_, Error>((user, ended))
    });
    let (user, ended) = ended.await?;
    let oneself = admin.viewer.user == user.id;
    let text = match ended {
        Ended::All if oneself => return signed_out(&request),
        Ended::One(_, true) => return signed_out(&request),
        Ended::All => format!("{} was signed out everywhere.", user.name()),
        Ended::One(agent, _) => format!("{} was signed out of {agent}.", user.name()),
        Ended::Nothing => {
            return Answer::refusal(user.path(), "That session had ended already.").send(&request);
        }
    };
    Answer::new(user.path(), text).send(&request)
}

/// The answer to whoever ended the session that they are in.
///
/// # Errors
/// When the sentence cannot be sealed.
pub fn signed_out(request: &HttpRequest) -> Result<HttpResponse, Error> {
    session_store::end(request);
    Answer::new("/sign-in", "You are signed out.").send(request)
}
