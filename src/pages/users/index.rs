//! The lists of users and the forms that add to them: `/customers/{id}/users`, and `/administrators`.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::MailId;
use crate::base::list::{Chip, ListView};
use crate::base::time::{DisplayZone, FormattedTime};
use crate::model::customers;
use crate::model::users::form::ActivationMethod;
use crate::model::users::invite::{count_mail, displayed_link, mailed_lately};
use crate::model::users::listing::{self, STATUSES};
use crate::model::users::rejections::{into_form_errors, with_taken_address};
use crate::model::users::{self, InvitationMailer, Role, SPEC, Status, User, UserForm, mail_invitation};
use crate::pages::customers::index::{self, Head};
use crate::pages::users::invitation_mailer;
use crate::services::mail::{Fate, fates};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, PageContext, TenantAdmin, idempotent};

/// A status as shown: its pill and words.
pub struct Pill {
    pub class: &'static str,
    pub words: String,
}

impl Pill {
    /// How a status is shown.
    pub fn of(context: &PageContext, status: Status) -> Self {
        let (class, words) = match status {
            Status::Invited(until) => ("wait", format!("Invited, expires {}", context.moment(until).words)),
            Status::InvitationExpired => ("bad", "Invitation expired".into()),
            Status::Active => ("ok", "Active".into()),
            Status::Disabled => ("", "Disabled".into()),
        };
        Self { class, words }
    }
}

/// What became of the last mail, as shown.
pub struct MailView {
    pub words: String,
    pub bad: bool,
    pub detail: String,
    pub when: Option<FormattedTime>,
}

impl MailView {
    /// How a fate is shown.
    pub fn of(context: &PageContext, fate: &Fate) -> Self {
        let view = |words: &str, bad, detail: &str, when: Option<Timestamp>| Self {
            words: words.to_owned(),
            bad,
            detail: detail.to_owned(),
            when: when.map(|at| context.moment(at)),
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
            last_sign_in: user.last_sign_in().map(|at| context.moment(at)),
            created: context.moment(user.created_at),
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

#[derive(Template)]
#[template(path = "users/new.html")]
struct New {
    context: PageContext,
    crumbs: Vec<Crumb>,
    title: &'static str,
    action: String,
    form: FormView,
}

/// `GET /customers/{id}/users`
pub async fn index(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    index_of(admin, context, request, Role::CustomerUser(parse_id(&id)?)).await
}

/// The list of users of a role.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn index_of(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    of: Role,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let (head, slice, matches, fates) = admin
        .tenant
        .read(move |t| {
            let head = of.customer().map(|id| index::head(t, id, "users")).transpose()?;
            let (slice, matches) = listing::list(t, &asked, of)?;
            let fates = fates(t, slice.rows.iter().map(|user| user.last_mail_id))?;
            Ok::<_, Error>((head, slice, matches, fates))
        })
        .await?;
    let view = ListView::new(&SPEC, &list, &slice, matches, |row| listing::place(&list, row)).exported(&list);
    let rows = slice.rows.into_iter().map(|user| Row::new(&context, user, &fates)).collect();
    let status = list.filter("status").unwrap_or_default().to_owned();
    let asked_for = STATUSES.into_iter().filter(|(value, _)| *value == status);
    let chips = asked_for.map(|(_, words)| Chip::new(&list, format!("Status: {words}"), &["status"])).collect();
    web::page(&Index { head, list: view, rows, statuses: STATUSES, status, chips, context })
}

/// `GET /customers/{id}/users/new`
pub async fn new(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    new_of(admin, context, request, Role::CustomerUser(parse_id(&id)?)).await
}

/// The empty form that adds a user of a role.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn new_of(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    of: Role,
) -> Result<HttpResponse, Error> {
    let crumbs = admin.tenant.read(move |t| crumbs(t, of)).await?;
    let form = UserForm { activation_method: "mail".into(), form_id: context.new_form_id(), ..Default::default() };
    web::page(&new_view(context, &request, crumbs, of, &form, &Errors::new()))
}

fn new_view(
    context: PageContext,
    request: &HttpRequest,
    crumbs: Vec<Crumb>,
    of: Role,
    form: &UserForm,
    errors: &Errors,
) -> New {
    let lifetime = invitation_mailer(AppState::of(request)).lifetime();
    let sections = form.new_sections(errors, &lifetime, context.mail_to_files);
    let view = FormView { sections, hidden: Vec::new() }.hide("form_id", form.form_id.clone());
    let title = match of {
        Role::Administrator => "Add administrator",
        Role::CustomerUser(_) => "Add user",
    };
    New { context, crumbs, title, action: of.list_path(), form: view }
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
            let mut crumbs = index::crumbs_to(t, Some(id))?;
            crumbs.push(Crumb::new("Users", of.list_path()));
            crumbs
        }
    })
}

/// `POST /customers/{id}/users`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<UserForm>,
) -> Result<HttpResponse, Error> {
    create_of(admin, context, request, Role::CustomerUser(parse_id(&id)?), form).await
}

/// Adds a user of a role.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn create_of(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    of: Role,
    form: UserForm,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let mailer = invitation_mailer(app);
    let (typed, zone) = (form.clone(), web::zone_of(&request));
    let added = idempotent(&admin, &request, (&form.form_id, &form), move |t| {
        if let Some(customer) = of.customer() {
            customers::find(t, customer)?;
        }
        let (draft, method) = match typed.parse_new() {
            Ok(meant) => meant,
            Err(errors) => return Err(Refused::By(with_taken_address(t, errors, &typed.email, None)?)),
        };
        if method == ActivationMethod::Mail {
            // By address: whoever was deleted is mailed no more often when they are added again.
            count_mail(t, &mailer, &draft.email).map_err(|refused| match refused {
                Refused::By(wait) => {
                    let words = mailed_lately(&draft.email, &zone.moment(t.now + wait.0, t.now));
                    Refused::By(Errors::one("activation_method", words + "; or display the link"))
                }
                Refused::Failed(error) => Refused::Failed(error),
            })?;
        }
        let user = users::insert(t, of, &draft).map_err(into_form_errors)?;
        Ok(invited(t, (&mailer, &zone), of, &user, method, !typed.again.is_empty())?)
    });
    let errors = match added.await {
        Ok(answer) => {
            app.post.ring();
            return answer.send(&request);
        }
        Err(Refused::By(errors)) => errors,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let crumbs = admin.tenant.read(move |t| crumbs(t, of)).await?;
    web::unprocessable(&new_view(context, &request, crumbs, of, &form, &errors))
}

/// Gives a new user their link, and says so.
fn invited(
    t: &mut TenantConn,
    (mailer, zone): (&InvitationMailer, &DisplayZone),
    of: Role,
    user: &User,
    method: ActivationMethod,
    again: bool,
) -> Result<Answer, Error> {
    Ok(match method {
        ActivationMethod::Mail => {
            let until = mail_invitation(t, mailer, user)?;
            let to = if again { format!("{}/new", of.list_path()) } else { of.list_path() };
            let name = user.name();
            let whom = if name == user.email { name } else { format!("{name} ({})", user.email) };
            let works = mailer.works(zone.moment(until, t.now));
            Answer::new(to, format!("{whom} was added. The activation mail is queued; its link {works}."))
        }
        ActivationMethod::Link => {
            let link = displayed_link(t, mailer, user)?;
            let mut answer =
                Answer::new(format!("{}/activation-link", user.path()), format!("{} was added.", user.name()));
            answer.flash.link = Some(link);
            answer
        }
    })
}
