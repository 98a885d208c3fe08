//! The lists of customers: the top level, the inner customers of one, and searches over every level.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{Column, Key, ListQuery, ListSpec, Slice, TotalCount};
use crate::base::text;
use crate::db::schema::{customer_counts, customers, dashboards};
use crate::db::{RawQuery, first_rows};
use crate::keyset;
use crate::model::customers::counts::{By, with_counts};
use crate::model::customers::search::{FEW_HITS, search};
use crate::model::customers::store::mine;
use crate::model::customers::{Customer, counts, find};
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
    let size = if text::folded(&list.q).is_empty() { size(t, level)? } else { 0 };
    page(t, list, level, size)
}

/// The same of the direct inner customers of one that was read before.
pub fn list_inner(
    t: &mut TenantConn,
    list: &ListQuery,
    parent: &Customer,
) -> Result<(Slice<Customer>, TotalCount), Error> {
    page(t, list, Level::Inside(parent.id), parent.counts.inner_customers)
}

/// How many customers there are at a level.
fn size(t: &mut TenantConn, level: Level) -> Result<i64, Error> {
    match level {
        Level::Top => t.total(Total::TopCustomers),
        Level::Every => t.total(Total::Customers),
        Level::Inside(parent) => Ok(find(t, parent)?.counts.inner_customers),
        Level::With(id) => assigned_to(t, id),
        Level::Without(id) => Ok(t.total(Total::Customers)? - assigned_to(t, id)?),
    }
}

/// A page of a list that holds `n` while nothing is searched.
fn page(t: &mut TenantConn, list: &ListQuery, level: Level, n: i64) -> Result<(Slice<Customer>, TotalCount), Error> {
    let term = text::folded(&list.q);
    let by = if matches!(list.column, "users" | "devices") { By::Counts } else { By::Customers };
    let (within, matches) = if term.is_empty() {
        let within = if by == By::Counts { at_level(t, level)? } else { within(t, level)? };
        (within, TotalCount::Exactly(n.max(0).unsigned_abs()))
    } else {
        let (condition, matches) = search(t, &term, level)?;
        (searched(t, level)?.sql(" and ").append(condition), matches)
    };
    let query = with_counts(t, by).into_boxed().filter(within.condition(t.conn)).select(Customer::as_select());
    let query = match list.column {
        "title" => keyset!(query, list, unique customers::title_key, text),
        "email" => keyset!(query, list, customers::id, customers::email_key, text),
        "city" => keyset!(query, list, customers::id, customers::city_key, text),
        "country" => keyset!(query, list, customers::id, customers::country_key, text),
        "users" => keyset!(query, list, customer_counts::customer_id, customer_counts::users_count, number),
        "devices" => keyset!(query, list, customer_counts::customer_id, customer_counts::devices_count, number),
        _ => keyset!(query, list, customers::id),
    };
    let rows = first_rows(query, list.rows_wanted()).load(t.conn)?;
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = page(t, &first, level, n)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, matches))
}

/// The condition that a customer is in a list while nothing is searched. Raw, as those of searches, which it goes with.
fn within(t: &mut TenantConn, level: Level) -> Result<RawQuery, Error> {
    Ok(match level {
        Level::Top => RawQuery::new("customers.parent_id is null"),
        Level::Every => RawQuery::new("true"),
        Level::Inside(parent) => RawQuery::new("customers.parent_id = ?").id(parent),
        // Few are fetched and sorted; of many, walking the sorted index finds a page sooner.
        Level::With(id) if assigned_to(t, id)? <= FEW_HITS => {
            let theirs = "select a.customer_id from dashboard_customers a where a.tenant_id = ? and a.dashboard_id = ?";
            RawQuery::new(&format!("customers.id in ({theirs})")).id(t.id).id(id)
        }
        Level::With(id) => assigned(t, id, "exists"),
        Level::Without(id) => assigned(t, id, "not exists"),
    })
}

/// The same, said of the table that has the numbers by which a list is sorted.
fn at_level(t: &mut TenantConn, level: Level) -> Result<RawQuery, Error> {
    let parent = match level {
        Level::Top => None,
        Level::Inside(parent) => Some(parent),
        _ => return within(t, level),
    };
    Ok(RawQuery::new("customer_counts.level_id = ?").id(counts::level(t, parent)))
}

/// To how many customers a dashboard is assigned.
fn assigned_to(t: &mut TenantConn, id: DashboardId) -> Result<i64, Error> {
    let dashboard = dashboards::table.filter(dashboards::tenant_id.eq(t.id).and(dashboards::id.eq(id)));
    Ok(dashboard.select(dashboards::customers_count).first(t.conn)?)
}

/// Whether a dashboard is assigned to a customer: the limit has planners look it up customer by customer.
fn assigned(t: &TenantConn, id: DashboardId, exists: &str) -> RawQuery {
    let to_it = "(select 1 from dashboard_customers a
        where a.tenant_id = ? and a.dashboard_id = ? and a.customer_id = customers.id limit 1)";
    RawQuery::new(&format!("{exists} {to_it}")).id(t.id).id(id)
}

/// The condition of what a search in a list looks at.
pub(crate) fn searched(t: &mut TenantConn, level: Level) -> Result<RawQuery, Error> {
    within(t, if level == Level::Top { Level::Every } else { level })
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, row: &Customer) -> (Key, [u8; 16]) {
    let key = match list.column {
        "title" => Key::Text(text::key(&row.title)),
        "email" => Key::Text(text::address_key(&row.contact.email)),
        "city" => Key::Text(text::key(&row.contact.city)),
        "country" => Key::Text(text::key(row.country_name())),
        "users" => Key::Number(row.counts.users),
        "devices" => Key::Number(row.counts.devices),
        _ => Key::Id,
    };
    (key, *row.id.as_bytes())
}

/// Ids of everything that a list holds, for what acts on all that match.
pub fn all_ids(t: &mut TenantConn, q: &str, level: Level) -> Result<Vec<CustomerId>, Error> {
    let term = text::folded(q);
    let within = if term.is_empty() {
        within(t, level)?
    } else {
        let (condition, _) = search(t, &term, level)?;
        searched(t, level)?.sql(" and ").append(condition)
    };
    Ok(mine(t).filter(within.condition(t.conn)).select(customers::id).load(t.conn)?)
}
