//! The lists of customers: the top level, the inner customers of one, and searches over every level.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{Column, Key, ListQuery, ListSpec, Slice, TotalCount};
use crate::base::text;
use crate::db::RawQuery;
use crate::db::schema::{customers, dashboard_customers, dashboards};
use crate::keyset;
use crate::model::customers::Customer;
use crate::model::customers::search::{Condition, FEW_HITS, search};
use crate::model::customers::store::{MineBoxed, mine, mine_boxed};
use crate::tenancy::{TenantConn, Total};

/// A column of such a list.
pub const fn column(name: &'static str, label: &'static str, numeric: bool) -> Column {
    Column { name, label, numeric }
}

/// What the lists of customers offer.
pub const SPEC: ListSpec = ListSpec {
    columns: &[
        column("title", "Title", false),
        column("email", "Email", false),
        column("city", "City", false),
        column("country", "Country", false),
        column("users", "Users", true),
        column("devices", "Devices", true),
        column("created", "Created", false),
    ],
    sort: "-created",
    filters: &[],
};

/// What the lists of customers offer that a dashboard is assigned to, or not.
pub const ASSIGNED_SPEC: ListSpec = ListSpec {
    columns: &[
        column("title", "Title", false),
        column("email", "Email", false),
        column("city", "City", false),
        column("created", "Created", false),
    ],
    sort: "title",
    filters: &[],
};

/// Which customers a list holds while nothing is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Those without a parent; a search looks at every level.
    Top,
    /// Those of every level.
    Every,
    /// The direct inner customers of one; a search looks among them.
    Inside(CustomerId),
    /// Those of every level that a dashboard is assigned to.
    With(DashboardId),
    /// Those of every level that it is not assigned to.
    Without(DashboardId),
}

/// A page of a list and how many match.
pub fn list(t: &mut TenantConn, list: &ListQuery, level: Level) -> Result<(Slice<Customer>, TotalCount), Error> {
    let term = text::folded(&list.q);
    let (query, matches) = if term.is_empty() {
        let n = match level {
            Level::Top => t.total(Total::TopCustomers)?,
            Level::Every => t.total(Total::Customers)?,
            Level::Inside(parent) => {
                mine(t).filter(customers::id.eq(parent)).select(customers::inner_count).first(t.conn)?
            }
            Level::With(id) => assigned_to(t, id)?,
            Level::Without(id) => t.total(Total::Customers)? - assigned_to(t, id)?,
        };
        (shown(t, level)?, TotalCount::Exactly(n.max(0).unsigned_abs()))
    } else {
        let (condition, matches) = search(t, &term, level)?;
        (searched(t, level)?.filter(condition), matches)
    };
    let query = query.select(Customer::as_select());
    let rows = match list.column {
        "title" => keyset!(query, list, unique customers::title_key, text).load(t.conn),
        "email" => keyset!(query, list, customers::id, customers::email_key, text).load(t.conn),
        "city" => keyset!(query, list, customers::id, customers::city_key, text).load(t.conn),
        "country" => keyset!(query, list, customers::id, customers::country_key, text).load(t.conn),
        "users" => keyset!(query, list, customers::id, customers::users_count, number).load(t.conn),
        "devices" => keyset!(query, list, customers::id, customers::devices_count, number).load(t.conn),
        _ => keyset!(query, list, customers::id).load(t.conn),
    }?;
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = self::list(t, &first, level)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, matches))
}

/// What a list shows while nothing is searched.
fn shown<'a>(t: &mut TenantConn, level: Level) -> Result<MineBoxed<'a>, Error> {
    Ok(match level {
        Level::Top => mine_boxed(t).filter(customers::parent_id.is_null()),
        Level::Every => mine_boxed(t),
        Level::Inside(parent) => mine_boxed(t).filter(customers::parent_id.eq(parent)),
        // Few are fetched and sorted; of many, walking the sorted index finds a page sooner.
        Level::With(id) if assigned_to(t, id)? <= FEW_HITS => {
            let pairs = dashboard_customers::table.filter(dashboard_customers::tenant_id.eq(t.id));
            let theirs =
                pairs.filter(dashboard_customers::dashboard_id.eq(id)).select(dashboard_customers::customer_id);
            mine_boxed(t).filter(customers::id.eq_any(theirs))
        }
        Level::With(id) => mine_boxed(t).filter(assigned(t, id, "exists")),
        Level::Without(id) => mine_boxed(t).filter(assigned(t, id, "not exists")),
    })
}

/// To how many customers a dashboard is assigned.
fn assigned_to(t: &mut TenantConn, id: DashboardId) -> Result<i64, Error> {
    let dashboard = dashboards::table.filter(dashboards::tenant_id.eq(t.id).and(dashboards::id.eq(id)));
    Ok(dashboard.select(dashboards::customers_count).first(t.conn)?)
}

/// Whether a dashboard is assigned to a customer. Raw: the limit has planners look it up customer by customer.
fn assigned(t: &TenantConn, id: DashboardId, exists: &str) -> Condition {
    let to_it = "(select 1 from dashboard_customers a
        where a.tenant_id = ? and a.dashboard_id = ? and a.customer_id = customers.id limit 1)";
    RawQuery::new(&format!("{exists} {to_it}")).id(t.id).id(id).condition(t.conn)
}

/// What a search in a list looks at.
pub(crate) fn searched<'a>(t: &mut TenantConn, level: Level) -> Result<MineBoxed<'a>, Error> {
    match level {
        Level::Top => Ok(mine_boxed(t)),
        _ => shown(t, level),
    }
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, row: &Customer) -> (Key, [u8; 16]) {
    let key = match list.column {
        "title" => Key::Text(text::key(&row.title)),
        "email" => Key::Text(text::address_key(&row.contact.email)),
        "city" => Key::Text(text::key(&row.contact.city)),
        "country" => Key::Text(text::key(row.country_name())),
        "users" => Key::Number(row.users_count),
        "devices" => Key::Number(row.devices_count),
        _ => Key::Id,
    };
    (key, *row.id.as_bytes())
}

/// Ids of everything that a list holds, for what acts on all that match.
pub fn all_ids(t: &mut TenantConn, q: &str, level: Level) -> Result<Vec<CustomerId>, Error> {
    let term = text::folded(q);
    let query = if term.is_empty() {
        shown(t, level)?
    } else {
        let (condition, _) = search(t, &term, level)?;
        searched(t, level)?.filter(condition)
    };
    Ok(query.select(customers::id).load(t.conn)?)
}
