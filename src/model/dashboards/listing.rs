//! Lists of dashboards: all of the tenant, those of one customer, those that a customer's users may see.

use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId};
use crate::base::list::{COUNT_LIMIT, Column, Key, ListQuery, ListSpec, Slice, TotalCount};
use crate::base::text;
use crate::db::schema::{customer_branches, dashboard_customers, dashboards};
use crate::db::{Conn, RawQuery, first_rows, patterns};
use crate::keyset;
use crate::model::dashboards::Dashboard;
use crate::model::dashboards::store::{MineBoxed, mine};
use crate::tenancy::TenantConn;

/// What the lists of dashboards offer.
pub const SPEC: ListSpec = ListSpec {
    columns: &[
        Column { name: "title", label: "Title", numeric: false },
        Column { name: "customers", label: "Customers", numeric: true },
        Column { name: "created", label: "Created", numeric: false },
    ],
    sort: "-created",
    filters: &[],
};

/// What those offer who may not know how many customers there are.
pub const SEEN_SPEC: ListSpec = ListSpec {
    columns: &[
        Column { name: "title", label: "Title", numeric: false },
        Column { name: "created", label: "Created", numeric: false },
    ],
    sort: "title",
    filters: &[],
};

/// Whose dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// All of the tenant.
    All,
    /// Those assigned to a customer.
    Of(CustomerId),
    /// Those not assigned to a customer.
    NotOf(CustomerId),
    /// Those assigned to a customer or to one under it.
    Branch(CustomerId),
}

/// The dashboards of a list. Written so that few assigned ones are fetched by the index that finds them.
pub(crate) fn shown<'a>(t: &TenantConn, whose: Whose) -> MineBoxed<'a> {
    let query = mine(t).into_boxed();
    let assigned = dashboard_customers::table.filter(dashboard_customers::tenant_id.eq(t.id));
    let assigned = assigned.select(dashboard_customers::dashboard_id);
    match whose {
        Whose::All => query,
        Whose::Of(id) => query.filter(dashboards::id.eq_any(assigned.filter(dashboard_customers::customer_id.eq(id)))),
        Whose::NotOf(id) => {
            query.filter(dashboards::id.ne_all(assigned.filter(dashboard_customers::customer_id.eq(id))))
        }
        Whose::Branch(id) => {
            let branch = customer_branches::table
                .filter(customer_branches::tenant_id.eq(t.id))
                .filter(customer_branches::ancestor_id.eq(id))
                .filter(not(customer_branches::stale))
                .select(customer_branches::customer_id);
            query.filter(dashboards::id.eq_any(assigned.filter(dashboard_customers::customer_id.eq_any(branch))))
        }
    }
}

/// Dashboards are made by hand, so there are few enough to look into each.
fn searched<'a>(t: &TenantConn, whose: Whose, q: &str) -> MineBoxed<'a> {
    let looked_at = match (whose, &*t.conn) {
        // Descriptions are for administrators; the title is the first line. Raw: each database cuts it out by itself.
        (Whose::Branch(_), Conn::Sqlite(_)) => {
            "substr(dashboards.search_key, 1, instr(dashboards.search_key, char(10)))"
        }
        (Whose::Branch(_), Conn::Pg(_)) => "split_part(dashboards.search_key, chr(10), 1)",
        _ => "dashboards.search_key",
    };
    patterns(&text::folded(q)).into_iter().fold(shown(t, whose), |found, pattern| {
        let holds = RawQuery::new(&format!("{looked_at} like ? escape '\\'")).string(pattern);
        found.filter(holds.condition(t.conn))
    })
}

/// A page of a list and how many match.
pub fn list(t: &mut TenantConn, list: &ListQuery, whose: Whose) -> Result<(Slice<Dashboard>, TotalCount), Error> {
    let some = searched(t, whose, &list.q).select(1.into_sql::<Integer>()).limit(COUNT_LIMIT + 1);
    let n = some.load::<i32>(t.conn)?.len() as i64;
    let query = searched(t, whose, &list.q).select(Dashboard::as_select());
    let query = match list.column {
        "title" => keyset!(query, list, dashboards::id, dashboards::title_key, text),
        "customers" => keyset!(query, list, dashboards::id, dashboards::customers_count, number),
        _ => keyset!(query, list, dashboards::id),
    };
    let rows = first_rows(query, list.rows_wanted()).load(t.conn)?;
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = self::list(t, &first, whose)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, TotalCount::counted(n, COUNT_LIMIT)))
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, row: &Dashboard) -> (Key, [u8; 16]) {
    let key = match list.column {
        "title" => Key::Text(text::key(&row.title)),
        "customers" => Key::Number(row.customers_count),
        _ => Key::Id,
    };
    (key, *row.id.as_bytes())
}

/// Ids of everything that a list holds, for what acts on all that match.
pub fn all_ids(t: &mut TenantConn, whose: Whose, q: &str) -> Result<Vec<DashboardId>, Error> {
    Ok(searched(t, whose, q).select(dashboards::id).load(t.conn)?)
}

/// Ids and titles in the order of titles, at most `limit`.
pub fn titles(t: &mut TenantConn, whose: Whose, limit: i64) -> Result<Vec<(DashboardId, String)>, Error> {
    let found = shown(t, whose).order((dashboards::title_key, dashboards::id));
    Ok(found.select((dashboards::id, dashboards::title)).limit(limit).load(t.conn)?)
}

/// Whether a dashboard is in a list.
pub fn holds(t: &mut TenantConn, whose: Whose, id: DashboardId) -> Result<bool, Error> {
    let one = shown(t, whose).filter(dashboards::id.eq(id)).select(dashboards::id);
    Ok(one.first::<DashboardId>(t.conn).optional()?.is_some())
}
