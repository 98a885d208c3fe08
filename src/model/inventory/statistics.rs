//! Tallies: how many items of each type a customer and all under it have, and how many of them were added in each month;
//! and the same months for the whole tenant. Kept by the transaction that changes items, like the other numbers.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::base::text;
use crate::db::schema::{thing_months, thing_tallies, thing_types};
use crate::db::{Conn, MultiBackend, RawQuery, sum};
use crate::model::customers::Under;
use crate::model::inventory::{Kind, types};
use crate::tenancy::TenantConn;
use crate::tenancy::counters::slot;

/// What is tallied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum By {
    /// Types, by their folded names.
    Type,
    /// Months of the time that items were added at, such as `2026-11` (UTC).
    Month,
}

/// One line of a tally.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Tally {
    /// A type as somebody typed it, or a month.
    pub name: String,
    /// How many items.
    pub n: i64,
}

/// The month of a time, such as `2026-11` (UTC).
pub fn month_of(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
    let at = at.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    format!("{:04}-{:02}", at.year(), at.month())
}

/// What a change adds to the tallies, and takes from them.
#[derive(Debug, Default)]
pub struct Changes {
    of_customers: BTreeMap<(CustomerId, By, String), (String, i64)>,
    months: BTreeMap<String, i64>,
}

impl Changes {
    /// `n` more items of a type, added at a time, are a customer's; nothing is kept of those that are nobody's.
    pub fn owned(&mut self, by: Option<CustomerId>, type_name: &str, added: Timestamp, n: i64) {
        let Some(customer) = by else { return };
        let month = month_of(added);
        for (by, key, name) in [(By::Type, text::key(type_name), type_name), (By::Month, month.clone(), month.as_str())]
        {
            self.of_customers.entry((customer, by, key)).or_insert_with(|| (name.to_owned(), 0)).1 += n;
        }
    }

    /// There are `n` more items that were added at a time.
    pub fn added(&mut self, at: Timestamp, n: i64) {
        *self.months.entry(month_of(at)).or_default() += n;
    }

    /// The customers whose tallies change.
    pub fn customers(&self) -> BTreeSet<CustomerId> {
        self.of_customers.iter().filter(|(_, (_, n))| *n != 0).map(|((customer, ..), _)| *customer).collect()
    }

    /// Writes them down, for each customer and those above it, in one order.
    pub fn apply(self, t: &mut TenantConn, kind: Kind, above: &[Under]) -> Result<(), Error> {
        let mut all: BTreeMap<(CustomerId, By, String), (String, i64)> = BTreeMap::new();
        let mut ancestors: BTreeMap<CustomerId, Vec<CustomerId>> = BTreeMap::new();
        for pair in above {
            ancestors.entry(pair.customer).or_default().push(pair.ancestor);
        }
        for ((customer, by, key), (name, n)) in self.of_customers {
            for ancestor in ancestors.get(&customer).into_iter().flatten() {
                all.entry((*ancestor, by, key.clone())).or_insert_with(|| (name.clone(), 0)).1 += n;
            }
        }
        let all: Vec<_> = all.into_iter().filter(|(_, (_, n))| *n != 0).collect();
        for some in all.chunks(200) {
            // Raw: diesel prepares a batch of rows anew each time, which costs a way to the server and back.
            let mut query = RawQuery::new(INSERT).sql("values ");
            for (at, ((customer, by, key), (name, n))) in some.iter().enumerate() {
                let row = if at == 0 { "(?, ?, ?, ?, ?, ?, ?)" } else { ", (?, ?, ?, ?, ?, ?, ?)" };
                query = query.sql(row).id(t.id).id(*customer).string(kind.one()).string(<&str>::from(by));
                query = query.string(key.as_str()).string(name.as_str()).number(*n);
            }
            query.sql(ADD).execute(t.conn)?;
        }
        for (month, n) in self.months.into_iter().filter(|(_, n)| *n != 0) {
            RawQuery::new(
                "insert into thing_months (tenant_id, kind, month, slot, n) values (?, ?, ?, ?, ?)
                 on conflict (tenant_id, kind, month, slot) do update set n = thing_months.n + excluded.n",
            )
            .id(t.id)
            .string(kind.one())
            .string(month)
            .number(slot(t.conn)?.into())
            .number(n)
            .execute(t.conn)?;
        }
        Ok(())
    }
}

const INSERT: &str = "insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n) ";
const ADD: &str = " on conflict (tenant_id, customer_id, kind, tallied_by, tally_key)
     do update set n = thing_tallies.n + excluded.n";

