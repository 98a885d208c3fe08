//! Which of the things that entries tell of are still there.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::{Id, SqlId};
use crate::db::RawQuery;
use crate::model::audit_log::listing::Listed;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::Kind;

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = SqlId)]
    id: Id<()>,
}

/// Where things of a kind are, and the condition that none of them goes with a deletion that is under way; nothing for those
/// that have no page of their own.
fn rows_of(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Tenant | Kind::Import => return None,
        Kind::Customer => "customers x where deletion_id is null",
        Kind::User | Kind::Administrator => {
            "users x where not exists (select 1 from customers deleted where deleted.tenant_id = x.tenant_id
             and deleted.id = x.customer_id and deleted.deletion_id is not null)"
        }
        Kind::Device | Kind::Asset => "things x where true",
        Kind::Dashboard => "dashboards x where true",
        Kind::Job => "jobs x where true",
    })
}

/// The things that entries are about and that are still there, by one statement. Raw: a union over several tables.
pub fn still_there(t: &mut TenantConn, entries: &[Listed]) -> Result<HashSet<Id<()>>, Error> {
    let mut tables: Vec<(&'static str, Vec<Id<()>>)> = Vec::new();
    for entry in entries {
        let kind = entry.kind.parse::<Kind>().ok();
        let (Some(rows), Some(id)) = (kind.and_then(rows_of), entry.subject_id) else { continue };
        match tables.iter_mut().find(|(known, _)| *known == rows) {
            Some((_, ids)) => ids.push(id),
            None => tables.push((rows, vec![id])),
        }
    }
    let parts = tables.into_iter().map(|(rows, ids)| {
        let part = RawQuery::new(&format!("select x.id from {rows} and x.tenant_id = ? and ")).id(t.id);
        part.in_ids("x.id", &ids)
    });
    let Some(union) = parts.reduce(|union, part| union.sql(" union all ").append(part)) else {
        return Ok(HashSet::new());
    };
    Ok(union.load::<There>(t.conn)?.into_iter().map(|there| there.id).collect())
}
