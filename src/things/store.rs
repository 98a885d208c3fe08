//! Queries over things. Every one starts at `mine`, or begins with the tenant.
//!
//! Whoever writes shares the hierarchy, then changes things, then the numbers: one order for all.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_types::{Array, Nullable, Text};

use super::branches;
use super::counts::Deltas;
use super::form::ThingDraft;
use super::{Kind, Thing};
use crate::audit::{self, Entry, Items};
use crate::clock::{SqlTime, Timestamp};
use crate::customers::{self, Customer};
use crate::db::{self, Conn, Statement};
use crate::error::{Error, Refused};
use crate::form::fold;
use crate::id::{Id, SqlId};
use crate::schema::things;
use crate::tenant::{Tenant, TenantConn};

/// Why a thing cannot be saved as asked.
#[derive(Debug)]
pub enum Refusal {
    /// Another one of its kind has the name.
    NameTaken,
    /// The customer was deleted in the meantime.
    CustomerGone,
    /// Somebody else saved in between.
    Stale,
}

type Mine = diesel::helper_types::Filter<
    diesel::helper_types::Filter<things::table, diesel::dsl::Eq<things::tenant_id, Id<Tenant>>>,
    diesel::dsl::Eq<things::kind, &'static str>,
>;

/// The tenant's things of a kind.
fn mine(t: &TenantConn, kind: Kind) -> Mine {
    things::table.filter(things::tenant_id.eq(t.id)).filter(things::kind.eq(kind.one()))
}

/// The thing with this id.
///
/// # Errors
/// `NotFound` when the tenant has none of this kind.
pub fn find(t: &mut TenantConn, kind: Kind, id: Id<Thing>) -> Result<Thing, Error> {
    let thing = stored(t, kind, id)?;
    let there = customers::titles_of(t, &thing.customer_id.into_iter().collect::<Vec<_>>())?;
    Ok(Thing { customer_id: thing.customer_id.filter(|id| there.contains_key(id)), ..thing })
}

/// The thing as it is stored: it may still have a customer that is deleted.
fn stored(t: &mut TenantConn, kind: Kind, id: Id<Thing>) -> Result<Thing, Error> {
    Ok(mine(t, kind).filter(things::id.eq(id)).select(Thing::as_select()).first(t.conn)?)
}

/// The things with these folded names, by them. `locked`: nobody else changes them until the transaction ends.
///
/// # Errors
/// The database's own.
pub fn find_by_names(
    t: &mut TenantConn,
    kind: Kind,
    keys: &[String],
    locked: bool,
) -> Result<HashMap<String, Thing>, Error> {
    let mut found = HashMap::new();
    for some in keys.chunks(db::most_values(t.conn)) {
        if locked && matches!(t.conn, Conn::Pg(_)) {
            let ids: Vec<Id<Thing>> =
                mine(t, kind).filter(things::name_key.eq_any(some)).select(things::id).load(t.conn)?;
            if ids.is_empty() {
                continue;
            }
            lock(t, kind, &ids)?;
        }
        let named = mine(t, kind).filter(things::name_key.eq_any(some)).select((things::name_key, Thing::as_select()));
        found.extend(named.load::<(String, Thing)>(t.conn)?);
    }
    Ok(found)
}

/// Things of customers, at most `limit`.
///
/// # Errors
/// The database's own.
pub fn ids_of(t: &mut TenantConn, kind: Kind, customers: &[Id<Customer>], limit: u64) -> Result<Vec<Id<Thing>>, Error> {
    let theirs = mine(t, kind).filter(things::customer_id.eq_any(customers));
    Ok(theirs.select(things::id).limit(limit as i64).load(t.conn)?)
}

/// The next things of a customer in the order of ids, at most `limit`.
///
/// # Errors
/// The database's own.
pub fn ids_after(
    t: &mut TenantConn,
    kind: Kind,
    customer: Id<Customer>,
    after: Option<Id<Thing>>,
    limit: u64,
) -> Result<Vec<Id<Thing>>, Error> {
    let theirs = mine(t, kind).filter(things::customer_id.eq(Some(customer))).order(things::id);
    let theirs = theirs.select(things::id).limit(limit as i64);
    Ok(match after {
        Some(after) => theirs.filter(things::id.gt(after)).load(t.conn)?,
        None => theirs.load(t.conn)?,
    })
}

/// A thing with the title of the customer that it is assigned to.
pub type Titled = (Thing, Option<String>);

