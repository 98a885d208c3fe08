//! The copies by which a branch's items are listed, and what follows when customers move or go.
//!
//! Each step names the customers it is about, so that what a large branch needs can be done slice by slice: lists check
//! every row, and show nothing that has left meanwhile. Copies are made and taken by raw statements: diesel compares no rows
//! of columns, and its `insert … select` takes no upsert for both databases.

use std::collections::BTreeMap;

use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::db::RawQuery;
use crate::model::inventory::counters::{CounterChanges, add_to_branches};
use crate::model::inventory::{Kind, batch, in_branch, statistics, store};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Items;

/// Copies items to all customers above their own.
pub fn insert(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    RawQuery::new(INSERT_COPIES).id(t.id).string(kind.one()).sql(" and ").in_ids("x.id", ids).execute(t.conn)?;
    Ok(())
}

/// Copies of a tenant's items of a kind for the customers above their own.
pub(crate) const INSERT_COPIES: &str =
    "insert into things_in_branches (tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key)
     select x.tenant_id, b.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
     from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
     where b.ancestor_id <> b.customer_id and not b.stale and x.tenant_id = ? and x.kind = ?";

/// Takes the copies back; to be done while the items still are where they were copied from.
pub fn remove(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    RawQuery::new("delete from things_in_branches where tenant_id = ? and kind = ? and (ancestor_id, thing_id) in (")
        .id(t.id)
        .string(kind.one())
        .sql(
            "select b.ancestor_id, x.id
             from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
             where b.ancestor_id <> b.customer_id and x.tenant_id = ? and x.kind = ? and ",
        )
        .id(t.id)
        .string(kind.one())
        .in_ids("x.id", ids)
        .sql(")")
        .execute(t.conn)?;
    Ok(())
}

/// A customer was moved with its branch: its items count no longer under `gone`, but under `come`. Answers how many there
/// are, whose copies must follow. To be called under the lock of the hierarchy.
pub fn customer_moved(
    t: &mut TenantConn,
    root: CustomerId,
    gone: &[CustomerId],
    come: &[CustomerId],
) -> Result<u64, Error> {
    let mut all = 0;
    for kind in Kind::ALL {
        let n = in_branch(t, kind, root)?;
        all += n.max(0).unsigned_abs();
        let less = gone.iter().map(|above| (*above, -n));
        let changes: BTreeMap<CustomerId, i64> = less.chain(come.iter().map(|above| (*above, n))).collect();
        add_to_branches(t, kind, &changes)?;
    }
    if all > 0 {
        for (above, sign) in gone.iter().map(|above| (above, -1)).chain(come.iter().map(|above| (above, 1))) {
            statistics::carry(t, root, *above, sign)?;
        }
    }
    Ok(all)
}

/// Customers that were under all of `above` are deleted with their branches: their items count there no more. To be
/// called under the lock of the hierarchy.
pub fn customers_left(t: &mut TenantConn, roots: &[CustomerId], above: &[CustomerId]) -> Result<(), Error> {
    for root in roots {
        for above in above {
            statistics::carry(t, *root, *above, -1)?;
        }
    }
    for kind in Kind::ALL {
        let mut n = 0;
        for root in roots {
            n += in_branch(t, kind, *root)?;
        }
        add_to_branches(t, kind, &above.iter().map(|above| (*above, -n)).collect())?;
    }
    Ok(())
}

/// Returns at most `limit` items of customers that are deleted to the tenant, notes which, and answers how many.
pub fn unassign_some(
    t: &mut TenantConn,
    customers: &[CustomerId],
    limit: u64,
    noted: &mut Items,
) -> Result<u64, Error> {
    let mut unassigned = 0;
    for (kind, some) in Kind::ALL.into_iter().flat_map(|kind| customers.chunks(500).map(move |some| (kind, some))) {
        let ids = store::ids_of(t, kind, some, limit - unassigned)?;
        let mut counter_changes = CounterChanges::default();
        let some = batch::assign(t, kind, &ids, None, &mut counter_changes)?;
        counter_changes.apply(t, kind)?;
        unassigned += some.len();
        noted.absorb(kind.one(), some);
    }
    Ok(unassigned)
}
