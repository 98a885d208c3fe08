//! Many customers at once into a tenant that has none: rows first, then everything that is kept beside them, by a few
//! statements over all.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::forms::fold;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::db::Statement;
use crate::db::schema::customers;
use crate::model::customers::CustomerDraft;
use crate::on_both;
use crate::tenancy::{TenantConn, Total};

#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
struct Row {
    tenant_id: TenantId,
    id: CustomerId,
    parent_id: Option<CustomerId>,
    title_key: String,
    title: String,
    description: String,
    country_key: String,
    country: String,
    state: String,
    city_key: String,
    city: String,
    zip: String,
    address: String,
    address2: String,
    phone: String,
    email_key: String,
    email: String,
    search_key: String,
    hide_home_toolbar: bool,
    created_at: Timestamp,
    created_by: Option<UserId>,
    updated_at: Timestamp,
    updated_by: Option<UserId>,
}

/// Rows in one statement: each has 23 values, and SQLite takes 32,766.
const ROWS: usize = 1_000;

/// Adds customers, each with its id and as of its own moment. Lists show them once `finish` has been called.
pub fn insert(t: &mut TenantConn, drafts: Vec<(CustomerId, CustomerDraft, Timestamp)>) -> Result<(), Error> {
    let (tenant, actor) = (t.id, t.actor);
    let row = |(id, draft, at): (CustomerId, CustomerDraft, Timestamp)| Row {
        tenant_id: tenant,
        id,
        parent_id: draft.parent,
        title_key: fold(&draft.title),
        country_key: draft.country_key(),
        city_key: fold(&draft.city),
        email_key: fold(&draft.email),
        search_key: draft.search_key(),
        title: draft.title,
        description: draft.description,
        country: draft.country,
        state: draft.state,
        city: draft.city,
        zip: draft.zip,
        address: draft.address,
        address2: draft.address2,
        phone: draft.phone,
        email: draft.email,
        hide_home_toolbar: draft.hide_home_toolbar,
        created_at: at,
        created_by: actor,
        updated_at: at,
        updated_by: actor,
    };
    let rows: Vec<Row> = drafts.into_iter().map(row).collect();
    for some in rows.chunks(ROWS) {
        // A batch cannot be said on both databases at once.
        on_both!(t.conn, c => diesel::insert_into(customers::table).values(some).execute(c))?;
    }
    Ok(())
}

/// Makes branches and numbers of what was added.
pub fn finish(t: &mut TenantConn) -> Result<(), Error> {
    // In the order of the key, so that each row goes beside the one before.
    Statement::new(
        "insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key)
         with recursive up (tenant_id, id, parent_id, customer_id, title_key) as (
           select tenant_id, id, parent_id, id, title_key from customers where tenant_id = ?
           union all
           select p.tenant_id, p.id, p.parent_id, up.customer_id, up.title_key
           from up join customers p on p.tenant_id = up.tenant_id and p.id = up.parent_id
         )
         select tenant_id, id, customer_id, title_key from up order by id, customer_id",
    )
    .id(t.id)
    .execute(t.conn)?;
    Statement::new(
        "update customers set inner_count = d.n
         from (select parent_id, count(*) as n from customers where tenant_id = ? and parent_id is not null
               group by parent_id) d where tenant_id = ? and id = d.parent_id",
    )
    .id(t.id)
    .id(t.id)
    .execute(t.conn)?;
    let count = |condition: &str| Statement::new(&format!("select count(*) as n from customers where {condition}"));
    for (total, condition) in
        [(Total::Customers, "tenant_id = ?"), (Total::TopCustomers, "tenant_id = ? and parent_id is null")]
    {
        let n = count(condition).id(t.id).n(t.conn)?.unwrap_or_default();
        t.add_to_total(total, n)?;
    }
    Ok(())
}
