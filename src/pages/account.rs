//! `/account`: one's own profile, password and sessions.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::forms::{Choice, Errors, Field, FormView, Kind, ThreeWay};
use crate::base::id::UserId;
use crate::config::lifetimes::Lifetimes;
use crate::model::activation::user_inputs;
use crate::model::dashboards::{home, user_homes};
use crate::model::sessions::{CredentialVersion, NewSession, OpenSession};
use crate::model::users::{self, ProfileForm, Refusal, User};
use crate::model::{self, customers};
use crate::pages;
use crate::pages::sign_in::failed;
use crate::pages::trace::name_for_reader;
use crate::pages::users::{Ended, SessionForm, SessionView, sessions};
use crate::services::password::{HashQueue, check_length, is_too_long};
use crate::services::rate_limit::{self, Bucket, CURRENT_PASSWORD, NEW_PASSWORDS, OWN_GUESSES};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::state::AppState;
use crate::web::{self, Answer, Conflict, Crumb, CustomerUser, Form, PageContext, SignedIn, session_store};

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    context: PageContext,
    email: String,
    customer: Option<String>,
    profile: FormView,
    password: FormView,
    /// What a customer user sees at first; none for administrators.
    home: Option<FormView>,
    sessions: Vec<SessionView>,
}

impl Show {
    fn home_has_errors(&self) -> bool {
        self.home.as_ref().is_some_and(FormView::has_errors)
    }
}

struct Account {
    user: User,
    customer: Option<String>,
    sessions: Vec<OpenSession>,
    /// What can be chosen as home, and what is.
    homes: Option<(Vec<Choice>, String)>,
}

fn read(t: &mut TenantConn, id: UserId, lifetimes: &Lifetimes) -> Result<Account, Error> {
    let user = users::find(t, id)?;
    let customer = user.role().customer().map(|id| customers::find(t, id)).transpose()?.map(|customer| customer.title);
    let sessions = sessions::of_user(t, &user, lifetimes)?;
    let homes = match user.role().customer() {
        Some(customer) => {
            let chosen = user_homes::home_of(t, id)?.map(|id| id.to_string()).unwrap_or_default();
            Some((home::choices_of(t, customer)?, chosen))
        }
        None => None,
    };
    Ok(Account { user, customer, sessions, homes })
}

impl Account {
    fn view(self, context: PageContext, typed: Option<&ProfileForm>, errors: &Errors) -> Show {
        let stored = ProfileForm::of(&self.user);
        let form = typed.unwrap_or(&stored);
        let base = typed.map_or_else(|| stored.as_base(), |form| form.base.clone());
        let profile = FormView { sections: form.sections(errors), hidden: Vec::new() };
        let profile = profile.hide("version", form.version.clone()).hide("base", base);
        let profile = profile.hide("user", stored.user);
        let password = FormView::plain(vec![
            Field::password("current_password", "Current password", "current-password").with(errors),
            Field::password("password", "New password", "new-password")
                .hint("At least 12 characters. Several unrelated words make a good one. Your other sessions end.")
                .with(errors),
        ]);
        let sessions = SessionView::all(&context, self.sessions);
        let home = self.homes.map(|(choices, chosen)| {
            let field = Field::new("home_dashboard", "Home dashboard", Kind::Select(choices));
            let hint = "What you see first; without a choice, what is set for your customer";
            FormView::plain(vec![field.hint(hint).value(chosen).with(errors)])
        });
        Show { email: self.user.email, customer: self.customer, profile, password, home, sessions, context }
    }
}

/// `GET /account`
pub async fn show(person: SignedIn, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let lifetimes = AppState::of(&request).config.sessions;
    let account = person.read(move |t, id| read(t, id, &lifetimes)).await?;
    web::page(&account.view(context, None, &Errors::new()))
}

/// The home that somebody chooses for themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HomeForm {
    home_dashboard: String,
}

