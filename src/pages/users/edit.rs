//! `/users/{id}`: the details of a user.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, ThreeWay};
use crate::base::id::UserId;
use crate::base::time::FormattedTime;
use crate::config::lifetimes::Lifetimes;
use crate::model::sessions::OpenSession;
use crate::model::users::rejections::{into_form_errors, with_taken_address};
use crate::model::users::{self, Names, Refusal, Status, User, UserForm, links, names, set_invited_until};
use crate::pages::trace::{Trace, name_for_reader};
use crate::pages::users::SessionView;
use crate::pages::users::index::{MailView, Pill, crumbs};
use crate::pages::users::sessions::of_user as sessions_of;
use crate::services::mail::{Fate, fates};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Conflict, Crumb, Form, PageContext, TenantAdmin};

#[derive(Template)]
#[template(path = "users/show.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    user: User,
    name: String,
    pill: Pill,
    mail: Option<MailView>,
    last_sign_in: Option<FormattedTime>,
    created: Trace,
    updated: Trace,
    form: FormView,
    /// Whether activation links make sense.
    waits: bool,
    activated: bool,
    disabled: bool,
    oneself: bool,
    /// Whether an administrator can look as them.
    has_portal: bool,
    sessions: Vec<SessionView>,
}

struct Details {
    user: User,
    sessions: Vec<OpenSession>,
    crumbs: Vec<Crumb>,
    names: Names,
    fate: Option<Fate>,
}

fn details(t: &mut TenantConn, id: UserId, lifetimes: &Lifetimes) -> Result<Details, Error> {
    let user = users::find(t, id)?;
    let sessions = sessions_of(t, &user, lifetimes)?;
    let crumbs = crumbs(t, user.role())?;
    let names = names(t, [user.created_by, user.updated_by])?;
    let fate = fates(t, [user.last_mail_id])?.into_values().next();
    Ok(Details { user, sessions, crumbs, names, fate })
}

impl Details {
    fn view(self, context: PageContext, typed: Option<(&UserForm, &Errors)>) -> Show {
        let stored = UserForm::of(&self.user);
        let nothing_wrong = Errors::new();
        let (form, errors) = typed.unwrap_or((&stored, &nothing_wrong));
        let base = typed.map_or_else(|| stored.as_base(), |(form, _)| form.base.clone());
        let view = FormView { sections: form.sections(errors), hidden: Vec::new() };
        let view = view.hide("version", form.version.clone()).hide("base", base);
        let user = self.user;
        let status = user.status(context.now);
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            name: user.name(),
            pill: Pill::of(&context, status),
            mail: self.fate.map(|fate| MailView::of(&context, &fate)),
            last_sign_in: user.last_sign_in().map(|at| context.moment(at)),
            created: trace(user.created_at, user.created_by),
            updated: trace(user.updated_at, user.updated_by),
            waits: matches!(status, Status::Invited(_) | Status::InvitationExpired),
            activated: status == Status::Active,
            disabled: status == Status::Disabled,
            has_portal: user.role().customer().is_some() && status != Status::Disabled,
            sessions: SessionView::all(&context, self.sessions),
            oneself: context.is_viewer(user.id),
            form: view,
            crumbs: self.crumbs,
            user,
            context,
        }
    }
}

/// `GET /users/{id}`
pub async fn show(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let (id, lifetimes) = (parse_id(&id)?, AppState::of(&request).config.sessions);
    let details = admin.tenant.read(move |t| details(t, id, &lifetimes)).await?;
    web::page(&details.view(context, None))
}

/// `POST /users/{id}`
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<UserForm>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let typed = form.clone();
    let saved = admin.tenant.write(move |t| {
        let before = users::find(t, id)?;
        let draft = match typed.parse() {
            Ok(draft) => draft,
            Err(errors) => return Err(Refused::By(Some(with_taken_address(t, errors, &typed.email, Some(id))?))),
        };
        let user = match users::update(t, id, typed.version.parse().unwrap_or(0), &draft) {
            Ok(user) => user,
            Err(Refused::By(Refusal::Stale)) => return Err(Refused::By(None)),
            Err(other) => {
                return Err(match into_form_errors(other) {
                    Refused::By(errors) => Refused::By(Some(errors)),
                    Refused::Failed(error) => Refused::Failed(error),
                });
            }
        };
        let mut text = web::saved(&user.name(), user.version != before.version);
        if before.email != user.email {
            // They went to the earlier address, a link to reset the password too.
            links::end_all(t, id)?;
            if user.activated_at.is_none() {
                set_invited_until(t, id, None)?;
                text += " Activation links for the earlier address no longer work; resend the activation mail to the \
                         new one.";
            }
        }
        Ok((user, text))
    });
    let errors = match saved.await {
        Ok((user, text)) => return Answer::new(user.path(), text).send(&request),
        Err(Refused::By(errors)) => errors,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let lifetimes = AppState::of(&request).config.sessions;
    let details = admin.tenant.read(move |t| details(t, id, &lifetimes)).await?;
    match errors {
        Some(errors) => web::unprocessable(&details.view(context, Some((&form, &errors)))),
        None => conflict(context, details, &form),
    }
}

fn conflict(context: PageContext, details: Details, yours: &UserForm) -> Result<HttpResponse, Error> {
    let none = Errors::new();
    let theirs = UserForm::of(&details.user);
    let sections = |form: &UserForm| form.sections(&none);
    let view = Conflict {
        by: name_for_reader(&context, &details.names, details.user.updated_by),
        when: context.moment(details.user.updated_at),
        title: details.user.name(),
        path: details.user.path(),
        hidden: [("version", theirs.version.clone()), ("base", theirs.as_base())],
        three_way: ThreeWay::compare(&sections(&yours.base()), &sections(&theirs), &sections(yours)),
        crumbs: details.crumbs,
        context,
    };
    view.send()
}
