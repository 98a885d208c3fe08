//! What an administrator does about a user's access: activation links, reset mails, disabling and enabling.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::time::{DisplayZone, FormattedTime};
use crate::model::users::invite::{count_mail, displayed_link, mailed_lately};
use crate::model::users::{self, InvitationMailer, Status, User, links, mail_invitation, mail_reset, store};
use crate::pages::users::index::crumbs;
use crate::pages::users::invitation_mailer;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, TenantAdmin, zone_of};

#[derive(Template)]
#[template(path = "users/activation_link.html")]
struct ActivationLink {
    context: PageContext,
    crumbs: Vec<Crumb>,
    user: User,
    name: String,
    link: Option<(String, FormattedTime)>,
    waits: bool,
}

/// `GET /users/{id}/activation-link`: the link that was just made, or the button that makes one.
pub async fn show_activation_link(
    admin: TenantAdmin,
    context: PageContext,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let made = context.flash.as_ref().and_then(|flash| flash.link.clone());
    let (user, crumbs, made) = admin
        .tenant
        .read(move |t| {
            let user = users::find(t, id)?;
            let mut crumbs = crumbs(t, user.role())?;
            crumbs.push(Crumb::new(user.name(), user.path()));
            // Two windows of one browser: the link may have been made for somebody else.
            let made = match made {
                Some(made) if links::is_for(t, &made.0, id)? => Some(made),
                _ => None,
            };
            Ok::<_, Error>((user, crumbs, made))
        })
        .await?;
    let link = made.map(|(link, until)| (link, context.time(until)));
    let waits = waits(&user, context.now);
    web::page(&ActivationLink { name: user.name(), user, crumbs, link, waits, context })
}

/// Whether activation links make sense for them.
pub fn waits(user: &User, now: Timestamp) -> bool {
    user.status(now).waits()
}

/// Does something about the user and answers what was done.
async fn act(
    admin: TenantAdmin,
    request: HttpRequest,
    id: &str,
    work: impl FnOnce(&mut TenantConn, &InvitationMailer, &User) -> Result<Answer, Error> + Send + 'static,
) -> Result<HttpResponse, Error> {
    let id = parse_id(id)?;
    let app = AppState::of(&request);
    let mailer = invitation_mailer(&request);
    let answer = admin.tenant.write(move |t| {
        t.lock_users(&[id])?;
        let user = users::find(t, id)?;
        work(t, &mailer, &user)
    });
    let answer = answer.await?;
    app.post.notify();
    answer.send(&request)
}

/// Counts a mail to a user, or says when the next can be sent.
fn too_many_mails(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    zone: &DisplayZone,
    user: &User,
) -> Result<Option<Answer>, Error> {
    match count_mail(t, mailer, &user.email) {
        Ok(()) => Ok(None),
        Err(refused) => {
            let next = zone.format(t.now + refused.reason()?.0, t.now);
            Ok(Some(Answer::refusal(user.path(), format!("{}.", mailed_lately(&user.email, &next)))))
        }
    }
}

/// `POST /users/{id}/activation-link`
pub async fn activation_link(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    act(admin, request, &id, |t, mailer, user| {
        if !waits(user, t.now) {
            return Ok(Answer::refusal(user.path(), format!("{} is already active.", user.name())));
        }
        let link = displayed_link(t, mailer, user)?;
        audit::record(t, Entry::of(Action::ActivationLink, user))?;
        let text = format!("A new activation link for {} was made.", user.name());
        let mut answer = Answer::new(format!("{}/activation-link", user.path()), text);
        answer.flash.link = Some(link);
        Ok(answer)
    })
    .await
}

/// `POST /users/{id}/activation-mail`
pub async fn activation_mail(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let zone = zone_of(&request);
    act(admin, request, &id, move |t, mailer, user| {
        if !waits(user, t.now) {
            return Ok(Answer::refusal(user.path(), format!("{} is already active.", user.name())));
        }
        if let Some(answer) = too_many_mails(t, mailer, &zone, user)? {
            return Ok(answer);
        }
        let until = mail_invitation(t, mailer, user)?;
        audit::record(t, Entry::of(Action::ActivationMail, user))?;
        let works = mailer.works(zone.format(until, t.now));
        Ok(Answer::new(user.path(), format!("A new activation mail to {} is queued; its link {works}.", user.email)))
    })
    .await
}

/// `POST /users/{id}/reset-mail`
pub async fn reset_mail(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let zone = zone_of(&request);
    act(admin, request, &id, move |t, mailer, user| {
        if user.status(t.now) != Status::Active {
            return Ok(Answer::refusal(user.path(), format!("{} has no password to reset.", user.name())));
        }
        if let Some(answer) = too_many_mails(t, mailer, &zone, user)? {
            return Ok(answer);
        }
        mail_reset(t, mailer, user)?;
        audit::record(t, Entry::of(Action::ResetMail, user))?;
        let text = format!("A password reset mail to {} is queued; its link works for 30 minutes.", user.email);
        Ok(Answer::new(user.path(), text))
    })
    .await
}

/// Whether somebody may sign in: `enabled` or `disabled`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessForm {
    access: String,
}

/// `POST /users/{id}/access`
pub async fn update(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<AccessForm>,
) -> Result<HttpResponse, Error> {
    let disabled = match form.access.as_str() {
        "disabled" => true,
        "enabled" => false,
        _ => return Err(Error::BadRequest("Nothing was changed: access is either enabled or disabled.".into())),
    };
    act(admin, request, &id, move |t, _, user| {
        let done = match (disabled, user.disabled_at.is_some()) {
            (true, false) => "was disabled and signed out everywhere.",
            (false, true) => "was enabled.",
            (true, true) => "is disabled already; nothing was changed.",
            (false, false) => "is enabled already; nothing was changed.",
        };
        Ok(match store::set_disabled(t, user, disabled) {
            Ok(()) => Answer::new(user.path(), format!("{} {done}", user.name())),
            Err(refused) => Answer::refusal(user.path(), refused.reason()?.sentence("disable")),
        })
    })
    .await
}
