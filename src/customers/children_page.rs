//! `/customers/{id}/customers`: the inner customers of one.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use super::Customer;
use super::hierarchy::branch_sizes;
use super::listing::{self, Level, SPEC};
use super::pages::{Head, Row, head, parse_id};
use crate::auth::TenantAdmin;
use crate::error::Error;
use crate::id::Id;
use crate::jobs::{self, UnderWay};
use crate::list::ListView;
use crate::web::{self, Count, PageContext};

#[derive(Template)]
#[template(path = "customers/inner.html")]
struct Inner {
    context: PageContext,
    head: Head,
    list: ListView,
    rows: Vec<Row>,
    branch: Count,
    under_way: Vec<UnderWay>,
}

/// `GET /customers/{id}/customers`
pub async fn index(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id: Id<Customer> = parse_id(&id)?;
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let (head, slice, matches, sizes, under_way) = admin
        .tenant
        .read(move |t| {
            let head = head(t, id, "inner")?;
            let (slice, matches) = listing::list(t, &asked, Level::Inside(id))?;
            let sizes = branch_sizes(t, &[id])?;
            Ok::<_, Error>((head, slice, matches, sizes, jobs::under_way(t, "/customers")?))
        })
        .await?;
    let view = ListView::new(&SPEC, &list, &slice, matches, |row| listing::place(&list, row)).exported(&list);
    let rows = slice.rows.into_iter().map(|customer| Row::new(&context, customer, &[])).collect();
    web::page(&Inner { head, list: view, rows, branch: (sizes.customers - 1).into(), under_way, context })
}