/// What is tallied for a branch comes under `above`, or leaves it when `sign` is -1. Raw, as below: `insert … select` with
/// an upsert, which diesel knows of one database at a time.
pub fn carry(t: &mut TenantConn, root: CustomerId, above: CustomerId, sign: i8) -> Result<(), Error> {
    RawQuery::new(INSERT)
        .sql("select b.tenant_id, a.id, b.kind, b.tallied_by, b.tally_key, b.tally_name, ")
        .sql(if sign < 0 { "-b.n" } else { "b.n" })
        .sql(" from thing_tallies b join customers a on a.tenant_id = b.tenant_id and a.id = ?")
        .id(above)
        .sql(" where b.tenant_id = ? and b.customer_id = ?")
        .id(t.id)
        .id(root)
        .sql(ADD)
        .execute(t.conn)?;
    Ok(())
}

/// Tallies everything of a tenant of which nothing was tallied yet.
pub fn fill(t: &mut TenantConn) -> Result<(), Error> {
    let month = match t.conn {
        Conn::Sqlite(_) => "strftime('%Y-%m', x.created_at / 1000000, 'unixepoch')",
        Conn::Pg(_) => "to_char(x.created_at at time zone 'UTC', 'YYYY-MM')",
    };
    RawQuery::new("insert into thing_months (tenant_id, kind, month, slot, n)")
        .sql(&format!(" select x.tenant_id, x.kind, {month}, 0, count(*) from things x where x.tenant_id = ?"))
        .id(t.id)
        .sql(" group by 1, 2, 3")
        .execute(t.conn)?;
    for (by, key, name) in [(By::Type, "x.type_key", "min(x.type_name)"), (By::Month, month, month)] {
        // First by customer, so that each item is looked at once; then up to those above.
        RawQuery::new(INSERT)
            .sql("select o.tenant_id, b.ancestor_id, o.kind, ?, o.k, min(o.name), sum(o.n) from (")
            .string(<&str>::from(by))
            .sql(&format!(
                "select x.tenant_id, x.customer_id, x.kind, {key} as k, {name} as name, count(*) as n from things x
                 where x.tenant_id = ? and x.customer_id is not null group by x.tenant_id, x.customer_id, x.kind, {key}"
            ))
            .id(t.id)
            .sql(") o join customer_branches b on b.tenant_id = o.tenant_id and b.customer_id = o.customer_id")
            .sql(" group by o.tenant_id, b.ancestor_id, o.kind, o.k")
            .execute(t.conn)?;
    }
    Ok(())
}

/// The largest lines of a customer's and its inner customers' types, largest first, at most `limit`; of the whole tenant
/// without a customer.
pub fn by_type(t: &mut TenantConn, kind: Kind, branch: Option<CustomerId>, limit: i64) -> Result<Vec<Tally>, Error> {
    let Some(customer) = branch else {
        let types = types::all(t, kind).order((sum(thing_types::n).desc(), thing_types::type_key));
        return Ok(types.limit(limit).load(t.conn)?);
    };
    let types = of_customer(t, kind, customer, By::Type).order((thing_tallies::n.desc(), thing_tallies::tally_key));
    Ok(types.limit(limit).load(t.conn)?)
}

/// How many were added in each month since `first`, in the order of months; months without any are left out.
pub fn by_month(t: &mut TenantConn, kind: Kind, branch: Option<CustomerId>, first: &str) -> Result<Vec<Tally>, Error> {
    let Some(customer) = branch else {
        return Ok(thing_months::table
            .filter(thing_months::tenant_id.eq(t.id))
            .filter(thing_months::kind.eq(kind.one()))
            .filter(thing_months::month.ge(first))
            .group_by(thing_months::month)
            .having(sum(thing_months::n).gt(0))
            .select((thing_months::month, sum(thing_months::n)))
            .order(thing_months::month)
            .load(t.conn)?);
    };
    let months = of_customer(t, kind, customer, By::Month).filter(thing_tallies::tally_key.ge(first.to_owned()));
    Ok(months.order(thing_tallies::tally_key).load(t.conn)?)
}

/// The lines of one customer's tally.
fn of_customer<'a>(t: &TenantConn, kind: Kind, customer: CustomerId, by: By) -> Lines<'a> {
    thing_tallies::table
        .filter(thing_tallies::tenant_id.eq(t.id))
        .filter(thing_tallies::customer_id.eq(customer))
        .filter(thing_tallies::kind.eq(kind.one()))
        .filter(thing_tallies::tallied_by.eq(<&str>::from(by)))
        .filter(thing_tallies::n.gt(0))
        .select((thing_tallies::tally_name, thing_tallies::n))
        .into_boxed()
}

type Lines<'a> = thing_tallies::BoxedQuery<'a, MultiBackend, (Text, BigInt)>;
