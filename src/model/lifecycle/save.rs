//! Saving a customer, and what follows when it moves.

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, Id, JobId};
use crate::base::text;
use crate::db;
use crate::db::schema::customers;
use crate::model::customers::changes::{CustomerChanges, NewCustomer};
use crate::model::customers::depth::{self, TooDeep};
use crate::model::customers::hierarchy::{self, is_under};
use crate::model::customers::store::mine;
use crate::model::customers::{Customer, CustomerDraft, counts, find};
use crate::model::dashboards;
use crate::model::inventory::{self, BranchReindex};
use crate::services::jobs;
use crate::tenancy::audit::{self, Entry};
use crate::tenancy::{TenantConn, Total};

/// Why a customer cannot be saved as asked.
#[derive(Debug)]
pub enum Refusal {
    /// Another customer of the tenant has the title.
    TitleTaken,
    /// The parent was deleted in the meantime.
    ParentGone,
    /// The parent is the customer itself or one of its branch.
    ParentInBranch,
    /// The branch would become deeper than a branch may be.
    TooDeep(TooDeep),
    /// Somebody else saved in between.
    Stale,
}

/// Adds a customer.
///
/// # Errors
/// `TitleTaken`, `ParentGone`, `TooDeep`.
pub fn insert(t: &mut TenantConn, draft: &CustomerDraft) -> Result<Saved, Refused<Refusal>> {
    if let Some(parent) = draft.parent {
        t.lock_hierarchy()?;
        exists(t, parent)?;
        if let Some(deep) = depth::wrong_with_adding(t, Some(parent))? {
            return Err(Refused::By(Refusal::TooDeep(deep)));
        }
    } else if draft.home.is_some() {
        t.share_hierarchy()?;
    }
    let id = Id::new(t.now);
    diesel::insert_into(customers::table)
        .values(NewCustomer::new(t, id, draft, t.now))
        .execute(t.conn)
        .map_err(refusal)?;
    counts::insert(t, id, draft.parent)?;
    let rows = hierarchy::insert_paths(t, id, &text::key(&draft.title), draft.parent)?;
    t.add_to_total(Total::Customers, 1)?;
    move_counts(t, None, Some(draft.parent))?;
    take_home(t, id, draft)?;
    let customer = Customer::added(t, id, draft);
    audit::record(t, Entry::added(&customer))?;
    Ok(Saved { customer, follows: None, rows })
}

/// Saves a customer that was edited as of `version`; when it is so already, nothing is written.
///
/// # Errors
/// `Stale`, `TitleTaken`, `ParentGone`, `ParentInBranch`, `TooDeep`; `NotFound` when it was deleted.
pub fn update(
    t: &mut TenantConn,
    id: CustomerId,
    version: i64,
    draft: &CustomerDraft,
) -> Result<Saved, Refused<Refusal>> {
    let current = find(t, id)?;
    if current.version == version && is_unchanged(&current, draft) {
        t.no_changes()?;
        return Ok(Saved { customer: current, follows: None, rows: 0 });
    }
    let (moves, renamed) = (current.parent_id != draft.parent, text::changed_key(&current.title, &draft.title));
    if moves {
        // To the top as well: whoever deletes a branch at this moment counts what leaves it.
        t.lock_hierarchy()?;
        if let Some(parent) = draft.parent {
            exists(t, parent)?;
            if is_under(t, parent, id)? {
                return Err(Refused::By(Refusal::ParentInBranch));
            }
        }
        if let Some(deep) = depth::wrong_with_moving(t, id, draft.parent)? {
            return Err(Refused::By(Refusal::TooDeep(deep)));
        }
    } else if renamed.is_some() || draft.home.is_some() {
        t.share_hierarchy()?;
    }
    let changed = diesel::update(mine(t).filter(customers::id.eq(id)).filter(customers::version.eq(version)))
        .set((
            CustomerChanges::from(draft),
            renamed.as_ref().map(|key| customers::title_key.eq(key)),
            customers::version.eq(customers::version + 1),
            customers::updated_at.eq(t.now),
            customers::updated_by.eq(t.actor),
        ))
        .execute(t.conn)
        .map_err(refusal)?;
    let now = find(t, id)?;
    if changed == 0 {
        return Err(Refused::By(Refusal::Stale));
    }
    let mut rows = 1;
    if let Some(key) = renamed {
        rows += hierarchy::update_title(t, id, &key)?;
    }
    let mut follows = None;
    if moves {
        let moved = move_customer(t, id, draft.parent)?;
        counts::update_level(t, id, draft.parent)?;
        rows += moved.rows;
        move_counts(t, Some(current.parent_id), Some(draft.parent))?;
        follows = reindex(t, BranchReindex::new(id, draft.title.clone(), moved.items))?;
    }
    take_home(t, id, draft)?;
    audit::record(t, Entry::changed(&current, &now))?;
    Ok(Saved { customer: now, follows, rows })
}

