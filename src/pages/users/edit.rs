//! `/users/{id}`: the details of a user.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, Rejection};
use crate::base::id::UserId;
use crate::base::text;
use crate::base::time::FormattedTime;
use crate::config::lifetimes::Lifetimes;
use crate::model::sessions::OpenSession;
use crate::model::users::address_change::PendingAddress;
use crate::model::users::rejections::{all_wrong, with_holder};
use crate::model::users::{
    self, InvitationMailer, Names, Status, User, UserForm, address_change, links, names, set_invited_until,
};
use crate::pages::account::email::{Pending, asked};
use crate::pages::conflict::{self, Edited};
use crate::pages::trace::Trace;
use crate::pages::users::index::{MailView, Pill, crumbs};
use crate::pages::users::new::gone;
use crate::pages::users::sessions::of_user as sessions_of;
use crate::pages::users::{SessionView, invitation_mailer};
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
    /// The address that is to be confirmed.
    pending: Option<Pending>,
}

struct Details {
    user: User,
    stored: Submitted<UserForm, Revision>,
    sessions: Vec<OpenSession>,
    crumbs: Vec<Crumb>,
    names: Names,
    fate: Option<Fate>,
    pending: Option<PendingAddress>,
}

fn details(t: &mut TenantConn, id: UserId, lifetimes: &Lifetimes) -> Result<Details, Error> {
    let user = users::find(t, id)?;
    let stored = Submitted::stored(user.version, UserForm::of(&user));
    let sessions = sessions_of(t, &user, lifetimes)?;
    let crumbs = crumbs(t, user.role())?;
    let names = names(t, [user.created_by, user.updated_by])?;
    let fate = fates(t, [user.last_mail_id])?.into_values().next();
    let pending = address_change::pending_address(t, id)?;
    Ok(Details { user, stored, sessions, crumbs, names, fate, pending })
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
            waits: status.waits(),
            activated: status == Status::Active,
            disabled: status == Status::Disabled,
            has_portal: user.role().customer().is_some() && status != Status::Disabled,
            sessions: SessionView::all(&context, self.sessions),
            pending: self.pending.map(|pending| Pending::of(&context, pending)),
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
    let (id, typed, mailer) = (parse_id(&id)?, sent.clone(), invitation_mailer(&request));
    let rejection = match admin.tenant.write(move |t| save(t, id, &typed, &mailer)).await {
        Ok(answer) => {
            AppState::of(&request).post.notify();
            return answer.send(&request);
        }
        Err(refused) => match refused.reason() {
            Err(Error::NotFound) => {
                return gone(context, "This user", sent.meta.view(sent.form.sections(&Errors::new())));
            }
            reason => reason?,
        },
    };
    let lifetimes = AppState::of(&request).config.sessions;
    let details = admin.tenant.read(move |t| details(t, id, &lifetimes)).await?;
    match rejection {
        Rejection::Invalid(errors) => {
            let email = sent.form.email.clone();
            let errors = admin.tenant.read(move |t| with_holder(t, errors, &email)).await?;
            web::unprocessable(&details.view(context, Some((sent, errors))))
        }
        Rejection::Stale => details.conflict(context, &sent),
    }
}

fn save(
    t: &mut TenantConn,
    id: UserId,
    sent: &Submitted<UserForm, Revision>,
    mailer: &InvitationMailer,
) -> Result<Answer, Refused<Rejection>> {
    let before = users::find(t, id)?;
    let mut draft = all_wrong(t, sent.form.parse(), &sent.form.email, Some(id))?;
    // Of somebody who has activated it is kept until the new one is confirmed.
    let moves = before.activated_at.is_some() && text::address_key(&before.email) != text::address_key(&draft.email);
    let wanted = moves.then(|| std::mem::replace(&mut draft.email, before.email.clone()));
    let user = users::update(t, id, sent.meta.number(), &draft).map_err(|refused| refused.map(Rejection::from))?;
    let changed = user.version != before.version;
    if let Some(email) = wanted {
        let until = address_change::ask(t, mailer, &user, &email)?;
        let saved = if changed { web::saved(&user.name(), true) + " " } else { String::new() };
        return Ok(Answer::new(user.path(), saved + &asked(mailer, &user, &email, until, t.now)));
    }
    let mut text = web::saved(&user.name(), changed);
    if text::address_key(&before.email) != text::address_key(&user.email) {
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
