//! `/customers/{id}/devices/assign`: choosing among the items that are not assigned, and the same for assets.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::list::{Chip, ListView};
use crate::model::inventory::listing::OWN_SPEC;
use crate::model::inventory::{self, Filter, Kind, Scope};
use crate::pages::customers::head::{Head, head};
use crate::pages::inventory::index::{Row, TypeFilter};
use crate::web::path::parse_id;
use crate::web::{self, BACK, Crumb, PageContext, TenantAdmin, carried_back};

#[derive(Template)]
#[template(path = "inventory/assign.html")]
struct Choose {
    context: PageContext,
    kind: Kind,
    crumbs: Vec<Crumb>,
    head: Head,
    list: ListView,
    rows: Vec<Row>,
    /// Whether the tenant has any at all.
    any: bool,
    types: TypeFilter,
    chips: Vec<Chip>,
    /// The address of the customer's list.
    back: String,
    hidden: Vec<(&'static str, String)>,
}

/// `GET /customers/{id}/devices/assign`, `GET /customers/{id}/assets/assign`
pub async fn select(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id: CustomerId = parse_id(&id)?;
    let back = carried_back(&request, kind.lists());
    let list = web::list_query(&OWN_SPEC, &request).along(BACK, back.clone());
    let query = list.clone();
    let (head, types, found, any) = admin
        .tenant
        .read(move |t| {
            let head = head(t, id, kind.several())?;
            let types = TypeFilter::of(t, kind, &query)?;
            let of = Filter::new(kind, Scope::NotAssigned, &types.typed, &query.q);
            let found = inventory::list(t, query, &of)?;
            Ok::<_, Error>((head, types, found, t.total(kind.total())? > 0))
        })
        .await?;
    let view = found.view(&OWN_SPEC);
    let mut crumbs = head.crumbs.clone();
    crumbs.push(Crumb::new(&head.customer.title, kind.path_of(id)));
    let mut hidden = list.carried();
    hidden.retain(|(name, _)| !["inner", BACK].contains(name));
    hidden.extend(back.map(|back| (BACK, back)));
    web::page(&Choose {
        rows: found.slice.rows.into_iter().map(|row| Row::new(&context, kind, row)).collect(),
        chips: types.chip(&list).into_iter().collect(),
        hidden,
        back: kind.path_of(id),
        list: view,
        crumbs,
        kind,
        head,
        any,
        types,
        context,
    })
}
