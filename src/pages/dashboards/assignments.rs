//! `/dashboards/{id}/customers` and `/customers/{id}/dashboards`: to whom a dashboard is assigned, and which ones a
//! customer has; assigning more from either side, and taking them back.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{ListQuery, ListView, searched};
use crate::base::text::Count;
use crate::model::customers::listing::{self as customer_listing, ASSIGNED_SPEC, Level};
use crate::model::customers::{self, Customer, paths_of};
use crate::model::dashboards::assignments::{Change, record_of_customer, record_of_dashboard};
use crate::model::dashboards::listing::{self, SPEC, Whose};
use crate::model::dashboards::{self, Dashboard};
use crate::pages::customers::head::{Head, head};
use crate::pages::customers::index::Row as CustomerRow;
use crate::pages::dashboards::index::{Row, viewed};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Answer, BACK, Crumb, PageContext, Selection, TenantAdmin, carried_back, list_back};

/// Whose page an address is.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// The customers of a dashboard.
    Dashboard(DashboardId),
    /// The dashboards of a customer.
    Customer(CustomerId),
}

impl FromRequest for Side {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut parts = request.path().split('/').skip(1);
        let (of, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        ready(match of {
            "dashboards" => parse_id(id).map(Self::Dashboard),
            "customers" => parse_id(id).map(Self::Customer),
            _ => Err(Error::NotFound),
        })
    }
}

/// Of whom what is listed.
enum Listed {
    Customers(Dashboard, Vec<CustomerRow>),
    Dashboards(Box<Head>, Vec<Row>),
}

#[derive(Template)]
#[template(path = "dashboards/assignments.html")]
struct Assignments {
    context: PageContext,
    crumbs: Vec<Crumb>,
    list: ListView,
    listed: Listed,
    /// What is listed, as a heading.
    label: &'static str,
    /// The address of what is assigned.
    path: String,
    /// Whether those are listed that can be assigned.
    choosing: bool,
    /// The list to go back to, as it was.
    back: String,
}

/// The lists that are gone back to.
const LISTS: [&str; 2] = ["/dashboards/*/customers", "/customers/*/dashboards"];

/// `GET /dashboards/{id}/customers`, `GET /customers/{id}/dashboards`
pub async fn index(
    admin: TenantAdmin,
    side: Side,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    web::page(&Assignments::load(&admin, side, context, &request, false).await?)
}

/// `GET /dashboards/{id}/customers/assign`, `GET /customers/{id}/dashboards/assign`
pub async fn select(
    admin: TenantAdmin,
    side: Side,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    web::page(&Assignments::load(&admin, side, context, &request, true).await?)
}

impl Assignments {
    fn caption(&self) -> &'static str {
        if self.choosing { "Not assigned" } else { self.label }
    }

    async fn load(
        admin: &TenantAdmin,
        side: Side,
        context: PageContext,
        request: &HttpRequest,
        choosing: bool,
    ) -> Result<Self, Error> {
        let spec = if matches!(side, Side::Dashboard(_)) { &ASSIGNED_SPEC } else { &SPEC };
        let mut list = web::list_query(spec, request);
        if choosing {
            list = list.along(BACK, carried_back(request, &LISTS));
        }
        match side {
            Side::Dashboard(id) => Self::of_dashboard(admin, id, context, list, choosing).await,
            Side::Customer(id) => Self::of_customer(admin, id, context, list, choosing).await,
        }
    }

    async fn of_dashboard(
        admin: &TenantAdmin,
        id: DashboardId,
        context: PageContext,
        list: ListQuery,
        choosing: bool,
    ) -> Result<Self, Error> {
        let asked = list.clone();
        let read = admin.tenant.read(move |t| {
            let dashboard = dashboards::find(t, id)?;
            let (slice, matches) = customer_listing::list(t, &asked, level(id, choosing))?;
            let ids: Vec<_> = slice.rows.iter().map(|customer| customer.id).collect();
            Ok::<_, Error>((dashboard, slice, matches, paths_of(t, &ids)?))
        });
        let (dashboard, slice, matches, paths) = read.await?;
        let view = ListView::new(&ASSIGNED_SPEC, &list, &slice, matches, |row| customer_listing::place(&list, row));
        let row = |customer: Customer| {
            let path = paths.get(&customer.id).map(Vec::as_slice).unwrap_or_default();
            CustomerRow::new(&context, customer, path)
        };
        let rows = slice.rows.into_iter().map(row).collect();
        let path = dashboard.act_path("customers");
        let mut crumbs = vec![Crumb::new("Dashboards", "/dashboards"), Crumb::new(&dashboard.title, dashboard.path())];
        if choosing {
            crumbs.push(Crumb::new("Customers", &path));
        }
        let (listed, back) = (Listed::Customers(dashboard, rows), back(&list, &path, choosing));
        Ok(Self { context, crumbs, list: view, listed, label: "Customers", path, choosing, back })
    }

    async fn of_customer(
        admin: &TenantAdmin,
        id: CustomerId,
        context: PageContext,
        list: ListQuery,
        choosing: bool,
    ) -> Result<Self, Error> {
        let asked = list.clone();
        let read = admin.tenant.read(move |t| {
            let head = head(t, id, "dashboards")?;
            Ok::<_, Error>((head, listing::list(t, &asked, whose(id, choosing))?))
        });
        let (head, found) = read.await?;
        let (crumbs, path) = (head.crumbs.clone(), head.customer.dashboards_path());
        let back = back(&list, &path, choosing);
        let (list, rows) = viewed(&context, &SPEC, &list, found);
        let listed = Listed::Dashboards(Box::new(head), rows);
        Ok(Self { context, crumbs, list, listed, label: "Dashboards", path, choosing, back })
    }
}

