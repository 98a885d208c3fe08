//! Several things at once: locked, deleted, assigned. The queries begin with the tenant, and go in the order of ids.

use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};

use crate::base::clock::{SqlTime, Timestamp};
use crate::base::error::Error;
use crate::base::id::{CustomerId, ItemId, SqlId};
use crate::db::{Conn, Statement};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::{Kind, branch_index};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Items;

/// Waits until nobody else changes these things, and keeps it so until the transaction ends. SQLite's single writer
/// needs no more.
pub fn lock(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<(), Error> {
    if let Conn::Pg(conn) = t.conn {
        // In the order of their ids, so that of two who lock the same things one waits for the other and not both.
        diesel::sql_query(
            "select id from things where tenant_id = $1 and kind = $2 and id = any($3) order by id for update",
        )
        .bind::<SqlId, _>(t.id)
        .bind::<Text, _>(kind.one())
        .bind::<Array<SqlId>, _>(ids)
        .execute(conn)?;
    }
    Ok(())
}

/// What the numbers need to know of a thing that changes.
#[derive(Debug, QueryableByName)]
struct Held {
    #[diesel(sql_type = SqlId)]
    id: ItemId,
    #[diesel(sql_type = Nullable<SqlId>)]
    customer_id: Option<CustomerId>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = SqlTime)]
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

/// Those of a kind with these ids, as a condition of things.
fn these(t: &TenantConn, kind: Kind, ids: &[ItemId]) -> Statement {
    Statement::new(" where tenant_id = ? and kind = ? and ").id(t.id).string(kind.one()).among("id", ids)
}

/// Locks those of `ids` that are there, and reads what they are.
fn held(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<Held>, Error> {
    lock(t, kind, ids)?;
    let found = Statement::new("select id, customer_id, name, type_name, created_at from things");
    Ok(found.then(these(t, kind, ids)).sql(" order by id").load(t.conn)?)
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
    Statement::new("delete from things").then(these(t, kind, &ids)).execute(t.conn)?;
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
    Statement::new("update things set customer_id = ?, version = version + 1, updated_at = ?, updated_by = ?")
        .id_or_null(to)
        .time(t.now)
        .id_or_null(t.actor)
        .then(these(t, kind, &ids))
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
