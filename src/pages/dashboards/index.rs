//! `/dashboards`: all of the tenant for its administrators, for customer users those they may see.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::list::{ListQuery, ListSpec, ListView, Slice, TotalCount};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::dashboards::Dashboard;
use crate::model::dashboards::listing::{self, SEEN_SPEC, SPEC, Whose};
use crate::web::{self, PageContext, Reader};

/// A row of a list of dashboards.
pub struct Row {
    pub dashboard: Dashboard,
    pub customers: Count,
    pub created: FormattedTime,
}

impl Row {
    /// How a dashboard is shown in a list.
    pub fn new(context: &PageContext, dashboard: Dashboard) -> Self {
        let (customers, created) = (dashboard.customers_count.into(), context.time(dashboard.created_at));
        Self { dashboard, customers, created }
    }
}

/// What a list shows around its rows, and the rows.
pub fn viewed(
    context: &PageContext,
    spec: &ListSpec,
    list: &ListQuery,
    (slice, matches): (Slice<Dashboard>, TotalCount),
) -> (ListView, Vec<Row>) {
    let view = ListView::new(spec, list, &slice, matches, |row| listing::place(list, row));
    (view, slice.rows.into_iter().map(|row| Row::new(context, row)).collect())
}

#[derive(Template)]
#[template(path = "dashboards/index.html")]
struct Index {
    context: PageContext,
    list: ListView,
    rows: Vec<Row>,
    manages: bool,
}

/// `GET /dashboards`
pub async fn index(person: Reader, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let manages = person.is_administrator();
    let spec = if manages { &SPEC } else { &SEEN_SPEC };
    let list = web::list_query(spec, &request);
    let asked = list.clone();
    let found = person.read(move |t, branch| {
        let whose = branch.map_or(Whose::All, |branch| Whose::Branch(branch.root));
        listing::list(t, &asked, whose)
    });
    let (list, rows) = viewed(&context, spec, &list, found.await?);
    web::page(&Index { list, rows, manages, context })
}
