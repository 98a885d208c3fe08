//! What is done to many items at once: to those that are chosen, or to all that match. Done slice by slice in the order
//! of ids, so that it may as well be spread over many transactions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::model::customers;
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::index_scan::{self, BatchSize, Scan};
use crate::model::inventory::{self, Filter, Item, Kind, batch, search, size};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Entry, Items};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They are assigned to a customer.
    Assign(CustomerId),
    /// They are assigned to none.
    Unassign,
    /// They are deleted.
    Delete,
}

/// To which items.
#[derive(Debug, Clone)]
pub enum Target {
    /// Those with these ids that are there.
    These(BTreeSet<ItemId>),
    /// All that a list holds at the moment that it is done.
    Matching(Filter),
}

/// Items in one slice.
const SLICE: usize = 5_000;

impl Target {
    /// The next `limit` of them in the order of ids. Fewer, when there are no more.
    pub(crate) fn next(&self, t: &mut TenantConn, after: Option<ItemId>, limit: usize) -> Result<Vec<ItemId>, Error> {
        match self {
            Self::These(ids) => {
                let after = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
                Ok(ids.range((after, std::ops::Bound::Unbounded)).take(limit).copied().collect())
            }
            Self::Matching(of) => {
                let mut found = index_scan::scan_rows(t, of, Scan::by_id(after), limit, BatchSize::steady(limit))?.0;
                found.truncate(limit);
                Ok(found)
            }
        }
    }

    /// How many there are, and the first of them.
    pub fn count(&self, t: &mut TenantConn, kind: Kind) -> Result<(u64, Option<Item>), Error> {
        let first = self.next(t, None, SLICE)?;
        let found = match self {
            Self::These(_) => {
                let mut n = 0;
                for some in first.chunks(500) {
                    n += inventory::find_in_order(t, kind, some)?.len();
                }
                n as u64
            }
            Self::Matching(_) if first.len() < SLICE => first.len() as u64,
            Self::Matching(of) if of.term.is_none() && of.type_key.is_none() => {
                size(t, kind, of.scope)?.max(0).unsigned_abs()
            }
            Self::Matching(of) => search::count(t, of)?.max(0).unsigned_abs(),
        };
        let mut one = inventory::find_in_order(t, kind, first.get(..1).unwrap_or_default())?;
        if one.is_empty() && found > 0 {
            one = inventory::find_in_order(t, kind, first.get(..500.min(first.len())).unwrap_or_default())?;
        }
        Ok((found, one.into_iter().next().map(|(item, _)| item)))
    }
}

/// Does it to these, and answers which were changed. The hierarchy must be shared, and the customer be there.
pub fn act_on(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[ItemId],
    action: Action,
    counter_changes: &mut CounterChanges,
) -> Result<Items, Error> {
    match action {
        Action::Assign(customer) => batch::assign(t, kind, ids, Some(customer), counter_changes),
        Action::Unassign => batch::assign(t, kind, ids, None, counter_changes),
        Action::Delete => batch::delete(t, kind, ids, counter_changes),
    }
}

/// Does it to all of them in this transaction, and answers how many were changed.
///
/// # Errors
/// `NotFound` when the customer is not there.
pub fn run(t: &mut TenantConn, kind: Kind, what: &Target, action: Action) -> Result<u64, Error> {
    t.share_hierarchy()?;
    let to = match action {
        Action::Assign(customer) => Some(customers::find(t, customer)?.title),
        _ => None,
    };
    let (mut counter_changes, mut done, mut after) = (CounterChanges::default(), Items::default(), None);
    loop {
        let ids = what.next(t, after, SLICE)?;
        done.append(act_on(t, kind, &ids, action, &mut counter_changes)?);
        if ids.len() < SLICE {
            break;
        }
        after = ids.last().copied();
    }
    counter_changes.apply_at_end(t, kind)?;
    let n = done.len();
    if action != Action::Delete {
        done.concern_each();
    }
    record(t, kind, action, to.as_deref(), done)?;
    Ok(n)
}

/// Records what was done; or that nothing was, when all of them were so already.
pub fn record(t: &mut TenantConn, kind: Kind, action: Action, to: Option<&str>, items: Items) -> Result<(), Error> {
    if items.len() == 0 {
        return t.no_changes();
    }
    let done = match action {
        Action::Assign(_) => audit::Action::Assign,
        Action::Unassign => audit::Action::Unassign,
        Action::Delete => audit::Action::Delete,
    };
    let entry = Entry::several(done, kind.into(), items);
    audit::record(t, to.into_iter().fold(entry, |entry, title| entry.detail("Customer", title)))
}
