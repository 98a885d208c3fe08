//! The database's own fastest way to load devices.

use std::time::{Duration, Instant};

use crate::data::TENANT;
use crate::files::{CUSTOMERS, PLACES, TYPES};
use crate::place::Beside;
use crate::process::Result;
use crate::site::Site;

const COLUMNS: &str = "tenant_id, id, kind, customer_id, name, name_key, type_name, type_key, label, label_key, description, \
                       search_key, version, created_at, updated_at";

/// How long it takes to load as many rows with all their indexes, in one transaction: by COPY of a file on PostgreSQL, by
/// one INSERT on SQLite. Then they go again.
pub fn load_alone(site: &Site, n: usize) -> Result<Duration> {
    let mut beside = site.place.beside()?;
    let select = devices(&beside, n);
    let load = match beside {
        Beside::Sqlite(_) => format!("insert into things ({COLUMNS}) {select}"),
        Beside::Postgres(_) => {
            // Beside the database's own files, where the server may write.
            let copy = |what: String| {
                let file = "quote_literal(current_setting('data_directory') || '/devices.copy')";
                format!("do $do$ begin execute $copy${what}$copy$ || {file}; end $do$")
            };
            beside.run(&copy(format!("copy ({select}) to ")))?;
            copy(format!("copy things ({COLUMNS}) from "))
        }
    };
    beside.run("begin")?;
    let began = Instant::now();
    beside.run(&load)?;
    beside.run("commit")?;
    let took = began.elapsed();
    beside.run("delete from things where name_key like 'alone-%'")?;
    beside.settle()?;
    Ok(took)
}

/// A query that makes such devices as are imported.
fn devices(beside: &Beside, n: usize) -> String {
    let list = |of: &[&str]| of.iter().map(|one| format!("'{}'", one.to_lowercase())).collect::<Vec<_>>().join(", ");
    let ids = "'7fff0000-0000-7000-8000-'";
    let (numbers, id, at, name, one_of): (_, _, _, _, fn(&str, usize) -> String) = match beside {
        Beside::Sqlite(_) => (
            format!("with recursive n (i) as (select 0 union all select i + 1 from n where i < {n} - 1)"),
            format!("unhex({ids} || printf('%012x', i), '-')"),
            "0",
            "printf('alone-%07d', i)",
            |list: &str, n: usize| format!("json_extract(json_array({list}), '$[' || (i % {n}) || ']')"),
        ),
        Beside::Postgres(_) => (
            format!("with n (i) as (select generate_series(0, {n} - 1))"),
            format!("({ids} || lpad(to_hex(i), 12, '0'))::uuid"),
            "timestamptz 'epoch'",
            "'alone-' || lpad(i::text, 7, '0')",
            |list: &str, n: usize| format!("(array[{list}])[i % {n} + 1]"),
        ),
    };
    let (kind, place) = (one_of(&list(TYPES), TYPES.len()), one_of(&list(PLACES), PLACES.len()));
    format!(
        "{numbers}, rows (i, name, type, label) as
           (select i, {name}, {kind}, {place} || ', floor ' || (i % 90) from n),
         whose (tenant_id, id, at) as
           (select tenant_id, id, row_number() over (order by title_key) - 1 from
             (select c.tenant_id, c.id, c.title_key from customers c join tenants t on t.id = c.tenant_id
              where t.title = '{TENANT}' and c.parent_id is null and c.deletion_id is null
              order by c.title_key limit {CUSTOMERS}) first)
         select c.tenant_id, {id}, 'device', c.id, name, name, type, type, label, label, '',
                'ʬʬ' || name || ' ' || label || ' ' || type, 1, {at}, {at}
         from rows join whose c on c.at = rows.i % {CUSTOMERS}"
    )
}
