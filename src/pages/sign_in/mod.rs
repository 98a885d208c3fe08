//! `/sign-in`, `/sign-out` and `/forgot-password`. Whatever was wrong, the answer is the same.

pub mod authenticate;
pub mod failed;
pub mod forgot;
pub mod resubmit;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use std::sync::Arc;

use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::forms::{Errors, Field, FormView};
use crate::base::id::{TenantId, UserId};
use crate::base::time::FormattedTime;
use crate::model::authentication::Match;
use crate::model::sessions::tenant_choice::Choice;
use crate::model::sessions::{self, CredentialVersion, NewSession};
use crate::model::users;
use crate::pages::sign_in::resubmit::Kept;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Who};
use crate::web::state::AppState;
use crate::web::{self, Answer, Anyone, Form, Nothing, PageContext, SignedIn, local_path, session_store};

/// What was typed to sign in, or which tenant was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInForm {
    email: String,
    password: String,
    next: String,
    /// What stands for a password that matched users of several tenants, see `Choice`.
    proof: String,
    tenant: String,
    /// A form that was sent after the session ended, sealed.
    kept: String,
}

#[derive(Template)]
#[template(path = "sign_in/new.html")]
struct New {
    context: PageContext,
    form: FormView,
    refused: bool,
    /// When to try again, after too many tries.
    again_at: Option<FormattedTime>,
    /// Whether somebody was signed out while they typed.
    again: bool,
    /// Whether what they typed is kept.
    kept: bool,
}

/// What is shown while there is nobody who could sign in.
#[derive(Template)]
#[template(path = "setup/none.html")]
struct NotSetUp {
    context: PageContext,
}

