//! `/sign-in`, `/sign-out` and `/forgot-password`. Whatever was wrong, the answer is the same.

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
use crate::auth::{self, Anyone, SignedIn, Stand};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::form::{Errors, Field, FormView};
use crate::id::Id;
use crate::kept;
use crate::tenant::{Tenant, TenantConn};
use crate::users::{self, Credentials, Desk, User};
use crate::web::{self, Answer, Chrome, Form, Nothing, local_path};

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
    New { chrome, form: typed.carry(FormView::plain(fields)), refused, again: false, kept: false }
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
    let matched = if form.proof.is_empty() { matching(&request, &form).await? } else { chosen(app, &form) };
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
    administrator: bool,
    stand: Stand,
}

/// Compares the password with that of everybody who has the address; with nobody's when there is none, so that it takes
/// as long.
async fn matching(request: &HttpRequest, form: &SignInForm) -> Result<Vec<Match>, Error> {
    let app = App::of(request);
    let email = form.email.clone();
    let usable = email.len() <= 1024 && !email.contains('\0') && form.password.chars().count() <= 256;
    let known: Vec<Credentials> =
        if usable { app.db.read(move |conn| users::by_address(conn, &email)).await? } else { Vec::new() };
    let password: String = form.password.chars().take(257).collect();
    if known.is_empty() {
        app.hasher.verify(password, None).await?;
        return Ok(Vec::new());
    }
    let (mut matched, mut others) = (Vec::new(), Vec::new());
    for person in known {
        let stand = Stand::on(person.password_hash.as_deref().unwrap_or_default());
        if app.hasher.verify(password.clone(), person.password_hash).await? {
            matched.push(Match {
                tenant: person.tenant,
                tenant_title: person.tenant_title,
                user: person.user,
                administrator: person.customer.is_none(),
                stand,
            });
        } else {
            others.push((person.tenant, person.user));
        }
    }
    if matched.is_empty() {
        record_failure(request, others);
    }
    Ok(matched)
}

/// How long after a sign-in that failed others of the same user leave no entry: guessing does not fill the log.
const FAILURES_APART: Duration = Duration::from_secs(15 * 60);

/// Records, after the answer was given so that nobody learns from its time, that somebody had the address of these users
/// and not their password.
fn record_failure(request: &HttpRequest, people: Vec<(Id<Tenant>, Id<User>)>) {
    let (app, origin) = (App::of(request).clone(), Arc::new(Origin::of(request)));
    actix_web::rt::spawn(async move {
        let now = app.clock.now();
        for (tenant, user) in people {
            let origin = origin.clone();
            let known = app.db.read(move |conn| failed_lately(&mut TenantConn::found(conn, tenant, now), user)).await;
            let recorded = match known {
                Ok(true) => continue,
                Ok(false) => app.db.write(move |writing| {
                    let t = &mut TenantConn::within(writing, tenant, origin, now);
                    users::lock(t, &[user])?;
                    if failed_lately(t, user)? {
                        return t.nothing_changed();
                    }
                    let user = users::find(t, user)?;
                    audit::record(t, Entry::of(Action::SignInFailed, &user))
                }),
                Err(error) => return tracing::warn!(%error, "a sign-in that failed could not be recorded"),
            };
            if let Err(error) = recorded.await {
                tracing::warn!(%error, "a sign-in that failed could not be recorded");
            }
        }
    });
}

fn failed_lately(t: &mut TenantConn, user: Id<User>) -> Result<bool, Error> {
    let since = t.now - FAILURES_APART;
    audit::was_done_since(t, Action::SignInFailed, user, since)
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
            let tenant_title = String::new();
            Match { tenant, tenant_title, user, administrator, stand }
        })
        .take(1)
        .collect()
}

fn choose(app: &App, chrome: Chrome, matched: &[Match], typed: &SignInForm) -> Result<HttpResponse, Error> {
    let proof = Proof {
        until: app.clock.now() + CHOOSE_WITHIN,
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
    auth::begin(request, one.tenant, one.user, one.administrator, one.stand.clone())?;
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
        auth::end_one(t, id, &viewer.key_hash())?;
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

/// The address of whoever forgot their password.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForgotForm {
    email: String,
}

#[derive(Template)]
#[template(path = "session/forgot.html")]
struct Forgot {
    chrome: Chrome,
    form: FormView,
    sent: Option<String>,
}

/// `GET /forgot-password`
pub async fn forgot(_: Anyone, chrome: Chrome) -> Result<HttpResponse, Error> {
    web::page(&forgot_view(chrome, "", &Errors::new(), None))
}

fn forgot_view(chrome: Chrome, email: &str, errors: &Errors, sent: Option<String>) -> Forgot {
    let field = Field::email("email", "Email").autocomplete("username").required().value(email).with(errors);
    Forgot { chrome, form: FormView::plain(vec![field]), sent }
}

/// `POST /forgot-password`: the same answer for every address, in the same time: whether a mail goes out is found out
/// after the answer was given.
pub async fn send_reset(
    _: Anyone,
    chrome: Chrome,
    request: HttpRequest,
    Form(form): Form<ForgotForm>,
) -> Result<HttpResponse, Error> {
    let email = match crate::form::email("Email", &form.email) {
        Ok(email) if !email.is_empty() => email,
        Ok(_) => {
            let errors = Errors::one("email", "Enter your email address");
            return web::unprocessable(&forgot_view(chrome, &form.email, &errors, None));
        }
        Err(words) => {
            let errors = Errors::one("email", words);
            return web::unprocessable(&forgot_view(chrome, &form.email, &errors, None));
        }
    };
    let app = App::of(&request).clone();
    let (address, origin) = (email.clone(), Arc::new(Origin::of(&request)));
    actix_web::rt::spawn(async move {
        let (desk, now) = (Desk::of(&app), app.clock.now());
        let queued = app.db.write(move |writing| {
            for person in users::by_address(writing, &address)? {
                let t = &mut TenantConn::within(writing, person.tenant, origin.clone(), now);
                users::lock(t, &[person.user])?;
                let user = users::find(t, person.user)?;
                users::mail_reset(t, &desk, &user)?;
                audit::record(t, Entry::of(Action::ResetMail, &user))?;
            }
            Ok::<_, Error>(())
        });
        match queued.await {
            Ok(()) => app.post.ring(),
            Err(error) => tracing::error!(%error, "a password reset mail could not be queued"),
        }
    });
    web::page(&forgot_view(chrome, "", &Errors::new(), Some(email)))
}
