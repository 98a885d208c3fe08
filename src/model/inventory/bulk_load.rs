//! Many items at once. Into a tenant that has others: rows and everything that is kept beside them. Into one that has
//! none: rows first, then everything else by a few statements over all.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, ItemId};
use crate::db::schema::things;
use crate::db::{Conn, RawQuery};
use crate::model::inventory::changes::NewItem;
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::store::mine;
use crate::model::inventory::{ItemDraft, Kind, branch_index, statistics};
use crate::on_both;
use crate::tenancy::TenantConn;

/// Rows in one statement. SQLite would keep what a statement changes of every page until it ends, to be able to take it
/// back; and whatever is new in the search index when one begins it writes out first.
fn rows_at_once(conn: &Conn) -> usize {
    match conn {
        Conn::Sqlite(_) => 125,
        Conn::Pg(_) => 1_000,
    }
}

/// Adds items, each as of its own moment, to those that the tenant has, with everything that is kept beside them. The
/// hierarchy must be shared, the names be free and the customers be there. Answers their ids in the order given.
pub fn add(
    t: &mut TenantConn,
    kind: Kind,
    drafts: &[(ItemDraft, Timestamp)],
    counter_changes: &mut CounterChanges,
) -> Result<Vec<ItemId>, Error> {
    for (draft, at) in drafts {
        counter_changes.add_item(*at, 1);
        counter_changes.add_type(&draft.type_name, 1);
        counter_changes.add_owned_item(draft.customer, &draft.type_name, *at, 1);
    }
    let ids = insert(t, kind, drafts)?;
    branch_index::insert(t, kind, &ids)?;
    Ok(ids)
}

/// Adds the rows of items alone, each as of its own moment, and answers their ids in the order given. Lists show them
/// once `finish` has been called.
pub fn insert(t: &mut TenantConn, kind: Kind, drafts: &[(ItemDraft, Timestamp)]) -> Result<Vec<ItemId>, Error> {
    let mut ids = Vec::with_capacity(drafts.len());
    for some in drafts.chunks(rows_at_once(t.conn)) {
        let at = ids.len();
        ids.extend(some.iter().map(|(_, added_at)| Id::new(*added_at)));
        let rows =
            ids[at..].iter().zip(some).map(|(id, (draft, added_at))| NewItem::new(t, kind, *id, draft, *added_at));
        let rows: Vec<NewItem> = rows.collect();
        // `MultiConnection` takes no batch.
        on_both!(t.conn, c => diesel::insert_into(things::table).values(&rows).execute(c))?;
    }
    Ok(ids)
}

/// Makes branches and numbers of what was added.
pub fn finish(t: &mut TenantConn) -> Result<(), Error> {
    // Raw: `update … from`, `insert … select` over grouped rows, and columns that are named after the kind.
    for kind in Kind::ALL {
        let (one, count, flag) = (kind.one(), kind.count_column(), kind.flag_column());
        let counted = "from things where tenant_id = ? and kind = ?";
        RawQuery::new(&format!(
            "update customer_counts set {count} = d.n from (select customer_id, count(*) as n {counted}"
        ))
        .id(t.id)
        .string(one)
        .sql(" and customer_id is not null group by customer_id) d where tenant_id = ?")
        .sql(" and customer_counts.customer_id = d.customer_id")
        .id(t.id)
        .execute(t.conn)?;
        RawQuery::new(&format!("update customer_branches set {flag} = true where tenant_id = ? and customer_id in"))
            .id(t.id)
            .sql(&format!(" (select customer_id from customer_counts where tenant_id = ? and {count} > 0)"))
            .id(t.id)
            .execute(t.conn)?;
        RawQuery::new("insert into branch_counts (tenant_id, customer_id, kind, n)")
            .sql(&format!(" select b.tenant_id, b.ancestor_id, '{one}', sum(c.{count}) from customer_branches b"))
            .sql(" join customer_counts c on c.tenant_id = b.tenant_id and c.customer_id = b.customer_id")
            .sql(&format!(" where b.tenant_id = ? and c.{count} > 0 group by b.tenant_id, b.ancestor_id"))
            .id(t.id)
            .execute(t.conn)?;
        RawQuery::new("insert into thing_types (tenant_id, kind, type_key, slot, type_name, n)")
            .sql(&format!(" select tenant_id, kind, type_key, 0, min(type_name), count(*) {counted}"))
            .id(t.id)
            .string(one)
            .sql(" group by tenant_id, kind, type_key")
            .execute(t.conn)?;
        // In the order of the copies' key, so that each goes beside the one before.
        RawQuery::new(branch_index::INSERT_COPIES)
            .id(t.id)
            .string(one)
            .sql(" order by b.ancestor_id, x.id")
            .execute(t.conn)?;
        let all = mine(t, kind).count().get_result(t.conn)?;
        t.add_to_total(kind.total(), all)?;
        let free = mine(t, kind).filter(things::customer_id.is_null()).count().get_result(t.conn)?;
        t.add_to_total(kind.total_not_assigned(), free)?;
    }
    statistics::fill(t)
}
