//! Searching a list of things. A term that is common is found by looking at the next rows of the list; one that is rare,
//! by the search index; one in between, by walking the list further. So each costs little, and none a count of
//! everything that it would find.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::{Conn, Statement, escaped, quoted, trigrams};
use crate::error::Error;
use crate::id::Id;
use crate::list::Matches;
use crate::tenant::TenantConn;

use super::Thing;
use super::by_customer;
use super::counts::N;
use super::keys::{IdRow, Pace, Sort, Walk, walked};
use super::scope::{Narrowed, Term, begins};

/// Rows of the list that are looked at before anything else.
const LOOK: usize = 200;
/// Rows of the list that are looked at while what was found promises a page of them; a list of so many is always looked
/// at as a whole.
const NEAR: usize = 800;
/// Up to this number of hits they are fetched by the index that finds them, and sorted.
const FEW: i64 = 1_000;
/// How far a list is walked whose order may have nothing to do with the hits.
const FAR: usize = 4_000;
/// Up to this number of hits they are fetched and sorted after all when a walk found too little.
const MANY: i64 = 5_000;

/// What a search found.
pub enum Page {
    /// The next things of the list, and how many match.
    Of(Vec<Id<Thing>>, Matches),
    /// More match than can be put into this order at once.
    Unsortable,
}

/// The next `wanted` things of a list that is searched. `all` are in the list without the search, or fewer; `start` lie
/// before the place.
///
/// # Errors
/// The database's own.
pub fn page(
    t: &mut TenantConn,
    of: &Narrowed,
    walk: &Walk,
    (wanted, all, start): (usize, i64, u64),
) -> Result<Page, Error> {
    let by_customer = walk.sort == Sort::Customer;
    let cut = |mut ids: Vec<Id<Thing>>, n: i64| {
        ids.truncate(wanted);
        let seen = start.saturating_add(ids.len() as u64);
        Ok(Page::Of(ids, Matches::AtLeast(seen.max(n.max(0).unsigned_abs()))))
    };
    if all <= NEAR as i64 {
        let first = walk.from.is_none() && !by_customer;
        let every = if first { walk.clone() } else { Walk::by_id(None) };
        let (every, _) = walked(t, of, every, usize::MAX, Pace::steady(LOOK))?;
        let n = every.len() as u64;
        let mut ids = match (first, by_customer) {
            (true, _) => every,
            (_, true) => by_customer::next(t, of, walk, wanted)?,
            (_, false) => walked(t, of, walk.clone(), wanted, Pace::steady(LOOK))?.0,
        };
        ids.truncate(wanted);
        return Ok(Page::Of(ids, Matches::Exactly(n)));
    }
    let mut looked = (Vec::new(), Some(walk.clone()));
    if !by_customer {
        looked = walked(t, of, walk.clone(), wanted, Pace { all: LOOK, ..Pace::steady(LOOK) })?;
        // As many hits again in the next rows make a page soon.
        if looked.0.len() < wanted
            && looked.0.len() * (NEAR / LOOK) >= wanted
            && let Some(rest) = looked.1
        {
            let more = walked(t, of, rest, wanted - looked.0.len(), Pace { all: NEAR - LOOK, ..Pace::steady(LOOK) })?;
            looked.0.extend(more.0);
            looked.1 = more.1;
        }
        if looked.0.len() >= wanted {
            let n = start.saturating_add(looked.0.len() as u64);
            return cut(looked.0, i64::try_from(n).unwrap_or(i64::MAX));
        }
    }
    let (hits, n) = probe(t, of, FEW)?;
    if hits <= FEW {
        if n == 0 {
            return Ok(Page::Of(Vec::new(), Matches::Exactly(0)));
        }
        return Ok(Page::Of(indexed(t, of, walk, (wanted, FEW))?, Matches::Exactly(n.max(0).unsigned_abs())));
    }
    if by_customer {
        return cut(by_customer::next(t, of, walk, wanted)?, n);
    }
    // Of the hits that were looked at so many are in the list that a page of it is not far.
    if walk.sort == Sort::Created
        && n >= wanted as i64
        && let Some(ids) = newest(t, of, walk, wanted)?
    {
        return cut(ids, n);
    }
    let (mut ids, rest) = looked;
    let Some(rest) = rest else { return cut(ids, n) };
    let all = if walk.sort == Sort::Created { usize::MAX } else { FAR };
    let (more, rest) = walked(t, of, rest, wanted - ids.len(), Pace { first: 2 * LOOK, step: 10 * LOOK, all })?;
    ids.extend(more);
    if ids.len() >= wanted || rest.is_none() {
        return cut(ids, n);
    }
    let (hits, n) = probe(t, of, MANY)?;
    if hits <= MANY {
        return Ok(Page::Of(indexed(t, of, walk, (wanted, MANY))?, Matches::Exactly(n.max(0).unsigned_abs())));
    }
    Ok(Page::Unsortable)
}

/// Whether a search has so few hits that `all_hits` finds them.
///
/// # Errors
/// The database's own.
pub fn is_rare(t: &mut TenantConn, of: &Narrowed) -> Result<bool, Error> {
    Ok(of.term.is_some() && probe(t, of, MANY)?.0 <= MANY)
}

/// The next `wanted` hits of a search that is rare.
///
/// # Errors
/// The database's own.
pub fn all_hits(t: &mut TenantConn, of: &Narrowed, walk: &Walk, wanted: usize) -> Result<Vec<Id<Thing>>, Error> {
    indexed(t, of, walk, (wanted, MANY))
}

