//! Lists of customers as files: whatever a list holds, filtered and sorted as it is, in parts.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::csv::write_row;
use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::list::ListQuery;
use crate::base::time::rfc3339;
use crate::model::customers::contact::fields_in_files;
use crate::model::customers::listing::{self, Level};
use crate::model::customers::{self, CustomerCounts, SPEC, paths_of};
use crate::model::dashboards;
use crate::model::imports::columns::labels;
use crate::model::imports::customer_cells::path_cell;
use crate::model::imports::customers::COLUMNS;
use crate::tenancy::{Tenant, TenantConn};
use crate::web::export_stream::{self, ExportColumns, Part};
use crate::web::path::parse_id;
use crate::web::{self, TenantAdmin};

/// Rows of one part.
const ROWS: u32 = 500;

/// What the list shows beside what can be imported.
const LISTED: [&str; 5] = ["Users", "Inner customers", "Devices", "Assets", "Created"];

/// The line of column names.
pub fn head(columns: ExportColumns) -> Vec<u8> {
    columns.head(&labels(&COLUMNS), &LISTED)
}

/// The list of every customer, oldest first.
pub fn all() -> ListQuery {
    ListQuery::parse(&SPEC, "/customers", "sort=created", None).sized(ROWS)
}

/// The rows of a list from its place on.
pub fn part(
    t: &mut TenantConn,
    columns: ExportColumns,
    level: Level,
    list: ListQuery,
) -> Result<Part<ListQuery>, Error> {
    let (slice, _) = listing::list(t, &list, level)?;
    if slice.restarted {
        return Ok(Part { bytes: Vec::new(), next: None });
    }
    let inner: Vec<CustomerId> = slice.rows.iter().filter(|row| row.parent_id.is_some()).map(|row| row.id).collect();
    let paths = paths_of(t, &inner)?;
    let homes: BTreeSet<_> = slice.rows.iter().filter_map(|row| row.home_dashboard_id).collect();
    let homes = dashboards::titles_of(t, &homes.into_iter().collect::<Vec<_>>())?;
    let mut bytes = Vec::with_capacity(slice.rows.len() * 160);
    for row in &slice.rows {
        let above = paths.get(&row.id).and_then(|path| path.split_last()).map_or(&[][..], |(_, above)| above);
        let parent = path_cell(above.iter().map(|step| step.title.as_str()));
        let home = row.home_dashboard_id.and_then(|id| homes.get(&id)).map_or("", String::as_str);
        let toolbar = if row.hide_home_toolbar { "Yes" } else { "" };
        let contact = fields_in_files().map(|field| field.shown(&row.contact));
        let first = [row.title.as_str(), &row.description, &parent];
        let CustomerCounts { users, inner_customers, devices, assets } = row.counts;
        let counts = [users, inner_customers, devices, assets].map(|n| n.to_string());
        let created = rfc3339(row.created_at);
        let shown = counts.iter().map(String::as_str).chain([created.as_str()]);
        let cells = first.into_iter().chain(contact).chain([home, toolbar]);
        write_row(&mut bytes, b',', columns.of(cells, shown));
    }
    let last = slice.rows.last().filter(|_| slice.more.1);
    let next = last.map(|row| {
        let (key, id) = listing::place(&list, row);
        list.after(key, id)
    });
    Ok(Part { bytes, next })
}

fn send(tenant: Tenant, name: &str, level: Level, list: ListQuery) -> HttpResponse {
    export_stream::answer(tenant, name, head(ExportColumns::Listed), list.sized(ROWS), move |t, list| {
        part(t, ExportColumns::Listed, level, list)
    })
}

/// `GET /customers/export`; `?inner=yes` has those of every level even where nothing is searched.
pub async fn of_tenant(admin: TenantAdmin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let level = if web::query_param(&request, "inner") == "yes" { Level::Every } else { Level::Top };
    Ok(send(admin.tenant, "customers", level, web::list_query(&SPEC, &request)))
}

/// `GET /customers/{id}/customers/export`
pub async fn of_customer(admin: TenantAdmin, request: HttpRequest, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: CustomerId = parse_id(&id)?;
    let customer = admin.tenant.read(move |t| customers::find(t, id)).await?;
    let name = format!("{} inner customers", customer.title);
    Ok(send(admin.tenant, &name, Level::Inside(id), web::list_query(&SPEC, &request)))
}
