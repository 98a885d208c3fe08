//! Queries over customers. Every one starts at `mine`.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{CustomerId, Id, TenantId};
use crate::base::text;
use crate::db::schema::{customer_counts, customers};
use crate::db::{self, Conn, in_ids};
use crate::model::customers::Customer;
use crate::model::customers::counts::{By, level, with_counts};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Reference;

/// The tenant's customers, without those whose rows only wait to be deleted.
#[diesel::dsl::auto_type(type_name = "Mine")]
pub(crate) fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    customers::table.filter(customers::tenant_id.eq(tenant)).filter(customers::deletion_id.is_null())
}

/// Whether a customer is there, as a condition of a query over what belongs to it.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn is_there(t: &TenantConn, id: CustomerId) -> _ {
    let all: Mine = mine(t);
    diesel::dsl::exists(all.filter(customers::id.eq(id)).select(customers::id))
}

/// The customer with this id.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: CustomerId) -> Result<Customer, Error> {
    Ok(with_counts(t, By::Customers).filter(customers::id.eq(id)).select(Customer::as_select()).first(t.conn)?)
}

/// Waits until nobody else changes these customers or which users they have, and keeps it so until the transaction ends.
/// SQLite's single writer needs no more. In the order of their ids, so that of two who lock the same ones one waits for
/// the other and not both.
pub fn lock_all(t: &mut TenantConn, ids: &[CustomerId]) -> Result<(), Error> {
    let all = customers::table.filter(customers::tenant_id.eq(t.id)).filter(customers::id.eq_any(ids));
    if let Conn::Pg(conn) = t.conn {
        all.select(customers::id).order(customers::id).for_no_key_update().execute(conn)?;
    }
    Ok(())
}

/// The customers among `ids` that the tenant has.
pub fn find_all(t: &mut TenantConn, ids: &[CustomerId]) -> Result<Vec<Customer>, Error> {
    let those = with_counts(t, By::Customers).filter(in_ids(t.conn, "customers.id", ids));
    Ok(those.select(Customer::as_select()).order(customers::id).load(t.conn)?)
}

/// The ids of all customers, oldest first.
pub fn ids(t: &mut TenantConn) -> Result<Vec<CustomerId>, Error> {
    Ok(mine(t).order(customers::id).select(customers::id).load(t.conn)?)
}

/// The titles of the customers among `ids` that the tenant has.
pub fn titles_of(t: &mut TenantConn, ids: &[CustomerId]) -> Result<HashMap<CustomerId, String>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let those = mine(t).filter(in_ids(t.conn, "customers.id", ids));
    let titles = those.select((customers::id, customers::title));
    Ok(titles.load::<(CustomerId, String)>(t.conn)?.into_iter().collect())
}

impl Reference for CustomerId {
    fn id(&self) -> Id<()> {
        self.cast()
    }

    fn title(&self, t: &mut TenantConn) -> Result<String, Error> {
        Ok(titles_of(t, &[*self])?.remove(self).unwrap_or_else(|| "a deleted customer".into()))
    }
}

/// A customer in the order of a list of what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// What lists are sorted by; that of a deleted customer is nobody's title.
    pub key: String,
    title: String,
    is_there: bool,
}

impl Owner {
    /// The customer with this title and key, if it was not deleted.
    pub fn new(key: String, title: String, is_there: bool) -> Self {
        Self { key, title, is_there }
    }

    /// The title to be shown: none once the customer is deleted, even if what belongs to it still waits to be freed.
    pub fn shown(self) -> Option<String> {
        self.is_there.then_some(self.title)
    }
}

/// The customer with this title, without regard to case.
pub fn find_by_title(t: &mut TenantConn, title: &str) -> Result<Option<Customer>, Error> {
    let found =
        with_counts(t, By::Customers).filter(customers::title_key.eq(text::key(title))).select(Customer::as_select());
    Ok(found.first(t.conn).optional()?)
}

