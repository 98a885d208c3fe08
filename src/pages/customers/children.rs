//! `/customers/{id}/customers`: the inner customers of one.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::list::ListView;
use crate::base::text::Count;
use crate::model::customers::listing;
use crate::model::customers::{SPEC, inner_at_all_levels};
use crate::pages::customers::head::{Head, head};
use crate::pages::customers::index::Row;
use crate::services::jobs::{self, UnderWay};
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, PageContext, TenantAdmin};

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
    let id: CustomerId = parse_id(&id)?;
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let registry = AppState::of(&request).jobs.clone();
    let (head, slice, matches, branch, under_way) = admin
        .tenant
        .read(move |t| {
            let head = head(t, id, "inner")?;
            let (slice, matches) = listing::list_inner(t, &asked, &head.customer)?;
            let branch = inner_at_all_levels(t, &head.customer)?;
            Ok::<_, Error>((head, slice, matches, branch, jobs::under_way(t, &registry, "/customers")?))
        })
        .await?;
    let view = ListView::new(&SPEC, &list, &slice, matches, |row| listing::place(&list, row)).exported(&list);
    let rows = slice.rows.into_iter().map(|customer| Row::new(&context, customer, &[])).collect();
    web::page(&Inner { head, list: view, rows, branch: branch.into(), under_way, context })
}
