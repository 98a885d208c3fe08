//! Many customers at once into a tenant that has none: rows first, then everything that is kept beside them, by a few
//! statements over all.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::CustomerId;
use crate::db::RawQuery;
use crate::db::schema::customers;
use crate::model::customers::CustomerDraft;
use crate::model::customers::changes::NewCustomer;
use crate::model::customers::counts;
use crate::model::customers::store::mine;
use crate::on_both;
use crate::tenancy::{TenantConn, Total};

/// Rows in one statement: each has 24 values, and SQLite takes 32,766.
const ROWS: usize = 1_000;

/// Adds customers, each with its id and as of its own moment. Lists show them once `finish` has been called.
pub fn insert(t: &mut TenantConn, drafts: &[(CustomerId, CustomerDraft, Timestamp)]) -> Result<(), Error> {
    for some in drafts.chunks(ROWS) {
        let rows: Vec<_> = some.iter().map(|(id, draft, at)| NewCustomer::new(t, *id, draft, *at)).collect();
        // `MultiConnection` takes no batch.
        on_both!(t.conn, c => diesel::insert_into(customers::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Makes branches and numbers of what was added.
pub fn finish(t: &mut TenantConn) -> Result<(), Error> {
    // Raw: diesel has no recursive queries. In the order of the key, so that each row goes beside the one before.
    RawQuery::new(
        "insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key)
         with recursive up (tenant_id, id, parent_id, customer_id, title_key) as (
           select tenant_id, id, parent_id, id, title_key from customers where tenant_id = ?
           union all
           select p.tenant_id, p.id, p.parent_id, up.customer_id, up.title_key
           from up join customers p on p.tenant_id = up.tenant_id and p.id = up.parent_id where p.tenant_id = ?
         )
         select tenant_id, id, customer_id, title_key from up order by id, customer_id",
    )
    .id(t.id)
    .id(t.id)
    .execute(t.conn)?;
    counts::fill(t)?;
    let all = mine(t).count().get_result(t.conn)?;
    t.add_to_total(Total::Customers, all)?;
    let top = mine(t).filter(customers::parent_id.is_null()).count().get_result(t.conn)?;
    t.add_to_total(Total::TopCustomers, top)
}
