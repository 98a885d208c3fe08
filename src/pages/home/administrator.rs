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
use crate::web::state::AppState;
use crate::web::{self, PageContext, TenantAdmin};

/// Of each kind so many are named and so many counted.
const NAMED: usize = 5;
const COUNTED: usize = 100;

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
    named: Vec<Case>,
}

impl Cases {
    fn new(context: &PageContext, found: Vec<User>, one: &str, several: &str, expired: bool) -> Self {
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
        Self { label, named: found.into_iter().take(NAMED).map(case).collect() }
    }
}

#[derive(Template)]
#[template(path = "home/administrator.html")]
struct Show {
    context: PageContext,
    under_way: Vec<UnderWay>,
    cases: Vec<Cases>,
    dashboard: Option<Dashboard>,
    tiles: Vec<Tile>,
}

/// The page.
///
/// # Errors
/// What the queries say, or `Unavailable`.
pub async fn show(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let registry = AppState::of(&request).jobs.clone();
    let (under_way, expired, failed, board) = admin
        .tenant
        .read(move |t| {
            let most = COUNTED as i64 + 1;
            let (expired, failed) = (users::invitations_expired(t, most)?, users::mails_failed(t, most)?);
            let board = match home::of_tenant(t)? {
                Some(Home { dashboard, .. }) => {
                    let filled = dashboards::fill(t, Scope::Tenant, dashboard.widgets()?)?;
                    Some((dashboard, filled))
                }
                None => None,
            };
            Ok::<_, Error>((jobs::all_under_way(t, &registry)?, expired, failed, board))
        })
        .await?;
    let cases = [
        Cases::new(&context, expired, "invitation has expired", "invitations have expired", true),
        Cases::new(&context, failed, "mail could not be delivered", "mails could not be delivered", false),
    ];
    let (dashboard, filled) = board.unzip();
    web::page(&Show {
        cases: cases.into_iter().filter(|cases| !cases.named.is_empty()).collect(),
        tiles: tiles(&context, filled.unwrap_or_default(), true),
        under_way,
        dashboard,
        context,
    })
}
