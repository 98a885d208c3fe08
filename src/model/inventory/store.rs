//! Queries over items. Every one starts at `mine`, or begins with the tenant.
//!
//! Whoever writes shares the hierarchy, then changes items, then the numbers: one order for all.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, Id, ItemId, TenantId};
use crate::base::text;
use crate::db::schema::{customers, things};
use crate::db::{self, Conn, in_ids};
use crate::model::customers::{Owner, find as find_customer, titles_of};
use crate::model::inventory::batch::lock;
use crate::model::inventory::changes::{ItemChanges, NewItem};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::{Item, ItemDraft, Kind, branch_index};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Entry};

/// Why an item cannot be saved as asked.
#[derive(Debug)]
pub enum Refusal {
    /// Another one of its kind has the name.
    NameTaken,
    /// The customer was deleted in the meantime.
    CustomerGone,
    /// Somebody else saved in between.
    Stale,
}

/// The tenant's items of a kind.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn mine(t: &TenantConn, kind: Kind) -> _ {
    let tenant: TenantId = t.id;
    let kind: &'static str = kind.one();
    things::table.filter(things::tenant_id.eq(tenant)).filter(things::kind.eq(kind))
}

/// The item with this id.
///
/// # Errors
/// `NotFound` when the tenant has none of this kind.
pub fn find(t: &mut TenantConn, kind: Kind, id: ItemId) -> Result<Item, Error> {
    let item = stored(t, kind, id)?;
    let there = titles_of(t, &item.customer_id.into_iter().collect::<Vec<_>>())?;
    Ok(Item { customer_id: item.customer_id.filter(|id| there.contains_key(id)), ..item })
}

/// The item as it is stored: it may still have a customer that is deleted.
fn stored(t: &mut TenantConn, kind: Kind, id: ItemId) -> Result<Item, Error> {
    Ok(mine(t, kind).filter(things::id.eq(id)).select(Item::as_select()).first(t.conn)?)
}

/// The items with these folded names, by them. `locked`: nobody else changes them until the transaction ends.
pub fn find_by_names(
    t: &mut TenantConn,
    kind: Kind,
    keys: &[String],
    locked: bool,
) -> Result<HashMap<String, Item>, Error> {
    let mut found = HashMap::new();
    for some in keys.chunks(db::most_values(t.conn)) {
        if locked && matches!(t.conn, Conn::Pg(_)) {
            let ids: Vec<ItemId> =
                mine(t, kind).filter(things::name_key.eq_any(some)).select(things::id).load(t.conn)?;
            if ids.is_empty() {
                continue;
            }
            lock(t, kind, &ids)?;
        }
        let named = mine(t, kind).filter(things::name_key.eq_any(some)).select((things::name_key, Item::as_select()));
        found.extend(named.load::<(String, Item)>(t.conn)?);
    }
    Ok(found)
}

/// Items of customers, at most `limit`.
pub fn ids_of(t: &mut TenantConn, kind: Kind, customers: &[CustomerId], limit: u64) -> Result<Vec<ItemId>, Error> {
    let theirs = mine(t, kind).filter(things::customer_id.eq_any(customers));
    Ok(theirs.select(things::id).limit(limit as i64).load(t.conn)?)
}

/// The next items of a customer in the order of ids, at most `limit`.
pub fn ids_after(
    t: &mut TenantConn,
    kind: Kind,
    customer: CustomerId,
    after: Option<ItemId>,
    limit: u64,
) -> Result<Vec<ItemId>, Error> {
    let theirs = mine(t, kind).filter(things::customer_id.eq(Some(customer))).order(things::id);
    let theirs = theirs.select(things::id).limit(limit as i64);
    Ok(match after {
        Some(after) => theirs.filter(things::id.gt(after)).load(t.conn)?,
        None => theirs.load(t.conn)?,
    })
}

/// An item with the title of the customer that it is assigned to.
pub type Titled = (Item, Option<Owner>);