/// `POST /account/home`: a customer user chooses what they see first.
pub async fn update_home(
    person: CustomerUser,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<HomeForm>,
) -> Result<HttpResponse, Error> {
    let id = person.viewer.user;
    let saved = person.write(move |t, branch| {
        let home = home::chosen_by(t, &form.home_dashboard, branch.root)?.map_err(Refused::By)?;
        let before = user_homes::home_of(t, id)?;
        if before == home {
            t.nothing_changed()?;
            return Ok(false);
        }
        user_homes::set_home(t, id, home)?;
        let entry = Entry::of(Action::Change, &users::find(t, id)?);
        let entry = entry.change(home::HOME, before, home);
        audit::record(t, entry)?;
        Ok(true)
    });
    match saved.await {
        Ok(changed) => Answer::new("/account", web::saved("Your home dashboard", changed)).send(&request),
        Err(Refused::By(words)) => {
            let lifetimes = AppState::of(&request).config.sessions;
            let account = person.read(move |t, _| read(t, id, &lifetimes)).await?;
            web::unprocessable(&account.view(context, None, &Errors::one("home_dashboard", words)))
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// `POST /account`: saves the profile.
pub async fn update(
    person: SignedIn,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<ProfileForm>,
) -> Result<HttpResponse, Error> {
    let typed = form.clone();
    let saved = person.write(move |t, id| {
        if typed.is_of_another(id) {
            return Err(Error::Forged.into());
        }
        let user = users::find(t, id)?;
        let draft = typed.parse(&user).map_err(|errors| Refused::By(Some(errors)))?;
        match users::update(t, id, typed.version.parse().unwrap_or(0), &draft) {
            Ok(now) => Ok(now.version != user.version),
            Err(Refused::By(Refusal::Stale)) => Err(Refused::By(None)),
            Err(Refused::By(_)) => Err(Refused::By(Some(Errors::new()))),
            Err(Refused::Failed(error)) => Err(Refused::Failed(error)),
        }
    });
    let errors = match saved.await {
        Ok(changed) => return Answer::new("/account", web::saved("Your profile", changed)).send(&request),
        Err(Refused::By(errors)) => errors,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let lifetimes = AppState::of(&request).config.sessions;
    let account = person.read(move |t, id| read(t, id, &lifetimes)).await?;
    if let Some(errors) = errors {
        return web::unprocessable(&account.view(context, Some(&form), &errors));
    }
    let changed_by = account.user.updated_by;
    let names = person.read(move |t, _| users::names(t, [changed_by])).await?;
    let theirs = ProfileForm::of(&account.user);
    let none = Errors::new();
    let sections = |form: &ProfileForm| form.sections(&none);
    let view = Conflict {
        by: name_for_reader(&context, &names, changed_by),
        when: context.moment(account.user.updated_at),
        title: "your profile".into(),
        path: "/account".into(),
        hidden: [("version", theirs.version.clone()), ("base", theirs.as_base())],
        three_way: ThreeWay::compare(&sections(&form.base()), &sections(&theirs), &sections(&form)),
        crumbs: vec![Crumb::new("Account", "/account")],
        context,
    };
    view.send()
}

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
    account: &Account,
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
    let too_often = |what| {
        move |refused: Refused<RetryAfter>| match refused {
            Refused::By(wait) => Refused::By(Unchanged::TooOften(what, wait)),
            Refused::Failed(error) => Refused::Failed(error),
        }
    };
    rate_limit::take(&app.db, tries.clone(), app.clock.now()).await.map_err(too_often("current_password"))?;
    let current = if is_too_long(&form.current_password) { String::new() } else { form.current_password };
    let compared = async {
        let turn = place.turn().await?;
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
        errors.add("current_password", "Enter your current password; this is another one");
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
pub async fn update_password(
    person: SignedIn,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<ChangePasswordForm>,
) -> Result<HttpResponse, Error> {
    let lifetimes = AppState::of(&request).config.sessions;
    let look = move |t: &mut TenantConn, id| Ok::<_, Error>((read(t, id, &lifetimes)?, users::password_hash(t, id)?));
    let (account, hash) = person.read(look).await?;
    let compared = CredentialVersion::on(hash.as_deref().unwrap_or_default());
    let hash = match new_hash(&request, &person, &account, form, hash).await {
        Ok(hash) => hash,
        Err(Refused::By(Unchanged::Wrong(errors))) => {
            return web::unprocessable(&account.view(context, None, &errors));
        }
        Err(Refused::By(Unchanged::TooOften(field, wait))) => {
            let when = context.moment(context.now + wait.0).words;
            let what = if field == "password" { "New passwords were" } else { "Another password was" };
            let errors = Errors::one(field, format!("{what} entered too often; try again {when}"));
            return web::too_many(&account.view(context, None, &errors), wait);
        }
        Err(Refused::Failed(error)) => return Err(error),
    };
    let credential_version = CredentialVersion::on(&hash);
    let changed = person.write(move |t, id| {
        // Whoever knew the earlier password must not undo a change that was made while theirs was compared.
        if !compared.holds(t, id)? {
            return Ok(false);
        }
        users::set_password(t, id, &hash)?;
        crate::model::users::links::end_all(t, id)?;
        model::sessions::end_sessions_of(t, id)?;
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

/// `POST /account/sessions`: signs out one of one's sessions, or all.
pub async fn end_session(
    person: SignedIn,
    request: HttpRequest,
    Form(form): Form<SessionForm>,
) -> Result<HttpResponse, Error> {
    let (own, lifetimes) = (person.viewer.session.clone(), AppState::of(&request).config.sessions);
    let ended = person.write(move |t, id| {
        let user = users::find(t, id)?;
        form.end(t, &user, &lifetimes, &own)
    });
    match ended.await? {
        Ended::All | Ended::One(_, true) => pages::users::signed_out(&request),
        Ended::One(agent, false) => Answer::new("/account", format!("{agent} was signed out.")).send(&request),
        Ended::Nothing => Answer::refusal("/account", "That session had ended already.").send(&request),
    }
}
