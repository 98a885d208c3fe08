//! `/dashboards/{id}/customers`: whom a dashboard is assigned to, and assigning it to more.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{ListView, searched};
use crate::base::text::Count;
use crate::model::customers::listing::{self, ASSIGNED_SPEC, Level};
use crate::model::customers::{self, Customer};
use crate::model::dashboards::assignments::{self, Change};
use crate::model::dashboards::{self, Dashboard};
use crate::pages::customers::index::Row;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "dashboards/customers.html")]
struct Customers {
    context: PageContext,
    crumbs: Vec<Crumb>,
    dashboard: Dashboard,
    list: ListView,
    rows: Vec<Row>,
    /// Whether those are listed that it can be assigned to.
    choosing: bool,
}

/// `GET /dashboards/{id}/customers`
pub async fn index(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, context, request, parse_id(&id)?, false).await
}

/// `GET /dashboards/{id}/customers/assign`
pub async fn select(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, context, request, parse_id(&id)?, true).await
}

fn level(id: DashboardId, choosing: bool) -> Level {
    if choosing { Level::Without(id) } else { Level::With(id) }
}

async fn show(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: DashboardId,
    choosing: bool,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&ASSIGNED_SPEC, &request);
    let asked = list.clone();
    let (dashboard, (slice, matches), paths) = admin
        .tenant
        .read(move |t| {
            let dashboard = dashboards::find(t, id)?;
            let found = listing::list(t, &asked, level(id, choosing))?;
            let ids: Vec<_> = found.0.rows.iter().map(|customer| customer.id).collect();
            Ok::<_, Error>((dashboard, found, customers::paths_of(t, &ids)?))
        })
        .await?;
    let view = ListView::new(&ASSIGNED_SPEC, &list, &slice, matches, |row| listing::place(&list, row));
    let row = |customer: Customer| {
        let path = paths.get(&customer.id).map(Vec::as_slice).unwrap_or_default();
        Row::new(&context, customer, path)
    };
    let rows = slice.rows.into_iter().map(row).collect();
    let mut crumbs = vec![Crumb::new("Dashboards", "/dashboards"), Crumb::new(&dashboard.title, dashboard.path())];
    if choosing {
        crumbs.push(Crumb::new("Customers", dashboard.act_path("customers")));
    }
    web::page(&Customers { crumbs, dashboard, list: view, rows, choosing, context })
}

/// The customers that the form of a list says.
fn chosen(t: &mut TenantConn, selection: &Selection, level: Level) -> Result<Vec<CustomerId>, Error> {
    if selection.all() {
        return listing::all_ids(t, &searched(selection.field("q")), level);
    }
    Ok(selection.chosen().into_iter().collect())
}

/// `POST /dashboards/{id}/customers`: assigns it to those that were chosen.
pub async fn create(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    make(admin, request, parse_id(&id)?, selection, Change::Assign).await
}

/// `POST /dashboards/{id}/customers/unassignment`: takes it from those that were chosen.
pub async fn remove(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    make(admin, request, parse_id(&id)?, selection, Change::Unassign).await
}

async fn make(
    admin: TenantAdmin,
    request: HttpRequest,
    id: DashboardId,
    selection: Selection,
    change: Change,
) -> Result<HttpResponse, Error> {
    let made = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        let dashboard = dashboards::find(t, id)?;
        let customers = chosen(t, &selection, level(id, change == Change::Assign))?;
        let changed = change.make(t, &[id], &customers)?;
        assignments::record_of_dashboard(t, change.action(), &dashboard, &changed)?;
        Ok::<_, Error>((dashboard, customers.is_empty(), Count(changed.len() as u64)))
    });
    let (dashboard, nobody, n) = made.await?;
    let text = if nobody {
        format!("No customer was selected, so nothing was {}.", change.done())
    } else if n.0 == 0 {
        format!("Nothing was changed: {} was {} {} them already.", dashboard.title, change.done(), change.preposition())
    } else {
        let customers = n.of("customer", "customers");
        format!("{} was {} {} {customers}.", dashboard.title, change.done(), change.preposition())
    };
    Answer::new(dashboard.act_path("customers"), text).refused_if(nobody).send(&request)
}
