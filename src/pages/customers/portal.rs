//! `/inner-customers`: what users of a customer see of those under it. Nothing beside or above their own customer is told,
//! not even that it is there.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::list::{ListQuery, ListSpec, ListView, Slice, TotalCount};
use crate::base::text::Count;
use crate::model::customers::listing::{self, column};
use crate::model::customers::{self, Customer, Overview, inner_at_all_levels};
use crate::pages::customers::index::Row;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Branch, Crumb, CustomerUser, PageContext};

const SPEC: ListSpec = ListSpec {
    columns: &[
        column("title", "Title", false),
        column("city", "City", false),
        column("country", "Country", false),
        column("devices", "Devices", true),
        column("created", "Created", false),
    ],
    sort: "title",
    filters: &[],
};

/// The address of a customer as its own users and those above it have it.
pub fn path(id: CustomerId) -> String {
    format!("/inner-customers/{id}")
}

/// A customer of the branch.
///
/// # Errors
/// `NotFound` when it is not in it.
pub fn find(t: &mut TenantConn, branch: Branch, id: CustomerId) -> Result<Overview, Error> {
    let found = customers::overview(t, id)?;
    if found.is_in_branch(branch.root) { Ok(found) } else { Err(Error::NotFound) }
}

/// What the page of one customer shows.
struct Found {
    customer: Customer,
    /// The way down to it within the branch.
    crumbs: Vec<Crumb>,
    slice: Slice<Customer>,
    matches: TotalCount,
    devices: Count,
    assets: Count,
    inner: Count,
}

fn look(t: &mut TenantConn, branch: Branch, id: CustomerId, list: &ListQuery) -> Result<Found, Error> {
    let Overview { customer, above, branch_devices, branch_assets, .. } = find(t, branch, id)?;
    let (slice, matches) = listing::list_inner(t, list, &customer)?;
    let below = above.into_iter().skip_while(|step| step.id != branch.root).skip(1);
    let crumbs = [Crumb::new("Inner customers", "/inner-customers")].into_iter();
    Ok(Found {
        crumbs: crumbs.chain(below.map(|step| Crumb::new(step.title, path(step.id)))).collect(),
        devices: branch_devices.into(),
        assets: branch_assets.into(),
        inner: inner_at_all_levels(t, &customer)?.into(),
        customer,
        slice,
        matches,
    })
}

#[derive(Template)]
#[template(path = "customers/portal.html")]
struct Index {
    context: PageContext,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    /// The one that the page is about, unless it is the reader's own.
    about: Option<Customer>,
    crumbs: Vec<Crumb>,
    devices: Count,
    assets: Count,
}

/// `GET /inner-customers`
pub async fn index(person: CustomerUser, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    page(person, context, request, None).await
}

/// `GET /inner-customers/{id}`
pub async fn show(
    person: CustomerUser,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    page(person, context, request, Some(id)).await
}

async fn page(
    person: CustomerUser,
    context: PageContext,
    request: HttpRequest,
    about: Option<CustomerId>,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let query = list.clone();
    let found = person.read(move |t, branch| look(t, branch, about.unwrap_or(branch.root), &query)).await?;
    let view = ListView::new(&SPEC, &list, &found.slice, found.matches, |row| listing::place(&list, row));
    let direct = Count::from(found.customer.counts.inner_customers);
    let mut subtitle = direct.of("inner customer", "inner customers");
    if found.inner > direct {
        subtitle = format!("{subtitle} ({} at all levels)", found.inner);
    }
    web::page(&Index {
        rows: found.slice.rows.into_iter().map(|customer| Row::new(&context, customer, &[])).collect(),
        about: about.is_some().then_some(found.customer),
        crumbs: found.crumbs,
        devices: found.devices,
        assets: found.assets,
        list: view,
        subtitle,
        context,
    })
}
