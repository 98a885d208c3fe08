//! Numbers that are kept rather than counted: how many things a customer has, alone and with its inner customers; how
//! many there are of each type; the tenant's totals. Always changed in one order, customers by their ids, so that of
//! two who change the same one waits for the other and not both.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::customers::{self, Customer};
use crate::db::Statement;
use crate::error::Error;
use crate::form::fold;
use crate::id::Id;
use crate::schema::branch_counts;
use crate::tenant::{Tenant, TenantConn};

use super::Kind;
use super::scope::Scope;
use super::tallies::Changes;
use crate::clock::Timestamp;

#[derive(QueryableByName)]
pub(super) struct N {
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// What a change adds to the numbers, and takes from them.
#[derive(Debug, Default)]
pub struct Deltas {
    own: BTreeMap<Id<Customer>, i64>,
    types: BTreeMap<String, (String, i64)>,
    total: i64,
    not_assigned: i64,
    tallies: Changes,
}

impl Deltas {
    /// `n` more things are a customer's, or nobody's.
    pub fn owned(&mut self, by: Option<Id<Customer>>, n: i64) {
        match by {
            Some(customer) => *self.own.entry(customer).or_default() += n,
            None => self.not_assigned += n,
        }
    }

    /// `n` more things of a type, added at a time, are a customer's, or nobody's.
    pub fn held(&mut self, by: Option<Id<Customer>>, type_name: &str, added: Timestamp, n: i64) {
        self.owned(by, n);
        self.tallies.owned(by, type_name, added, n);
    }

    /// `n` more things are of a type.
    pub fn typed(&mut self, name: &str, n: i64) {
        self.types.entry(fold(name)).or_insert_with(|| (name.to_owned(), 0)).1 += n;
    }

    /// There are `n` more things that were added at a time.
    pub fn added(&mut self, at: Timestamp, n: i64) {
        self.total += n;
        self.tallies.added(at, n);
    }

    /// Writes them down. The hierarchy must not change meanwhile.
    ///
    /// # Errors
    /// The database's own.
    pub fn settle(mut self, t: &mut TenantConn, kind: Kind) -> Result<(), Error> {
        self.own.retain(|_, n| *n != 0);
        for (customer, n) in &self.own {
            add_to_own(t, kind, *customer, *n)?;
        }
        let mut above = BTreeMap::new();
        let changed: BTreeSet<Id<Customer>> = self.own.keys().copied().chain(self.tallies.customers()).collect();
        let pairs = customers::ancestors_of(t, &changed.into_iter().collect::<Vec<_>>())?;
        for pair in &pairs {
            *above.entry(pair.ancestor).or_default() += self.own.get(&pair.customer).copied().unwrap_or_default();
        }
        add_to_branches(t, kind, &above)?;
        self.tallies.settle(t, kind, &pairs)?;
        for (key, (name, n)) in self.types.into_iter().filter(|(_, (_, n))| *n != 0) {
            let slot = i64::from(t.slot()?);
            Statement::new("insert into thing_types (tenant_id, kind, type_key, slot, type_name, n) values (?, ?, ?, ")
                .id(t.id)
                .string(kind.one())
                .string(key)
                .sql(&format!("{slot}, ?, ?)"))
                .string(name)
                .number(n)
                .sql(" on conflict (tenant_id, kind, type_key, slot) do update set n = thing_types.n + excluded.n")
                .execute(t.conn)?;
        }
        for (total, n) in [(kind.total(), self.total), (kind.total_not_assigned(), self.not_assigned)] {
            if n != 0 {
                t.add_to_total(total, n)?;
            }
        }
        Ok(())
    }
}

/// Adds to a customer's own, and notes in its branches when it has got its first ones or lost its last.
fn add_to_own(t: &mut TenantConn, kind: Kind, customer: Id<Customer>, n: i64) -> Result<(), Error> {
    let (count, flag) = (kind.count_column(), kind.flag_column());
    let now: Vec<N> = Statement::new(&format!("update customers set {count} = {count} + ?"))
        .number(n)
        .sql(" where tenant_id = ? and id = ?")
        .id(t.id)
        .id(customer)
        .sql(&format!(" returning {count} as n"))
        .load(t.conn)?;
    let Some(now) = now.first().map(|row| row.n) else { return Ok(()) };
    if (now == 0) != (now == n) {
        let has = if now > 0 { "true" } else { "false" };
        Statement::new(&format!(
            "update customer_branches set {flag} = {has} where tenant_id = ? and customer_id = ? and not gone"
        ))
        .id(t.id)
        .id(customer)
        .execute(t.conn)?;
    }
    Ok(())
}

/// Adds to the numbers of customers with their inner customers.
///
/// # Errors
/// The database's own.
pub fn add_to_branches(t: &mut TenantConn, kind: Kind, of: &BTreeMap<Id<Customer>, i64>) -> Result<(), Error> {
    let of: Vec<_> = of.iter().filter(|(_, n)| **n != 0).collect();
    for some in of.chunks(200) {
        let mut query = Statement::new("insert into branch_counts (tenant_id, customer_id, kind, n) values ");
        for (at, (customer, n)) in some.iter().enumerate() {
            let row = if at == 0 { "(?, ?, ?, ?)" } else { ", (?, ?, ?, ?)" };
            query = query.sql(row).id(t.id).id(**customer).string(kind.one()).number(**n);
        }
        query
            .sql(" on conflict (tenant_id, customer_id, kind) do update set n = branch_counts.n + excluded.n")
            .execute(t.conn)?;
    }
    Ok(())
}

type Mine = diesel::helper_types::Filter<branch_counts::table, diesel::dsl::Eq<branch_counts::tenant_id, Id<Tenant>>>;

fn mine(t: &TenantConn) -> Mine {
    branch_counts::table.filter(branch_counts::tenant_id.eq(t.id))
}

/// How many things of a kind are a customer's or of one under it.
///
/// # Errors
/// The database's own.
pub fn in_branch(t: &mut TenantConn, kind: Kind, customer: Id<Customer>) -> Result<i64, Error> {
    let here = mine(t).filter(branch_counts::customer_id.eq(customer).and(branch_counts::kind.eq(kind.one())));
    Ok(here.select(branch_counts::n).first(t.conn).optional()?.unwrap_or(0))
}

/// How many there are in a scope.
///
/// # Errors
/// The database's own; `NotFound` when there is no such customer.
pub fn size(t: &mut TenantConn, kind: Kind, scope: Scope) -> Result<i64, Error> {
    match scope {
        Scope::Tenant => t.total(kind.total()),
        Scope::NotAssigned => t.total(kind.total_not_assigned()),
        Scope::Customer(id) => Ok(kind.count_of(&customers::find(t, id)?)),
        Scope::Branch(id) => in_branch(t, kind, id),
    }
}
