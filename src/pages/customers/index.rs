//! `/customers`: the list.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::list::{ListQuery, ListView, Slice, TotalCount};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::customers::listing::{self, Level};
use crate::model::customers::{Customer, SPEC, Step, paths_of};
use crate::services::jobs::{self, UnderWay};
use crate::tenancy::Total;
use crate::web::state::AppState;
use crate::web::{self, PageContext, TenantAdmin};

/// A row of a list of customers.
pub struct Row {
    pub customer: Customer,
    pub created: FormattedTime,
    pub users: Count,
    pub devices: Count,
    pub assets: Count,
    pub inner: Count,
    /// The way down to it, without itself; empty unless it is to be shown.
    pub parents: String,
}

impl Row {
    /// A row with the titles of the parents in front of it.
    pub fn new(context: &PageContext, customer: Customer, path: &[Step]) -> Self {
        let above = path.split_last().map_or(&[][..], |(_, above)| above);
        let parents = above.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
        Self {
            created: context.time(customer.created_at),
            users: customer.counts.users.into(),
            devices: customer.counts.devices.into(),
            assets: customer.counts.assets.into(),
            inner: customer.counts.inner_customers.into(),
            parents,
            customer,
        }
    }
}

#[derive(Template)]
#[template(path = "customers/index.html")]
struct Index {
    context: PageContext,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    under_way: Vec<UnderWay>,
}

/// What the Customers page shows, as read from the database.
pub(crate) struct Found {
    pub slice: Slice<Customer>,
    pub matches: TotalCount,
    /// The ways to those that are not at the top.
    pub paths: HashMap<CustomerId, Vec<Step>>,
    /// Customers at the top, and of every level.
    pub totals: (Count, Count),
    /// What is done to customers in the background.
    pub under_way: Vec<UnderWay>,
}

/// `GET /customers`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let registry = AppState::of(&request).jobs.clone();
    let found = admin
        .tenant
        .read(move |t| {
            let (slice, matches) = listing::list(t, &asked, Level::Top)?;
            let inner: Vec<_> = slice.rows.iter().filter(|row| row.parent_id.is_some()).map(|row| row.id).collect();
            let paths = paths_of(t, &inner)?;
            let top = match matches {
                // What is listed without a search is the top.
                TotalCount::Exactly(n) if asked.q.is_empty() => Count(n),
                _ => t.total(Total::TopCustomers)?.into(),
            };
            let totals = (top, t.total(Total::Customers)?.into());
            let under_way = jobs::under_way(t, &registry, "/customers")?;
            Ok::<_, Error>(Found { slice, matches, paths, totals, under_way })
        })
        .await?;
    show_index(context, &list, found)
}

/// The Customers page with what was found.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn show_index(context: PageContext, list: &ListQuery, found: Found) -> Result<HttpResponse, Error> {
    let Found { slice, matches, paths, totals: (top, all), under_way } = found;
    let mut view = ListView::new(&SPEC, list, &slice, matches, |row| listing::place(list, row)).exported(list);
    let none = Vec::new();
    let rows = slice.rows.into_iter().map(|customer| {
        let path = paths.get(&customer.id).unwrap_or(&none);
        Row::new(&context, customer, path)
    });
    let mut subtitle = top.of("customer", "customers");
    if all > top {
        subtitle = format!("{subtitle} ({all} including inner customers)");
    }
    if all > top && list.q.is_empty() {
        let every = list.export_url();
        let and = if every.contains('?') { '&' } else { '?' };
        view.exports.push(("Export all levels", format!("{every}{and}inner=yes")));
    }
    let rows = rows.collect();
    web::page(&Index { list: view, rows, subtitle, under_way, context })
}
