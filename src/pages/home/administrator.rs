//! `/home` of an administrator: what needs attention, beside the tenant's home dashboard.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::dashboards::home::{self, Home};
use crate::model::dashboards::{self, Dashboard, Scope};
use crate::model::users::{self, User};
use crate::pages::dashboards::tiles::{Tile, tiles};
use crate::services::jobs::{self, UnderWay};
use crate::services::mail::Undelivered;
use crate::tenancy::{TenantConn, Total};
use crate::web::state::AppState;
use crate::web::{self, PageContext, TenantAdmin};

/// Of each kind so many are named and so many counted.
const NAMED: usize = 5;
const COUNTED: usize = 100;
/// Where all of them are listed.
const EXPIRED: &str = "/users?status=expired";
const FAILED: &str = "/users?mail=failed";

/// A user somebody should look after.
struct Case {
    name: String,
    path: String,
    /// When their invitation ran out.
    since: Option<FormattedTime>,
}

/// Cases of one kind.
struct Cases {
    label: String,
    /// The list of all of them.
    path: &'static str,
    named: Vec<Case>,
}

impl Cases {
    fn new(context: &PageContext, found: Vec<User>, (one, several): (&str, &str), path: &'static str) -> Self {
        let expired = path == EXPIRED;
        let n = found.len();
        let label = match n {
            n if n > COUNTED => format!("More than {} {several}", Count(COUNTED as u64)),
            n => Count(n as u64).of(one, several),
        };
        let case = |user: User| Case {
            name: user.name(),
            path: user.path(),
            since: user.invited_until.filter(|_| expired).map(|at| context.time(at)),
        };
        Self { label, path, named: found.into_iter().take(NAMED).map(case).collect() }
    }
}

/// Mail that does not get through at present.
struct MailStuck {
    label: String,
    /// When the first of it was queued.
    since: FormattedTime,
    /// What the mail server said of the last.
    problem: String,
}

impl MailStuck {
    fn new(context: &PageContext, tried_again: &[Undelivered]) -> Option<Self> {
        let (first, last) = (tried_again.first()?, tried_again.last()?);
        let label = match tried_again.len() {
            n if n > COUNTED => format!("More than {} mails are not getting through", Count(COUNTED as u64)),
            n => Count(n as u64).of("mail is not getting through", "mails are not getting through"),
        };
        Some(Self { label, since: context.time(first.created_at), problem: last.problem.clone() })
    }
}

/// What a tenant begins with, each step with whether it is done.
struct FirstSteps {
    customers: bool,
    devices: bool,
    users: bool,
}

impl FirstSteps {
    fn look(t: &mut TenantConn) -> Result<Self, Error> {
        let mut any = |of| Ok::<_, Error>(t.total(of)? > 0);
        Ok(Self { customers: any(Total::Customers)?, devices: any(Total::Devices)?, users: any(Total::Users)? })
    }
}

#[derive(Template)]
#[template(path = "home/administrator.html")]
struct Show {
    context: PageContext,
    under_way: Vec<UnderWay>,
    mail_stuck: Option<MailStuck>,
    cases: Vec<Cases>,
    /// Until the tenant has a home dashboard, which is the last of them.
    first_steps: Option<FirstSteps>,
    dashboard: Option<Dashboard>,
    tiles: Vec<Tile>,
}

/// The page.
///
/// # Errors
/// What the queries say, or `Unavailable`.
pub async fn show(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let registry = AppState::of(&request).jobs.clone();
    let (under_way, expired, mails, board, first_steps) = admin
        .tenant
        .read(move |t| {
            let most = COUNTED as i64 + 1;
            let (expired, mails) = (users::invitations_expired(t, most)?, users::mail_trouble(t, most)?);
            let board = match home::of_tenant(t)? {
                Some(Home { dashboard, .. }) => {
                    let filled = dashboards::fill(t, Scope::Tenant, dashboard.widgets()?)?;
                    Some((dashboard, filled))
                }
                None => None,
            };
            let first_steps = board.is_none().then(|| FirstSteps::look(t)).transpose()?;
            Ok::<_, Error>((jobs::all_under_way(t, &registry)?, expired, mails, board, first_steps))
        })
        .await?;
    let cases = [
        Cases::new(&context, expired, ("invitation has expired", "invitations have expired"), EXPIRED),
        Cases::new(&context, mails.given_up, ("mail could not be delivered", "mails could not be delivered"), FAILED),
    ];
    let (dashboard, filled) = board.unzip();
    web::page(&Show {
        mail_stuck: MailStuck::new(&context, &mails.tried_again),
        cases: cases.into_iter().filter(|cases| !cases.named.is_empty()).collect(),
        tiles: tiles(&context, filled.unwrap_or_default(), true),
        under_way,
        first_steps,
        dashboard,
        context,
    })
}
