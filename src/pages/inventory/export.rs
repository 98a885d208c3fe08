//! Lists of devices and assets as files: whatever a list holds, filtered and sorted as it is, in parts.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::csv::write_row;
use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::base::list::ListQuery;
use crate::base::text;
use crate::base::time::rfc3339;
use crate::model::customers::{self, Owner};
use crate::model::imports::columns::labels;
use crate::model::imports::inventory::COLUMNS;
use crate::model::inventory::index_scan::{self, BatchSize, Scan, Sort};
use crate::model::inventory::listing::{CUSTOMER_SPEC, sort_of};
use crate::model::inventory::{Filter, Kind, SPEC, Scope, Titled, find_in_order, search, sort_by_customer};
use crate::pages::inventory::index;
use crate::tenancy::{Tenant, TenantConn};
use crate::web::export_stream::{self, ExportColumns, Part};
use crate::web::path::parse_id;
use crate::web::{self, TenantAdmin};

/// Rows of one part.
const ROWS: usize = 400;

/// Where a file goes on.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    from: Option<(String, ItemId)>,
    /// Whether a search has so few hits that they are fetched together; known after the first part.
    few: Option<bool>,
}

/// What a file holds, and in which order.
#[derive(Debug, Clone)]
pub struct Listed {
    of: Filter,
    sort: Sort,
    up: bool,
}

impl Listed {
    /// Everything, oldest first.
    pub fn all(kind: Kind) -> Self {
        Self { of: Filter::new(kind, Scope::Tenant, "", ""), sort: Sort::Created, up: true }
    }

    fn new(kind: Kind, scope: Scope, list: &ListQuery) -> Self {
        let of = Filter::new(kind, scope, list.filter("type").unwrap_or_default(), &list.q);
        Self { of, sort: sort_of(list, scope), up: !list.descending }
    }
}

/// The line of column names.
pub fn head(columns: ExportColumns) -> Vec<u8> {
    columns.head(&labels(COLUMNS), &["Created"])
}

/// The rows from a place on.
pub fn part(t: &mut TenantConn, columns: ExportColumns, listed: &Listed, place: Cursor) -> Result<Part<Cursor>, Error> {
    let (of, sort) = (&listed.of, listed.sort);
    let few = match place.few {
        Some(few) => few,
        None => search::is_rare(t, of)?,
    };
    let walk = Scan { sort, up: listed.up, from: place.from };
    // Where the next part begins is told by the walk, or else by the last row of a full one.
    let (ids, rest) = if few {
        (search::all_hits(t, of, &walk, ROWS)?, None)
    } else if sort == Sort::Customer {
        (sort_by_customer::next(t, of, &walk, ROWS)?, None)
    } else {
        let pace = BatchSize { all: ROWS, ..BatchSize::steady(ROWS) };
        let (ids, rest) = index_scan::scan_rows(t, of, walk, 1, pace)?;
        (ids, rest.map(|walk| walk.from))
    };
    let full = ids.len() >= ROWS;
    let rows = find_in_order(t, of.kind, &ids)?;
    let mut bytes = Vec::with_capacity(rows.len() * 80);
    for (item, owner) in &rows {
        let customer = owner.clone().and_then(Owner::shown).unwrap_or_default();
        let own = [&item.name, &item.type_name, &item.label, &item.description, customer.as_str()];
        let created = rfc3339(item.created_at);
        write_row(&mut bytes, b',', columns.of(own.into_iter(), [created.as_str()].into_iter()));
    }
    let from = match rest {
        Some(from) => from,
        None if full && (few || sort == Sort::Customer) => {
            rows.last().map(|titled| (key_of(sort, titled), titled.0.id))
        }
        None => None,
    };
    Ok(Part { bytes, next: from.map(|from| Cursor { from: Some(from), few: Some(few) }) })
}

fn key_of(sort: Sort, (item, owner): &Titled) -> String {
    match sort {
        Sort::Created => String::new(),
        Sort::Name => text::key(&item.name),
        Sort::Type => text::key(&item.type_name),
        Sort::Label => text::key(&item.label),
        Sort::Customer => owner.as_ref().map(|owner| owner.key.clone()).unwrap_or_default(),
    }
}

fn send(tenant: Tenant, name: &str, listed: Option<Listed>) -> HttpResponse {
    export_stream::answer(tenant, name, head(ExportColumns::Listed), Cursor::default(), move |t, place| match &listed {
        Some(listed) => part(t, ExportColumns::Listed, listed, place),
        None => Ok(Part { bytes: Vec::new(), next: None }),
    })
}

/// `GET /devices/export`, `GET /assets/export`
pub async fn of_tenant(admin: TenantAdmin, kind: Kind, request: HttpRequest) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let query = list.clone();
    let scope = admin.tenant.read(move |t| index::asked_scope(t, &query)).await?;
    // Of a customer that there is not nothing is listed.
    let listed = scope.map(|scope| Listed::new(kind, scope, &list));
    Ok(send(admin.tenant, kind.several(), listed))
}

/// `GET /customers/{id}/devices/export`, `GET /customers/{id}/assets/export`
pub async fn of_customer(
    admin: TenantAdmin,
    kind: Kind,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id: CustomerId = parse_id(&id)?;
    let list = web::list_query(&CUSTOMER_SPEC, &request);
    let customer = admin.tenant.read(move |t| customers::find(t, id)).await?;
    let scope = if list.filter("inner") == Some("yes") { Scope::Branch(id) } else { Scope::Customer(id) };
    let name = format!("{} {}", customer.title, kind.several());
    Ok(send(admin.tenant, &name, Some(Listed::new(kind, scope, &list))))
}
