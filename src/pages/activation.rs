//! `/activate/{token}` and `/reset-password/{token}`.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Field, FormView};
use crate::base::secrets::Token;
use crate::base::time::FormattedTime;
use crate::model::activation::{Dead, Invitation, Purpose, invitation, open, user_inputs};
use crate::model::sessions::{self, CredentialVersion, NewSession};
use crate::model::users::invite::renew_invitation;
use crate::model::users::links::{self, Link};
use crate::model::users::{self, Role};
use crate::pages::dead_link::dead;
use crate::pages::users::invitation_mailer;
use crate::services::password::{HashQueue, check_length};
use crate::services::rate_limit::{self, Bucket, NEW_PASSWORDS};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Who};
use crate::web::state::AppState;
use crate::web::{self, Answer, Anyone, Form, Nothing, PageContext, session_store};

/// The password that is chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordForm {
    password: String,
}

#[derive(Template)]
#[template(path = "activation/choose.html")]
struct Choose {
    context: PageContext,
    invitation: Invitation,
    activates: bool,
    /// Who is signed in, when it is somebody else.
    signed_in_as: Option<String>,
    until: FormattedTime,
    action: String,
    form: FormView,
}

async fn look(request: &HttpRequest, token: &str, purpose: Purpose) -> Result<(Link, Invitation), Refused<Dead>> {
    let app = AppState::of(request);
    let (token, now) = (token.to_owned(), app.clock.now());
    app.db
        .read(move |conn| {
            let link = open(conn, &token, purpose, now)?;
            let invitation = invitation(&mut TenantConn::found(conn, link.tenant, now), &link)?;
            Ok((link, invitation))
        })
        .await
}

fn choose(
    context: PageContext,
    token: &str,
    purpose: Purpose,
    link: &Link,
    invitation: Invitation,
    errors: &Errors,
) -> Choose {
    let field = Field::password("password", "Password", "new-password")
        .hint("At least 12 characters. Use a few unrelated words.")
        .with(errors);
    let other = context.viewer.as_ref().filter(|viewer| viewer.user != invitation.user.id);
    Choose {
        signed_in_as: other.map(|viewer| viewer.email.clone()),
        until: context.time(link.expires_at),
        activates: purpose == Purpose::Activate,
        action: purpose.path(token),
        form: FormView::plain(vec![field]),
        invitation,
        context,
    }
}

/// Of `/activate/{token}` and of `/reset-password/{token}`.
impl FromRequest for Purpose {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.path().split('/').nth(1) {
            Some("activate") => Ok(Self::Activate),
            Some("reset-password") => Ok(Self::Reset),
            _ => Err(Error::NotFound),
        })
    }
}

/// `GET /activate/{token}`, `GET /reset-password/{token}`
pub async fn show(
    _: Anyone,
    purpose: Purpose,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
) -> Result<HttpResponse, Error> {
    match look(&request, &token, purpose).await {
        Ok((link, invitation)) => web::page(&choose(context, &token, purpose, &link, invitation, &Errors::new())),
        Err(refused) => dead(context, &token, purpose, &refused.reason()?),
    }
}

