//! The copies by which a branch's things are listed, and what follows when customers move or go.
//!
//! Each step names the customers it is about, so that what a large branch needs can be done slice by slice: lists check
//! every row, and show nothing that has left meanwhile.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use diesel::sql_types::Array;

use crate::customers::Customer;
use crate::db::{Conn, Statement};
use crate::error::Error;
use crate::id::{Id, SqlId};
use crate::tenant::TenantConn;

use super::counts::{Deltas, add_to_branches, in_branch};
use super::{Kind, Thing, store, tallies};

/// Ids in one statement.
pub(super) const CHUNK: usize = 500;

/// Copies things to all customers above their own.
///
/// # Errors
/// The database's own.
pub fn put(t: &mut TenantConn, ids: &[Id<Thing>]) -> Result<(), Error> {
    for some in ids.chunks(CHUNK) {
        Statement::new(COPY)
            .sql(
                "select x.tenant_id, b.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
                 from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
                 where b.ancestor_id <> b.customer_id and x.tenant_id = ? and x.id in (",
            )
            .id(t.id)
            .ids(some)
            .sql(")")
            .execute(t.conn)?;
    }
    Ok(())
}

/// Copies things that this transaction has added, in the order of their ids, to all customers above their own.
///
/// # Errors
/// The database's own.
pub fn put_new(t: &mut TenantConn, ids: &[Id<Thing>]) -> Result<(), Error> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
    let select = "select x.tenant_id, b.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
         from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
         where b.ancestor_id <> b.customer_id and";
    match t.conn {
        // One writer: nobody else has added any of these ids.
        Conn::Sqlite(_) => Statement::new(&format!("{COPY}{select} x.tenant_id = ? and x.id between ? and ?"))
            .id(t.id)
            .id(*first)
            .id(*last)
            .execute(t.conn)?,
        Conn::Pg(conn) => diesel::sql_query(format!("{COPY}{select} x.tenant_id = $1 and x.id = any($2)"))
            .bind::<SqlId, _>(t.id)
            .bind::<Array<SqlId>, _>(ids)
            .execute(conn)?,
    };
    Ok(())
}

pub(super) const COPY: &str =
    "insert into things_in_branches (tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key) ";

/// Takes the copies back; to be done while the things still are where they were copied from.
///
/// # Errors
/// The database's own.
pub fn take(t: &mut TenantConn, kind: Kind, ids: &[Id<Thing>]) -> Result<(), Error> {
    for some in ids.chunks(CHUNK) {
        Statement::new(
            "delete from things_in_branches where tenant_id = ? and kind = ? and (ancestor_id, thing_id) in (",
        )
        .id(t.id)
        .string(kind.one())
        .sql(
            "select b.ancestor_id, x.id
                 from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
                 where b.ancestor_id <> b.customer_id and x.tenant_id = ? and x.id in (",
        )
        .id(t.id)
        .ids(some)
        .sql("))")
        .execute(t.conn)?;
    }
    Ok(())
}

/// The things of a branch are under `above` as well from now on.
fn enter(t: &mut TenantConn, root: Id<Customer>, above: Id<Customer>) -> Result<(), Error> {
    Statement::new(COPY)
        .sql(
            "select x.tenant_id, a.id, x.kind, x.id, x.name_key, x.type_key, x.label_key
             from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
             join customers a on a.tenant_id = b.tenant_id and a.id = ?
             where b.tenant_id = ? and b.ancestor_id = ? and not b.gone",
        )
        .id(above)
        .id(t.id)
        .id(root)
        .execute(t.conn)?;
    Ok(())
}

/// The things of a branch are no longer under `above`.
fn leave(t: &mut TenantConn, kind: Kind, root: Id<Customer>, above: Id<Customer>) -> Result<(), Error> {
    Statement::new(
        "delete from things_in_branches where tenant_id = ? and ancestor_id = ? and kind = ? and thing_id in (",
    )
    .id(t.id)
    .id(above)
    .string(kind.one())
    .sql(
        "select x.id from customer_branches b join things x on x.tenant_id = b.tenant_id
             and x.customer_id = b.customer_id and x.kind = ? where b.tenant_id = ? and b.ancestor_id = ?)",
    )
    .string(kind.one())
    .id(t.id)
    .id(root)
    .execute(t.conn)?;
    Ok(())
}

/// A customer was moved with its branch: it is no longer under `gone`, but under `come`. To be called under the lock of
/// the hierarchy.
///
/// # Errors
/// The database's own.
pub fn customer_moved(
    t: &mut TenantConn,
    root: Id<Customer>,
    gone: &[Id<Customer>],
    come: &[Id<Customer>],
) -> Result<(), Error> {
    let mut any = false;
    for kind in Kind::ALL {
        let n = in_branch(t, kind, root)?;
        if n == 0 {
            continue;
        }
        any = true;
        for above in gone {
            leave(t, kind, root, *above)?;
        }
        let less = gone.iter().map(|above| (*above, -n));
        let changes: BTreeMap<Id<Customer>, i64> = less.chain(come.iter().map(|above| (*above, n))).collect();
        add_to_branches(t, kind, &changes)?;
    }
    if any {
        for above in gone {
            tallies::carry(t, root, *above, -1)?;
        }
        for above in come {
            enter(t, root, *above)?;
            tallies::carry(t, root, *above, 1)?;
        }
    }
    Ok(())
}

/// Customers that were under all of `above` are deleted with their branches: their things count there no more. To be
/// called under the lock of the hierarchy.
///
/// # Errors
/// The database's own.
pub fn customers_left(t: &mut TenantConn, roots: &[Id<Customer>], above: &[Id<Customer>]) -> Result<(), Error> {
    for root in roots {
        for above in above {
            tallies::carry(t, *root, *above, -1)?;
        }
    }
    for kind in Kind::ALL {
        let mut n = 0;
        for root in roots {
            n += in_branch(t, kind, *root)?;
        }
        add_to_branches(t, kind, &above.iter().map(|above| (*above, -n)).collect())?;
    }
    Ok(())
}

/// Returns at most `limit` things of customers that are deleted to the tenant, and answers how many.
///
/// # Errors
/// The database's own.
pub fn release(t: &mut TenantConn, customers: &[Id<Customer>], limit: u64) -> Result<u64, Error> {
    let mut released = 0;
    for (kind, some) in Kind::ALL.into_iter().flat_map(|kind| customers.chunks(CHUNK).map(move |some| (kind, some))) {
        let ids = store::ids_of(t, kind, some, limit - released)?;
        let mut deltas = Deltas::default();
        released += store::assign(t, kind, &ids, None, &mut deltas)?;
        deltas.settle(t, kind)?;
    }
    Ok(released)
}
