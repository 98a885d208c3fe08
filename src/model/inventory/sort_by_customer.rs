//! A list sorted by customer: those of none, then customer after customer in the order of titles, past those that have
//! nothing. No title is copied to an item, so renaming a customer with a million of them costs nothing. Raw: unions of
//! ordered and limited queries, which diesel does not build while it runs.

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId, SqlId};
use crate::db::RawQuery;
use crate::model::inventory::index_scan::{IdRow, Scan};
use crate::model::inventory::{Filter, Scope};
use crate::tenancy::TenantConn;

/// Customers looked at together, at first and at most: often the first few fill a page.
const FIRST: i64 = 4;
const MOST: i64 = 32;

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = SqlId)]
    id: CustomerId,
    #[diesel(sql_type = Text)]
    title_key: String,
}

/// The next `wanted` items of a list, its search applied.
pub fn next(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Vec<ItemId>, Error> {
    // No customer has an empty title.
    let among_none = scan.from.as_ref().is_none_or(|(title, _)| title.is_empty());
    let of_none = filter.scope == Scope::Tenant;
    let mut found = Vec::new();
    if scan.up {
        if of_none && among_none {
            found = of_owners(t, filter, scan, &[None], true, wanted)?;
        }
        found.extend(of_customers(t, filter, scan, wanted - found.len())?);
    } else {
        if scan.from.is_none() || !among_none {
            found = of_customers(t, filter, scan, wanted)?;
        }
        if of_none {
            let going_on = scan.from.is_some() && among_none;
            found.extend(of_owners(t, filter, scan, &[None], going_on, wanted - found.len())?);
        }
    }
    Ok(found)
}

fn of_customers(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Vec<ItemId>, Error> {
    let mut found = Vec::new();
    let mut from = scan.from.as_ref().map(|(title, _)| title.clone()).filter(|title| !title.is_empty());
    let (mut going_on, mut batch) = (from.is_some(), FIRST);
    while found.len() < wanted {
        let owners = owners(t, filter, scan, from.as_deref(), going_on, batch)?;
        let Some(last) = owners.last() else { break };
        let ids: Vec<_> = owners.iter().map(|owner| Some(owner.id)).collect();
        // Only the customer at the place itself has items before it, and it may have been deleted since.
        let at_place = going_on && owners.first().map(|owner| &owner.title_key) == from.as_ref();
        found.extend(of_owners(t, filter, scan, &ids, at_place, wanted - found.len())?);
        let ended = (owners.len() as i64) < batch;
        from = Some(last.title_key.clone());
        (going_on, batch) = (false, (2 * batch).min(MOST));
        if ended {
            break;
        }
    }
    Ok(found)
}

/// Customers that have items, in the order of titles; `going_on`: the one at the place included.
fn owners(
    t: &mut TenantConn,
    filter: &Filter,
    scan: &Scan,
    from: Option<&str>,
    going_on: bool,
    limit: i64,
) -> Result<Vec<Owner>, Error> {
    let query = match filter.scope {
        Scope::Branch(id) => {
            let flag = filter.kind.flag_column();
            let from = format!("select o.customer_id as id, o.title_key from customer_branches o where o.{flag}");
            RawQuery::new(&from).sql(" and o.tenant_id = ? and o.ancestor_id = ?").id(t.id).id(id)
        }
        _ => {
            let flag = filter.kind.flag_column();
            let from = format!("select o.customer_id as id, o.title_key from customer_branches o where o.{flag}");
            RawQuery::new(&from).sql(" and o.ancestor_id = o.customer_id and o.tenant_id = ?").id(t.id)
        }
    };
    let query = match from {
        Some(title) => {
            let beyond = scan.comparison();
            let or_at = if going_on { "=" } else { "" };
            query.sql(&format!(" and o.title_key {beyond}{or_at} ?")).string(title)
        }
        None => query,
    };
    let query =
        if filter.type_key.is_some() || filter.term.is_some() { query.append(has_some(t, filter)) } else { query };
    let query = query.sql(&format!(" order by o.title_key {} limit ?", scan.direction())).number(limit);
    Ok(query.load(t.conn)?)
}

/// The condition that a customer `o` has items of the type, or such as are searched for. No `exists`, which PostgreSQL
/// might answer by all of the tenant's at once.
fn has_some(t: &TenantConn, filter: &Filter) -> RawQuery {
    let query = RawQuery::new(" and (select 1 from things x where x.customer_id = o.customer_id");
    let query = query.sql(" and x.tenant_id = ? and x.kind = ?").id(t.id).string(filter.kind.one());
    let query = match &filter.type_key {
        Some(type_key) => query.sql(" and x.type_key = ?").string(type_key),
        None => query,
    };
    query.append(filter.matches()).sql(" limit 1) is not null")
}

/// Items of some customers, or of none, one after the other in the order given. `going_on`: of the first, only those
/// after the place.
fn of_owners(
    t: &mut TenantConn,
    filter: &Filter,
    scan: &Scan,
    owners: &[Option<CustomerId>],
    going_on: bool,
    wanted: usize,
) -> Result<Vec<ItemId>, Error> {
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let (way, wanted) = (scan.direction(), wanted as i64);
    let mut query = RawQuery::default();
    for (at, owner) in owners.iter().enumerate() {
        let and = if at == 0 { "" } else { " union all " };
        query = query.sql(&format!("{and}select id, turn from (select x.id, {at} as turn from things x"));
        let (whose, first) = match owner {
            Some(id) => (RawQuery::new(" and x.customer_id = ?").id(*id), ""),
            // See `index_scan::ordered`.
            None => (RawQuery::new(" and x.customer_id is null"), "x.customer_id "),
        };
        query =
            query.sql(" where x.tenant_id = ?").id(t.id).append(whose).sql(" and x.kind = ?").string(filter.kind.one());
        if let Some(type_key) = &filter.type_key {
            query = query.sql(" and x.type_key = ?").string(type_key);
        }
        query = query.append(filter.matches());
        if let (0, true, Some((_, after))) = (at, going_on, &scan.from) {
            query = query.sql(&format!(" and x.id {} ?", scan.comparison())).id(*after);
        }
        let first = if first.is_empty() { String::new() } else { format!("{first}{way}, ") };
        query = query.sql(&format!(" order by {first}x.id {way} limit ?) of{at}")).number(wanted);
    }
    let query = query.sql(&format!(" order by turn, id {way} limit ?")).number(wanted);
    let rows: Vec<IdRow> = query.load(t.conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
