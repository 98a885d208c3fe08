//! The numbers that are kept of each customer, in a table of their own: a row that is written often has few indexes.

use diesel::dsl;
use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, Id};
use crate::db::schema::customer_counts;
use crate::db::{Condition, Conn, RawQuery};
use crate::model::customers::store::{Mine, mine};
use crate::tenancy::{CountChange, TenantConn};

/// What a customer has of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = customer_counts)]
pub struct CustomerCounts {
    /// Users.
    #[diesel(column_name = users_count)]
    pub users: i64,
    /// Direct inner customers.
    #[diesel(column_name = inner_count)]
    pub inner_customers: i64,
    /// Devices.
    #[diesel(column_name = devices_count)]
    pub devices: i64,
    /// Assets.
    #[diesel(column_name = assets_count)]
    pub assets: i64,
}

/// By what customers with their numbers are found and sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// What they are.
    Customers,
    /// Their numbers.
    Counts,
}

/// Whether numbers are those of a customer. Raw: by customers, SQLite is to find numbers and never the other way; it would
/// begin with the numbers since they are small, look at each customer for what is asked, and sort them all.
pub(crate) fn same(conn: &Conn, by: By) -> Condition {
    let plain = match (conn, by) {
        (Conn::Sqlite(_), By::Customers) => "+",
        _ => "",
    };
    RawQuery::new(&format!(
        "customer_counts.tenant_id = {plain}customers.tenant_id and customer_counts.customer_id = {plain}customers.id"
    ))
    .condition(conn)
}

/// Customers beside their numbers.
pub(crate) type Counted = dsl::InnerJoinOn<Mine, customer_counts::table, Condition>;

/// The tenant's customers with their numbers.
pub(crate) fn with_counts(t: &TenantConn, by: By) -> Counted {
    mine(t).inner_join(customer_counts::table.on(same(t.conn, by)))
}

/// The level that a customer is at: its parent's id, or the tenant's at the top.
pub(crate) fn level(t: &TenantConn, parent: Option<CustomerId>) -> Id<()> {
    parent.map_or_else(|| t.id.cast(), Id::cast)
}

/// A customer was added under a parent, or at the top.
pub(crate) fn insert(t: &mut TenantConn, customer: CustomerId, parent: Option<CustomerId>) -> Result<(), Error> {
    diesel::insert_into(customer_counts::table)
        .values((
            customer_counts::tenant_id.eq(t.id),
            customer_counts::customer_id.eq(customer),
            customer_counts::level_id.eq(level(t, parent)),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// A customer was moved under a parent, or to the top.
pub(crate) fn update_level(t: &mut TenantConn, customer: CustomerId, parent: Option<CustomerId>) -> Result<(), Error> {
    let row = customer_counts::table.filter(customer_counts::tenant_id.eq(t.id));
    diesel::update(row.filter(customer_counts::customer_id.eq(customer)))
        .set(customer_counts::level_id.eq(level(t, parent)))
        .execute(t.conn)?;
    Ok(())
}

/// Adds `n` to a customer's number of direct inner customers.
pub fn add_inner(t: &mut TenantConn, customer: CustomerId, n: i64) -> Result<(), Error> {
    t.add_to_customer(customer, CountChange::inner_customers(n))
}

/// Adds `n` to a customer's number of users.
pub fn add_users(t: &mut TenantConn, customer: CustomerId, n: i64) -> Result<(), Error> {
    t.add_to_customer(customer, CountChange::users(n))
}

/// Makes the rows of customers that were loaded, which had none.
pub(crate) fn fill(t: &mut TenantConn) -> Result<(), Error> {
    // Raw: `insert … select` over grouped rows.
    RawQuery::new(
        "insert into customer_counts (tenant_id, customer_id, level_id, inner_count)
         select c.tenant_id, c.id, coalesce(c.parent_id, c.tenant_id), coalesce(d.n, 0) from customers c
         left join (select parent_id, count(*) as n from customers where tenant_id = ? and parent_id is not null
                    group by parent_id) d on d.parent_id = c.id
         where c.tenant_id = ? order by c.id",
    )
    .id(t.id)
    .id(t.id)
    .execute(t.conn)?;
    Ok(())
}
