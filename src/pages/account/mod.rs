//! `/account`: one's own profile, home, address, password and sessions.

pub mod email;
pub mod home_dashboard;
pub mod password;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Choice, Errors, Field, FormView, Kind, Rejection};
use crate::base::id::UserId;
use crate::config::lifetimes::Lifetimes;
use crate::model::customers;
use crate::model::dashboards::{home, user_homes};
use crate::model::sessions::OpenSession;
use crate::model::users::address_change::{PendingAddress, pending_address};
use crate::model::users::{self, ProfileForm, User};
use crate::pages;
use crate::pages::account::email::Pending;
use crate::pages::conflict::{self, Edited};
use crate::pages::trace::Trace;
use crate::pages::users::{Ended, SessionForm, SessionView, sessions};
use crate::tenancy::TenantConn;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, PageContext, Revision, SignedIn, Submitted};

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
