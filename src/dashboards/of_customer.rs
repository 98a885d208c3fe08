//! `/customers/{id}/dashboards`: which dashboards are assigned to a customer, and assigning more.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use super::list_pages::{Row, viewed};
use super::listing::{self, SPEC, Whose};
use super::{Dashboard, assignments};
use crate::audit::Action;
use crate::auth::TenantAdmin;
use crate::customers::pages::{Head, head, parse_id};
use crate::customers::{self, Customer};
use crate::error::Error;
use crate::id::Id;
use crate::list::{ListView, searched};
use crate::tenant::TenantConn;
use crate::web::{self, Answer, Chrome, Count, Selection};

#[derive(Template)]
#[template(path = "dashboards/of_customer.html")]
struct OfCustomer {
    chrome: Chrome,
    head: Head,
    list: ListView,
    rows: Vec<Row>,
    /// Whether those are listed that it can be given.
    choosing: bool,
}

/// `GET /customers/{id}/dashboards`
pub async fn index(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, chrome, request, parse_id(&id)?, false).await
}

/// `GET /customers/{id}/dashboards/assign`
pub async fn choose(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    show(admin, chrome, request, parse_id(&id)?, true).await
}

fn whose(id: Id<Customer>, choosing: bool) -> Whose {
    if choosing { Whose::NotOf(id) } else { Whose::Of(id) }
}

async fn show(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    id: Id<Customer>,
    choosing: bool,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let read = admin.tenant.read(move |t| {
        let head = head(t, id, "dashboards")?;
        Ok::<_, Error>((head, listing::list(t, &asked, whose(id, choosing))?))
    });
    let (head, found) = read.await?;
    let (list, rows) = viewed(&chrome, &SPEC, &list, found);
    web::page(&OfCustomer { head, list, rows, choosing, chrome })
}

/// The dashboards that the form of a list says.
fn chosen(t: &mut TenantConn, selection: &Selection, whose: Whose) -> Result<Vec<Id<Dashboard>>, Error> {
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
    let id: Id<Customer> = parse_id(&id)?;
    let done = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        let customer = customers::find(t, id)?;
        let of = chosen(t, &selection, whose(id, true))?;
        let new = assignments::assign(t, &of, &[id])?;
        assignments::record_of_customer(t, Action::Assign, &customer, &new)?;
        Ok::<_, Error>((customer, of, new.len() as u64))
    });
    let (customer, of, n) = done.await?;
    let text = match (of.len(), n) {
        (0, _) => "No dashboard was selected, so nothing was assigned.".into(),
        (_, 1) => format!("1 dashboard was assigned to {}.", customer.title),
        _ => format!("{} dashboards were assigned to {}.", Count(n), customer.title),
    };
    Answer::new(customer.dashboards_path(), text).refused_if(of.is_empty()).send(&request)
}

/// `POST /customers/{id}/dashboards/unassignment`: takes back those that were chosen.
pub async fn remove(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let id: Id<Customer> = parse_id(&id)?;
    let done = admin.tenant.write(move |t| {
        let customer = customers::find(t, id)?;
        let of = chosen(t, &selection, whose(id, false))?;
        let gone = assignments::unassign(t, &of, &[id])?;
        assignments::record_of_customer(t, Action::Unassign, &customer, &gone)?;
        Ok::<_, Error>((customer, of, gone.len() as u64))
    });
    let (customer, of, n) = done.await?;
    let text = match (of.len(), n) {
        (0, _) => "No dashboard was selected, so nothing was unassigned.".into(),
        (_, 1) => format!("1 dashboard was unassigned from {}.", customer.title),
        _ => format!("{} dashboards were unassigned from {}.", Count(n), customer.title),
    };
    Answer::new(customer.dashboards_path(), text).refused_if(of.is_empty()).send(&request)
}
