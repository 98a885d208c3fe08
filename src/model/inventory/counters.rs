//! Numbers that are kept rather than counted: how many items a customer has, alone and with its inner customers; how
//! many there are of each type; the tenant's totals. Always changed in one order, customers by their ids, so that of
//! two who change the same one waits for the other and not both.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::not;
use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId};
use crate::base::text;
use crate::db::schema::{branch_counts, customer_branches};
use crate::db::{RawQuery, in_ids};
use crate::model::customers;
use crate::model::inventory::statistics::Changes;
use crate::model::inventory::{Kind, Scope};
use crate::tenancy::TenantConn;
use crate::tenancy::counters::slot;

/// What a change adds to the numbers, and takes from them.
#[derive(Debug, Default)]
pub struct CounterChanges {
    own: BTreeMap<CustomerId, i64>,
    types: BTreeMap<String, (String, i64)>,
    total: i64,
    not_assigned: i64,
    statistics: Changes,
}

impl CounterChanges {
    /// `n` more items are a customer's, or nobody's.
    pub fn add_owned(&mut self, by: Option<CustomerId>, n: i64) {
        match by {
            Some(customer) => *self.own.entry(customer).or_default() += n,
            None => self.not_assigned += n,
        }
    }

    /// `n` more items of a type, added at a time, are a customer's, or nobody's.
    pub fn add_owned_item(&mut self, by: Option<CustomerId>, type_name: &str, added: Timestamp, n: i64) {
        self.add_owned(by, n);
        self.statistics.owned(by, type_name, added, n);
    }

    /// `n` more items are of a type.
    pub fn add_type(&mut self, name: &str, n: i64) {
        self.types.entry(text::key(name)).or_insert_with(|| (name.to_owned(), 0)).1 += n;
    }

    /// There are `n` more items that were added at a time.
    pub fn add_item(&mut self, at: Timestamp, n: i64) {
        self.total += n;
        self.statistics.added(at, n);
    }

    /// Writes them down at the end of the transaction. The hierarchy must not change meanwhile.
    pub fn apply_at_end(self, t: &mut TenantConn, kind: Kind) -> Result<(), Error> {
        t.at_end(move |t| self.apply(t, kind))
    }

    /// Writes them down. The hierarchy must not change meanwhile.
    pub fn apply(mut self, t: &mut TenantConn, kind: Kind) -> Result<(), Error> {
        self.own.retain(|_, n| *n != 0);
        self.add_types(t, kind)?;
        let mut above = BTreeMap::new();
        let changed: BTreeSet<CustomerId> = self.own.keys().copied().chain(self.statistics.customers()).collect();
        let pairs = customers::ancestors_of(t, &changed.into_iter().collect::<Vec<_>>())?;
        for pair in &pairs {
            *above.entry(pair.ancestor).or_default() += self.own.get(&pair.customer).copied().unwrap_or_default();
        }
        self.statistics.apply(t, kind, &pairs)?;
        add_to_branches(t, kind, &above)?;
        add_to_own(t, kind, &self.own)?;
        t.add_to_total(kind.total(), self.total)?;
        t.add_to_total(kind.total_not_assigned(), self.not_assigned)
    }

    fn add_types(&mut self, t: &mut TenantConn, kind: Kind) -> Result<(), Error> {
        for (key, (name, n)) in std::mem::take(&mut self.types).into_iter().filter(|(_, (_, n))| *n != 0) {
            // Raw: diesel prepares an upsert again each time, which costs a way to the server and back.
            RawQuery::new(
                "insert into thing_types (tenant_id, kind, type_key, slot, type_name, n) values (?, ?, ?, ?, ?, ?)
                 on conflict (tenant_id, kind, type_key, slot) do update set n = thing_types.n + excluded.n",
            )
            .id(t.id)
            .string(kind.one())
            .string(key)
            .number(slot(t.conn)?.into())
            .string(name)
            .number(n)
            .execute(t.conn)?;
        }
        Ok(())
    }
}

/// Whether customers have items of their own; of one kind.
#[derive(AsChangeset)]
#[diesel(table_name = customer_branches)]
struct Flags {
    has_devices: Option<bool>,
    has_assets: Option<bool>,
}

/// Adds to customers' own, and notes in their branches when they have got their first ones or lost their last.
fn add_to_own(t: &mut TenantConn, kind: Kind, of: &BTreeMap<CustomerId, i64>) -> Result<(), Error> {
    let changes = of.iter().map(|(customer, n)| (*customer, kind.count_change(*n)));
    let now = t.add_to_customers(&changes.collect())?;
    let now = now.into_iter().map(|own| (own.customer_id, kind.pick(own.devices, own.assets)));
    let turned: Vec<_> = now.filter(|(customer, n)| (*n == 0) != (Some(n) == of.get(customer))).collect();
    for has in [true, false] {
        let turned: Vec<_> = turned.iter().filter(|(_, n)| (*n > 0) == has).map(|(customer, _)| *customer).collect();
        for some in turned.chunks(500) {
            let theirs = customers::hierarchy::mine(t).filter(not(customer_branches::stale));
            let theirs = theirs.filter(in_ids(t.conn, "customer_branches.customer_id", some));
            let flags = Flags {
                has_devices: (kind == Kind::Device).then_some(has),
                has_assets: (kind == Kind::Asset).then_some(has),
            };
            diesel::update(theirs).set(flags).execute(t.conn)?;
        }
    }
    Ok(())
}

/// Adds to the numbers of customers with their inner customers.
pub fn add_to_branches(t: &mut TenantConn, kind: Kind, of: &BTreeMap<CustomerId, i64>) -> Result<(), Error> {
    let of: Vec<_> = of.iter().filter(|(_, n)| **n != 0).collect();
    for some in of.chunks(200) {
        let mut query = RawQuery::new("insert into branch_counts (tenant_id, customer_id, kind, n) values ");
        for (at, (customer, n)) in some.iter().enumerate() {
            query = query.sql(if at == 0 { "(?, ?, ?, ?)" } else { ", (?, ?, ?, ?)" });
            query = query.id(t.id).id(**customer).string(kind.one()).number(**n);
        }
        query
            .sql(" on conflict (tenant_id, customer_id, kind) do update set n = branch_counts.n + excluded.n")
            .execute(t.conn)?;
    }
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    branch_counts::table.filter(branch_counts::tenant_id.eq(tenant))
}

/// How many items of a kind are a customer's or of one under it.
pub fn in_branch(t: &mut TenantConn, kind: Kind, customer: CustomerId) -> Result<i64, Error> {
    let here = mine(t).filter(branch_counts::customer_id.eq(customer).and(branch_counts::kind.eq(kind.one())));
    Ok(here.select(branch_counts::n).first(t.conn).optional()?.unwrap_or(0))
}

/// How many there are in a scope.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn size(t: &mut TenantConn, kind: Kind, scope: Scope) -> Result<i64, Error> {
    match scope {
        Scope::Tenant => t.total(kind.total()),
        Scope::NotAssigned => t.total(kind.total_not_assigned()),
        Scope::Customer(id) => Ok(kind.count_of(&customers::find(t, id)?)),
        Scope::Branch(id) => in_branch(t, kind, id),
    }
}
