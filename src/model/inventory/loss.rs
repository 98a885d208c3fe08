//! Who loses what when items are taken from the customers that they are assigned to.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::db::schema::things;
use crate::db::{RawQuery, in_ids};
use crate::model::inventory::bulk::Target;
use crate::model::inventory::store::mine;
use crate::model::inventory::{Filter, Kind, Scope, size};
use crate::tenancy::TenantConn;

/// What customers lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Items that are a customer's.
    pub things: u64,
    /// How many customers have them.
    pub customers: u64,
    /// Whether they were all counted; else there may be more.
    pub is_exact: bool,
}

/// Things are looked at in slices, and no more than so many.
const SLICE: usize = 5_000;
const LOOKED_AT: usize = 50_000;

impl Loss {
    /// Of `target`, when they are taken from all customers but `keeping`.
    pub fn of(t: &mut TenantConn, kind: Kind, target: &Target, keeping: Option<CustomerId>) -> Result<Self, Error> {
        let (mut things, mut owners, mut after, mut looked_at) = (0, BTreeSet::new(), None, 0);
        let is_exact = loop {
            let ids = target.next(t, after, SLICE)?;
            if let (true, None, Target::Matching(of)) = (ids.len() == SLICE, after, target)
                && let Some(loss) = Self::counted(t, kind, of)?
            {
                return Ok(loss);
            }
            for some in ids.chunks(500) {
                for owner in owners_of(t, kind, some)?.into_iter().filter(|owner| keeping != Some(*owner)) {
                    things += 1;
                    owners.insert(owner);
                }
            }
            looked_at += ids.len();
            if ids.len() < SLICE || looked_at >= LOOKED_AT {
                break ids.len() < SLICE;
            }
            after = ids.last().copied();
        };
        Ok(Self { things, customers: owners.len() as u64, is_exact })
    }

    /// By the counters, which know whose items are, but not of which type or called what.
    fn counted(t: &mut TenantConn, kind: Kind, of: &Filter) -> Result<Option<Self>, Error> {
        if of.term.is_some() || of.type_key.is_some() {
            return Ok(None);
        }
        let n = size(t, kind, of.scope)?;
        // By the index of customers that have any.
        let having = RawQuery::new(
            "select count(*) as n from customer_branches o join customers c on c.tenant_id = o.tenant_id
             and c.id = o.customer_id where o.tenant_id = ?",
        );
        let flag = kind.flag_column();
        let having = having.id(t.id).sql(&format!(" and c.deletion_id is null and o.{flag}"));
        let having = having.sql(" and o.ancestor_id = o.customer_id");
        let (things, customers) = match of.scope {
            Scope::Tenant => (n - t.total(kind.total_not_assigned())?, having.scalar(t.conn)?.unwrap_or_default()),
            Scope::NotAssigned => (0, 0),
            Scope::Customer(_) => (n, 1),
            Scope::Branch(id) => {
                let inside = having.sql(" and c.id in (select customer_id from customer_branches where tenant_id = ?");
                let inside = inside.id(t.id).sql(" and ancestor_id = ?").id(id).sql(")");
                (n, inside.scalar(t.conn)?.unwrap_or_default())
            }
        };
        let plain = |n: i64| n.max(0).unsigned_abs();
        Ok(Some(Self { things: plain(things), customers: plain(customers), is_exact: true }))
    }
}

/// The customers of those among `ids` that have one, each as often as it has one of them.
fn owners_of(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<CustomerId>, Error> {
    let theirs = mine(t, kind).filter(in_ids(t.conn, "things.id", ids));
    let owners: Vec<Option<CustomerId>> = theirs.select(things::customer_id).load(t.conn)?;
    Ok(owners.into_iter().flatten().collect())
}
