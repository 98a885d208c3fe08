//! `/account`: one's own profile, password and sessions.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::forms::{Choice, Errors, Field, FormView, Kind, Rejection};
use crate::base::id::UserId;
use crate::config::lifetimes::Lifetimes;
use crate::model::activation::user_inputs;
use crate::model::dashboards::{home, user_homes};
use crate::model::sessions::{CredentialVersion, NewSession, OpenSession};
use crate::model::users::address_change::{PendingAddress, pending_address};
use crate::model::users::{self, ProfileForm, User};
use crate::model::{self, customers};
use crate::pages;
use crate::pages::account_email::Pending;
use crate::pages::conflict::{self, Edited};
use crate::pages::sign_in::failed;
use crate::pages::trace::Trace;
use crate::pages::users::{Ended, SessionForm, SessionView, sessions};
use crate::services::password::{HashQueue, check_length, is_too_long};
use crate::services::rate_limit::{self, Bucket, CURRENT_PASSWORD, NEW_PASSWORDS, OWN_GUESSES};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, CustomerUser, Form, PageContext, Revision, SignedIn, Submitted, session_store};

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    context: PageContext,
    email: String,
    customer: Option<String>,
    profile: FormView,
    password: FormView,
    address: FormView,
    /// The address that is to be confirmed.
    pending: Option<Pending>,
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
    stored: Submitted<ProfileForm, Revision>,
    customer: Option<String>,
    sessions: Vec<OpenSession>,
    /// What can be chosen as home, and what is.
    homes: Option<(Vec<Choice>, String)>,
    pending: Option<PendingAddress>,
    /// The address that was typed.
    wanted: Option<String>,
}

fn read(t: &mut TenantConn, id: UserId, lifetimes: &Lifetimes) -> Result<Account, Error> {
    let user = users::find(t, id)?;
    let stored = Submitted::stored(user.version, ProfileForm::of(&user));
    let customer = user.role().customer().map(|id| customers::find(t, id)).transpose()?.map(|customer| customer.title);
    let sessions = sessions::of_user(t, &user, lifetimes)?;
    let homes = match user.role().customer() {
        Some(customer) => {
            let chosen = user_homes::home_of(t, id)?.map(|id| id.to_string()).unwrap_or_default();
            Some((home::choices_of(t, customer)?, chosen))
        }
        None => None,
    };
    let pending = pending_address(t, id)?;
    Ok(Account { user, stored, customer, sessions, homes, pending, wanted: None })
}

impl Account {
    /// The page, with what is wrong with one of its forms, and what was typed into the profile.
    fn view(self, context: PageContext, typed: Option<Submitted<ProfileForm, Revision>>, errors: &Errors) -> Show {
        let sent = typed.unwrap_or(self.stored);
        let profile = sent.meta.view(sent.form.sections(errors)).hide("user", self.user.id.to_string());
        let password = FormView::plain(vec![
            Field::password("current_password", "Current password", "current-password").with(errors),
            Field::password("password", "New password", "new-password")
                .hint("At least 12 characters. Use a few unrelated words. You will be signed out everywhere else.")
                .with(errors),
        ]);
        let sessions = SessionView::all(&context, self.sessions);
        let home = self.homes.map(|(choices, chosen)| {
            let field = Field::new("home_dashboard", "Home dashboard", Kind::Select(choices));
            let hint = "The first page you see. Leave it not set to use your customer’s.";
            FormView::plain(vec![field.hint(hint).value(chosen).with(errors)])
        });
        let address = Field::email("email", "Email")
            .autocomplete("email")
            .required()
            .hint("A link is mailed to another address. It is yours once you have opened the link and confirmed it.")
            .value(self.wanted.unwrap_or_else(|| self.user.email.clone()))
            .with(errors);
        Show {
            address: FormView::plain(vec![address]),
            pending: self.pending.map(|pending| Pending::of(&context, pending)),
            email: self.user.email,
            customer: self.customer,
            profile,
            password,
            home,
            sessions,
            context,
        }
    }
}

