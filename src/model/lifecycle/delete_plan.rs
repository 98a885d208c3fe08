//! Deleting customers: what goes with them, and that it goes whole.

use crate::base::error::Error;
use crate::base::id::{CustomerId, Id, JobId};
use crate::base::text::Count;
use crate::model::customers::store::find_all;
use crate::model::customers::{Customer, branch_sizes};
use crate::model::dashboards;
use crate::model::lifecycle::delete_job::{self, DeleteCustomers};
use crate::services::jobs;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Items};

/// Up to this number of rows are deleted by the request that asks for it.
const AT_ONCE: u64 = 200;

/// What a deletion touches.
#[derive(Debug, Clone, Default)]
pub struct Removal {
    /// The customers that were chosen and are still there.
    pub chosen: Vec<Customer>,
    /// Inner customers that go with them.
    pub inner: u64,
    /// Users that go with them.
    pub users: u64,
    /// Devices that return to the tenant.
    pub devices: u64,
    /// Assets that return to the tenant.
    pub assets: u64,
    /// Dashboards that are assigned to them.
    pub dashboards: u64,
}

impl Removal {
    /// Whether more than the chosen customers is touched.
    pub fn goes_beyond(&self) -> bool {
        self.inner > 0 || self.users > 0 || self.devices > 0 || self.assets > 0 || self.dashboards > 0
    }

    /// How many rows go.
    fn size(&self) -> u64 {
        self.chosen.len() as u64 + self.inner + self.users + self.devices + self.assets
    }

    /// What the audit log tells of it.
    fn entry(&self) -> Entry {
        let entry = match self.chosen.as_slice() {
            [only] => Entry::deleted(only),
            several => {
                let mut items = Items::default();
                for customer in several {
                    items.add(customer.id, &customer.title);
                    items.concern(customer.id);
                    customer.parent_id.into_iter().for_each(|parent| items.concern(parent));
                }
                Entry::several(Action::Delete, audit::Kind::Customer, items)
            }
        };
        let numbers = [
            ("Inner customers deleted", self.inner),
            ("Users deleted", self.users),
            ("Devices unassigned", self.devices),
            ("Assets unassigned", self.assets),
            ("Dashboards unassigned", self.dashboards),
        ];
        let counted = numbers.into_iter().filter(|(_, n)| *n > 0);
        counted.fold(entry, |entry, (label, n)| entry.detail(label, &Count(n).to_string()))
    }

    fn job(&self) -> DeleteCustomers {
        let title = match self.chosen.as_slice() {
            [only] => only.title.clone(),
            _ => String::new(),
        };
        DeleteCustomers { title, chosen: self.chosen.len() as u64, with_items: self.devices + self.assets > 0 }
    }
}

/// Counts what deleting `chosen` would touch.
pub fn plan(t: &mut TenantConn, chosen: &[CustomerId]) -> Result<Removal, Error> {
    let mut found = Vec::new();
    for some in chosen.chunks(500) {
        found.extend(find_all(t, some)?);
    }
    let ids: Vec<CustomerId> = found.iter().map(|customer| customer.id).collect();
    let sizes = branch_sizes(t, &ids)?;
    let dashboards = dashboards::assigned_under(t, &ids)?.len() as u64;
    let count = |n: i64| n.max(0).unsigned_abs();
    Ok(Removal {
        inner: count(sizes.customers) - found.len() as u64,
        users: count(sizes.users),
        devices: count(sizes.devices),
        assets: count(sizes.assets),
        dashboards,
        chosen: found,
    })
}

/// Deletes `chosen` with their branches and users in the caller's transaction, and answers the job that takes their rows
/// when they are too many for one request. They are in no list either way. Whoever calls holds the hierarchy's lock and
/// has just planned it.
pub fn remove(t: &mut TenantConn, removal: &Removal) -> Result<Option<JobId>, Error> {
    let deletion = Id::new(t.now);
    delete_job::mark(t, &removal.chosen, deletion)?;
    if removal.size() > AT_ONCE {
        audit::record(t, removal.entry())?;
        jobs::queue(t, deletion, &removal.job(), removal.size())?;
        return Ok(Some(deletion));
    }
    let mut gone = Items::default();
    loop {
        let (slice, some) = delete_job::erase(t, deletion, AT_ONCE)?;
        gone.append(some);
        if slice.finished {
            break;
        }
    }
    let entry = removal.entry();
    audit::record(t, if removal.goes_beyond() { entry.with(gone) } else { entry })?;
    Ok(None)
}
