//! `/account/email`: another address of one's own, and the link that confirms one.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused};
use crate::base::forms::{self, Errors, Rejection};
use crate::base::text;
use crate::base::time::FormattedTime;
use crate::model::activation::{Dead, Purpose, open};
use crate::model::users::address_change::PendingAddress;
use crate::model::users::links::Link;
use crate::model::users::{self, InvitationMailer, Refusal, User, address_change};
use crate::pages::account;
use crate::pages::dead_link::dead;
use crate::pages::users::invitation_mailer;
use crate::tenancy::{TenantConn, rows};
use crate::web::state::AppState;
use crate::web::{self, Answer, Anyone, Form, Nothing, PageContext, SignedIn};

/// An address that waits to be confirmed, as shown.
pub struct Pending {
    pub email: String,
    pub until: FormattedTime,
}

impl Pending {
    /// How it is shown.
    pub fn of(context: &PageContext, pending: PendingAddress) -> Self {
        Self { email: pending.email, until: context.time(pending.until) }
    }
}

/// What is said once a link was mailed to another address.
pub fn asked(mailer: &InvitationMailer, user: &User, email: &str, until: Timestamp, now: Timestamp) -> String {
    let works = mailer.works_in_zone(until, now);
    format!("A link was mailed to {email}; it {works}. Until it is confirmed, {} stays the address.", user.email)
}

/// The address that somebody wants.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailForm {
    email: String,
}

/// `POST /account/email`: mails a link to another address of one's own.
pub async fn ask(
    person: SignedIn,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<EmailForm>,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let (mailer, typed) = (invitation_mailer(&request), form.email.clone());
    let asked = person.write(move |t, id| {
        let mut errors = Errors::new();
        let email = errors.require("email", forms::email("Email", &typed), "Enter an email address");
        if !errors.is_empty() {
            return Err(Refused::By(Rejection::Invalid(errors)));
        }
        let user = users::find(t, id)?;
        if text::address_key(&email) == text::address_key(&user.email) {
            return Err(Refused::By(Rejection::one("email", "Enter another email address; this is yours already")));
        }
        let until = address_change::ask(t, &mailer, &user, &email)?;
        Ok(Answer::new("/account", asked(&mailer, &user, &email, until, t.now)))
    });
    match asked.await {
        Ok(answer) => {
            app.post.notify();
            answer.send(&request)
        }
        Err(refused) => {
            let errors = refused.reason()?.into();
            account::with_email(&person, context, &request, &form.email, &errors).await
        }
    }
}

#[derive(Template)]
#[template(path = "account/confirm_email.html")]
struct Confirm {
    context: PageContext,
    user: User,
    email: String,
    tenant: String,
    action: String,
}

/// The link behind a token and what it confirms, while it works.
fn find(t: &mut TenantConn, link: &Link) -> Result<(User, String), Refused<Dead>> {
    address_change::asked(t, link)?.ok_or(Refused::By(Dead::Unknown))
}

/// `GET /account/email/{token}`: what the link confirms. Opening it changes nothing.
pub async fn show(
    _: Anyone,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let (secret, now) = (token.clone(), app.clock.now());
    let found = app.db.read(move |conn| {
        let link = open(conn, &secret, Purpose::ConfirmAddress, now)?;
        let t = &mut TenantConn::found(conn, link.tenant, now);
        let (user, email) = find(t, &link)?;
        Ok::<_, Refused<Dead>>((user, email, rows::title(t)?))
    });
    match found.await {
        Ok((user, email, tenant)) => {
            let action = Purpose::ConfirmAddress.path(&token);
            web::page(&Confirm { context, user, email, tenant, action })
        }
        Err(refused) => dead(context, &token, Purpose::ConfirmAddress, &refused.reason()?),
    }
}

/// `POST /account/email/{token}`: from now on the address counts.
pub async fn confirm(
    _: Anyone,
    request: HttpRequest,
    context: PageContext,
    token: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let (secret, now, mailer) = (token.clone(), app.clock.now(), invitation_mailer(&request));
    let origin = Arc::new(web::request_origin(&request));
    let confirmed = app.db.write(move |writing| {
        let link = open(writing, &secret, Purpose::ConfirmAddress, now)?;
        let t = &mut TenantConn::within(writing, link.tenant, origin, now);
        t.lock_users(&[link.user])?;
        let (before, email) = find(t, &link)?;
        match address_change::confirm(t, &mailer, &link, &before, &email) {
            Ok(user) => user.ok_or(Refused::By(Dead::Used)),
            Err(refused) => Err(refused.map(|why| match why {
                Refusal::AddressTaken => Dead::Taken,
                _ => Dead::Unknown,
            })),
        }
    });
    match confirmed.await {
        Ok(user) => {
            app.post.notify();
            let theirs = context.is_viewer(user.id);
            let text = format!("{} is your email address now. Sign in with it from now on.", user.email);
            Answer::new(if theirs { "/account" } else { "/sign-in" }, text).send(&request)
        }
        Err(refused) => dead(context, &token, Purpose::ConfirmAddress, &refused.reason()?),
    }
}
