//! Searching a list of items. A term that is common is found by looking at the next rows of the list; one that is rare,
//! by the search index; one in between, by walking the list further. So each costs little, and none a count of
//! everything that it would find.

use crate::base::error::Error;
use crate::base::id::ItemId;
use crate::base::list::TotalCount;
use crate::db::{Conn, RawQuery, SearchWords};
use crate::model::inventory::full_text::{self, FEW, Found};
use crate::model::inventory::index_scan::{BatchSize, IdRow, Scan, Sort, scan_rows};
use crate::model::inventory::{Filter, sort_by_customer};
use crate::tenancy::TenantConn;

/// Rows of the list that are looked at before anything else.
const LOOK: usize = 200;
/// Rows of the list that are looked at while what was found promises a page of them, on SQLite; a list of so many is
/// always looked at as a whole. On PostgreSQL, whose index finds all hits before it gives the first, it is `FAR`.
const NEAR: usize = 800;
/// How far a list is walked whose order may have nothing to do with the hits.
const FAR: usize = 4_000;
/// Up to this number of hits they are fetched and sorted after all when a walk found too little.
const MANY: i64 = 5_000;

/// What a search found.
pub enum Page {
    /// The next items of the list, and how many match.
    Of(Vec<ItemId>, TotalCount),
    /// More match than can be put into this order at once.
    Unsortable,
}

/// The next `wanted` items of a list that is searched. `all` are in the list without the search, or fewer; `start` lie
/// before the place.
pub fn page(
    t: &mut TenantConn,
    filter: &Filter,
    scan: &Scan,
    wanted: usize,
    all: i64,
    start: u64,
) -> Result<Page, Error> {
    let by_customer = scan.sort == Sort::Customer;
    let cut = |mut ids: Vec<ItemId>, n: i64| {
        ids.truncate(wanted);
        let seen = start.saturating_add(ids.len() as u64);
        Ok(Page::Of(ids, TotalCount::AtLeast(seen.max(n.max(0).unsigned_abs()))))
    };
    if all <= NEAR as i64 {
        let first = scan.from.is_none() && !by_customer;
        let every = if first { scan.clone() } else { Scan::by_id(None) };
        let (every, _) = scan_rows(t, filter, every, usize::MAX, BatchSize::steady(LOOK))?;
        let n = every.len() as u64;
        let mut ids = match (first, by_customer) {
            (true, _) => every,
            (_, true) => sort_by_customer::next(t, filter, scan, wanted)?,
            (_, false) => scan_rows(t, filter, scan.clone(), wanted, BatchSize::steady(LOOK))?.0,
        };
        ids.truncate(wanted);
        return Ok(Page::Of(ids, TotalCount::Exactly(n)));
    }
    let mut looked = (Vec::new(), Some(scan.clone()));
    if !by_customer {
        looked = scan_rows(t, filter, scan.clone(), wanted, BatchSize { all: LOOK, ..BatchSize::steady(LOOK) })?;
        // As many hits again in the next rows make a page soon.
        let near = if matches!(t.conn, Conn::Pg(_)) { FAR } else { NEAR };
        if looked.0.len() < wanted
            && looked.0.len() * (near / LOOK) >= wanted
            && let Some(rest) = looked.1
        {
            let size = BatchSize { first: LOOK, step: NEAR, all: near - LOOK };
            let more = scan_rows(t, filter, rest, wanted - looked.0.len(), size)?;
            looked.0.extend(more.0);
            looked.1 = more.1;
        }
        if looked.0.len() >= wanted {
            let n = start.saturating_add(looked.0.len() as u64);
            return cut(looked.0, i64::try_from(n).unwrap_or(i64::MAX));
        }
    }
    let Found { hits, n, ids } = full_text::sorted(t, filter, scan, wanted, FEW)?;
    if hits <= FEW {
        return Ok(Page::Of(ids, TotalCount::Exactly(n.max(0).unsigned_abs())));
    }
    if by_customer {
        return cut(sort_by_customer::next(t, filter, scan, wanted)?, n);
    }
    // Of the hits that were looked at so many are in the list that a page of it is not far.
    if scan.sort == Sort::Created
        && n >= wanted as i64
        && let Some(ids) = newest(t, filter, scan, wanted)?
    {
        return cut(ids, n);
    }
    let (mut ids, rest) = looked;
    let Some(rest) = rest else { return cut(ids, n) };
    let all = if scan.sort == Sort::Created { usize::MAX } else { FAR };
    let (more, rest) =
        scan_rows(t, filter, rest, wanted - ids.len(), BatchSize { first: 2 * LOOK, step: 10 * LOOK, all })?;
    ids.extend(more);
    if ids.len() >= wanted || rest.is_none() {
        return cut(ids, n);
    }
    let found = full_text::sorted(t, filter, scan, wanted, MANY)?;
    if found.hits <= MANY {
        return Ok(Page::Of(found.ids, TotalCount::Exactly(found.n.max(0).unsigned_abs())));
    }
    Ok(Page::Unsortable)
}

/// Whether a search has so few hits that `all_hits` finds them.
pub fn is_rare(t: &mut TenantConn, filter: &Filter) -> Result<bool, Error> {
    Ok(filter.term.is_some() && full_text::counted(t, filter, MANY)?.hits <= MANY)
}

/// The next `wanted` hits of a search that is rare.
pub fn all_hits(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Vec<ItemId>, Error> {
    Ok(full_text::sorted(t, filter, scan, wanted, MANY)?.ids)
}

/// The next hits in the order of adding, as FTS5 gives them for nothing. `None` on PostgreSQL, whose index knows no order.
/// Raw: diesel knows no FTS5.
fn newest(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Option<Vec<ItemId>>, Error> {
    let (Some(term), Conn::Sqlite(_)) = (&filter.term, &*t.conn) else { return Ok(None) };
    let mut query = RawQuery::new("select x.id from things_search s cross join things x on x.seq = s.rowid")
        .sql(" where things_search match ?")
        .string(SearchWords::of(term).phrases());
    if let Some((_, after)) = &scan.from {
        let place = RawQuery::new("select seq as n from things where tenant_id = ? and kind = ? and id = ?")
            .id(t.id)
            .string(filter.kind.one())
            .id(*after);
        let Some(place) = place.scalar(t.conn)? else { return Ok(None) };
        query = query.sql(&format!(" and s.rowid {} ?", scan.comparison())).number(place);
    }
    let query = query.sql(" and ").append(filter.to_sql(t)).append(filter.matches());
    let query = query.sql(&format!(" order by s.rowid {} limit ?", scan.direction())).number(wanted as i64);
    Ok(Some(query.load::<IdRow>(t.conn)?.into_iter().map(|row| row.id).collect()))
}

/// How many items match, all of them counted.
pub fn count(t: &mut TenantConn, filter: &Filter) -> Result<i64, Error> {
    if filter.term.is_some() {
        let found = full_text::counted(t, filter, MANY)?;
        if found.hits <= MANY {
            return Ok(found.n);
        }
    }
    let query =
        RawQuery::new("select count(*) as n from things x where ").append(filter.to_sql(t)).append(filter.matches());
    Ok(query.scalar(t.conn)?.unwrap_or_default())
}
