//! Several items at once: locked, deleted, assigned. The queries begin with the tenant, and go in the order of ids.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::db::schema::things;
use crate::db::{Condition, Conn, RawQuery, in_ids};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::store::mine;
use crate::model::inventory::{Kind, branch_index};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Items;

/// Waits until nobody else changes these items, and keeps it so until the transaction ends. SQLite's single writer
/// needs no more.
pub fn lock(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    let these = mine(t, kind).filter(things::id.eq_any(ids)).select(things::id);
    if let Conn::Pg(conn) = t.conn {
        // In the order of their ids, so that of two who lock the same items one waits for the other and not both.
        these.order(things::id).for_update().execute(conn)?;
    }
    Ok(())
}

/// What the numbers need to know of an item that changes.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = things)]
struct Held {
    id: ItemId,
    customer_id: Option<CustomerId>,
    name: String,
    type_name: String,
    created_at: Timestamp,
}

/// Items for the audit log, with whose they were.
fn items(held: &[Held]) -> Items {
    let mut items = Items::default();
    for item in held {
        items.add(item.id, &item.name);
        item.customer_id.into_iter().for_each(|customer| items.concern(customer));
    }
    items
}

/// The condition that items have these ids.
fn these(t: &TenantConn, ids: &[ItemId]) -> Condition {
    in_ids(t.conn, "things.id", ids)
}

/// Locks those of `ids` that are there, and reads what they are.
fn held(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<Held>, Error> {
    lock(t, kind, ids)?;
    let found = mine(t, kind).filter(these(t, ids)).order(things::id);
    Ok(found.select(Held::as_select()).load(t.conn)?)
}

/// Deletes items, in the order of their ids, and answers which were there. The hierarchy must be shared; the caller
/// records it.
pub fn delete(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[ItemId],
    counter_changes: &mut CounterChanges,
) -> Result<Items, Error> {
    let held = held(t, kind, ids)?;
    let ids: Vec<ItemId> = held.iter().map(|item| item.id).collect();
    branch_index::remove(t, kind, &ids)?;
    diesel::delete(mine(t, kind).filter(these(t, &ids))).execute(t.conn)?;
    for (item, n) in held.iter().map(|item| (item, -1)) {
        counter_changes.add_owned_item(item.customer_id, &item.type_name, item.created_at, n);
        counter_changes.add_type(&item.type_name, n);
        counter_changes.add_item(item.created_at, n);
    }
    Ok(items(&held))
}

/// Assigns items to a customer, or to none, in the order of their ids, and answers which were somebody else's. The
/// hierarchy must be shared, and the customer be there; the caller records it.
pub fn assign(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[ItemId],
    to: Option<CustomerId>,
    counter_changes: &mut CounterChanges,
) -> Result<Items, Error> {
    let mut held = held(t, kind, ids)?;
    held.retain(|item| item.customer_id != to);
    let ids: Vec<ItemId> = held.iter().map(|item| item.id).collect();
    branch_index::remove(t, kind, &ids)?;
    // Raw: diesel prepares an update again each time.
    RawQuery::new("update things set customer_id = ?, version = version + 1, updated_at = ?, updated_by = ?")
        .optional_id(to)
        .time(t.now)
        .optional_id(t.actor)
        .sql(" where tenant_id = ? and kind = ? and ")
        .id(t.id)
        .string(kind.one())
        .in_ids("id", &ids)
        .execute(t.conn)?;
    branch_index::insert(t, kind, &ids)?;
    for item in &held {
        counter_changes.add_owned_item(item.customer_id, &item.type_name, item.created_at, -1);
        counter_changes.add_owned_item(to, &item.type_name, item.created_at, 1);
    }
    let mut changed = items(&held);
    to.into_iter().for_each(|customer| changed.concern(customer));
    Ok(changed)
}
