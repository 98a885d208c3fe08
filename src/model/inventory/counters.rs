//! Numbers that are kept rather than counted: how many items a customer has, alone and with its inner customers; how
//! many there are of each type; the tenant's totals. Always changed in one order, customers by their ids, so that of
//! two who change the same one waits for the other and not both.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::upsert::excluded;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, SqlId, TenantId};
use crate::base::text;
use crate::db::schema::{branch_counts, customer_branches, thing_types};
use crate::db::{RawQuery, in_ids};
use crate::model::customers;
use crate::model::inventory::statistics::Changes;
use crate::model::inventory::{Kind, Scope};
use crate::on_both;
use crate::tenancy::TenantConn;

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

    /// Writes them down. The hierarchy must not change meanwhile.
    pub fn apply(mut self, t: &mut TenantConn, kind: Kind) -> Result<(), Error> {
        self.own.retain(|_, n| *n != 0);
        add_to_own(t, kind, &self.own)?;
        let mut above = BTreeMap::new();
        let changed: BTreeSet<CustomerId> = self.own.keys().copied().chain(self.statistics.customers()).collect();
        let pairs = customers::ancestors_of(t, &changed.into_iter().collect::<Vec<_>>())?;
        for pair in &pairs {
            *above.entry(pair.ancestor).or_default() += self.own.get(&pair.customer).copied().unwrap_or_default();
        }
        add_to_branches(t, kind, &above)?;
        self.statistics.apply(t, kind, &pairs)?;
        for (key, (name, n)) in self.types.into_iter().filter(|(_, (_, n))| *n != 0) {
            let row = (
                thing_types::tenant_id.eq(t.id),
                thing_types::kind.eq(kind.one()),
                thing_types::type_key.eq(key),
                thing_types::slot.eq(t.slot()?),
                thing_types::type_name.eq(name),
                thing_types::n.eq(n),
            );
            on_both!(t.conn, c => diesel::insert_into(thing_types::table)
                .values(row)
                .on_conflict((thing_types::tenant_id, thing_types::kind, thing_types::type_key, thing_types::slot))
                .do_update()
                .set(thing_types::n.eq(thing_types::n + n))
                .execute(c))?;
        }
        for (total, n) in [(kind.total(), self.total), (kind.total_not_assigned(), self.not_assigned)] {
            if n != 0 {
                t.add_to_total(total, n)?;
            }
        }
        Ok(())
    }
}

#[derive(QueryableByName)]
struct Own {
    #[diesel(sql_type = SqlId)]
    id: CustomerId,
    #[diesel(sql_type = BigInt)]
    n: i64,
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
    let count = kind.count_column();
    let of: Vec<(&CustomerId, &i64)> = of.iter().collect();
    for some in of.chunks(500) {
        let ids: Vec<CustomerId> = some.iter().map(|(id, _)| **id).collect();
        customers::lock_all(t, &ids)?;
        // Raw: diesel has no `update … from`.
        let mut query = RawQuery::new(&format!("update customers set {count} = {count} + d.column2 from (values "));
        for (at, (id, n)) in some.iter().enumerate() {
            query = query.sql(if at == 0 { "(?, ?)" } else { ", (?, ?)" }).id(**id).number(**n);
        }
        let now: Vec<Own> = query
            .sql(") d where tenant_id = ? and id = d.column1")
            .id(t.id)
            .sql(&format!(" returning id, {count} as n"))
            .load(t.conn)?;
        let added: BTreeMap<CustomerId, i64> = some.iter().map(|(id, n)| (**id, **n)).collect();
        let turned = |now: &&Own| (now.n == 0) != (Some(&now.n) == added.get(&now.id));
        for has in [true, false] {
            let turned: Vec<CustomerId> =
                now.iter().filter(turned).filter(|now| (now.n > 0) == has).map(|now| now.id).collect();
            if !turned.is_empty() {
                let theirs = customers::hierarchy::mine(t).filter(not(customer_branches::stale)).filter(in_ids::<
                    customer_branches::table,
                    _,
                >(
                    t.conn,
                    "customer_branches.customer_id",
                    &turned,
                ));
                let flags = Flags {
                    has_devices: (kind == Kind::Device).then_some(has),
                    has_assets: (kind == Kind::Asset).then_some(has),
                };
                diesel::update(theirs).set(flags).execute(t.conn)?;
            }
        }
    }
    Ok(())
}

/// Adds to the numbers of customers with their inner customers.
pub fn add_to_branches(t: &mut TenantConn, kind: Kind, of: &BTreeMap<CustomerId, i64>) -> Result<(), Error> {
    let of: Vec<_> = of.iter().filter(|(_, n)| **n != 0).collect();
    for some in of.chunks(200) {
        let row = |(customer, n): &(&CustomerId, &i64)| {
            (
                branch_counts::tenant_id.eq(t.id),
                branch_counts::customer_id.eq(**customer),
                branch_counts::kind.eq(kind.one()),
                branch_counts::n.eq(**n),
            )
        };
        let rows: Vec<_> = some.iter().map(row).collect();
        on_both!(t.conn, c => diesel::insert_into(branch_counts::table)
            .values(&rows)
            .on_conflict((branch_counts::tenant_id, branch_counts::customer_id, branch_counts::kind))
            .do_update()
            .set(branch_counts::n.eq(branch_counts::n + excluded(branch_counts::n)))
            .execute(c))?;
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
