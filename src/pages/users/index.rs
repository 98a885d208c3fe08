//! `/customers/{id}/users` and `/administrators`: the lists.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::MailId;
use crate::base::list::{Chip, ListView};
use crate::base::time::FormattedTime;
use crate::model::customers;
use crate::model::users::listing::{self, STATUSES};
use crate::model::users::{Role, SPEC, Status, User};
use crate::pages::customers::head::{self, Head};
use crate::services::mail::{Fate, fates};
use crate::tenancy::TenantConn;
use crate::web::{self, Crumb, PageContext, TenantAdmin};

/// A status as shown: its pill and words.
pub struct Pill {
    pub class: &'static str,
    pub label: String,
}

impl Pill {
    /// How a status is shown.
    pub fn of(context: &PageContext, status: Status) -> Self {
        let (class, label) = match status {
            Status::Invited(until) => ("wait", format!("Invited, expires {}", context.time(until).text)),
            Status::InvitationExpired => ("bad", "Invitation expired".into()),
            Status::Active => ("ok", "Active".into()),
            Status::Disabled => ("", "Disabled".into()),
        };
        Self { class, label }
    }
}

/// What became of the last mail, as shown.
pub struct MailView {
    pub label: String,
    pub bad: bool,
    pub detail: String,
    pub when: Option<FormattedTime>,
}

impl MailView {
    /// How a fate is shown.
    pub fn of(context: &PageContext, fate: &Fate) -> Self {
        let view = |label: &str, bad, detail: &str, when: Option<Timestamp>| Self {
            label: label.to_owned(),
            bad,
            detail: detail.to_owned(),
            when: when.map(|at| context.time(at)),
        };
        match fate {
            Fate::Queued => view("Mail queued", false, "", None),
            Fate::Sent(at) if context.mail_to_files => view("Mail written to a file", false, "", Some(*at)),
            Fate::Sent(at) => view("Mail sent", false, "", Some(*at)),
            Fate::Retried { problem, at } => view("Mail failed, tried again", true, problem, Some(*at)),
            Fate::Failed { problem } => view("Mail failed", true, problem, None),
        }
    }
}

/// A row of a list of users.
pub struct Row {
    pub user: User,
    pub name: String,
    pub pill: Pill,
    pub mail: Option<MailView>,
    pub last_sign_in: Option<FormattedTime>,
    pub created: FormattedTime,
    /// Whether it is whoever looks, who cannot delete themselves.
    pub oneself: bool,
}

impl Row {
    fn new(context: &PageContext, user: User, fates: &HashMap<MailId, Fate>) -> Self {
        Self {
            name: user.name(),
            pill: Pill::of(context, user.status(context.now)),
            mail: user.last_mail_id.and_then(|id| fates.get(&id)).map(|fate| MailView::of(context, fate)),
            last_sign_in: user.last_sign_in().map(|at| context.time(at)),
            created: context.time(user.created_at),
            oneself: context.is_viewer(user.id),
            user,
        }
    }
}

#[derive(Template)]
#[template(path = "users/index.html")]
struct Index {
    context: PageContext,
    /// The customer whose users they are; none for administrators.
    head: Option<Head>,
    list: ListView,
    rows: Vec<Row>,
    statuses: [(&'static str, &'static str); 4],
    status: String,
    chips: Vec<Chip>,
}

/// `GET /customers/{id}/users`, `GET /administrators`
pub async fn index(
    admin: TenantAdmin,
    of: Role,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let (head, slice, matches, fates) = admin
        .tenant
        .read(move |t| {
            let head = of.customer().map(|id| head::head(t, id, "users")).transpose()?;
            let (slice, matches) = listing::list(t, &asked, of)?;
            let fates = fates(t, slice.rows.iter().map(|user| user.last_mail_id))?;
            Ok::<_, Error>((head, slice, matches, fates))
        })
        .await?;
    let view = ListView::new(&SPEC, &list, &slice, matches, |row| listing::place(&list, row)).exported(&list);
    let rows = slice.rows.into_iter().map(|user| Row::new(&context, user, &fates)).collect();
    let status = list.filter("status").unwrap_or_default().to_owned();
    let asked_for = STATUSES.into_iter().filter(|(value, _)| *value == status);
    let chips = asked_for.map(|(_, label)| Chip::new(&list, format!("Status: {label}"), &["status"])).collect();
    web::page(&Index { head, list: view, rows, statuses: STATUSES, status, chips, context })
}

/// The way to a list of users, itself included.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn crumbs(t: &mut TenantConn, of: Role) -> Result<Vec<Crumb>, Error> {
    Ok(match of {
        Role::Administrator => vec![Crumb::new("Administrators", "/administrators")],
        Role::CustomerUser(id) => {
            customers::find(t, id)?;
            let mut crumbs = head::crumbs_to(t, Some(id))?;
            crumbs.push(Crumb::new("Users", of.list_path()));
            crumbs
        }
    })
}