/// Where one goes back to from a page of this list: to itself, or from one to choose from to where it was opened.
fn back(list: &ListQuery, path: &str, choosing: bool) -> String {
    match list.carried_along() {
        _ if !choosing => list.here(),
        Some(back) => back.to_owned(),
        None => path.to_owned(),
    }
}

fn level(id: DashboardId, choosing: bool) -> Level {
    if choosing { Level::Without(id) } else { Level::With(id) }
}

fn whose(id: CustomerId, choosing: bool) -> Whose {
    if choosing { Whose::NotOf(id) } else { Whose::Of(id) }
}

/// `POST /dashboards/{id}/customers`, `POST /customers/{id}/dashboards`: assigns what was chosen.
pub async fn create(
    admin: TenantAdmin,
    side: Side,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    make(admin, side, request, selection, Change::Assign).await
}

/// `POST /dashboards/{id}/customers/unassignment`, `POST /customers/{id}/dashboards/unassignment`: takes back what was
/// chosen.
pub async fn remove(
    admin: TenantAdmin,
    side: Side,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    make(admin, side, request, selection, Change::Unassign).await
}

async fn make(
    admin: TenantAdmin,
    side: Side,
    request: HttpRequest,
    selection: Selection,
    change: Change,
) -> Result<HttpResponse, Error> {
    let back = list_back(&request, selection.field(BACK), &LISTS);
    let made = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        match side {
            Side::Dashboard(id) => make_of_dashboard(t, id, &selection, change),
            Side::Customer(id) => make_of_customer(t, id, &selection, change),
        }
    });
    let answer = made.await?;
    Answer { location: back.unwrap_or(answer.location), ..answer }.send(&request)
}

fn make_of_dashboard(
    t: &mut TenantConn,
    id: DashboardId,
    selection: &Selection,
    change: Change,
) -> Result<Answer, Error> {
    let dashboard = dashboards::find(t, id)?;
    let level = level(id, change == Change::Assign);
    let customers = match selection.all() {
        true => customer_listing::all_ids(t, &searched(selection.field("q")), level)?,
        false => selection.chosen().into_iter().collect(),
    };
    let changed = change.make(t, &[id], &customers)?;
    record_of_dashboard(t, change.action(), &dashboard, &changed)?;
    let (title, done, preposition) = (&dashboard.title, change.done(), change.preposition());
    let path = dashboard.act_path("customers");
    Ok(match Count(changed.len() as u64) {
        _ if customers.is_empty() => Answer::refusal(path, format!("No customer was selected, so nothing was {done}.")),
        Count(0) => Answer::new(path, format!("Nothing was changed: {title} was {done} {preposition} them already.")),
        n => Answer::new(path, format!("{title} was {done} {preposition} {}.", n.of("customer", "customers"))),
    })
}

fn make_of_customer(
    t: &mut TenantConn,
    id: CustomerId,
    selection: &Selection,
    change: Change,
) -> Result<Answer, Error> {
    let customer = customers::find(t, id)?;
    let whose = whose(id, change == Change::Assign);
    let dashboards = match selection.all() {
        true => listing::all_ids(t, whose, &searched(selection.field("q")))?,
        false => selection.chosen().into_iter().collect(),
    };
    let changed = change.make(t, &dashboards, &[id])?;
    record_of_customer(t, change.action(), &customer, &changed)?;
    let (title, done, preposition) = (&customer.title, change.done(), change.preposition());
    let path = customer.dashboards_path();
    Ok(match Count(changed.len() as u64) {
        _ if dashboards.is_empty() => {
            Answer::refusal(path, format!("No dashboard was selected, so nothing was {done}."))
        }
        Count(0) => Answer::new(
            path,
            format!("Nothing was changed: what was selected was {done} {preposition} {title} already."),
        ),
        n => {
            let which = n.of("dashboard was", "dashboards were");
            Answer::new(path, format!("{which} {done} {preposition} {title}."))
        }
    })
}
