//! `/sign-in`, `/sign-out` and `/forgot-password`. Whatever was wrong, the answer is the same.

mod failures;
mod forgot;
mod guess;

pub use forgot::{new as forgot, send as send_reset};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::audit::{self, Action, Entry, Origin};
use crate::auth::throttle::Wait;
use crate::auth::{self, Anyone, Entrant, SignedIn, Stand};
use crate::clock::Timestamp;
use crate::error::{Error, Refused};
use crate::form::{Errors, Field, FormView};
use crate::id::Id;
use crate::kept;
use crate::tenant::{Tenant, TenantConn};
use crate::users::{self, User};
use crate::web::{self, Answer, Chrome, Form, Moment, Nothing, local_path};

/// What was typed to sign in, or which tenant was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInForm {
    email: String,
    password: String,
    next: String,
    /// Sealed proof of who may be chosen.
    proof: String,
    tenant: String,
    /// A form that was sent after the session ended, sealed.
    kept: String,
}

#[derive(Template)]
#[template(path = "session/new.html")]
struct New {
    chrome: Chrome,
    form: FormView,
    refused: bool,
    /// When to try again, after too many tries.
    again_at: Option<Moment>,
    /// Whether somebody was signed out while they typed.
    again: bool,
    /// Whether what they typed is kept.
    kept: bool,
}

