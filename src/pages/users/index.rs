//! `/users`, `/customers/{id}/users` and `/administrators`: the lists.

use std::collections::{BTreeSet, HashMap};

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, MailId};
use crate::base::list::{Chip, ListQuery, ListView, TotalCount};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::customers;
use crate::model::users::listing::{self, Filter, ROLES, STATUSES};
use crate::model::users::{Role, Status, User, UserList};
use crate::pages::customers::head::{self, Head};
use crate::pages::users::access::waits;
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
            Status::NotInvited => ("", "Not invited yet".into()),
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
    /// The customer they are a user of: address and title.
    pub customer: Option<(String, String)>,
    /// Whether an activation mail makes sense.
    pub waits: bool,
    /// Whether it is whoever looks, who cannot delete themselves.
    pub oneself: bool,
}

impl Row {
    fn new(context: &PageContext, user: User, found: &Found) -> Self {
        let of = user.role().customer();
        Self {
            customer: of.and_then(|id| Some((customers::path(id), found.titles.get(&id)?.clone()))),
            name: user.name(),
            pill: Pill::of(context, user.status(context.now)),
            mail: user.last_mail_id.and_then(|id| found.fates.get(&id)).map(|fate| MailView::of(context, fate)),
            last_sign_in: user.last_sign_in().map(|at| context.time(at)),
            created: context.time(user.created_at),
            waits: waits(&user, context.now),
            oneself: context.is_viewer(user.id),
            user,
        }
    }
}

/// What is shown of users beside themselves.
struct Found {
    /// The titles of their customers, where these are shown.
    titles: HashMap<CustomerId, String>,
    fates: HashMap<MailId, Fate>,
}

#[derive(Template)]
#[template(path = "users/index.html")]
struct Index {
    context: PageContext,
    of: UserList,
    /// The customer whose users they are, if it is one's.
    head: Option<Head>,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    status: String,
    role: String,
    customer: String,
    chips: Vec<Chip>,
}

impl Index {
    /// Whether they are of several customers, and each row says of which.
    fn is_of_all(&self) -> bool {
        self.of == UserList::Tenant
    }

    /// Whether rows can be selected: of administrators there are few.
    fn can_select(&self) -> bool {
        self.of != UserList::Of(Role::Administrator)
    }
}

/// The filters that are set, in words.
fn chips(list: &ListQuery, filter: &Filter) -> Vec<Chip> {
    let label = |known: &[(&str, &'static str)], name: &str| {
        known.iter().find(|(value, _)| Some(*value) == list.filter(name)).map(|(_, label)| *label)
    };
    let status = label(&STATUSES, "status").map(|label| (format!("Status: {label}"), "status"));
    let role = label(&ROLES, "role").map(|label| (format!("Role: {label}"), "role"));
    let customer = list.filter("customer").map(|_| (format!("Customer: {}", filter.customer), "customer"));
    let mail = label(&[("failed", "Mail failed")], "mail").map(|label| (label.to_owned(), "mail"));
    let all = [status, role, customer, mail].into_iter().flatten();
    all.map(|(label, name)| Chip::new(list, label, &[name])).collect()
}

/// `GET /users`, `GET /customers/{id}/users`, `GET /administrators`
pub async fn index(
    admin: TenantAdmin,
    of: UserList,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(of.spec(), &request);
    let asked = list.clone();
    let (head, filter, slice, matches, found) = admin
        .tenant
        .read(move |t| {
            let head = match of {
                UserList::Of(Role::CustomerUser(id)) => Some(head::head(t, id, "users")?),
                _ => None,
            };
            let users = head.as_ref().map(|head| head.customer.counts.users);
            let filter = Filter::new(t, &asked, of)?.of_size(users);
            let (slice, matches) = listing::list(t, &asked, &filter)?;
            let customers: BTreeSet<CustomerId> = match of {
                UserList::Tenant => slice.rows.iter().filter_map(|user| user.role().customer()).collect(),
                UserList::Of(_) => BTreeSet::new(),
            };
            let found = Found {
                titles: customers::titles_of(t, &customers.into_iter().collect::<Vec<_>>())?,
                fates: fates(t, slice.rows.iter().map(|user| user.last_mail_id))?,
            };
            Ok::<_, Error>((head, filter, slice, matches, found))
        })
        .await?;
    let view = ListView::new(of.spec(), &list, &slice, matches, |row| listing::place(&list, row)).exported(&list);
    let set = |name: &str| list.filter(name).unwrap_or_default().to_owned();
    web::page(&Index {
        chips: chips(&list, &filter),
        rows: slice.rows.into_iter().map(|user| Row::new(&context, user, &found)).collect(),
        subtitle: match view.total {
            TotalCount::Exactly(n) if !view.narrowed => Count(n).of("user", "users"),
            _ => String::new(),
        },
        status: set("status"),
        role: set("role"),
        customer: filter.customer,
        list: view,
        of,
        head,
        context,
    })
}

/// The way to the list of one customer's users or of the administrators, itself included.
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