/// A customer that was saved.
#[derive(Debug)]
pub struct Saved {
    /// As it is now.
    pub customer: Customer,
    /// The job that lists its items anew, when it was moved and they are many.
    pub follows: Option<JobId>,
    /// How many rows its place in the hierarchy took: a measure of the work. None when nothing was changed.
    pub rows: u64,
}

impl Saved {
    /// Whether it was not so already.
    pub fn is_changed(&self) -> bool {
        self.rows > 0
    }
}

/// Whether a customer is as a draft would have it.
pub(crate) fn is_unchanged(customer: &Customer, draft: &CustomerDraft) -> bool {
    let (c, d) = (customer, draft);
    (c.parent_id, c.home_dashboard_id, c.hide_home_toolbar) == (d.parent, d.home, d.hide_home_toolbar)
        && (&c.title, &c.description, &c.contact) == (&d.title, &d.description, &d.contact)
}

/// Up to this number of items follow in the request that moves their customer.
const AT_ONCE: u64 = 1_000;

/// Lets items follow their customer at once, or queues it.
fn reindex(t: &mut TenantConn, mut branch: BranchReindex) -> Result<Option<JobId>, Error> {
    if branch.size() > AT_ONCE {
        let id = Id::new(t.now);
        jobs::queue(t, id, &branch, branch.size())?;
        return Ok(Some(id));
    }
    while !branch.reindex_some(t, None, AT_ONCE)?.finished {}
    Ok(None)
}

/// A customer's home dashboard is assigned to it.
fn take_home(t: &mut TenantConn, id: CustomerId, draft: &CustomerDraft) -> Result<(), Error> {
    if let Some(home) = draft.home {
        dashboards::assign(t, &[home], &[id])?;
    }
    Ok(())
}

fn exists(t: &mut TenantConn, id: CustomerId) -> Result<(), Refused<Refusal>> {
    match find(t, id) {
        Err(Error::NotFound) => Err(Refused::By(Refusal::ParentGone)),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

fn refusal(error: QueryError) -> Refused<Refusal> {
    if db::violates(&error, "customers_title", "customers.tenant_id, customers.title_key") {
        Refused::By(Refusal::TitleTaken)
    } else {
        error.into()
    }
}

/// Moves one customer from the count of one place to that of another; a place is a parent or the top.
fn move_counts(
    t: &mut TenantConn,
    from: Option<Option<CustomerId>>,
    to: Option<Option<CustomerId>>,
) -> Result<(), Error> {
    for (place, n) in [(from, -1), (to, 1)] {
        match place {
            Some(Some(parent)) => counts::add_inner(t, parent, n)?,
            Some(None) => t.add_to_total(Total::TopCustomers, n)?,
            None => {}
        }
    }
    Ok(())
}

/// What a move took, and what must follow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moved {
    /// Items that must follow.
    pub items: u64,
    /// Rows that were written.
    pub rows: u64,
}

/// Moves a customer under another parent, or to the top, with its branch and everything that is listed by it. To be called
/// under the lock of the hierarchy.
fn move_customer(t: &mut TenantConn, root: CustomerId, parent: Option<CustomerId>) -> Result<Moved, Error> {
    let ancestors = hierarchy::ancestors_changed(t, root, parent)?;
    let items = inventory::customer_moved(t, root, &ancestors.left, &ancestors.joined)?;
    Ok(Moved { items, rows: hierarchy::move_paths(t, root, &ancestors)? })
}