#[derive(Template)]
#[template(path = "sign_in/choose.html")]
struct Choose {
    context: PageContext,
    form: FormView,
    choices: Vec<(String, String, &'static str)>,
}

/// `GET /sign-in`
pub async fn new(anyone: Anyone, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    if let Some(viewer) = &anyone.viewer {
        return Ok(web::see_other(viewer.start_page()));
    }
    if !AppState::of(&request).is_set_up().await? {
        return web::page(&NotSetUp { context });
    }
    let form = SignInForm { next: web::query_param(&request, "next"), ..SignInForm::default() };
    web::page(&sign_in_view(context, &form, false))
}

/// The page that asks to sign in again and keeps a form that was sent too late.
///
/// # Errors
/// A template that cannot be rendered.
pub fn ask_again(context: PageContext, kept: Option<String>, next: String) -> Result<HttpResponse, Error> {
    let is_kept = kept.is_some();
    let form = SignInForm { kept: kept.unwrap_or_default(), next, ..SignInForm::default() };
    let mut view = sign_in_view(context, &form, false);
    (view.again, view.kept) = (true, is_kept);
    web::answer(StatusCode::UNAUTHORIZED, &view)
}

fn sign_in_view(context: PageContext, typed: &SignInForm, refused: bool) -> New {
    let none = Errors::new();
    let fields = vec![
        Field::email("email", "Email").autocomplete("username").required().value(&typed.email).with(&none),
        Field::password("password", "Password", "current-password"),
    ];
    New { context, form: typed.carry(FormView::plain(fields)), refused, again_at: None, again: false, kept: false }
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
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<SignInForm>,
) -> Result<HttpResponse, Error> {
    if !form.proof.is_empty() {
        return choose(&request, context, &form).await;
    }
    let matched = match authenticate::matching(&request, &form).await {
        Ok(matched) => matched,
        Err(refused) => return too_many(context, &form, refused.reason()?),
    };
    let entered = match matched.as_slice() {
        [] => None,
        [only] => {
            let (user, credential_version) = (only.user, only.credential_version.clone());
            enter(&request, only.tenant, &form, move |t| {
                Ok(if credential_version.holds(t, user)? { Some((user, credential_version)) } else { None })
            })
            .await?
        }
        several => return ask_which(&request, context, several, &form).await,
    };
    match entered {
        Some(answer) => Ok(answer),
        None => web::unprocessable(&sign_in_view(context, &form, true)),
    }
}

/// The form again after too many tries, whether or not somebody has the address: the password was not looked at.
fn too_many(context: PageContext, form: &SignInForm, wait: RetryAfter) -> Result<HttpResponse, Error> {
    let again_at = context.time(context.now + wait.0);
    let mut view = sign_in_view(context, form, false);
    view.again_at = Some(again_at);
    web::too_many(&view, wait)
}

/// Signs in as the user of the tenant that was chosen, if the choice still holds.
async fn choose(request: &HttpRequest, context: PageContext, form: &SignInForm) -> Result<HttpResponse, Error> {
    let entered = match (Choice::parse(&form.proof), form.tenant.parse()) {
        (Some(choice), Ok(tenant)) => enter(request, tenant, form, move |t| choice.take(t)).await?,
        _ => None,
    };
    match entered {
        Some(answer) => Ok(answer),
        None => web::unprocessable(&sign_in_view(context, form, true)),
    }
}

/// The page that asks which tenant is meant.
async fn ask_which(
    request: &HttpRequest,
    context: PageContext,
    matched: &[Match],
    typed: &SignInForm,
) -> Result<HttpResponse, Error> {
    let (app, mut begun, mut choices) = (AppState::of(request), None, Vec::new());
    for one in matched {
        let choice = match &begun {
            Some(choice) => Choice::clone(choice),
            None => Choice::new(one.tenant)?,
        };
        let (adding, one, now) = (choice.clone(), one.clone(), app.clock.now());
        let role = if one.administrator { "Administrator" } else { "Customer user" };
        let shown = (one.tenant.to_string(), one.tenant_title.clone(), role);
        let added = app.db.write_unaudited(move |conn| {
            adding.add(&mut TenantConn::found(conn, one.tenant, now), one.user, &one.credential_version)
        });
        if added.await? {
            begun = Some(choice);
            choices.push(shown);
        }
    }
    let Some(choice) = begun else { return web::unprocessable(&sign_in_view(context, typed, true)) };
    let form = typed.carry(FormView::default().hide("proof", choice.reveal()));
    web::page(&Choose { context, form, choices })
}

/// Signs in whom `admit` answers; `None` when that is nobody, or they were disabled or deleted since.
async fn enter(
    request: &HttpRequest,
    tenant: TenantId,
    form: &SignInForm,
    admit: impl FnOnce(&mut TenantConn) -> Result<Option<(UserId, CredentialVersion)>, Error> + Send + 'static,
) -> Result<Option<HttpResponse>, Error> {
    let app = AppState::of(request);
    let (now, origin) = (app.clock.now(), Arc::new(web::request_origin(request)));
    let entered = app.db.write(move |writing| {
        let t = &mut TenantConn::within(writing, tenant, origin, now);
        let (user, credential_version) = admit(t)?.ok_or(Refused::By(()))?;
        if !users::signed_in(t, user)? {
            return Err(Refused::By(()));
        }
        let user = users::find(t, user)?;
        t.act_as(Who::from(&user));
        audit::record(t, Entry::of(Action::SignIn, &user))?;
        Ok((user, credential_version))
    });
    let (user, credential_version) = match entered.await {
        Ok(entered) => entered,
        Err(refused) => return refused.reason().map(|()| None),
    };
    let administrator = user.role().customer().is_none();
    session_store::begin(request, NewSession { tenant, user: user.id, administrator, credential_version })?;
    let start = if administrator { "/customers" } else { "/home" };
    let next = local_path(&form.next).filter(|next| *next != "/").unwrap_or(start);
    Ok(Some(match resubmit::offer(request, &form.kept)? {
        Kept::Offered(page) => page,
        Kept::Anothers => web::see_other(start),
        Kept::Nothing => web::see_other(next),
    }))
}

/// `POST /sign-out`
pub async fn destroy(person: SignedIn, request: HttpRequest, _: Form<Nothing>) -> Result<HttpResponse, Error> {
    let viewer = (*person.viewer).clone();
    let ended = person.write(move |t, id| {
        sessions::end_one(t, id, &viewer.session_key()?)?;
        audit::record(t, Entry::of(Action::SignOut, &viewer))
    });
    ended.await?;
    session_store::end(&request);
    Answer::new("/sign-in", "You are signed out.").send(&request)
}

/// `GET /`: on to where the viewer starts.
pub async fn root(anyone: Anyone) -> Result<HttpResponse, Error> {
    Ok(web::see_other(anyone.viewer.map_or("/sign-in", |viewer| viewer.start_page())))
}
