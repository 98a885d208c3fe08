//! Numbers that many transactions change at the same time. What a transaction adds to them is kept back until its end and
//! written then, in one order: so whoever changes the same ones waits no longer than a commit takes, and nobody waits in a
//! circle.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, SqlId, TenantId};
use crate::db::schema::customer_counts;
use crate::db::{Conn, RawQuery};
use crate::tenancy::audit::{AuditedTransaction, Origin};
use crate::tenancy::{TenantConn, Total};

/// What a transaction does at its end.
#[derive(Default)]
pub(crate) struct AtEnd {
    steps: Vec<Step>,
    customers: BTreeMap<(TenantId, CustomerId), CountChange>,
    totals: BTreeMap<(TenantId, Total), i64>,
}

struct Step {
    tenant: TenantId,
    origin: Arc<Origin>,
    now: Timestamp,
    run: Work,
}

type Work = Box<dyn FnOnce(&mut TenantConn<'_>) -> Result<(), Error> + Send>;

/// What is added to the numbers of one customer, or taken from them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountChange {
    /// Its own users.
    pub users: i64,
    /// Its direct inner customers.
    pub inner_customers: i64,
    /// Its own devices.
    pub devices: i64,
    /// Its own assets.
    pub assets: i64,
}

impl CountChange {
    /// So many more users.
    pub const fn users(n: i64) -> Self {
        Self { users: n, inner_customers: 0, devices: 0, assets: 0 }
    }

    /// So many more inner customers.
    pub const fn inner_customers(n: i64) -> Self {
        Self { users: 0, inner_customers: n, devices: 0, assets: 0 }
    }

    const COLUMNS: [&str; 4] = ["users_count", "inner_count", "devices_count", "assets_count"];

    const fn values(self) -> [i64; 4] {
        [self.users, self.inner_customers, self.devices, self.assets]
    }
}

/// How many devices and assets a customer has now.
#[derive(Debug, QueryableByName)]
pub struct OwnItems {
    /// The customer.
    #[diesel(sql_type = SqlId)]
    pub customer_id: CustomerId,
    /// Its devices.
    #[diesel(sql_type = BigInt)]
    pub devices: i64,
    /// Its assets.
    #[diesel(sql_type = BigInt)]
    pub assets: i64,
}

impl TenantConn<'_> {
    /// Runs `work` at the end of the transaction: it writes what others wait for. At once where nothing is kept back: in the
    /// transactions of commands that load much.
    pub fn at_end(
        &mut self,
        work: impl FnOnce(&mut TenantConn<'_>) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let Some(at_end) = self.at_end.as_deref_mut() else { return work(self) };
        let (tenant, origin, now) = (self.id, self.origin.clone(), self.now);
        at_end.steps.push(Step { tenant, origin, now, run: Box::new(work) });
        Ok(())
    }

    /// Adds `n` to one of the tenant's totals, in the transaction that adds or removes the rows.
    pub fn add_to_total(&mut self, of: Total, n: i64) -> Result<(), Error> {
        let key = (self.id, of);
        let Some(at_end) = self.at_end.as_deref_mut() else {
            return add_to_totals(self.conn, BTreeMap::from([(key, n)]));
        };
        *at_end.totals.entry(key).or_default() += n;
        Ok(())
    }

    /// Adds to the numbers of users and inner customers of a customer, in the transaction that adds or removes them.
    pub fn add_to_customer(&mut self, customer: CustomerId, change: CountChange) -> Result<(), Error> {
        let key = (self.id, customer);
        let Some(at_end) = self.at_end.as_deref_mut() else {
            return self.add_to_customers(&BTreeMap::from([(customer, change)])).map(drop);
        };
        let sum = at_end.customers.entry(key).or_default();
        sum.users += change.users;
        sum.inner_customers += change.inner_customers;
        Ok(())
    }

    /// Adds to the numbers of customers at once, and answers how many items those have now that are there.
    pub fn add_to_customers(&mut self, changes: &BTreeMap<CustomerId, CountChange>) -> Result<Vec<OwnItems>, Error> {
        let changes: Vec<_> = changes.iter().filter(|(_, change)| **change != CountChange::default()).collect();
        let mut now = Vec::with_capacity(changes.len());
        for some in changes.chunks(500) {
            if some.len() > 1 {
                self.lock_counts(&some.iter().map(|(id, _)| **id).collect::<Vec<_>>())?;
            }
            now.extend(update(self.id, some).load::<OwnItems>(self.conn)?);
        }
        Ok(now)
    }

    /// Waits until nobody else changes the numbers of these customers, and keeps it so until the transaction ends. In the
    /// order of their ids, so that of two who change the same ones one waits for the other and not both. SQLite's single
    /// writer needs no more.
    fn lock_counts(&mut self, customers: &[CustomerId]) -> Result<(), Error> {
        let theirs = customer_counts::table.filter(customer_counts::tenant_id.eq(self.id));
        let theirs = theirs.filter(customer_counts::customer_id.eq_any(customers)).order(customer_counts::customer_id);
        if let Conn::Pg(conn) = self.conn {
            theirs.select(customer_counts::customer_id).for_no_key_update().execute(conn)?;
        }
        Ok(())
    }
}

