//! Devices and assets: adding, finding, editing, assigning and deleting them. Most is said of devices; what is written
//! once for both is tried once, and that assets have it as well by a journey of their own.

mod adding;
mod assigning;
mod branches;
mod bulk;
mod customers;
mod editing;
mod listing;
mod model;
mod racing;
mod searching;

pub use model::walk;

use crate::support::actor::{Actor, Fields};
use crate::support::app::App;
use crate::support::records::Records;

/// The id in the address of a thing or of a customer.
pub fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Posts a form as it is, with the token of somebody's session.
pub async fn post(person: &Actor, token: &str, address: &str, fields: &[(&str, &str)]) -> crate::support::actor::Page {
    let mut posted: Fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    posted.push(("csrf".into(), token.into()));
    person.post(address, &posted).await
}

/// Adds things without looking at the pages in between, and answers the addresses of their details.
pub async fn add(person: &Actor, list: &str, things: &[&[(&str, &str)]]) -> Vec<String> {
    let token = person.token().await;
    let mut paths = Vec::new();
    for thing in things {
        let mut fields = thing.to_vec();
        if !fields.iter().any(|(name, _)| *name == "type") {
            fields.push(("type", "default"));
        }
        paths.push(post(person, &token, list, &fields).await.see_status(303).location());
    }
    paths
}

/// Adds devices that have a name, and a customer if one is given by its address.
pub async fn add_named(
    person: &Actor,
    customer: &str,
    names: impl IntoIterator<Item = impl AsRef<str>>,
) -> Vec<String> {
    let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
    let things: Vec<_> = names.iter().map(|name| [("name", name.as_str()), ("customer", id(customer))]).collect();
    add(person, "/devices", &things.iter().map(|thing| &thing[..]).collect::<Vec<_>>()).await
}

/// Fails unless everything that is kept beside the things is what can be told from them.
#[track_caller]
pub fn assert_consistent(app: &App) {
    assert_consistent_at(&app.database_url());
}

/// The same of a database that no application of the test has open.
#[track_caller]
pub fn assert_consistent_at(url: &str) {
    let mut records = Records::at(url);
    let up = "with recursive up (tenant_id, ancestor_id, customer_id) as (
         select tenant_id, id, id from customers
         union all select up.tenant_id, c.parent_id, up.customer_id
         from up join customers c on c.tenant_id = up.tenant_id and c.id = up.ancestor_id
         where c.parent_id is not null) ";
    let number = |what: &str| format!("cast(({what}) as text)");
    let mut none = |what: &str, sql: String| assert_eq!(records.lines(&sql), [""; 0], "{what}");
    for (kind, count, flag) in [("device", "devices_count", "has_devices"), ("asset", "assets_count", "has_assets")] {
        let own = format!(
            "(select count(*) from things x where x.tenant_id = c.tenant_id and x.customer_id = c.id and x.kind = '{kind}')"
        );
        none(
            "own things miscounted",
            format!(
                "select c.title || ' {kind} ' || {} as line from customers c join customer_counts n
                 on n.tenant_id = c.tenant_id and n.customer_id = c.id where n.{count} <> {own}",
                number(count)
            ),
        );
        none(
            "has any",
            format!(
                "select c.title as line from customer_branches b join customers c
                 on c.tenant_id = b.tenant_id and c.id = b.customer_id join customer_counts n
                 on n.tenant_id = c.tenant_id and n.customer_id = c.id where b.{flag} <> (n.{count} > 0)"
            ),
        );
        none(
            "branches miscounted",
            format!(
                "{up} select c.title || ' {kind}' as line from customers c where
                 coalesce((select n from branch_counts n where n.tenant_id = c.tenant_id and n.customer_id = c.id
                   and n.kind = '{kind}'), 0)
                 <> (select count(*) from up join things x on x.tenant_id = up.tenant_id and x.customer_id = up.customer_id
                   where up.tenant_id = c.tenant_id and up.ancestor_id = c.id and x.kind = '{kind}')"
            ),
        );
        for (total, which) in [("", ""), ("_not_assigned", " and x.customer_id is null")] {
            none(
                "totals miscounted",
                format!(
                    "select t.title || ' {kind}{total}' as line from tenants t where
                     coalesce((select sum(n) from tenant_counts n where n.tenant_id = t.id and n.kind = '{kind}s{total}'), 0)
                     <> (select count(*) from things x where x.tenant_id = t.id and x.kind = '{kind}'{which})"
                ),
            );
        }
        none(
            "types miscounted",
            format!(
                "select k.type_key || ' {kind}' as line from
                 (select tenant_id, type_key from things where kind = '{kind}'
                  union select tenant_id, type_key from thing_types where kind = '{kind}') k where
                 (select count(*) from things x where x.tenant_id = k.tenant_id and x.type_key = k.type_key and x.kind = '{kind}')
                 <> coalesce((select sum(n) from thing_types n where n.tenant_id = k.tenant_id
                   and n.type_key = k.type_key and n.kind = '{kind}'), 0)"
            ),
        );
    }
    let there = "t.customer_id in (select id from customers where deletion_id is null)";
    let counted =
        "select count(*) from up join things x on x.tenant_id = up.tenant_id and x.customer_id = up.customer_id
         where up.tenant_id = t.tenant_id and up.ancestor_id = t.customer_id and x.kind = t.kind";
    none(
        "tallies of types",
        format!(
            "{up} select t.tally_name as line from thing_tallies t where {there} and t.tallied_by = 'type'
             and t.n <> ({counted} and x.type_key = t.tally_key)"
        ),
    );
    for by in ["type", "month"] {
        none(
            "tallies and branches",
            format!(
                "select t.kind as line from branch_counts t where {there} and t.n <> coalesce((select sum(a.n)
                 from thing_tallies a where a.tenant_id = t.tenant_id and a.customer_id = t.customer_id
                 and a.kind = t.kind and a.tallied_by = '{by}'), 0)"
            ),
        );
    }
    none(
        "months of the tenant",
        "select t.title as line from tenants t where (select count(*) from things x where x.tenant_id = t.id)
         <> coalesce((select sum(n) from thing_months m where m.tenant_id = t.id), 0)"
            .into(),
    );
    let branches = "select tenant_id, ancestor_id, customer_id from customer_branches";
    let all = "select tenant_id, ancestor_id, customer_id from up";
    none("branches that are not", format!("{up} select 'x' as line from ({branches} except {all}) wrong"));
    none("branches that are missing", format!("{up} select 'x' as line from ({all} except {branches}) wrong"));
    none(
        "titles in branches",
        "select c.title as line from customer_branches b join customers c
         on c.tenant_id = b.tenant_id and c.id = b.customer_id where c.title_key <> b.title_key"
            .into(),
    );
    let copies = "select tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key from things_in_branches";
    let all = "select x.tenant_id, up.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
         from up join things x on x.tenant_id = up.tenant_id and x.customer_id = up.customer_id
         where up.ancestor_id <> up.customer_id";
    none("copies that should not be", format!("{up} select name_key as line from ({copies} except {all}) wrong"));
    none("copies that are missing", format!("{up} select name_key as line from ({all} except {copies}) wrong"));
}
