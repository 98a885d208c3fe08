//! `/users/{id}`: the details of a user.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, Rejection};
use crate::base::id::UserId;
use crate::base::time::FormattedTime;
use crate::config::lifetimes::Lifetimes;
use crate::model::sessions::OpenSession;
use crate::model::users::rejections::all_wrong;
use crate::model::users::{self, Names, Status, User, UserForm, links, names, set_invited_until};
use crate::pages::conflict::{self, Edited};
use crate::pages::trace::Trace;
use crate::pages::users::SessionView;
use crate::pages::users::index::{MailView, Pill, crumbs};
use crate::pages::users::sessions::of_user as sessions_of;
use crate::services::mail::{Fate, fates};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, PageContext, Revision, Submitted, TenantAdmin};

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
    stored: Submitted<UserForm, Revision>,
    sessions: Vec<OpenSession>,
    crumbs: Vec<Crumb>,
    names: Names,
    fate: Option<Fate>,
}

fn details(t: &mut TenantConn, id: UserId, lifetimes: &Lifetimes) -> Result<Details, Error> {
    let user = users::find(t, id)?;
    let stored = Submitted::stored(user.version, UserForm::of(&user));
    let sessions = sessions_of(t, &user, lifetimes)?;
    let crumbs = crumbs(t, user.role())?;
    let names = names(t, [user.created_by, user.updated_by])?;
    let fate = fates(t, [user.last_mail_id])?.into_values().next();
    Ok(Details { user, stored, sessions, crumbs, names, fate })
}

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, context: PageContext, typed: Option<(Submitted<UserForm, Revision>, Errors)>) -> Show {
        let (sent, errors) = typed.unwrap_or((self.stored, Errors::new()));
        let user = self.user;
        let status = user.status(context.now);
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            name: user.name(),
            pill: Pill::of(&context, status),
            mail: self.fate.map(|fate| MailView::of(&context, &fate)),
            last_sign_in: user.last_sign_in().map(|at| context.time(at)),
            created: trace(user.created_at, user.created_by),
            updated: trace(user.updated_at, user.updated_by),
            waits: matches!(status, Status::Invited(_) | Status::InvitationExpired),
            activated: status == Status::Active,
            disabled: status == Status::Disabled,
            has_portal: user.role().customer().is_some() && status != Status::Disabled,
            sessions: SessionView::all(&context, self.sessions),
            oneself: context.is_viewer(user.id),
            form: sent.meta.view(sent.form.sections(&errors)),
            crumbs: self.crumbs,
            user,
            context,
        }
    }

    /// The page that lets one choose between what somebody else saved and what was typed.
    fn conflict(self, context: PageContext, sent: &Submitted<UserForm, Revision>) -> Result<HttpResponse, Error> {
        let edited = Edited {
            title: self.user.name(),
            path: self.user.path(),
            saved: Trace::new(&context, &self.names, self.user.updated_at, self.user.updated_by),
            crumbs: self.crumbs,
            stored: self.stored,
        };
        conflict::send(context, edited, &sent.opened(), &sent.form, |form| form.sections(&Errors::new()))
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
    sent: Submitted<UserForm, Revision>,
) -> Result<HttpResponse, Error> {
    let (id, typed) = (parse_id(&id)?, sent.clone());
    let rejection = match admin.tenant.write(move |t| save(t, id, &typed)).await {
        Ok(answer) => return answer.send(&request),
        Err(refused) => refused.reason()?,
    };
    let lifetimes = AppState::of(&request).config.sessions;
    let details = admin.tenant.read(move |t| details(t, id, &lifetimes)).await?;
    match rejection {
        Rejection::Invalid(errors) => web::unprocessable(&details.view(context, Some((sent, errors)))),
        Rejection::Stale => details.conflict(context, &sent),
    }
}

fn save(t: &mut TenantConn, id: UserId, sent: &Submitted<UserForm, Revision>) -> Result<Answer, Refused<Rejection>> {
    let before = users::find(t, id)?;
    let draft = all_wrong(t, sent.form.parse(), &sent.form.email, Some(id))?;
    let user = users::update(t, id, sent.meta.number(), &draft).map_err(|refused| refused.map(Rejection::from))?;
    let mut text = web::saved(&user.name(), user.version != before.version);
    if before.email != user.email {
        // They went to the earlier address, a link to reset the password too.
        links::end_all(t, id)?;
        if user.activated_at.is_none() {
            set_invited_until(t, id, None)?;
            text +=
                " Activation links for the earlier address no longer work; resend the activation mail to the new one.";
        }
    }
    Ok(Answer::new(user.path(), text))
}
