//! `/account/password`: another password of one's own.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::forms::Errors;
use crate::model::activation::user_inputs;
use crate::model::sessions::{self, CredentialVersion, NewSession};
use crate::model::users::{self, links};
use crate::pages::account;
use crate::pages::sign_in::failed;
use crate::services::password::{HashQueue, check_length, is_too_long};
use crate::services::rate_limit::{self, Bucket, CURRENT_PASSWORD, NEW_PASSWORDS, OWN_GUESSES};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::state::AppState;
use crate::web::{self, Answer, Form, PageContext, SignedIn, session_store};

/// The old and the new password.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangePasswordForm {
    current_password: String,
    password: String,
}

/// What stands in the way of another password.
enum Unchanged {
    /// What is wrong with what was entered.
    Wrong(Errors),
    /// What was entered too often, and how long to wait.
    TooOften(&'static str, RetryAfter),
}

/// The hash of the new password, once the current one was right: until then the new one is not read. Whoever found a
/// browser that was left open cannot try for long.
async fn new_hash(
    request: &HttpRequest,
    person: &SignedIn,
    account: &account::Account,
    form: ChangePasswordForm,
    hash: Option<String>,
) -> Result<String, Refused<Unchanged>> {
    let (app, viewer) = (AppState::of(request), &person.viewer);
    let mut errors = Errors::new();
    if form.current_password.is_empty() {
        errors.add("current_password", "Enter your current password");
        if let Err(words) = check_length(&form.password) {
            errors.add("password", words);
        }
        return Err(Refused::By(Unchanged::Wrong(errors)));
    }
    let place = app.hasher.queue(HashQueue::user(viewer.tenant, viewer.user)).await?;
    let bucket = |quota| Bucket::of(&app.secrets, quota, &viewer.user.to_string());
    let tries = vec![bucket(&CURRENT_PASSWORD), bucket(&OWN_GUESSES)];
    let too_often = |what| move |refused: Refused<RetryAfter>| refused.map(|wait| Unchanged::TooOften(what, wait));
    rate_limit::take(&app.db, tries.clone(), app.clock.now()).await.map_err(too_often("current_password"))?;
    let current = if is_too_long(&form.current_password) { String::new() } else { form.current_password };
    let compared = async {
        let turn = place.acquire().await?;
        let same = turn.verify(current, vec![hash]).await? == [true];
        Ok::<_, Error>((turn, same))
    };
    let (turn, same) = match compared.await {
        Ok(compared) => compared,
        Err(error) => {
            // Who was not heard has not guessed.
            rate_limit::refund(&app.db, tries).await?;
            return Err(error.into());
        }
    };
    if !same {
        failed::record(request, vec![(viewer.tenant, viewer.user)]);
        errors.add("current_password", "The current password is incorrect");
        if let Err(words) = check_length(&form.password) {
            errors.add("password", words);
        }
        return Err(Refused::By(Unchanged::Wrong(errors)));
    }
    rate_limit::refund(&app.db, tries).await?;
    let wrong = |words| Refused::By(Unchanged::Wrong(Errors::one("password", words)));
    check_length(&form.password).map_err(wrong)?;
    let taken = rate_limit::take(&app.db, vec![bucket(&NEW_PASSWORDS)], app.clock.now()).await;
    taken.map_err(too_often("password"))?;
    let user_inputs = user_inputs(&account.user, &viewer.tenant_title, account.customer.as_deref());
    turn.check(form.password.clone(), user_inputs).await?.map_err(wrong)?;
    Ok(turn.hash(form.password).await?)
}

/// `POST /account/password`: asks for the current one, ends all other sessions and renews this one.
pub async fn update(
    person: SignedIn,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<ChangePasswordForm>,
) -> Result<HttpResponse, Error> {
    let lifetimes = AppState::of(&request).config.sessions;
    let look =
        move |t: &mut TenantConn, id| Ok::<_, Error>((account::read(t, id, &lifetimes)?, users::password_hash(t, id)?));
    let (account, hash) = person.read(look).await?;
    let compared = CredentialVersion::on(hash.as_deref().unwrap_or_default());
    let hash = match new_hash(&request, &person, &account, form, hash).await {
        Ok(hash) => hash,
        Err(refused) => match refused.reason()? {
            Unchanged::Wrong(errors) => return web::unprocessable(&account.view(context, None, &errors)),
            Unchanged::TooOften(field, wait) => {
                let when = context.time(context.now + wait.0).text;
                let what = if field == "password" { "New passwords were" } else { "Another password was" };
                let errors = Errors::one(field, format!("{what} entered too often; try again {when}"));
                return web::too_many(&account.view(context, None, &errors), wait);
            }
        },
    };
    let credential_version = CredentialVersion::on(&hash);
    let changed = person.write(move |t, id| {
        // Whoever knew the earlier password must not undo a change that was made while theirs was compared.
        if !compared.holds(t, id)? {
            return Ok(false);
        }
        users::set_password(t, id, &hash)?;
        links::end_all(t, id)?;
        sessions::end_sessions_of(t, id)?;
        let user = users::find(t, id)?;
        audit::record(t, Entry::of(Action::ChangePassword, &user))?;
        Ok::<_, Error>(true)
    });
    if !changed.await? {
        let errors = Errors::one("current_password", "Enter your current password; it was changed just now");
        return web::unprocessable(&account.view(context, None, &errors));
    }
    let viewer = &person.viewer;
    let (tenant, user, administrator) = (viewer.tenant, viewer.user, viewer.is_administrator());
    session_store::begin(&request, NewSession { tenant, user, administrator, credential_version })?;
    Answer::new("/account", "Your password was changed. Your other sessions have ended.").send(&request)
}
