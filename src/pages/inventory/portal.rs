//! `/devices` and `/devices/{id}` as users of a customer have them, and the same for assets: those of their branch, to be
//! read.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::base::list::{Chip, ListQuery, ListSpec, ListView};
use crate::base::time::FormattedTime;
use crate::model::inventory::{self, Filter, Item, Kind, SPEC, Scope, store};
use crate::pages::customers::portal;
use crate::pages::inventory::index::Row;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Branch, Crumb, CustomerUser, PageContext};

/// What their list offers: the types in use are the tenant's, so none is proposed.
const PORTAL: ListSpec = ListSpec { columns: SPEC.columns, sort: SPEC.sort, filters: &["customer"] };

#[derive(Template)]
#[template(path = "inventory/portal.html")]
struct Index {
    context: PageContext,
    kind: Kind,
    list: ListView,
    rows: Vec<Row>,
    chips: Vec<Chip>,
}

/// The part of their branch that a list is narrowed to, and its title.
fn part(t: &mut TenantConn, branch: Branch, list: &ListQuery) -> Result<(CustomerId, String), Error> {
    match list.filter("customer") {
        None => Ok((branch.root, String::new())),
        Some(asked) => {
            let customer = portal::find(t, branch, parse_id(asked)?)?.customer;
            Ok((customer.id, customer.title))
        }
    }
}

/// The list.
///
/// # Errors
/// `NotFound` when it is narrowed to a customer that is not in their branch.
pub async fn index(
    person: CustomerUser,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let list = web::list_query(&PORTAL, &request);
    let (title, found) = person
        .read(move |t, branch| {
            let (root, title) = part(t, branch, &list)?;
            let narrowed = Filter::new(kind, Scope::Branch(root), "", &list.q);
            Ok::<_, Error>((title, inventory::list(t, list, &narrowed)?))
        })
        .await?;
    let chip = (!title.is_empty()).then(|| Chip::new(&found.list, format!("Customer: {title}"), &["customer"]));
    let view = found.view(&PORTAL);
    let rows = found.slice.rows.into_iter().map(|row| {
        let customer = row.0.customer_id;
        let shown = Row::new(&context, kind, row);
        let title = shown.customer.map(|(_, title)| title);
        Row { customer: customer.map(portal::path).zip(title), ..shown }
    });
    web::page(&Index { rows: rows.collect(), chips: chip.into_iter().collect(), list: view, kind, context })
}

#[derive(Template)]
#[template(path = "inventory/portal_show.html")]
struct Show {
    crumbs: Vec<Crumb>,
    customer: Crumb,
    created: FormattedTime,
    item: Item,
    context: PageContext,
}

/// The details.
///
/// # Errors
/// `NotFound` when it is not in their branch.
pub async fn show(person: CustomerUser, kind: Kind, context: PageContext, id: ItemId) -> Result<HttpResponse, Error> {
    let (item, customer) = person
        .read(move |t, branch| {
            let item = store::find(t, kind, id)?;
            let customer = portal::find(t, branch, item.customer_id.ok_or(Error::NotFound)?)?.customer;
            Ok::<_, Error>((item, customer))
        })
        .await?;
    web::page(&Show {
        crumbs: vec![Crumb::new(kind.title(), kind.list_path())],
        customer: Crumb::new(customer.title, portal::path(customer.id)),
        created: context.time(item.created_at),
        item,
        context,
    })
}
