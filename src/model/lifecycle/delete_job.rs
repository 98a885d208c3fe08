//! Customers that are deleted while their rows still wait to go. From the moment they are marked they are nowhere:
//! `store::mine` leaves them out, titles and addresses are free, users cannot sign in. A deletion then takes the rows,
//! leaves of the hierarchy first: at once when they are few, else slice by slice beside the requests.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{CustomerId, JobId, TenantId};
use crate::base::text::Count;
use crate::db::schema::{customer_counts, customers};
use crate::db::{Condition, sum};
use crate::model::customers::counts::{self, By};
use crate::model::customers::{Customer, CustomerCounts, hierarchy, store};
use crate::model::{self, dashboards, inventory, users};
use crate::services::jobs::{Job, JobDescription, JobState, SliceResult, subject};
use crate::tenancy::audit::{self, Action, Entry, Items};
use crate::tenancy::{CountChange, TenantConn, Total};

type Deleting = diesel::helper_types::Filter<
    diesel::helper_types::Filter<customers::table, diesel::dsl::Eq<customers::tenant_id, TenantId>>,
    diesel::dsl::Eq<customers::deletion_id, Option<JobId>>,
>;

/// The tenant's customers that go with a deletion.
fn deleting(t: &TenantConn, deletion: JobId) -> Deleting {
    customers::table.filter(customers::tenant_id.eq(t.id)).filter(customers::deletion_id.eq(Some(deletion)))
}

/// The same with their numbers.
fn counted(t: &TenantConn, deletion: JobId) -> diesel::dsl::InnerJoinOn<Deleting, customer_counts::table, Condition> {
    deleting(t, deletion).inner_join(customer_counts::table.on(counts::same(t.conn, By::Customers)))
}

/// Takes customers with their branches out of every list, title and total, in one transaction. Whoever calls holds the
/// hierarchy's lock.
pub fn mark(t: &mut TenantConn, chosen: &[Customer], deletion: JobId) -> Result<(), Error> {
    let ids: Vec<CustomerId> = chosen.iter().map(|customer| customer.id).collect();
    let marked = hierarchy::mark_deleted(t, &ids, deletion)?;
    // What stays loses the roots: each parent that is still there has so many fewer, and the top.
    let mut left: BTreeMap<CustomerId, Vec<CustomerId>> = BTreeMap::new();
    for customer in chosen {
        if let Some(parent) = customer.parent_id {
            left.entry(parent).or_default().push(customer.id);
        }
    }
    let parents: Vec<CustomerId> = left.keys().copied().collect();
    for some in parents.chunks(500) {
        for parent in store::find_all(t, some)? {
            let roots = &left[&parent.id];
            counts::add_inner(t, parent.id, -(roots.len() as i64))?;
            detach_roots(t, roots, deletion)?;
            let above = model::customers::ancestors_of(t, &[parent.id])?;
            let above: Vec<CustomerId> = above.into_iter().map(|pair| pair.ancestor).collect();
            inventory::customers_left(t, roots, &above)?;
        }
    }
    hierarchy::detach(t, deletion)?;
    dashboards::customers_gone(t, deletion)?;
    let users: i64 = counted(t, deletion).select(sum(customer_counts::users_count)).first(t.conn)?;
    let top = chosen.iter().filter(|customer| customer.parent_id.is_none()).count();
    // In the order in which they are added to, so that nobody waits in a circle.
    t.add_to_total(Total::Customers, -marked)?;
    t.add_to_total(Total::TopCustomers, -(top as i64))?;
    t.add_to_total(Total::Users, -users)?;
    Ok(())
}

/// Parts roots from a parent that stays, so that it can be deleted before their rows are gone.
fn detach_roots(t: &mut TenantConn, roots: &[CustomerId], deletion: JobId) -> Result<(), Error> {
    for some in roots.chunks(500) {
        diesel::update(deleting(t, deletion).filter(customers::id.eq_any(some)))
            .set(customers::parent_id.eq(None::<CustomerId>))
            .execute(t.conn)?;
    }
    Ok(())
}

/// The rows of customers that were deleted, with their branches and users, as a job takes them. They are in no list any
/// more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteCustomers {
    /// The title of the one that was chosen; empty when several were.
    #[serde(default)]
    pub title: String,
    /// How many were chosen.
    #[serde(default)]
    pub chosen: u64,
    /// Whether devices or assets return to the tenant.
    #[serde(default, rename = "things")]
    pub with_items: bool,
}

impl DeleteCustomers {
    /// One by its title, or how many.
    fn customers(&self) -> String {
        if self.title.is_empty() { Count(self.chosen).of("customer", "customers") } else { self.title.clone() }
    }
}

impl JobDescription for DeleteCustomers {
    fn heading(&self) -> String {
        format!("Deleting {}", self.customers())
    }