/// The items with these ids that are still there, in the order of the ids given.
pub fn find_in_order(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<Titled>, Error> {
    type Row = (Item, Option<(String, String, bool)>);
    let owner = customers::tenant_id.eq(things::tenant_id).and(customers::id.nullable().eq(things::customer_id));
    let those = mine(t, kind).filter(in_ids(t.conn, "things.id", ids)).left_join(customers::table.on(owner));
    let owner = (customers::title_key, customers::title, customers::deletion_id.is_null()).nullable();
    let found: Vec<Row> = those.select((Item::as_select(), owner)).load(t.conn)?;
    let mut found: HashMap<ItemId, Row> = found.into_iter().map(|row| (row.0.id, row)).collect();
    let found = ids.iter().filter_map(|id| found.remove(id));
    let titled = |(item, owner): Row| (item, owner.map(|(key, title, is_there)| Owner::new(key, title, is_there)));
    Ok(found.map(titled).collect())
}

/// Those of `ids` that are assigned to no customer.
pub fn not_assigned(t: &mut TenantConn, kind: Kind, ids: &[ItemId]) -> Result<Vec<ItemId>, Error> {
    let free = mine(t, kind).filter(things::id.eq_any(ids)).filter(things::customer_id.is_null());
    Ok(free.select(things::id).load(t.conn)?)
}

/// Whether another item of the kind than `own` has this name, without regard to case.
pub fn is_taken(t: &mut TenantConn, kind: Kind, name: &str, own: Option<ItemId>) -> Result<bool, Error> {
    let found = mine(t, kind).filter(things::name_key.eq(text::key(name))).select(things::id);
    let found: Option<ItemId> = found.first(t.conn).optional()?;
    Ok(found.is_some_and(|id| Some(id) != own))
}

/// Adds an item.
///
/// # Errors
/// `NameTaken`, `CustomerGone`.
pub fn insert(t: &mut TenantConn, kind: Kind, draft: &ItemDraft) -> Result<Item, Refused<Refusal>> {
    t.share_hierarchy()?;
    exists(t, draft.customer)?;
    let item = Item::added(t, Id::new(t.now), draft);
    diesel::insert_into(things::table)
        .values(NewItem::new(t, kind, item.id, draft, t.now))
        .execute(t.conn)
        .map_err(refusal)?;
    if draft.customer.is_some() {
        branch_index::insert(t, kind, &[item.id])?;
    }
    let mut counter_changes = CounterChanges::default();
    counter_changes.add_item(t.now, 1);
    counter_changes.add_type(&draft.type_name, 1);
    counter_changes.add_owned_item(draft.customer, &draft.type_name, t.now, 1);
    counter_changes.apply_at_end(t, kind)?;
    audit::record(t, Entry::added(&(kind, &item)))?;
    Ok(item)
}

/// Saves an item that was edited as of `version`; when it is so already, nothing is written.
///
/// # Errors
/// `Stale`, `NameTaken`, `CustomerGone`; `NotFound` when it was deleted.
pub fn update(
    t: &mut TenantConn,
    kind: Kind,
    id: ItemId,
    version: i64,
    draft: &ItemDraft,
) -> Result<Item, Refused<Refusal>> {
    t.share_hierarchy()?;
    lock(t, kind, &[id])?;
    let current = stored(t, kind, id)?;
    if current.version != version {
        return Err(Refused::By(Refusal::Stale));
    }
    if is_unchanged(&current, draft) {
        t.no_changes()?;
        return Ok(current);
    }
    if current.customer_id != draft.customer {
        exists(t, draft.customer)?;
    }
    let mut counter_changes = CounterChanges::default();
    change(t, kind, &[(&current, draft.clone())], &mut counter_changes)?;
    counter_changes.apply_at_end(t, kind)?;
    let item = find(t, kind, id)?;
    audit::record(t, Entry::changed(&(kind, &current), &(kind, &item)))?;
    Ok(item)
}

/// Whether an item is as a draft would have it.
pub(crate) fn is_unchanged(item: &Item, draft: &ItemDraft) -> bool {
    (item.customer_id, &item.name, &item.type_name, &item.label, &item.description)
        == (draft.customer, &draft.name, &draft.type_name, &draft.label, &draft.description)
}

/// Changes items, each as it was when it was locked, to what is meant. The hierarchy must be shared, and the customers be
/// there.
///
/// # Errors
/// `NameTaken`.
pub fn change(
    t: &mut TenantConn,
    kind: Kind,
    changed: &[(&Item, ItemDraft)],
    counter_changes: &mut CounterChanges,
) -> Result<(), Refused<Refusal>> {
    let ids: Vec<ItemId> = changed.iter().map(|(item, _)| item.id).collect();
    branch_index::remove(t, kind, &ids)?;
    for (item, draft) in changed {
        let renamed = text::changed_key(&item.name, &draft.name);
        diesel::update(mine(t, kind).filter(things::id.eq(item.id)))
            .set((
                ItemChanges::from(draft),
                renamed.map(|key| things::name_key.eq(key)),
                things::version.eq(things::version + 1),
                things::updated_at.eq(t.now),
                things::updated_by.eq(t.actor),
            ))
            .execute(t.conn)
            .map_err(refusal)?;
        counter_changes.add_type(&item.type_name, -1);
        counter_changes.add_type(&draft.type_name, 1);
        counter_changes.add_owned_item(item.customer_id, &item.type_name, item.created_at, -1);
        counter_changes.add_owned_item(draft.customer, &draft.type_name, item.created_at, 1);
    }
    Ok(branch_index::insert(t, kind, &ids)?)
}

fn exists(t: &mut TenantConn, customer: Option<CustomerId>) -> Result<(), Refused<Refusal>> {
    match customer.map(|id| find_customer(t, id)).transpose() {
        Err(Error::NotFound) => Err(Refused::By(Refusal::CustomerGone)),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

fn refusal(error: QueryError) -> Refused<Refusal> {
    if db::violates(&error, "things_name", "things.tenant_id, things.kind, things.name_key") {
        Refused::By(Refusal::NameTaken)
    } else {
        error.into()
    }
}