/// The things with these ids that are still there, in the order of the ids given.
///
/// # Errors
/// The database's own.
pub fn find_in_order(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Result<Vec<Titled>, Error> {
    let found: Vec<Thing> = mine(t, kind).filter(things::id.eq_any(ids)).select(Thing::as_select()).load(t.conn)?;
    let owners: BTreeSet<Id<Customer>> = found.iter().filter_map(|thing| thing.customer_id).collect();
    let titles = customers::titles_of(t, &owners.into_iter().collect::<Vec<_>>())?;
    let mut found: HashMap<Id<Thing>, Thing> = found.into_iter().map(|thing| (thing.id, thing)).collect();
    let found = ids.iter().filter_map(|id| found.remove(id));
    let titled = found.map(|thing| {
        let title = thing.customer_id.and_then(|id| titles.get(&id).cloned());
        (thing, title)
    });
    Ok(titled.collect())
}

/// Those of `ids` that are assigned to no customer.
///
/// # Errors
/// The database's own.
pub fn not_assigned(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Result<Vec<Id<Thing>>, Error> {
    let free = mine(t, kind).filter(things::id.eq_any(ids)).filter(things::customer_id.is_null());
    Ok(free.select(things::id).load(t.conn)?)
}

/// Whether another thing of the kind than `own` has this name, without regard to case.
///
/// # Errors
/// The database's own.
pub fn is_taken(t: &mut TenantConn, kind: Kind, name: &str, own: Option<Id<Thing>>) -> Result<bool, Error> {
    let found = mine(t, kind).filter(things::name_key.eq(fold(name))).select(things::id);
    let found: Option<Id<Thing>> = found.first(t.conn).optional()?;
    Ok(found.is_some_and(|id| Some(id) != own))
}

macro_rules! typed {
    ($draft:expr) => {{
        let d = $draft;
        (
            things::customer_id.eq(d.customer),
            things::name.eq(&d.name),
            things::name_key.eq(fold(&d.name)),
            things::type_name.eq(&d.type_name),
            things::type_key.eq(fold(&d.type_name)),
            things::label.eq(&d.label),
            things::label_key.eq(fold(&d.label)),
            things::description.eq(&d.description),
            things::search_key.eq(d.search_key()),
        )
    }};
}

/// Adds a thing.
///
/// # Errors
/// `NameTaken`, `CustomerGone`.
pub fn insert(t: &mut TenantConn, kind: Kind, draft: &ThingDraft) -> Result<Thing, Refused<Refusal>> {
    t.share_hierarchy()?;
    exists(t, draft.customer)?;
    let id = Id::new(t.now);
    diesel::insert_into(things::table)
        .values((
            things::tenant_id.eq(t.id),
            things::id.eq(id),
            things::kind.eq(kind.one()),
            typed!(draft),
            things::created_at.eq(t.now),
            things::created_by.eq(t.actor),
            things::updated_at.eq(t.now),
            things::updated_by.eq(t.actor),
        ))
        .execute(t.conn)
        .map_err(refusal)?;
    branches::put(t, kind, &[id])?;
    let mut deltas = Deltas::default();
    deltas.added(t.now, 1);
    deltas.typed(&draft.type_name, 1);
    deltas.held(draft.customer, &draft.type_name, t.now, 1);
    deltas.settle(t, kind)?;
    let thing = find(t, kind, id)?;
    audit::record(t, Entry::added(&(kind, &thing)))?;
    Ok(thing)
}

/// Saves a thing that was edited as of `version`.
///
/// # Errors
/// `Stale`, `NameTaken`, `CustomerGone`; `NotFound` when it was deleted.
pub fn update(
    t: &mut TenantConn,
    kind: Kind,
    (id, version): (Id<Thing>, i64),
    draft: &ThingDraft,
) -> Result<Thing, Refused<Refusal>> {
    t.share_hierarchy()?;
    lock(t, kind, &[id])?;
    let current = stored(t, kind, id)?;
    if current.version != version {
        return Err(Refused::By(Refusal::Stale));
    }
    if current.customer_id != draft.customer {
        exists(t, draft.customer)?;
    }
    let mut deltas = Deltas::default();
    change(t, kind, &[(&current, draft.clone())], &mut deltas)?;
    deltas.settle(t, kind)?;
    let thing = find(t, kind, id)?;
    audit::record(t, Entry::changed(&(kind, &current), &(kind, &thing)))?;
    Ok(thing)
}

/// Changes things, each as it was when it was locked, to what is meant. The hierarchy must be shared, and the customers be
/// there.
///
/// # Errors
/// `NameTaken`.
pub fn change(
    t: &mut TenantConn,
    kind: Kind,
    changed: &[(&Thing, ThingDraft)],
    deltas: &mut Deltas,
) -> Result<(), Refused<Refusal>> {
    let ids: Vec<Id<Thing>> = changed.iter().map(|(thing, _)| thing.id).collect();
    branches::take(t, kind, &ids)?;
    for (thing, draft) in changed {
        diesel::update(mine(t, kind).filter(things::id.eq(thing.id)))
            .set((
                typed!(draft),
                things::version.eq(things::version + 1),
                things::updated_at.eq(t.now),
                things::updated_by.eq(t.actor),
            ))
            .execute(t.conn)
            .map_err(refusal)?;
        deltas.typed(&thing.type_name, -1);
        deltas.typed(&draft.type_name, 1);
        deltas.held(thing.customer_id, &thing.type_name, thing.created_at, -1);
        deltas.held(draft.customer, &draft.type_name, thing.created_at, 1);
    }
    Ok(branches::put(t, kind, &ids)?)
}

fn exists(t: &mut TenantConn, customer: Option<Id<Customer>>) -> Result<(), Refused<Refusal>> {
    match customer.map(|id| customers::find(t, id)).transpose() {
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

/// Waits until nobody else changes these things, and keeps it so until the transaction ends. SQLite's single writer
/// needs no more.
///
/// # Errors
/// The database's own.
pub fn lock(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Result<(), Error> {
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
    id: Id<Thing>,
    #[diesel(sql_type = Nullable<SqlId>)]
    customer_id: Option<Id<Customer>>,
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
fn these(t: &TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Statement {
    Statement::new(" where tenant_id = ? and kind = ? and ").id(t.id).string(kind.one()).among("id", ids)
}

/// Locks those of `ids` that are there, and reads what they are.
fn held(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Result<Vec<Held>, Error> {
    lock(t, kind, ids)?;
    let found = Statement::new("select id, customer_id, name, type_name, created_at from things");
    Ok(found.then(these(t, kind, ids)).sql(" order by id").load(t.conn)?)
}

/// Deletes things, in the order of their ids, and answers which were there. The hierarchy must be shared; the caller
/// records it.
///
/// # Errors
/// The database's own.
pub fn delete(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>], deltas: &mut Deltas) -> Result<Items, Error> {
    let held = held(t, kind, ids)?;
    let ids: Vec<Id<Thing>> = held.iter().map(|thing| thing.id).collect();
    branches::take(t, kind, &ids)?;
    Statement::new("delete from things").then(these(t, kind, &ids)).execute(t.conn)?;
    for (thing, n) in held.iter().map(|thing| (thing, -1)) {
        deltas.held(thing.customer_id, &thing.type_name, thing.created_at, n);
        deltas.typed(&thing.type_name, n);
        deltas.added(thing.created_at, n);
    }
    Ok(items(&held))
}

/// Assigns things to a customer, or to none, in the order of their ids, and answers which were somebody else's. The
/// hierarchy must be shared, and the customer be there; the caller records it.
///
/// # Errors
/// The database's own.
pub fn assign(
    t: &mut TenantConn,
    kind: Kind,
    ids: &[Id<Thing>],
    to: Option<Id<Customer>>,
    deltas: &mut Deltas,
) -> Result<Items, Error> {
    let mut held = held(t, kind, ids)?;
    held.retain(|thing| thing.customer_id != to);
    let ids: Vec<Id<Thing>> = held.iter().map(|thing| thing.id).collect();
    branches::take(t, kind, &ids)?;
    Statement::new("update things set customer_id = ?, version = version + 1, updated_at = ?, updated_by = ?")
        .id_or_null(to)
        .time(t.now)
        .id_or_null(t.actor)
        .then(these(t, kind, &ids))
        .execute(t.conn)?;
    branches::put(t, kind, &ids)?;
    for thing in &held {
        deltas.held(thing.customer_id, &thing.type_name, thing.created_at, -1);
        deltas.held(to, &thing.type_name, thing.created_at, 1);
    }
    let mut changed = items(&held);
    to.into_iter().for_each(|customer| changed.concern(customer));
    Ok(changed)
}
