//! What the search index of items finds: fetched, looked at and sorted, when it is not much. Raw: FTS5 and pg_trgm, and
//! common table expressions, which diesel has not.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use crate::base::error::Error;
use crate::base::id::{ItemId, SqlId};
use crate::db::{Conn, RawQuery, SearchWords};
use crate::model::inventory::Filter;
use crate::model::inventory::index_scan::{Scan, Sort};
use crate::tenancy::{TenantConn, Total};

/// Up to this number of hits, or of items of a type, they are fetched by the index that finds them, and sorted.
pub const FEW: i64 = 1_000;
const COLUMNS: &str = "x.tenant_id, x.id, x.kind, x.customer_id, x.name_key, x.type_key, x.label_key, x.search_key";

/// What the index found.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows that it found, whoever's list they are in, counted to one more than were asked for. Some of them may not match.
    pub hits: i64,
    /// How many of them are in the list and match.
    pub n: i64,
    /// The next of those, when there are not more hits than asked for.
    pub ids: Vec<ItemId>,
}

#[derive(Clone, Copy, Default, QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    hits: i64,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The numbers first, then one of the items at each place.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<SqlId>)]
    id: Option<ItemId>,
    #[diesel(embed)]
    counted: Counted,
    #[diesel(sql_type = BigInt)]
    place: i64,
}

/// The next `wanted` of at most `most` hits, or items of a type. `materialized`, so that each planner fetches those first.
pub fn sorted(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize, most: i64) -> Result<Found, Error> {
    let key = match scan.sort {
        Sort::Created => "",
        Sort::Name => "x.name_key",
        Sort::Type => "x.type_key",
        Sort::Label => "x.label_key",
        Sort::Customer => "coalesce(c.title_key, '')",
    };
    let (beyond, way) = (scan.comparison(), scan.direction());
    let order = if key.is_empty() { format!("x.id {way}") } else { format!("{key} {way}, x.id {way}") };
    let mut next = RawQuery::new(&format!("select x.id, row_number() over (order by {order}) as place from own x"));
    // Joined and no scalar query: Citus on PostgreSQL 15 takes none beside an outer join.
    next = next.sql(" cross join counted");
    if scan.sort == Sort::Customer {
        next = next.sql(" left join customers c on c.tenant_id = x.tenant_id and c.id = x.customer_id");
    }
    next = next.sql(" where counted.hits <= ?").number(most);
    next = match &scan.from {
        Some((_, after)) if key.is_empty() => next.sql(&format!(" and x.id {beyond} ?")).id(*after),
        Some((place, after)) => next
            .sql(&format!(" and ({key} {beyond} ? or ({key} = ? and x.id {beyond} ?))"))
            .string(place)
            .string(place)
            .id(*after),
        None => next,
    };
    let next = next.sql(&format!(" order by {order} limit ?")).number(wanted as i64);
    let query = looked_at(t, filter, most)?
        .sql(" select null as id, hits, n, 0 as place from counted union all select id, 0, 0, place from (")
        .append(next)
        .sql(") sorted");
    let mut rows: Vec<Row> = query.load(t.conn)?;
    rows.sort_unstable_by_key(|row| row.place);
    let Counted { hits, n } = rows.first().map(|row| row.counted).unwrap_or_default();
    Ok(Found { hits, n, ids: rows.into_iter().filter_map(|row| row.id).collect() })
}

/// How many of at most `most` hits match.
pub fn counted(t: &mut TenantConn, filter: &Filter, most: i64) -> Result<Found, Error> {
    let query = looked_at(t, filter, most)?.sql(" select hits, n from counted");
    let row = query.load::<Counted>(t.conn)?.pop();
    Ok(row.map_or_else(Found::default, |row| Found { hits: row.hits, n: row.n, ids: Vec::new() }))
}

/// A statement's beginning: at most `most` hits and one more, `own` of them, and both `counted`.
fn looked_at(t: &mut TenantConn, filter: &Filter, most: i64) -> Result<RawQuery, Error> {
    Ok(RawQuery::new("with hits as materialized (")
        .append(hits(t, filter, most + 1)?)
        .sql("), own as materialized (select x.* from hits x where ")
        .append(filter.to_sql(t))
        .append(filter.matches())
        .sql("), counted as materialized (select (select count(*) from hits) as hits, (select count(*) from own) as n)")
        .without_plan_cache())
}

/// The rows that the search index finds, whoever's list they are in: `select {COLUMNS} from things x`, at most `limit`.
/// Where few are asked for, some of them may not match.
fn hits(t: &mut TenantConn, filter: &Filter, limit: i64) -> Result<RawQuery, Error> {
    let few = limit <= FEW + 1;
    Ok(match (&filter.term, &*t.conn) {
        (Some(term), Conn::Sqlite(_)) => {
            let words = SearchWords::of(term);
            RawQuery::new(&format!(
                "select {COLUMNS} from (select rowid as seq from things_search where things_search match ? limit ?) h
             cross join things x on x.seq = h.seq"
            ))
            .string(if few { words.trigrams() } else { words.phrases() })
            .number(limit)
        }
        (Some(term), Conn::Pg(_)) => {
            let words = SearchWords::of(term);
            // The same, but no condition that the index answers.
            let is =
                if t.mostly_own("things", &[Total::Devices, Total::Assets])? { "is not distinct from" } else { "=" };
            let patterns = if few { vec![words.rare_part()] } else { words.patterns() };
            let query = RawQuery::new(&format!("select {COLUMNS} from things x where x.tenant_id {is} ?")).id(t.id);
            let like = |query: RawQuery, pattern| query.sql(" and x.search_key like ?").string(pattern);
            patterns.into_iter().fold(query, like).sql(" limit ?").number(limit)
        }
        (None, _) => RawQuery::new(&format!("select {COLUMNS} from things x where x.tenant_id = ? and x.kind = ?"))
            .id(t.id)
            .string(filter.kind.one())
            .append(of_type(filter))
            .sql(" limit ?")
            .number(limit),
    })
}

fn of_type(filter: &Filter) -> RawQuery {
    match &filter.type_key {
        Some(key) => RawQuery::new(" and x.type_key = ?").string(key),
        None => RawQuery::default(),
    }
}