/// The customers with these folded titles, by them.
pub fn find_by_titles(t: &mut TenantConn, keys: &[String]) -> Result<HashMap<String, Customer>, Error> {
    let mut found = HashMap::with_capacity(keys.len());
    for some in keys.chunks(db::most_values(t.conn)) {
        let some = with_counts(t, By::Customers).filter(customers::title_key.eq_any(some));
        let some = some.select((customers::title_key, Customer::as_select()));
        found.extend(some.load::<(String, Customer)>(t.conn)?);
    }
    Ok(found)
}

/// A customer that a path of titles names.
#[derive(Debug, Clone)]
pub struct Named {
    /// Which.
    pub id: CustomerId,
    /// The folded title of its parent.
    pub above: Option<String>,
}

/// The customers with these folded titles, by them.
pub fn named(t: &mut TenantConn, keys: &[String]) -> Result<HashMap<String, Named>, Error> {
    let mut found = HashMap::with_capacity(keys.len());
    let (below, above) = diesel::alias!(customers as below, customers as above);
    for some in keys.chunks(db::most_values(t.conn)) {
        let parent = above
            .field(customers::tenant_id)
            .eq(below.field(customers::tenant_id))
            .and(above.field(customers::id).nullable().eq(below.field(customers::parent_id)));
        let some = below
            .left_join(above.on(parent))
            .filter(below.field(customers::tenant_id).eq(t.id))
            .filter(below.field(customers::deletion_id).is_null())
            .filter(below.field(customers::title_key).eq_any(some))
            .select((
                below.field(customers::title_key),
                below.field(customers::id),
                above.field(customers::title_key).nullable(),
            ));
        let some: Vec<(String, CustomerId, Option<String>)> = some.load(t.conn)?;
        found.extend(some.into_iter().map(|(key, id, above)| (key, Named { id, above })));
    }
    Ok(found)
}

/// The direct inner customers of several, with their folded titles.
pub fn inner_titles(t: &mut TenantConn, parents: &[CustomerId]) -> Result<Vec<(CustomerId, String)>, Error> {
    let mut found = Vec::new();
    for some in parents.chunks(500) {
        let inner = mine(t).filter(customers::parent_id.eq_any(some.to_vec()));
        found.extend(inner.select((customers::id, customers::title_key)).load::<(CustomerId, String)>(t.conn)?);
    }
    Ok(found)
}

/// Direct inner customers in the order of their titles, at most `limit`.
pub fn inner_of(t: &mut TenantConn, parent: CustomerId, limit: i64) -> Result<Vec<Customer>, Error> {
    let found = with_counts(t, By::Customers)
        .filter(customers::parent_id.eq(parent))
        .order((customers::title_key, customers::id));
    Ok(found.select(Customer::as_select()).limit(limit).load(t.conn)?)
}

/// Ids, parents and titles of all customers in the order of their titles, at most `limit`.
#[allow(clippy::type_complexity)]
pub fn titles(t: &mut TenantConn, limit: i64) -> Result<Vec<(CustomerId, Option<CustomerId>, String)>, Error> {
    let columns = (customers::id, customers::parent_id, customers::title);
    Ok(mine(t).order(customers::title_key).select(columns).limit(limit).load(t.conn)?)
}

/// The direct inner customers of one, or those at the top, that have most users or devices of their own, at most `limit`.
pub fn largest(
    t: &mut TenantConn,
    parent: Option<CustomerId>,
    by_users: bool,
    limit: i64,
) -> Result<Vec<Customer>, Error> {
    let found = with_counts(t, By::Counts).filter(customer_counts::level_id.eq(level(t, parent))).into_boxed();
    let found = if by_users {
        found.order((customer_counts::users_count.desc(), customer_counts::customer_id.desc()))
    } else {
        found.order((customer_counts::devices_count.desc(), customer_counts::customer_id.desc()))
    };
    Ok(found.select(Customer::as_select()).limit(limit).load(t.conn)?)
}
