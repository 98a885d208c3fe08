//! Several things at once: locked, deleted, assigned. The queries begin with the tenant, and go in the order of ids.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId};
use crate::db::schema::things;
use crate::db::{Condition, Conn, among};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::store::mine;
use crate::model::inventory::{Kind, branch_index};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Items;

/// Waits until nobody else changes these things, and keeps it so until the transaction ends. SQLite's single writer
/// needs no more.
pub fn lock(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    let these = mine(t, kind).filter(things::id.eq_any(ids)).select(things::id);
    if let Conn::Pg(conn) = t.conn {
        // In the order of their ids, so that of two who lock the same things one waits for the other and not both.
        these.order(things::id).for_update().execute(conn)?;
    }
    Ok(())
}

/// What the numbers need to know of a thing that changes.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = things)]
struct Held {
    id: ItemId,
    customer_id: Option<CustomerId>,
    name: String,
    type_name: String,
    created_at: Timestamp,
}

/// Things for the audit log, with whose they were.
fn items(held: &[Held]) -> Items {
    let mut items = Items::default();
    for thing in held {
        items.add(thing.id, &thing.name);
        thing.customer_id.into_iter().for_each(|customer| items.concern(customer));
    }
    items
}

/// The condition that things have these ids.
fn these(t: &TenantConn, ids: &[ItemId]) -> Condition<things::table> {
    among(t.conn, "things.id", ids)
}

/// Locks those of `ids` that are there, and reads what they are.
fn held(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<Held>, Error> {
    lock(t, kind, ids)?;
    let found = mine(t, kind).filter(these(t, ids)).order(things::id);
    Ok(found.select(Held::as_select()).load(t.conn)?)
}

/// Deletes things, in the order of their ids, and answers which were there. The hierarchy must be shared; the caller
/// records it.
pub fn delete(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[ItemId],
    counter_changes: &mut CounterChanges,
) -> Result<Items, Error> {
    let held = held(t, kind, ids)?;
    let ids: Vec<ItemId> = held.iter().map(|thing| thing.id).collect();
    branch_index::take(t, kind, &ids)?;
    diesel::delete(mine(t, kind).filter(these(t, &ids))).execute(t.conn)?;
    for (thing, n) in held.iter().map(|thing| (thing, -1)) {
        counter_changes.held(thing.customer_id, &thing.type_name, thing.created_at, n);
        counter_changes.typed(&thing.type_name, n);
        counter_changes.added(thing.created_at, n);
    }
    Ok(items(&held))
}

/// Assigns things to a customer, or to none, in the order of their ids, and answers which were somebody else's. The
/// hierarchy must be shared, and the customer be there; the caller records it.
pub fn assign(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[ItemId],
    to: Option<CustomerId>,
    counter_changes: &mut CounterChanges,
) -> Result<Items, Error> {
    let mut held = held(t, kind, ids)?;
    held.retain(|thing| thing.customer_id != to);
    let ids: Vec<ItemId> = held.iter().map(|thing| thing.id).collect();
    branch_index::take(t, kind, &ids)?;
    diesel::update(mine(t, kind).filter(these(t, &ids)))
        .set((
            things::customer_id.eq(to),
            things::version.eq(things::version + 1),
            things::updated_at.eq(t.now),
            things::updated_by.eq(t.actor),
        ))
        .execute(t.conn)?;
    branch_index::put(t, kind, &ids)?;
    for thing in &held {
        counter_changes.held(thing.customer_id, &thing.type_name, thing.created_at, -1);
        counter_changes.held(to, &thing.type_name, thing.created_at, 1);
    }
    let mut changed = items(&held);
    to.into_iter().for_each(|customer| changed.concern(customer));
    Ok(changed)
}