    fn unit(&self) -> &'static str {
        if self.with_items { "customers, users, devices and assets" } else { "customers and users" }
    }

    fn status_message(&self, state: JobState) -> String {
        let (was, is) = if self.chosen > 1 { ("were", "are") } else { ("was", "is") };
        match state {
            JobState::Done => format!("{} {was} deleted.", self.customers()),
            _ => format!("{} {is} in no list any more.", self.customers()),
        }
    }

    fn can_be_cancelled(&self) -> bool {
        false
    }

    fn list(&self) -> (&'static str, &'static str) {
        ("Customers", "/customers")
    }

    fn changes_list(&self, address: &str) -> bool {
        let items = || inventory::Kind::ALL.into_iter().any(|kind| kind.list_path() == address);
        self.list().1 == address || self.with_items && items()
    }
}

impl Job for DeleteCustomers {
    const KIND: &'static str = "delete_customers";
    type Context = ();

    fn run_slice(&mut self, t: &mut TenantConn, (): &(), id: JobId, size: u64) -> Result<SliceResult, Error> {
        let (result, gone) = erase(t, id, size)?;
        if gone.len() > 0 {
            let n = Count(gone.len()).to_string();
            let entry = Entry::of(Action::GoOn, &subject(id, self));
            audit::record(t, entry.detail("Deleted or unassigned", &n).with(gone))?;
        }
        Ok(result)
    }
}

/// Returns items to the tenant and deletes users, then the customers they were of: about `size` rows in all. Answers
/// what is gone.
pub fn erase(t: &mut TenantConn, deletion: JobId, size: u64) -> Result<(SliceResult, Items), Error> {
    let (mut done, mut all) = (0, Items::default());
    let mut leaves = leaves(t, deletion, size)?;
    while done < size && !leaves.is_empty() {
        let ids: Vec<CustomerId> = leaves.iter().map(|leaf| leaf.id).collect();
        let with_items = leaves.iter().filter(|leaf| leaf.counts.devices + leaf.counts.assets > 0);
        let with_items: Vec<CustomerId> = with_items.map(|leaf| leaf.id).collect();
        done += inventory::unassign_some(t, &with_items, size - done, &mut all)?;
        let users = users::erase(t, &ids, size - done)?;
        done += users.len();
        all.absorb("user", users);
        if done >= size {
            break;
        }
        leaves.iter().for_each(|leaf| all.add(leaf.id, &format!("customer {}", leaf.title)));
        for some in ids.chunks(500) {
            diesel::delete(deleting(t, deletion).filter(customers::id.eq_any(some))).execute(t.conn)?;
        }
        done += ids.len() as u64;
        leaves = bare_parents(t, deletion, &leaves)?;
    }
    let finished = done < size;
    if finished
        && diesel::select(diesel::dsl::exists(deleting(t, deletion).select(customers::id))).get_result(t.conn)?
    {
        return Err(Error::internal("customers that are to be deleted have inner customers that are not"));
    }
    let idle = all.len() == 0;
    Ok((SliceResult { done, finished, idle, ..SliceResult::default() }, all))
}

/// What must be known of a customer without inner customers to delete it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
struct Leaf {
    id: CustomerId,
    parent_id: Option<CustomerId>,
    title: String,
    #[diesel(embed)]
    counts: CustomerCounts,
}

/// Customers of a deletion without inner customers, with their parents. The newest first: few are found after their
/// inner ones.
fn leaves(t: &mut TenantConn, deletion: JobId, limit: u64) -> Result<Vec<Leaf>, Error> {
    let bare = counted(t, deletion).filter(customer_counts::inner_count.eq(0)).order(customers::id.desc());
    Ok(bare.select(Leaf::as_select()).limit(limit as i64).load(t.conn)?)
}

/// Counts leaves that were deleted off their parents, and answers those parents that have become leaves.
fn bare_parents(t: &mut TenantConn, deletion: JobId, deleted: &[Leaf]) -> Result<Vec<Leaf>, Error> {
    let mut parents: BTreeMap<CustomerId, i64> = BTreeMap::new();
    for parent in deleted.iter().filter_map(|leaf| leaf.parent_id) {
        *parents.entry(parent).or_default() += 1;
    }
    let ids: Vec<CustomerId> = parents.keys().copied().collect();
    let fewer = parents.into_iter().map(|(parent, n)| (parent, CountChange::inner_customers(-n)));
    t.add_to_customers(&fewer.collect())?;
    let mut bare = Vec::new();
    for some in ids.chunks(500) {
        let these = counted(t, deletion).filter(customers::id.eq_any(some));
        let these = these.filter(customer_counts::inner_count.eq(0));
        bare.extend(these.select(Leaf::as_select()).load(t.conn)?);
    }
    Ok(bare)
}
