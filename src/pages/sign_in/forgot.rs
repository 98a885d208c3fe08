//! `/forgot-password`: the same answer for every address.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::base::error::Error;
use crate::base::forms::{Errors, Field, FormView};
use crate::base::text;
use crate::model::users;
use crate::model::users::invite::renew_invitation;
use crate::pages::users::invitation_mailer;
use crate::services::rate_limit::{self, Bucket, RESETS, RESETS_OF_NETWORK, RESETS_OF_SITE};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::known_browser::browser_of;
use crate::web::state::AppState;
use crate::web::{self, Anyone, Form, PageContext, client_address, networks};

/// The address of whoever forgot their password.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForgotForm {
    email: String,
}

#[derive(Template)]
#[template(path = "sign_in/forgot.html")]
struct Forgot {
    context: PageContext,
    form: FormView,
    sent: Option<String>,
}

/// `GET /forgot-password`
pub async fn new(_: Anyone, context: PageContext) -> Result<HttpResponse, Error> {
    web::page(&view(context, "", &Errors::new(), None))
}

fn view(context: PageContext, email: &str, errors: &Errors, sent: Option<String>) -> Forgot {
    let field = Field::email("email", "Email").autocomplete("username").required().value(email).with(errors);
    Forgot { context, form: FormView::plain(vec![field]), sent }
}

/// `POST /forgot-password`: the same answer for every address, in the same time: whether a mail goes out is found out
/// after the answer was given.
pub async fn send(
    _: Anyone,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<ForgotForm>,
) -> Result<HttpResponse, Error> {
    let email = match crate::base::forms::email("Email", &form.email) {
        Ok(email) if !email.is_empty() => email,
        Ok(_) => {
            let errors = Errors::one("email", "Enter your email address");
            return web::unprocessable(&view(context, &form.email, &errors, None));
        }
        Err(words) => {
            let errors = Errors::one("email", words);
            return web::unprocessable(&view(context, &form.email, &errors, None));
        }
    };
    let app = AppState::of(&request).clone();
    let buckets = buckets(&request, &email).await?;
    match rate_limit::take(&app.db, buckets, app.clock.now()).await {
        Ok(()) => {}
        Err(refused) => {
            let wait = refused.reason()?;
            let when = context.time(context.now + wait.0).text;
            let words = format!("Many links were asked for. Use the one in the latest mail, or ask again {when}");
            return web::too_many(&view(context, &email, &Errors::one("email", words), None), wait);
        }
    }
    let (address, origin) = (email.clone(), Arc::new(web::request_origin(&request)));
    let (mailer, secrets) = (invitation_mailer(&request), app.secrets.clone());
    actix_web::rt::spawn(async move {
        // Whoever asks again at once must not see by how long that takes whether a mail is being queued.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(20..300))).await;
        let now = app.clock.now();
        let queued = app.db.write(move |writing| {
            for person in users::by_address(writing, &address)? {
                let t = &mut TenantConn::within(writing, person.tenant, origin.clone(), now);
                t.lock_users(&[person.user])?;
                let user = users::find(t, person.user)?;
                users::mail_reset(t, &mailer, &user)?;
                audit::record(t, Entry::of(Action::ResetMail, &user))?;
            }
            for (tenant, user) in users::invited_by_address(writing, &address)? {
                let t = &mut TenantConn::within(writing, tenant, origin.clone(), now);
                t.lock_users(&[user])?;
                let user = users::find(t, user)?;
                if user.status(now).waits() {
                    // After too many they wait for those that were sent: the page says the same in any case.
                    _ = renew_invitation(t, &mailer, &secrets, &user)?;
                }
            }
            Ok::<_, Error>(())
        });
        match queued.await {
            Ok(()) => app.post.notify(),
            Err(error) => tracing::error!(%error, "a password reset mail could not be queued"),
        }
    });
    web::page(&view(context, "", &Errors::new(), Some(email)))
}

/// What a link is taken from: the address, and unless its user has signed in with this browser before, the network and its
/// site. Who is told to wait has had a link that works for longer than that.
async fn buckets(request: &HttpRequest, email: &str) -> Result<Vec<Bucket>, Error> {
    let app = AppState::of(request);
    let known = match browser_of(request) {
        Some(browser) => {
            let address = email.to_owned();
            !app.db.read(move |conn| browser.users(conn, &address)).await?.is_empty()
        }
        None => false,
    };
    let networks = client_address(request).filter(|_| !known).map(networks);
    let (line, site) = networks.map_or((None, None), |networks| (networks.line, networks.site));
    let line = line.map(|line| Bucket::of(&app.secrets, &RESETS_OF_NETWORK, &line));
    let site = site.map(|site| Bucket::of(&app.secrets, &RESETS_OF_SITE, &site));
    let address = Some(Bucket::of(&app.secrets, &RESETS, &text::address_key(email)));
    Ok([address, line, site].into_iter().flatten().collect())
}
