//! Titles that go on from what is being typed.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text;
use crate::db::schema::customers;
use crate::model::customers::search::matching_any_level;
use crate::model::customers::store::mine;
use crate::tenancy::TenantConn;

/// How many are offered.
const MOST: i64 = 10;

/// Titles that go on from `term`, which is folded; then those that hold its words. At most ten.
pub fn suggestions(t: &mut TenantConn, term: &str) -> Result<Vec<(CustomerId, String)>, Error> {
    let mut found: Vec<(CustomerId, String)> = Vec::new();
    let missing = |found: &Vec<_>| MOST - found.len() as i64;
    for (from, to) in text::beginnings(term).unwrap_or_default() {
        let begins = customers::title_key.ge(from).and(customers::title_key.lt(to));
        let next = mine(t).filter(begins).order(customers::title_key).select((customers::id, customers::title));
        found.extend(next.limit(missing(&found)).load::<(CustomerId, String)>(t.conn)?);
        if missing(&found) == 0 {
            return Ok(found);
        }
    }
    if !term.is_empty() {
        let mut more = matching_any_level(t, term, MOST)?;
        more.retain(|(id, _)| !found.iter().any(|(known, _)| known == id));
        more.truncate(usize::try_from(missing(&found)).unwrap_or_default());
        found.extend(more);
    }
    Ok(found)
}