/// The next hits in the order of adding, as FTS5 gives them for nothing. `None` on PostgreSQL, whose index knows no order.
fn newest(t: &mut TenantConn, of: &Narrowed, walk: &Walk, wanted: usize) -> Result<Option<Vec<Id<Thing>>>, Error> {
    let (Some(Term::Contains(term)), Conn::Sqlite(_)) = (&of.term, &*t.conn) else { return Ok(None) };
    let mut query = Statement::new("select x.id from things_search s cross join things x on x.seq = s.rowid")
        .sql(" where things_search match ?")
        .string(quoted(term));
    if let Some((_, after)) = &walk.from {
        let place = Statement::new("select seq as n from things where tenant_id = ? and id = ?").id(t.id).id(*after);
        let Some(place) = place.load::<N>(t.conn)?.pop() else { return Ok(None) };
        query = query.sql(&format!(" and s.rowid {} ?", walk.beyond())).number(place.n);
    }
    let query = query.sql(" and ").then(of.holds(t));
    let query = query.sql(&format!(" order by s.rowid {} limit ?", walk.way())).number(wanted as i64);
    Ok(Some(query.load::<IdRow>(t.conn)?.into_iter().map(|row| row.id).collect()))
}

/// The rows that the search index finds, whoever's list they are in: `select {columns} from things x`, at most `limit`.
/// Where few are asked for, some of them may not match.
fn hits(t: &TenantConn, of: &Narrowed, columns: &str, limit: i64) -> Statement {
    match (&of.term, &*t.conn) {
        (Some(Term::Contains(term)), Conn::Sqlite(_)) => Statement::new(&format!(
            "select {columns} from (select rowid as seq from things_search where things_search match ? limit ?) h
             cross join things x on x.seq = h.seq"
        ))
        .string(if limit <= FEW + 1 { trigrams(term) } else { quoted(term) })
        .number(limit),
        (Some(Term::Contains(term)), Conn::Pg(_)) => Statement::new(&format!(
            "select {columns} from things x where x.tenant_id = ? and x.search_key like ? limit ?"
        ))
        .id(t.id)
        .string(format!("%{}%", escaped(term)))
        .number(limit),
        (term, _) => {
            let range = match term {
                Some(Term::Begins(term)) => begins(term),
                _ => Statement::default(),
            };
            Statement::new(&format!("select {columns} from things x where x.tenant_id = ? and x.kind = ?"))
                .id(t.id)
                .string(of.kind.one())
                .then(range)
                .then(of_type(of))
                .sql(" limit ?")
                .number(limit)
        }
    }
}

fn of_type(of: &Narrowed) -> Statement {
    match &of.type_key {
        Some(key) => Statement::new(" and x.type_key = ?").string(key),
        None => Statement::default(),
    }
}

/// Things of a type that at most so many have are fetched and sorted rather than found customer by customer.
pub const FEW_OF_TYPE: i64 = FEW;

#[derive(QueryableByName)]
struct Probe {
    #[diesel(sql_type = BigInt)]
    hits: i64,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many rows the search index finds, counted to one more than `most`, and how many of them are in the list.
fn probe(t: &mut TenantConn, of: &Narrowed, most: i64) -> Result<(i64, i64), Error> {
    let query = Statement::new("select count(*) as hits, count(*) filter (where ")
        .then(of.holds(t))
        .then(of.matches())
        .sql(") as n from (")
        .then(hits(t, of, "x.tenant_id, x.kind, x.customer_id, x.type_key, x.name_key, x.search_key", most + 1))
        .sql(") x");
    Ok(query.load::<Probe>(t.conn)?.first().map_or((0, 0), |row| (row.hits, row.n)))
}

/// How many things match, all of them counted.
///
/// # Errors
/// The database's own.
pub fn count(t: &mut TenantConn, of: &Narrowed) -> Result<i64, Error> {
    if of.term.is_some() {
        let (hits, n) = probe(t, of, MANY)?;
        if hits <= MANY {
            return Ok(n);
        }
    }
    let query = Statement::new("select count(*) as n from things x where ").then(of.holds(t)).then(of.matches());
    Ok(query.load::<N>(t.conn)?.first().map_or(0, |row| row.n))
}

/// The next of at most `most` hits, or things of a type, sorted. `materialized`, so that each planner fetches those first.
///
/// # Errors
/// The database's own.
pub fn indexed(
    t: &mut TenantConn,
    of: &Narrowed,
    walk: &Walk,
    (wanted, most): (usize, i64),
) -> Result<Vec<Id<Thing>>, Error> {
    let key = match walk.sort {
        Sort::Created => "''",
        Sort::Name => "x.name_key",
        Sort::Type => "x.type_key",
        Sort::Label => "x.label_key",
        Sort::Customer => "coalesce(c.title_key, '')",
    };
    let columns = "x.tenant_id, x.id, x.kind, x.customer_id, x.name_key, x.type_key, x.label_key, x.search_key";
    let mut query = Statement::new("with hits as materialized (")
        .then(hits(t, of, columns, most + 1))
        .sql(") select x.id from hits x");
    if walk.sort == Sort::Customer {
        query = query.sql(" left join customers c on c.tenant_id = x.tenant_id and c.id = x.customer_id");
    }
    query = query.sql(" where ").then(of.holds(t)).then(of.matches());
    let (beyond, way) = (walk.beyond(), walk.way());
    if let Some((place, after)) = &walk.from {
        let place = if walk.sort == Sort::Created { "" } else { place };
        query = query
            .sql(&format!(" and ({key} {beyond} ? or ({key} = ? and x.id {beyond} ?))"))
            .string(place)
            .string(place)
            .id(*after);
    }
    let order = if walk.sort == Sort::Created { String::new() } else { format!("{key} {way}, ") };
    let query = query.sql(&format!(" order by {order}x.id {way} limit ?")).number(wanted as i64);
    Ok(query.load::<IdRow>(t.conn)?.into_iter().map(|row| row.id).collect())
}