#[derive(Template)]
#[template(path = "session/choose.html")]
struct Choose {
    chrome: Chrome,
    form: FormView,
    choices: Vec<(String, String, &'static str)>,
}

/// Passwords that matched, for the page that asks which tenant is meant.
#[derive(Serialize, Deserialize)]
struct Proof {
    until: Timestamp,
    email: String,
    matched: Vec<(Id<Tenant>, Id<User>, bool, Stand)>,
}

/// How long one may take to choose.
const CHOOSE_WITHIN: Duration = Duration::from_secs(300);

/// `GET /sign-in`
pub async fn new(anyone: Anyone, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    if let Some(viewer) = &anyone.viewer {
        return Ok(web::see_other(viewer.start_page()));
    }
    let form = SignInForm { next: web::asked(&request, "next"), ..SignInForm::default() };
    web::page(&sign_in_view(chrome, &form, false))
}

/// The page that asks to sign in again and keeps a form that was sent too late.
///
/// # Errors
/// A template that cannot be rendered.
pub fn ask_again(chrome: Chrome, kept: Option<String>, next: String) -> Result<HttpResponse, Error> {
    let is_kept = kept.is_some();
    let form = SignInForm { kept: kept.unwrap_or_default(), next, ..SignInForm::default() };
    let mut view = sign_in_view(chrome, &form, false);
    (view.again, view.kept) = (true, is_kept);
    web::answer(StatusCode::UNAUTHORIZED, &view)
}

fn sign_in_view(chrome: Chrome, typed: &SignInForm, refused: bool) -> New {
    let none = Errors::new();
    let fields = vec![
        Field::email("email", "Email").autocomplete("username").required().value(&typed.email).with(&none),
        Field::password("password", "Password", "current-password"),
    ];
    New { chrome, form: typed.carry(FormView::plain(fields)), refused, again_at: None, again: false, kept: false }
}

impl SignInForm {
    /// Adds what goes along while somebody signs in: where they were going, and what they had typed.
    fn carry(&self, mut form: FormView) -> FormView {
        if let Some(next) = local_path(&self.next) {
            form = form.hide("next", next);
        }
        if !self.kept.is_empty() {
            form = form.hide("kept", &self.kept);
        }
        form
    }
}

/// `POST /sign-in`
pub async fn create(
    _: Anyone,
    chrome: Chrome,
    request: HttpRequest,
    Form(form): Form<SignInForm>,
) -> Result<HttpResponse, Error> {
    let app = App::of(&request);
    let matched = if form.proof.is_empty() {
        match guess::matching(&request, &form).await {
            Ok(matched) => matched,
            Err(Refused::By(wait)) => return too_many(chrome, &form, wait),
            Err(Refused::Failed(error)) => return Err(error),
        }
    } else {
        chosen(app, &form)
    };
    let entered = match matched.as_slice() {
        [] => None,
        [only] => enter(&request, only, &form).await?,
        several => return choose(app, chrome, several, &form),
    };
    match entered {
        Some(answer) => Ok(answer),
        None => web::unprocessable(&sign_in_view(chrome, &form, true)),
    }
}

/// Somebody whose password matched.
#[derive(Clone)]
struct Match {
    tenant: Id<Tenant>,
    tenant_title: String,
    user: Id<User>,
    email: String,
    administrator: bool,
    stand: Stand,
}

/// The form again after too many tries, whether or not somebody has the address: the password was not looked at.
fn too_many(chrome: Chrome, form: &SignInForm, wait: Wait) -> Result<HttpResponse, Error> {
    let again_at = chrome.moment(chrome.now + wait.0);
    let mut view = sign_in_view(chrome, form, false);
    view.again_at = Some(again_at);
    web::too_many(&view, wait)
}

/// The one of several tenants that was chosen, if the proof still holds.
fn chosen(app: &App, form: &SignInForm) -> Vec<Match> {
    let sealed = URL_SAFE_NO_PAD.decode(&form.proof).ok();
    let json = sealed.and_then(|sealed| app.secrets.open("sign-in", &sealed));
    let proof = json.and_then(|json| serde_json::from_slice::<Proof>(&json).ok());
    let Some(proof) = proof.filter(|proof| proof.until > app.clock.now()) else { return Vec::new() };
    let wanted = proof.matched.into_iter().filter(|(tenant, ..)| tenant.to_string() == form.tenant);
    wanted
        .map(|(tenant, user, administrator, stand)| {
            let (tenant_title, email) = (String::new(), proof.email.clone());
            Match { tenant, tenant_title, user, email, administrator, stand }
        })
        .take(1)
        .collect()
}

fn choose(app: &App, chrome: Chrome, matched: &[Match], typed: &SignInForm) -> Result<HttpResponse, Error> {
    let proof = Proof {
        until: app.clock.now() + CHOOSE_WITHIN,
        email: typed.email.clone(),
        matched: matched.iter().map(|one| (one.tenant, one.user, one.administrator, one.stand.clone())).collect(),
    };
    let sealed = app.secrets.seal("sign-in", &serde_json::to_vec(&proof).map_err(Error::internal)?)?;
    let form = typed.carry(FormView::default().hide("proof", URL_SAFE_NO_PAD.encode(sealed)));
    let choices = matched.iter().map(|one| {
        let role = if one.administrator { "Administrator" } else { "Customer user" };
        (one.tenant.to_string(), one.tenant_title.clone(), role)
    });
    let choices = choices.collect();
    web::page(&Choose { chrome, form, choices })
}

/// Signs somebody in whose password matched; `None` when it was changed, or they were disabled or deleted, since.
async fn enter(request: &HttpRequest, one: &Match, form: &SignInForm) -> Result<Option<HttpResponse>, Error> {
    let app = App::of(request);
    let (tenant, user, now) = (one.tenant, one.user, app.clock.now());
    let (stand, origin) = (one.stand.clone(), Arc::new(Origin::of(request)));
    let noted = app.db.write(move |writing| {
        let t = &mut TenantConn::within(writing, tenant, origin, now);
        if !stand.holds(t, user)? || !users::signed_in(t, user)? {
            t.nothing_changed()?;
            return Ok(false);
        }
        let user = users::find(t, user)?;
        t.act_as(&user);
        audit::record(t, Entry::of(Action::SignIn, &user))?;
        Ok::<_, Error>(true)
    });
    if !noted.await? {
        return Ok(None);
    }
    let (administrator, stand) = (one.administrator, one.stand.clone());
    auth::begin(request, Entrant { tenant, user, email: &one.email, administrator, stand })?;
    if !form.kept.is_empty()
        && let Some(page) = kept::offer(request, Chrome::of(request)?, &form.kept)?
    {
        return Ok(Some(page));
    }
    let start = if one.administrator { "/customers" } else { "/home" };
    Ok(Some(web::see_other(local_path(&form.next).filter(|next| *next != "/").unwrap_or(start))))
}

/// `POST /sign-out`
pub async fn destroy(person: SignedIn, request: HttpRequest, _: Form<Nothing>) -> Result<HttpResponse, Error> {
    let viewer = (*person.viewer).clone();
    let ended = person.write(move |t, id| {
        auth::end_one(t, id, &viewer.session_key())?;
        audit::record(t, Entry::of(Action::SignOut, &viewer))
    });
    ended.await?;
    auth::end(&request);
    Answer::new("/sign-in", "You are signed out.").send(&request)
}

/// `GET /`: on to where the viewer starts.
pub async fn root(anyone: Anyone) -> Result<HttpResponse, Error> {
    Ok(web::see_other(anyone.viewer.map_or("/sign-in", |viewer| viewer.start_page())))
}