/// `POST /activate/{token}`, `POST /reset-password/{token}`
pub async fn update(
    _: Anyone,
    purpose: Purpose,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<HttpResponse, Error> {
    let (link, found) = match look(&request, &token, purpose).await {
        Ok(found) => found,
        Err(refused) => return dead(context, &token, purpose, &refused.reason()?),
    };
    if let Err(words) = check_length(&form.password) {
        let errors = Errors::one("password", words);
        return web::unprocessable(&choose(context, &token, purpose, &link, found, &errors));
    }
    // Of many who post at the same moment the first keeps the turn until all is done; the others then find the link
    // used, and none of their passwords is read.
    let app = AppState::of(&request);
    let place = app.hasher.queue(HashQueue::user(link.tenant, link.user)).await?;
    if let Err(Refused::By(why)) = look(&request, &token, purpose).await {
        return dead(context, &token, purpose, &why);
    }
    let read = vec![Bucket::of(&app.secrets, &NEW_PASSWORDS, &link.id.to_string())];
    if let Err(refused) = rate_limit::take(&app.db, read, app.clock.now()).await {
        let wait = refused.reason()?;
        let when = context.time(context.now + wait.0).text;
        let errors = Errors::one("password", format!("Many passwords were tried with this link; try again {when}"));
        return web::too_many(&choose(context, &token, purpose, &link, found, &errors), wait);
    }
    let turn = place.acquire().await?;
    let user_inputs = user_inputs(&found.user, &found.tenant, found.customer.as_deref());
    if let Err(words) = turn.check(form.password.clone(), user_inputs).await? {
        let errors = Errors::one("password", words);
        return web::unprocessable(&choose(context, &token, purpose, &link, found, &errors));
    }
    let hash = turn.hash(form.password).await?;
    let credential_version = CredentialVersion::on(&hash);
    let (secret, now, origin) = (token.clone(), app.clock.now(), Arc::new(web::request_origin(&request)));
    let done = app.db.write(move |writing| {
        let link = open(writing, &secret, purpose, now)?;
        TenantConn::found(writing, link.tenant, now).lock_users(&[link.user])?;
        // Whoever came first may have used it or made another one.
        let link = open(writing, &secret, purpose, now)?;
        let t = &mut TenantConn::within(writing, link.tenant, origin, now);
        let user = invitation(t, &link)?.user;
        if !links::take(t, &link)? {
            return Err(Refused::By(Dead::Used));
        }
        let action = if purpose == Purpose::Activate {
            users::activate(t, link.user, &hash)?;
            Action::Activate
        } else {
            users::set_password(t, link.user, &hash)?;
            Action::ResetPassword
        };
        sessions::end_sessions_of(t, link.user)?;
        users::signed_in(t, link.user)?;
        t.act_as(Who::from(&user));
        audit::record(t, Entry::of(action, &user))?;
        Ok(link)
    });
    let done = done.await;
    drop(turn);
    match done {
        Ok(link) => {
            let user = &found.user;
            let administrator = user.role() == Role::Administrator;
            let new_session = NewSession { tenant: link.tenant, user: user.id, administrator, credential_version };
            session_store::begin(&request, new_session)?;
            let start = if administrator { "/customers" } else { "/home" };
            let text = if purpose == Purpose::Activate {
                format!("Welcome, {}. You are signed in.", user.name())
            } else {
                "Your password was changed and you are signed in.".into()
            };
            Answer::new(start, text).send(&request)
        }
        Err(refused) => dead(context, &token, purpose, &refused.reason()?),
    }
}

#[derive(Template)]
#[template(path = "activation/renewed.html")]
struct Renewed {
    context: PageContext,
    email: String,
}

/// `POST /activate/{token}/mail`: a new mail to the same address, for an expired link.
pub async fn resend(
    _: Anyone,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let (mailer, now, secret) = (invitation_mailer(&request), app.clock.now(), token.clone());
    let (secrets, origin) = (app.secrets.clone(), Arc::new(web::request_origin(&request)));
    let renewed = app.db.write(move |writing| {
        let link = match open(writing, &secret, Purpose::Activate, now) {
            Err(Refused::By(Dead::Expired)) => {
                let token = Token::in_link(&secret).ok_or(Refused::By(Dead::Unknown))?;
                links::find(writing, &token)?.ok_or(Refused::By(Dead::Unknown))?
            }
            Err(other) => return Err(other),
            // It works: there is nothing to renew.
            Ok(_) => return Ok(None),
        };
        let t = &mut TenantConn::within(writing, link.tenant, origin, now);
        t.lock_users(&[link.user])?;
        let user = invitation(t, &link)?.user;
        if user.activated_at.is_some() {
            return Err(Refused::By(Dead::NotNeeded));
        }
        renew_invitation(t, &mailer, &secrets, &user)?.map_err(Error::TooMany)?;
        Ok(Some(user.email))
    });
    match renewed.await {
        Ok(Some(email)) => {
            app.post.notify();
            web::page(&Renewed { context, email })
        }
        Ok(None) => Ok(web::see_other(&Purpose::Activate.path(&token))),
        Err(refused) => dead(context, &token, Purpose::Activate, &refused.reason()?),
    }
}
