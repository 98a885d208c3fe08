//! Searching the lists of customers. The search index is asked for a few hits and one more: so few are fetched and
//! sorted; of more, walking the sorted list finds a page sooner, and nobody counts them. What asks a search index is raw:
//! FTS5 and pg_trgm are asked in different ways, which diesel knows neither of.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable};

use crate::base::error::Error;
use crate::base::id::{CustomerId, SqlId};
use crate::base::list::{COUNT_LIMIT, TotalCount};
use crate::db::schema::customers;
use crate::db::{Condition, Conn, RawQuery, SearchWords};
use crate::model::customers::listing::{Level, searched};
use crate::model::customers::store::mine;
use crate::tenancy::{TenantConn, Total};

/// Up to this number of hits they are fetched and sorted.
pub(crate) const FEW_HITS: i64 = 1_000;

/// The condition that a customer matches a term, which is folded and not empty, and how many customers match.
pub(crate) fn search(t: &mut TenantConn, term: &str, level: Level) -> Result<(RawQuery, TotalCount), Error> {
    let every_level = matches!(level, Level::Top | Level::Every);
    let words = &SearchWords::of(term);
    let contains = || words.are_in("customers.search_key");
    match hits(t, words)? {
        Hits::Few(ids) => {
            // Planned for how many they are.
            let those = RawQuery::default().in_ids("customers.id", &ids).without_plan_cache();
            let n = if every_level { ids.len() as i64 } else { counted(t, those.clone(), level, FEW_HITS)? };
            Ok((those, TotalCount::counted(n, FEW_HITS)))
        }
        Hits::Many if every_level => Ok((contains(), TotalCount::AtLeast(FEW_HITS.unsigned_abs()))),
        Hits::Unknown if every_level => Ok((contains(), TotalCount::counted(count_hits(t, words)?, FEW_HITS))),
        Hits::Many | Hits::Unknown => {
            let n = counted(t, contains(), level, FEW_HITS)?;
            Ok((contains(), TotalCount::counted(n, FEW_HITS)))
        }
    }
}

fn counted(t: &mut TenantConn, matches: RawQuery, level: Level, limit: i64) -> Result<i64, Error> {
    let matches = searched(t, level)?.sql(" and ").append(matches).condition(t.conn);
    // No column: so an index can answer alone.
    let some = mine(t).filter(matches).select(1.into_sql::<Integer>()).limit(limit + 1);
    Ok(some.load::<i32>(t.conn)?.len() as i64)
}

/// What the search index knows about a search, whatever the level.
enum Hits {
    /// Only these customers match.
    Few(Vec<CustomerId>),
    /// More than a few match.
    Many,
    /// It has more than a few, and some of them are other tenants' or do not match after all.
    Unknown,
}

#[derive(QueryableByName)]
struct Hit {
    #[diesel(sql_type = Nullable<SqlId>)]
    id: Option<CustomerId>,
}

/// Looks at what the search index has, at a few and one: for some of the trigrams, and where that tells nothing for all of
/// them.
fn hits(t: &mut TenantConn, words: &SearchWords) -> Result<Hits, Error> {
    let (some, all) = match t.conn {
        Conn::Sqlite(_) => (vec![words.trigrams()], vec![words.phrases()]),
        Conn::Pg(_) => (vec![words.rare_part()], words.patterns()),
    };
    let found = found(t, words, some)?;
    match looked_at(t, found)? {
        Hits::Unknown => {
            let found = self::found(t, words, all)?;
            looked_at(t, found)
        }
        known => Ok(known),
    }
}

/// A statement that gives the search index one more value, how much it may find: the ids of what it finds, and nothing in
/// the place of an id that is another tenant's or does not match.
fn found(t: &mut TenantConn, words: &SearchWords, asked: Vec<String>) -> Result<RawQuery, Error> {
    let own = RawQuery::new("select case when c.tenant_id = ? and c.deletion_id is null and ")
        .id(t.id)
        .append(words.are_in("c.search_key"))
        .sql(" then c.id end as id");
    Ok(match t.conn {
        Conn::Sqlite(_) => asked
            .into_iter()
            .fold(
                own.sql(" from (select rowid as seq from customers_search where customers_search match ?"),
                RawQuery::string,
            )
            .sql(" limit ?) h cross join customers c on c.seq = h.seq"),
        Conn::Pg(_) => {
            // The same, but no condition that the index answers.
            let is = if t.mostly_own("customers", &[Total::Customers])? { "is not distinct from" } else { "=" };
            let from = own
                .sql(&format!(
                    " from (select tenant_id, id, deletion_id, search_key from customers where tenant_id {is} ?"
                ))
                .id(t.id);
            let like = |query: RawQuery, pattern| query.sql(" and search_key like ?").string(pattern);
            asked.into_iter().fold(from, like).sql(" limit ?) c").without_plan_cache()
        }
    })
}

fn looked_at(t: &mut TenantConn, found: RawQuery) -> Result<Hits, Error> {
    let found: Vec<Hit> = found.number(FEW_HITS + 1).load(t.conn)?;
    let n = found.len();
    let ids: Vec<_> = found.into_iter().filter_map(|hit| hit.id).collect();
    Ok(match () {
        () if n as i64 <= FEW_HITS => Hits::Few(ids),
        () if ids.len() == n => Hits::Many,
        () => Hits::Unknown,
    })
}

/// How many customers of every level match, counted to one more than a few: among those of a tenant that has not many,
/// else among the hits of FTS5; PostgreSQL's planner knows what to do.
fn count_hits(t: &mut TenantConn, words: &SearchWords) -> Result<i64, Error> {
    if t.total(Total::Customers)? <= COUNT_LIMIT || matches!(t.conn, Conn::Pg(_)) {
        return counted(t, words.are_in("customers.search_key"), Level::Every, FEW_HITS);
    }
    let counted = RawQuery::new(
        "select count(*) as n from (select 1 from customers_search s join customers c on c.seq = s.rowid
         where c.tenant_id = ? and c.deletion_id is null and customers_search match ? and ",
    )
    .id(t.id)
    .string(words.phrases())
    .append(words.are_in("c.search_key"))
    .sql(" limit ?)")
    .number(FEW_HITS + 1)
    .scalar(t.conn)?;
    Ok(counted.unwrap_or_default())
}

/// The condition that the search index finds a customer. Written so that each planner looks there first: into FTS5's
/// trigrams on SQLite (whose planner knows from the statistics in the migration that a tenant has more), pg_trgm's on
/// PostgreSQL.
fn indexed(t: &TenantConn, words: &SearchWords) -> Condition {
    match t.conn {
        Conn::Sqlite(_) => {
            RawQuery::new("customers.seq in (select rowid from customers_search where customers_search match ?)")
                .string(words.phrases())
        }
        Conn::Pg(_) => {
            let hits = RawQuery::new(
                "customers.id in (with hits as materialized (select id from customers where tenant_id = ?",
            )
            .id(t.id);
            let like = |query: RawQuery, pattern| query.sql(" and search_key like ?").string(pattern);
            words.patterns().into_iter().fold(hits, like).sql(") select id from hits)").without_plan_cache()
        }
    }
    .condition(t.conn)
}

/// Some customers of every level that match a search: ids and titles.
pub fn matching_any_level(t: &mut TenantConn, term: &str, limit: i64) -> Result<Vec<(CustomerId, String)>, Error> {
    let words = SearchWords::of(term);
    let found = mine(t).select((customers::id, customers::title)).filter(indexed(t, &words));
    Ok(found.limit(limit).load(t.conn)?)
}
