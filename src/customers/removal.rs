//! Deleting customers: what goes with them, and that it goes whole.

use std::collections::{HashMap, HashSet};

use super::Customer;
use super::hierarchy::{BranchSizes, ancestors_of, branch_of, branch_sizes};
use super::store::{add_to_inner_count, delete_all, find_all};
use crate::error::Error;
use crate::id::Id;
use crate::tenant::{TenantConn, Total};
use crate::things::{self, Top};

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
}

impl Removal {
    /// Whether more than the chosen customers is touched.
    pub fn goes_beyond(&self) -> bool {
        self.inner > 0 || self.users > 0 || self.devices > 0 || self.assets > 0
    }
}

/// Counts what deleting `chosen` would touch.
///
/// # Errors
/// The database's own.
pub fn plan(t: &mut TenantConn, chosen: &[Id<Customer>]) -> Result<Removal, Error> {
    let mut found = Vec::new();
    for some in chosen.chunks(500) {
        found.extend(find_all(t, some)?);
    }
    let ids: Vec<Id<Customer>> = found.iter().map(|customer| customer.id).collect();
    // Beyond what one statement may bind, the branch is walked piecewise, as the deletion does.
    let sizes = if ids.len() <= 1_000 {
        branch_sizes(t, &ids)?
    } else {
        let branch: Vec<Id<Customer>> = whole_branch(t, &ids)?.into_iter().collect();
        let mut sizes = BranchSizes { customers: branch.len() as i64, ..BranchSizes::default() };
        for some in branch.chunks(500) {
            for customer in find_all(t, some)? {
                sizes.users += customer.users_count;
                sizes.devices += customer.devices_count;
                sizes.assets += customer.assets_count;
            }
        }
        sizes
    };
    let count = |n: i64| n.max(0).unsigned_abs();
    Ok(Removal {
        inner: count(sizes.customers) - found.len() as u64,
        users: count(sizes.users),
        devices: count(sizes.devices),
        assets: count(sizes.assets),
        chosen: found,
    })
}

fn whole_branch(t: &mut TenantConn, roots: &[Id<Customer>]) -> Result<HashSet<Id<Customer>>, Error> {
    let mut branch = HashSet::new();
    for some in roots.chunks(1_000) {
        branch.extend(branch_of(t, some)?);
    }
    Ok(branch)
}

/// The chosen customers that are under no other chosen one, with the customers above each.
fn tops(t: &mut TenantConn, roots: &[Id<Customer>], branch: &HashSet<Id<Customer>>) -> Result<Vec<Top>, Error> {
    let mut above: HashMap<Id<Customer>, Vec<Id<Customer>>> = HashMap::new();
    for pair in ancestors_of(t, roots)?.into_iter().filter(|pair| pair.ancestor != pair.customer) {
        above.entry(pair.customer).or_default().push(pair.ancestor);
    }
    let tops = roots.iter().map(|root| Top { root: *root, above: above.remove(root).unwrap_or_default() });
    Ok(tops.filter(|top| top.above.iter().all(|ancestor| !branch.contains(ancestor))).collect())
}

/// Deletes `chosen` with their branches and users, frees what was assigned to them, in one transaction, and answers what went.
///
/// # Errors
/// The database's own.
pub fn remove(t: &mut TenantConn, chosen: &[Id<Customer>]) -> Result<Removal, Error> {
    t.lock_hierarchy()?;
    let removal = plan(t, chosen)?;
    let roots: Vec<Id<Customer>> = removal.chosen.iter().map(|customer| customer.id).collect();
    let branch = whole_branch(t, &roots)?;
    let mut left: HashMap<Id<Customer>, i64> = HashMap::new();
    let mut top = 0;
    for customer in &removal.chosen {
        match customer.parent_id {
            None => top += 1,
            Some(parent) if !branch.contains(&parent) => *left.entry(parent).or_default() += 1,
            Some(_) => {}
        }
    }
    let gone: Vec<Id<Customer>> = branch.iter().copied().collect();
    if removal.devices + removal.assets > 0 {
        let tops = tops(t, &roots, &branch)?;
        things::customers_go(t, &tops, &gone)?;
    }
    delete_all(t, &gone)?;
    for (parent, n) in left {
        add_to_inner_count(t, parent, -n)?;
    }
    // In the order in which they are added to, so that nobody waits in a circle.
    t.add_to_total(Total::Customers, -(gone.len() as i64))?;
    t.add_to_total(Total::TopCustomers, -top)?;
    Ok(removal)
}
