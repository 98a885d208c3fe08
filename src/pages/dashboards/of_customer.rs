//! `/customers/{id}/dashboards`: which dashboards are assigned to a customer, and assigning more.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{ListView, searched};
use crate::base::text::Count;
use crate::model::customers;
use crate::model::dashboards::assignments::{self, Change};
use crate::model::dashboards::listing::{self, SPEC, Whose};
use crate::pages::customers::head::{Head, head};
use crate::pages::dashboards::index::{Row, viewed};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Answer, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "dashboards/of_customer.html")]
struct OfCustomer {
    context: PageContext,
    head: Head,
    list: ListView,
    rows: Vec<Row>,
    /// Whether those are listed that it can be given.
    choosing: bool,
}

/// `GET /customers/{id}/dashboards`
pub async fn index(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, context, request, parse_id(&id)?, false).await
}

/// `GET /customers/{id}/dashboards/assign`
pub async fn select(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, context, request, parse_id(&id)?, true).await
}

fn whose(id: CustomerId, choosing: bool) -> Whose {
    if choosing { Whose::NotOf(id) } else { Whose::Of(id) }
}

async fn show(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: CustomerId,
    choosing: bool,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let read = admin.tenant.read(move |t| {
        let head = head(t, id, "dashboards")?;
        Ok::<_, Error>((head, listing::list(t, &asked, whose(id, choosing))?))
    });
    let (head, found) = read.await?;
    let (list, rows) = viewed(&context, &SPEC, &list, found);
    web::page(&OfCustomer { head, list, rows, choosing, context })
}

/// The dashboards that the form of a list says.
fn chosen(t: &mut TenantConn, selection: &Selection, whose: Whose) -> Result<Vec<DashboardId>, Error> {
    if selection.all() {
        return listing::all_ids(t, whose, &searched(selection.field("q")));
    }
    Ok(selection.chosen().into_iter().collect())
}

/// `POST /customers/{id}/dashboards`: assigns those that were chosen.
pub async fn create(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    make(admin, request, parse_id(&id)?, selection, Change::Assign).await
}

/// `POST /customers/{id}/dashboards/unassignment`: takes back those that were chosen.
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
    id: CustomerId,
    selection: Selection,
    change: Change,
) -> Result<HttpResponse, Error> {
    let made = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        let customer = customers::find(t, id)?;
        let dashboards = chosen(t, &selection, whose(id, change == Change::Assign))?;
        let changed = change.make(t, &dashboards, &[id])?;
        assignments::record_of_customer(t, change.action(), &customer, &changed)?;
        Ok::<_, Error>((customer, dashboards.is_empty(), Count(changed.len() as u64)))
    });
    let (customer, none, n) = made.await?;
    let text = if none {
        format!("No dashboard was selected, so nothing was {}.", change.done())
    } else if n.0 == 0 {
        let (done, preposition) = (change.done(), change.preposition());
        format!("Nothing was changed: what was selected was {done} {preposition} {} already.", customer.title)
    } else {
        let dashboards = n.of("dashboard was", "dashboards were");
        format!("{dashboards} {} {} {}.", change.done(), change.preposition(), customer.title)
    };
    Answer::new(customer.dashboards_path(), text).refused_if(none).send(&request)
}
