//! Searching a list of things. A term that is common is found by looking at the next rows of the list; one that is rare,
//! by the search index; one in between, by walking the list further. So each costs little, and none a count of
//! everything that it would find.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::{Conn, Statement, escaped, quoted};
use crate::error::Error;
use crate::id::Id;
use crate::list::Matches;
use crate::tenant::TenantConn;

use super::Thing;
use super::by_customer;
use super::counts::N;
use super::keys::{IdRow, Sort, Walk, walked};
use super::scope::{Narrowed, Term, begins};

/// Rows of the list that are looked at before anything else, and at a time when it is walked.
const LOOK: i64 = 1_000;
/// Up to this number of hits they are fetched by the index that finds them, and sorted.
const FEW: i64 = 4_000;

/// The next `wanted` things of a list that is searched, and how many match. `all` are in the list without the search, or
/// fewer; `start` lie before the place.
///
/// # Errors
/// The database's own.
pub fn page(
    t: &mut TenantConn,
    of: &Narrowed,
    walk: &Walk,
    (wanted, all, start): (usize, i64, u64),
) -> Result<(Vec<Id<Thing>>, Matches), Error> {
    let by_customer = walk.sort == Sort::Customer;
    if all <= LOOK {
        let (every, _) = walked(t, of, Walk::by_id(None), usize::MAX, LOOK)?;
        let mut ids = if by_customer {
            by_customer::next(t, of, walk, wanted)?
        } else {
            walked(t, of, walk.clone(), wanted, LOOK)?.0
        };
        ids.truncate(wanted);
        return Ok((ids, Matches::Exactly(every.len() as u64)));
    }
    let mut looked = (Vec::new(), Some(walk.clone()));
    if !by_customer {
        looked = walked(t, of, walk.clone(), 0, LOOK)?;
        if looked.0.len() >= wanted {
            let n = start.saturating_add(looked.0.len() as u64);
            looked.0.truncate(wanted);
            return Ok((looked.0, Matches::AtLeast(n)));
        }
    }
    let (hits, n) = probe(t, of)?;
    if hits <= FEW {
        return Ok((indexed(t, of, walk, wanted)?, Matches::Exactly(n.max(0).unsigned_abs())));
    }
    let (mut ids, rest) = looked;
    if by_customer {
        ids = by_customer::next(t, of, walk, wanted)?;
    } else if let Some(rest) = rest {
        ids.extend(walked(t, of, rest, wanted - ids.len(), LOOK)?.0);
    }
    ids.truncate(wanted);
    let seen = start.saturating_add(ids.len() as u64);
    Ok((ids, Matches::AtLeast(seen.max(n.max(0).unsigned_abs()))))
}

/// The rows that the search index finds, whoever's list they are in: `select {columns} from things x`, at most `limit`.
fn hits(t: &TenantConn, of: &Narrowed, columns: &str, limit: i64) -> Statement {
    match (&of.term, &*t.conn) {
        (Some(Term::Contains(term)), Conn::Sqlite(_)) => Statement::new(&format!(
            "select {columns} from (select rowid as seq from things_search where things_search match ? limit ?) h
             cross join things x on x.seq = h.seq"
        ))
        .string(quoted(term))
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

/// Whether a type's things, of which there are `n`, are better sorted than found one by one in the order of customers.
pub fn is_few(n: i64) -> bool {
    n <= FEW
}

#[derive(QueryableByName)]
struct Probe {
    #[diesel(sql_type = BigInt)]
    hits: i64,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many rows the search index finds, counted a little further than few, and how many of them are in the list.
fn probe(t: &mut TenantConn, of: &Narrowed) -> Result<(i64, i64), Error> {
    let query = Statement::new("select count(*) as hits, count(*) filter (where ")
        .then(of.holds(t))
        .sql(") as n from (")
        .then(hits(t, of, "x.tenant_id, x.kind, x.customer_id, x.type_key", FEW + 1))
        .sql(") x");
    Ok(query.load::<Probe>(t.conn)?.first().map_or((0, 0), |row| (row.hits, row.n)))
}

/// How many things match, all of them counted.
///
/// # Errors
/// The database's own.
pub fn count(t: &mut TenantConn, of: &Narrowed) -> Result<i64, Error> {
    if of.term.is_some() {
        let (hits, n) = probe(t, of)?;
        if hits <= FEW {
            return Ok(n);
        }
    }
    let query = Statement::new("select count(*) as n from things x where ").then(of.holds(t)).then(of.matches());
    Ok(query.load::<N>(t.conn)?.first().map_or(0, |row| row.n))
}

/// The next of few hits, or of a type that few have, sorted. `materialized`, so that each planner fetches the hits first.
///
/// # Errors
/// The database's own.
pub fn indexed(t: &mut TenantConn, of: &Narrowed, walk: &Walk, wanted: usize) -> Result<Vec<Id<Thing>>, Error> {
    let key = match walk.sort {
        Sort::Created => "''",
        Sort::Name => "x.name_key",
        Sort::Type => "x.type_key",
        Sort::Label => "x.label_key",
        Sort::Customer => "coalesce(c.title_key, '')",
    };
    let columns = "x.tenant_id, x.id, x.kind, x.customer_id, x.name_key, x.type_key, x.label_key";
    let mut query = Statement::new("with hits as materialized (")
        .then(hits(t, of, columns, FEW + 1))
        .sql(") select x.id from hits x");
    if walk.sort == Sort::Customer {
        query = query.sql(" left join customers c on c.tenant_id = x.tenant_id and c.id = x.customer_id");
    }
    query = query.sql(" where ").then(of.holds(t));
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
