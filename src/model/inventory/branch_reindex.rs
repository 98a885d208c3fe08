//! Items follow their customers: after a customer was moved with its branch, their copies are taken from the customers
//! above that it left and given to those that it came to. At once when there are few, else slice by slice; meanwhile the
//! branches of those that it left show none of them, and those that it came to show what has followed.

use diesel::dsl::not;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId, JobId};
use crate::base::text::Count;
use crate::db::RawQuery;
use crate::db::schema::customer_branches;
use crate::model::customers::{self, hierarchy};
use crate::model::inventory::branch_index::INSERT_COPIES;
use crate::model::inventory::{Kind, batch, store};
use crate::services::jobs::{self, Job, JobDescription, JobState, SliceResult};
use crate::tenancy::TenantConn;

/// The move, and how far what follows is, as a job keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchReindex {
    /// The customer that was moved.
    root: CustomerId,
    /// Its title.
    title: String,
    /// How many items there were in its branch.
    n: u64,
    /// The customer of the branch whose items are next, and the last of them that has followed.
    #[serde(default)]
    at: Option<(CustomerId, Kind, Option<ItemId>)>,
}

/// Items that follow together.
#[derive(Default)]
struct Next {
    devices: Vec<ItemId>,
    assets: Vec<ItemId>,
}

impl Next {
    fn len(&self) -> u64 {
        (self.devices.len() + self.assets.len()) as u64
    }
}

/// Customers that are looked at together.
const CUSTOMERS: i64 = 200;

impl BranchReindex {
    /// What follows a customer: `n` items.
    pub fn new(root: CustomerId, title: String, n: u64) -> Self {
        Self { root, title, n, at: None }
    }

    /// How many items follow.
    pub fn size(&self) -> u64 {
        self.n
    }

    /// Lets the next items follow, about `size` of them; in the slices of a job, or at once without one.
    pub fn reindex_some(&mut self, t: &mut TenantConn, job: Option<JobId>, size: u64) -> Result<SliceResult, Error> {
        t.share_hierarchy()?;
        let mut next = Next::default();
        let mut finished = false;
        while next.len() < size && !finished {
            let next_customers = self.next_customers(t)?;
            finished = (next_customers.len() as i64) < CUSTOMERS;
            for customer in &next_customers {
                self.items_of(t, *customer, size, &mut next)?;
                if next.len() >= size {
                    finished = false;
                    break;
                }
            }
        }
        let done = next.len();
        for (kind, ids) in [(Kind::Device, next.devices), (Kind::Asset, next.assets)] {
            batch::lock(t, kind, &ids)?;
            reindex(t, kind, &ids)?;
        }
        // What another move left may not be taken yet from things that this one passed before; the last move forgets all.
        if finished && !jobs::is_any_unfinished::<Self>(t, job)? {
            customers::delete_stale_paths(t, job.is_none().then_some(self.root))?;
        }
        // The entry of the move itself tells of it.
        Ok(SliceResult { done, finished, idle: true, ..SliceResult::default() })
    }

    /// The next customers of the branch, in the order of ids, from the one that it is at.
    fn next_customers(&self, t: &mut TenantConn) -> Result<Vec<CustomerId>, Error> {
        let branch = hierarchy::mine(t)
            .filter(customer_branches::ancestor_id.eq(self.root))
            .filter(not(customer_branches::stale))
            .filter(customer_branches::has_devices.or(customer_branches::has_assets));
        let next = branch.select(customer_branches::customer_id).order(customer_branches::customer_id).limit(CUSTOMERS);
        Ok(match self.at {
            Some((customer, ..)) => next.filter(customer_branches::customer_id.ge(customer)).load(t.conn)?,
            None => next.load(t.conn)?,
        })
    }

    /// Adds items of one customer to those that follow next, while there are fewer than `size`, and notes how far it is.
    fn items_of(&mut self, t: &mut TenantConn, customer: CustomerId, size: u64, next: &mut Next) -> Result<(), Error> {
        for kind in Kind::ALL {
            let after = match self.at {
                Some((at, at_kind, _)) if at == customer && at_kind != kind && kind == Kind::Device => continue,
                Some((at, at_kind, after)) if at == customer && at_kind == kind => after,
                _ => None,
            };
            let ids = store::ids_after(t, kind, customer, after, size - next.len())?;
            self.at = Some((customer, kind, ids.last().copied().or(after)));
            match kind {
                Kind::Device => next.devices.extend(ids),
                Kind::Asset => next.assets.extend(ids),
            }
            if next.len() >= size {
                break;
            }
        }
        Ok(())
    }
}

impl JobDescription for BranchReindex {
    fn heading(&self) -> String {
        format!("Moving {}", self.title)
    }

    fn unit(&self) -> &'static str {
        "devices and assets"
    }

    fn status_message(&self, state: JobState) -> String {
        let Self { title, n, .. } = self;
        match state {
            JobState::Done => format!("{title} was moved, and its {} devices and assets with it.", Count(*n)),
            _ => format!(
                "{title} was moved. Its {} devices and assets, inner customers' included, are being listed with the \
                 customers that it is under now; with those that it was under they are not shown any more.",
                Count(*n)
            ),
        }
    }

    fn can_be_cancelled(&self) -> bool {
        false
    }

    fn list(&self) -> (&'static str, &'static str) {
        ("Customers", "/customers")
    }

    fn changes_list(&self, address: &str) -> bool {
        self.list().1 == address || Kind::ALL.into_iter().any(|kind| kind.list_path() == address)
    }

    fn related_customers(&self) -> Vec<CustomerId> {
        vec![self.root]
    }
}

impl Job for BranchReindex {
    const KIND: &'static str = "move_customer";
    type Context = ();

    fn run_slice(&mut self, t: &mut TenantConn, (): &(), id: JobId, size: u64) -> Result<SliceResult, Error> {
        self.reindex_some(t, Some(id), size)
    }
}

/// Copies items to all customers that are above their own now, and takes copies that others have. Raw, see `branch_index`.
fn reindex(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    RawQuery::new("delete from things_in_branches where tenant_id = ? and kind = ? and (ancestor_id, thing_id) in (")
        .id(t.id)
        .string(kind.one())
        .sql(
            "select b.ancestor_id, x.id
             from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
             where b.stale and x.tenant_id = ? and x.kind = ? and ",
        )
        .id(t.id)
        .string(kind.one())
        .in_ids("x.id", ids)
        .sql(")")
        .execute(t.conn)?;
    let copies = RawQuery::new(INSERT_COPIES).id(t.id).string(kind.one()).sql(" and ").in_ids("x.id", ids);
    copies.sql(" on conflict do nothing").execute(t.conn)?;
    Ok(())
}