/// The statement that adds to the numbers of customers. Raw: diesel has no `update … from`. Only numbers that change are
/// named, and so only their indexes are written.
fn update(tenant: TenantId, changes: &[(&CustomerId, &CountChange)]) -> RawQuery {
    let changed = |column: &usize| changes.iter().any(|(_, change)| change.values()[*column] != 0);
    let columns: Vec<usize> = (0..CountChange::COLUMNS.len()).filter(changed).collect();
    let set = |(at, column): (usize, &usize)| {
        let name = CountChange::COLUMNS[*column];
        format!("{name} = {name} + d.column{}", at + 2)
    };
    let set: Vec<String> = columns.iter().enumerate().map(set).collect();
    let mut query = RawQuery::new(&format!("update customer_counts set {} from (values ", set.join(", ")));
    for (at, (id, change)) in changes.iter().enumerate() {
        query = query.sql(if at == 0 { "(?" } else { ", (?" }).id(**id);
        query = columns.iter().fold(query, |query, column| query.sql(", ?").number(change.values()[*column]));
        query = query.sql(")");
    }
    query
        .sql(") d where tenant_id = ? and customer_id = d.column1 returning customer_id, devices_count as devices, assets_count as assets")
        .id(tenant)
}

/// Does what a transaction has kept back.
///
/// # Errors
/// Those of the steps and of the database.
pub(crate) fn finish(writing: &mut AuditedTransaction<'_>) -> Result<(), Error> {
    loop {
        let steps = std::mem::take(&mut writing.at_end.steps);
        if steps.is_empty() {
            break;
        }
        for step in steps {
            (step.run)(&mut TenantConn::within(writing, step.tenant, step.origin, step.now))?;
        }
    }
    let mut tenants: BTreeMap<TenantId, BTreeMap<CustomerId, CountChange>> = BTreeMap::new();
    for ((tenant, customer), change) in std::mem::take(&mut writing.at_end.customers) {
        tenants.entry(tenant).or_default().insert(customer, change);
    }
    for (tenant, changes) in tenants {
        TenantConn::found(writing.conn, tenant, Timestamp::EPOCH).add_to_customers(&changes)?;
    }
    add_to_totals(writing.conn, std::mem::take(&mut writing.at_end.totals))
}

/// Raw: diesel's upserts of several rows are of one database.
fn add_to_totals(conn: &mut Conn, totals: BTreeMap<(TenantId, Total), i64>) -> Result<(), Error> {
    let totals: Vec<_> = totals.into_iter().filter(|(_, n)| *n != 0).collect();
    if totals.is_empty() {
        return Ok(());
    }
    let slot = slot(conn)?;
    let mut query = RawQuery::new("insert into tenant_counts (tenant_id, kind, slot, n) values ");
    for (at, ((tenant, total), n)) in totals.into_iter().enumerate() {
        query = query.sql(if at == 0 { "(?, ?, ?, ?)" } else { ", (?, ?, ?, ?)" });
        query = query.id(tenant).string(total.kind()).number(i64::from(slot)).number(n);
    }
    query.sql(" on conflict (tenant_id, kind, slot) do update set n = tenant_counts.n + excluded.n").execute(conn)?;
    Ok(())
}

/// One of the slots over which a count is spread that many change at once.
///
/// # Errors
/// When the system has no randomness to give.
pub fn slot(conn: &Conn) -> Result<i32, Error> {
    Ok(match conn {
        // One writer, so nobody ever waits for a slot.
        Conn::Sqlite(_) => 0,
        Conn::Pg(_) => i32::from(crate::base::secrets::random::<1>()?[0] % 16),
    })
}