impl Account {
    /// The page that lets one choose between what was saved meanwhile and what was typed.
    fn conflict(
        self,
        context: PageContext,
        names: &users::Names,
        sent: &Submitted<ProfileForm, Revision>,
    ) -> Result<HttpResponse, Error> {
        let edited = Edited {
            title: "your profile".into(),
            path: "/account".into(),
            saved: Trace::new(&context, names, self.user.updated_at, self.user.updated_by),
            crumbs: vec![Crumb::new("Account", "/account")],
            stored: self.stored,
        };
        conflict::send(context, edited, &sent.opened(), &sent.form, |form| form.sections(&Errors::new()))
    }
}

/// `GET /account`
pub async fn show(person: SignedIn, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let lifetimes = AppState::of(&request).config.sessions;
    let account = person.read(move |t, id| read(t, id, &lifetimes)).await?;
    web::page(&account.view(context, None, &Errors::new()))
}

/// The page with what is wrong with another address that was typed.
///
/// # Errors
/// A template that cannot be rendered.
pub async fn with_email(
    person: &SignedIn,
    context: PageContext,
    request: &HttpRequest,
    typed: &str,
    errors: &Errors,
) -> Result<HttpResponse, Error> {
    let lifetimes = AppState::of(request).config.sessions;
    let account = person.read(move |t, id| read(t, id, &lifetimes)).await?;
    let account = Account { wanted: Some(typed.to_owned()), ..account };
    web::unprocessable(&account.view(context, None, errors))
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
            t.no_changes()?;
            return Ok::<_, Refused<String>>(false);
        }
        user_homes::set_home(t, id, home)?;
        let entry = Entry::of(Action::Change, &users::find(t, id)?);
        let entry = entry.change(home::HOME, before, home);
        audit::record(t, entry)?;
        Ok(true)
    });
    match saved.await {
        Ok(changed) => Answer::new("/account", web::saved("Your home dashboard", changed)).send(&request),
        Err(refused) => {
            let errors = Errors::one("home_dashboard", refused.reason()?);
            let lifetimes = AppState::of(&request).config.sessions;
            let account = person.read(move |t, _| read(t, id, &lifetimes)).await?;
            web::unprocessable(&account.view(context, None, &errors))
        }
    }
}

/// `POST /account`: saves the profile.
pub async fn update(
    person: SignedIn,
    context: PageContext,
    request: HttpRequest,
    sent: Submitted<ProfileForm, Revision>,
) -> Result<HttpResponse, Error> {
    let typed = sent.clone();
    let saved = person.write(move |t, id| {
        if typed.form.is_of_another(id) {
            return Err(Error::Forged.into());
        }
        let user = users::find(t, id)?;
        let draft = typed.form.parse(&user).map_err(|errors| Refused::By(Rejection::Invalid(errors)))?;
        let saved = users::update(t, id, typed.meta.number(), &draft);
        let now = saved.map_err(|refused| refused.map(Rejection::from))?;
        Ok::<_, Refused<Rejection>>(Answer::new("/account", web::saved("Your profile", now.version != user.version)))
    });
    let rejection = match saved.await {
        Ok(answer) => return answer.send(&request),
        Err(refused) => refused.reason()?,
    };
    let lifetimes = AppState::of(&request).config.sessions;
    let look = move |t: &mut TenantConn, id| {
        let account = read(t, id, &lifetimes)?;
        let names = users::names(t, [account.user.updated_by])?;
        Ok::<_, Error>((account, names))
    };
    let (account, names) = person.read(look).await?;
    match rejection {
        Rejection::Invalid(errors) => web::unprocessable(&account.view(context, Some(sent), &errors)),
        Rejection::Stale => account.conflict(context, &names, &sent),
    }
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
