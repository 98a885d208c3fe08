//! Titles that go on from what is being typed.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::db::after_prefix;
use crate::db::schema::customers;
use crate::model::customers::search::matching_any_level;
use crate::model::customers::store::mine;
use crate::tenancy::TenantConn;

/// How many are offered.
const MOST: i64 = 10;

/// Titles that go on from `term`, which is folded; then those that hold it. At most ten.
pub fn suggestions(t: &mut TenantConn, term: &str) -> Result<Vec<(CustomerId, String)>, Error> {
    let begins = customers::title_key.ge(term.to_owned()).and(customers::title_key.lt(after_prefix(term)));
    let found = mine(t).filter(begins).order(customers::title_key).select((customers::id, customers::title));
    let mut found: Vec<(CustomerId, String)> = found.limit(MOST).load(t.conn)?;
    if found.len() < MOST as usize && term.chars().count() >= 3 {
        let mut more = matching_any_level(t, term, MOST)?;
        more.retain(|(id, _)| !found.iter().any(|(known, _)| known == id));
        found.extend(more);
        found.truncate(MOST as usize);
    }
    Ok(found)
}
