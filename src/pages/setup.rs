//! `/setup/{token}`: creates the tenant and its first administrator. Open only by the link that the server printed, and
//! only while no tenant exists.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::error::{Error, Refused};
use crate::base::forms::{self, Errors, Field, FormView, Section};
use crate::model::sessions::{CredentialVersion, NewSession};
use crate::model::setup::{self, Setup};
use crate::model::users::UserDraft;
use crate::model::users::form::name_fields;
use crate::services::password::{HashQueue, check_length};
use crate::services::rate_limit::{self, Bucket, NEW_PASSWORDS};
use crate::tenancy::{TenantConn, rows};
use crate::web::state::AppState;
use crate::web::{self, Answer, Anyone, Form, PageContext, session_store};

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SetupForm {
    tenant: String,
    first_name: String,
    last_name: String,
    email: String,
    password: String,
}

struct Draft {
    tenant: String,
    administrator: UserDraft,
}

impl Draft {
    /// What a guesser would try first.
    fn known(&self) -> Vec<(&'static str, String)> {
        vec![
            ("your email address", self.administrator.email.clone()),
            ("your first name", self.administrator.first_name.clone()),
            ("your last name", self.administrator.last_name.clone()),
            ("the name of the tenant", self.tenant.clone()),
        ]
    }
}

impl SetupForm {
    fn parse(&self) -> Result<Draft, Errors> {
        let mut errors = Errors::new();
        let tenant = forms::line("Tenant name", &self.tenant, 255);
        let tenant = errors.require("tenant", tenant, "Enter the tenant’s name");
        let administrator = UserDraft {
            first_name: errors.take("first_name", forms::line("First name", &self.first_name, 255)),
            last_name: errors.take("last_name", forms::line("Last name", &self.last_name, 255)),
            email: errors.require("email", forms::email("Email", &self.email), "Enter your email address"),
            ..UserDraft::default()
        };
        if let Err(words) = check_length(&self.password) {
            errors.add("password", words);
        }
        if errors.is_empty() { Ok(Draft { tenant, administrator }) } else { Err(errors) }
    }

    fn view(&self, errors: &Errors) -> FormView {
        let tenant = Field::text("tenant", "Tenant name")
            .required()
            .autocomplete("organization")
            .hint("The organization whose devices and customers are kept here")
            .value(&self.tenant)
            .with(errors);
        let [first_name, last_name] = name_fields(&self.first_name, &self.last_name, errors);
        let administrator = vec![
            first_name,
            last_name,
            Field::email("email", "Email").autocomplete("username").required().value(&self.email).with(errors),
            Field::password("password", "Password", "new-password")
                .hint("At least 12 characters. Use a few unrelated words.")
                .with(errors),
        ];
        let sections = vec![Section::new("Tenant", vec![tenant]), Section::new("First administrator", administrator)];
        FormView { sections, hidden: Vec::new() }
    }
}

#[derive(Template)]
#[template(path = "setup/new.html")]
struct New {
    context: PageContext,
    form: FormView,
    action: String,
}

#[derive(Template)]
#[template(path = "setup/dead.html")]
struct Dead {
    context: PageContext,
}

async fn look(request: &HttpRequest, token: &str) -> Result<Setup, Error> {
    let token = token.to_owned();
    AppState::of(request).db.read(move |conn| setup::state(conn, &token)).await
}

fn closed(context: PageContext, how_far: Setup) -> Result<HttpResponse, Error> {
    match how_far {
        Setup::Done => web::answer(actix_web::http::StatusCode::GONE, &Dead { context }),
        _ => Err(Error::NotFound),
    }
}

/// `GET /setup/{token}`
pub async fn new(
    _: Anyone,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
) -> Result<HttpResponse, Error> {
    match look(&request, &token).await? {
        Setup::Open => {
            let form = SetupForm::default().view(&Errors::new());
            web::page(&New { context, form, action: request.path().to_owned() })
        }
        closed_now => closed(context, closed_now),
    }
}

/// `POST /setup/{token}`
pub async fn create(
    _: Anyone,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
    Form(form): Form<SetupForm>,
) -> Result<HttpResponse, Error> {
    match look(&request, &token).await? {
        Setup::Open => {}
        closed_now => return closed(context, closed_now),
    }
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(errors) => {
            let action = request.path().to_owned();
            return web::unprocessable(&New { context, form: form.view(&errors), action });
        }
    };
    let app = AppState::of(&request);
    let place = app.hasher.queue(HashQueue::operator()).await?;
    if let closed_now @ (Setup::Done | Setup::Unknown) = look(&request, &token).await? {
        return closed(context, closed_now);
    }
    let read = vec![Bucket::of(&app.secrets, &NEW_PASSWORDS, "setup")];
    rate_limit::take(&app.db, read, app.clock.now()).await?;
    let turn = place.acquire().await?;
    if let Err(words) = turn.check(form.password.clone(), draft.known()).await? {
        let action = request.path().to_owned();
        return web::unprocessable(&New { context, form: form.view(&Errors::one("password", words)), action });
    }
    let hash = turn.hash(form.password).await?;
    let credential_version = CredentialVersion::on(&hash);
    let (token, now) = (token.into_inner(), app.clock.now());
    let (origin, secrets) = (Arc::new(web::request_origin(&request)), app.secrets.clone());
    let created = app.db.write(move |writing| {
        setup::lock(writing)?;
        match setup::state(writing, &token)? {
            Setup::Open => {
                let id = rows::create(writing, &secrets, &draft.tenant, now)?;
                let t = &mut TenantConn::within(writing, id, origin, now);
                Ok((id, setup::begin_tenant(t, &draft.administrator, &hash)?))
            }
            closed_now => Err(Refused::By(closed_now)),
        }
    });
    match created.await {
        Ok((tenant, user)) => {
            let new_session = NewSession { tenant, user: user.id, administrator: true, credential_version };
            session_store::begin(&request, new_session)?;
            Answer::new("/customers", "The tenant is set up and you are signed in. Add your first customer.")
                .send(&request)
        }
        Err(refused) => closed(context, refused.reason()?),
    }
}
