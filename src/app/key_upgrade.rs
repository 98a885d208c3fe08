//! Rewrites all keys, by which names are compared, sorted and searched (`base::text`): once, for a database of a version that
//! made them in another way, in one transaction with the migration. Raw: many rows are written with each statement.

use std::collections::HashSet;

use diesel::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::base::error::Error;
use crate::base::id::{CustomerId, DashboardId, Id, ItemId, JobId, TenantId, UserId};
use crate::base::text::keys::TWIN;
use crate::base::text::{self, Count};
use crate::db::schema::{customers, dashboards, jobs, tenants, things, users};
use crate::db::{self, Conn, RawQuery};
use crate::model::customers::contact::ContactDetails;
use crate::model::inventory::{self, Kind};
use crate::model::{customers as customer_rows, users as user_rows};

/// Rows that are read and written together.
const TOGETHER: i64 = 500;
/// Names that are told of, where several are the same.
const TOLD: usize = 20;
/// Stands before a new key in a table that keeps names unique, until no old key is left that may be the same.
const NEW: char = '\u{4}';
/// What the key begins with of something that is being deleted.
const DELETED: char = '\u{1}';

/// Tables whose rows are written.
const TABLES: [&str; 6] = ["customers", "customer_branches", "things", "things_in_branches", "users", "dashboards"];

/// Whether keys are those of an earlier version: it wrote none for searching users.
fn are_old(conn: &mut Conn) -> QueryResult<bool> {
    let old = users::table.filter(users::search_key.eq("")).select(users::id);
    diesel::select(diesel::dsl::exists(old)).get_result(conn)
}

/// Rewrites the keys if they are those of an earlier version. Two names that are the same now and were not before both stay;
/// the answer is a line about them.
///
/// # Errors
/// Those of the database.
pub fn renew(conn: &mut Conn) -> Result<Option<String>, Error> {
    if !are_old(conn)? {
        return Ok(None);
    }
    tracing::info!("names are made ready for searching and sorting; with millions of devices this takes minutes");
    let aside = db::set_aside(conn, &TABLES)?;
    let tenants: Vec<(TenantId, String)> = tenants::table.select((tenants::id, tenants::title)).load(conn)?;
    let mut twins = Twins::default();
    for (tenant, title) in &tenants {
        let key = twins.unique("tenant", None, &text::key(title), tenant.cast(), title);
        diesel::update(tenants::table.find(tenant)).set(tenants::title_key.eq(format!("{NEW}{key}"))).execute(conn)?;
        renew_customers(conn, *tenant, &mut twins)?;
        for kind in Kind::ALL {
            renew_items(conn, *tenant, kind, &mut twins)?;
        }
        renew_users(conn, *tenant, &mut twins)?;
        renew_dashboards(conn, *tenant)?;
    }
    let marked: &[_] = match conn {
        Conn::Sqlite(_) => {
            &[("tenants", "title_key"), ("customers", "title_key"), ("things", "name_key"), ("users", "email_key")]
        }
        Conn::Pg(_) => &[("tenants", "title_key")],
    };
    for (table, column) in marked {
        let stripped = format!("update {table} set {column} = substr({column}, 2) where {column} like '{NEW}%'");
        RawQuery::new(&stripped).execute(conn)?;
    }
    execute_all(conn, &COPIES)?;
    aside.make_again(conn)?;
    execute_all(conn, &COUNTS)?;
    renew_jobs(conn)?;
    Ok(twins.note())
}

/// Names that were met, and those that are the same as an earlier one.
#[derive(Default)]
struct Twins {
    met: HashSet<[u8; 16]>,
    found: Vec<String>,
    n: u64,
}

impl Twins {
    /// The key of a row; that of a name which an earlier row has says the row's id as well.
    fn unique(&mut self, kind: &str, tenant: Option<TenantId>, key: &str, id: Id<()>, name: &str) -> String {
        let tenant = tenant.map(|tenant| *tenant.as_bytes()).unwrap_or_default();
        let digest = Sha256::new().chain_update(kind).chain_update(tenant).chain_update(key).finalize();
        let mut print = [0; 16];
        print.copy_from_slice(&digest[..16]);
        if self.met.insert(print) {
            return key.to_owned();
        }
        self.n += 1;
        if self.found.len() < TOLD {
            self.found.push(format!("{kind}: {name}"));
        }
        format!("{key}{TWIN}{id}")
    }

    fn note(&self) -> Option<String> {
        (self.n > 0).then(|| {
            let (n, names, more) = (Count(self.n), self.found.join("; "), self.n > self.found.len() as u64);
            let more = if more { "; and more" } else { "" };
            format!(
                "{n} names are the same as others now, give them others (`tenantry doctor` counts them): {names}{more}"
            )
        })
    }
}

/// Keys of rows of one table, written together.
struct Batch {
    table: &'static str,
    columns: &'static [&'static str],
    /// Narrows the rows to those that an index of ids finds.
    and: String,
    rows: Vec<(Id<()>, Vec<String>)>,
}

impl Batch {
    fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, columns, and: String::new(), rows: Vec::new() }
    }

    fn write(&mut self, conn: &mut Conn, tenant: TenantId) -> Result<(), Error> {
        let Self { table, columns, and, rows } = self;
        if rows.is_empty() {
            return Ok(());
        }
        let set = |value: &dyn Fn(usize) -> String| {
            let set = columns.iter().enumerate().map(|(n, column)| format!("{column} = {}", value(n)));
            format!("update {table} set {}", set.collect::<Vec<_>>().join(", "))
        };
        match conn {
            // Its planner would look for each of them in the whole table, were they one statement.
            Conn::Sqlite(_) => {
                let update = set(&|_| "?".into());
                for (id, keys) in rows.drain(..) {
                    let statement = keys.into_iter().fold(RawQuery::new(&update), RawQuery::string);
                    statement.sql(&format!(" where tenant_id = ? and id = ?{and}")).id(tenant).id(id).execute(conn)?;
                }
            }
            // Each statement is a way there and back.
            Conn::Pg(_) => {
                let row = format!("(?{})", ", ?".repeat(columns.len()));
                let values = vec![row.as_str(); rows.len()].join(", ");
                let update = format!("{} from (values {values}) v", set(&|n| format!("v.column{}", n + 2)));
                let statement = RawQuery::new(&update);
                let statement = rows
                    .drain(..)
                    .fold(statement, |statement, (id, keys)| keys.into_iter().fold(statement.id(id), RawQuery::string));
                let those = format!(" where {table}.tenant_id = ? and {table}.id = v.column1{and}");
                statement.sql(&those).id(tenant).execute(conn)?;
            }
        }
        Ok(())
    }
}

/// A new key until all are written: PostgreSQL does not keep names unique meanwhile.
fn meanwhile(conn: &Conn, key: String) -> String {
    match conn {
        Conn::Sqlite(_) => format!("{NEW}{key}"),
        Conn::Pg(_) => key,
    }
}

fn renew_customers(conn: &mut Conn, tenant: TenantId, twins: &mut Twins) -> Result<(), Error> {
    let mut batch = Batch::new("customers", &["title_key", "country_key", "city_key", "email_key", "search_key"]);
    type Row = ((CustomerId, String, String, String), ContactDetails);
    let columns = (customers::id, customers::title_key, customers::title, customers::description);
    let mut after = CustomerId::from_bytes([0; 16]);
    loop {
        let rows: Vec<Row> = customers::table
            .filter(customers::tenant_id.eq(tenant).and(customers::id.gt(after)))
            .order(customers::id)
            .select((columns, ContactDetails::as_select()))
            .limit(TOGETHER)
            .load(conn)?;
        let Some(((last, ..), _)) = rows.last() else { return Ok(()) };
        after = *last;
        for ((id, old, title, description), contact) in rows {
            let mut keys = customer_rows::changes::keys(&title, &description, &contact);
            keys[0] = if old.starts_with(DELETED) {
                old
            } else {
                meanwhile(conn, twins.unique("customer", Some(tenant), &keys[0], id.cast(), &title))
            };
            batch.rows.push((id.cast(), keys.into()));
        }
        batch.write(conn, tenant)?;
    }
}

fn renew_items(conn: &mut Conn, tenant: TenantId, kind: Kind, twins: &mut Twins) -> Result<(), Error> {
    let mut batch = Batch::new("things", &["name_key", "type_key", "label_key", "search_key"]);
    batch.and = format!(" and kind = '{}'", kind.one());
    let mut after = ItemId::from_bytes([0; 16]);
    loop {
        let rows: Vec<(Id<_>, String, String, String)> = things::table
            .filter(things::tenant_id.eq(tenant).and(things::kind.eq(kind.one())).and(things::id.gt(after)))
            .order(things::id)
            .select((things::id, things::name, things::type_name, things::label))
            .limit(TOGETHER)
            .load(conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (id, name, type_name, label) in rows {
            let mut keys = inventory::changes::keys(&name, &type_name, &label);
            keys[0] = meanwhile(conn, twins.unique(kind.one(), Some(tenant), &keys[0], id.cast(), &name));
            batch.rows.push((id.cast(), keys.into()));
        }
        batch.write(conn, tenant)?;
    }
}

fn renew_users(conn: &mut Conn, tenant: TenantId, twins: &mut Twins) -> Result<(), Error> {
    let mut batch = Batch::new("users", &["email_key", "name_key", "search_key"]);
    let columns = (users::id, users::email_key, users::first_name, users::last_name, users::email);
    let mut after = UserId::from_bytes([0; 16]);
    loop {
        let rows: Vec<(Id<_>, String, String, String, String)> = users::table
            .filter(users::tenant_id.eq(tenant).and(users::id.gt(after)))
            .order(users::id)
            .select(columns)
            .limit(TOGETHER)
            .load(conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        for (id, old, first_name, last_name, email) in rows {
            let mut keys = user_rows::changes::keys(&first_name, &last_name, &email);
            keys[0] = if old.starts_with(DELETED) {
                old
            } else {
                meanwhile(conn, twins.unique("user", Some(tenant), &keys[0], id.cast(), &email))
            };
            batch.rows.push((id.cast(), keys.into()));
        }
        batch.write(conn, tenant)?;
    }
}

fn renew_dashboards(conn: &mut Conn, tenant: TenantId) -> Result<(), Error> {
    let mut batch = Batch::new("dashboards", &["title_key", "search_key"]);
    let columns = (dashboards::id, dashboards::title, dashboards::description);
    let rows: Vec<(DashboardId, String, String)> =
        dashboards::table.filter(dashboards::tenant_id.eq(tenant)).select(columns).load(conn)?;
    for (id, title, description) in rows {
        let keys = [text::key(&title), text::search_key(&title, [description.as_str()])];
        batch.rows.push((id.cast::<()>(), keys.into()));
    }
    batch.write(conn, tenant)
}

/// Keys that stand a second time, in indexes of branches.
const COPIES: [&str; 2] = [
    "update customer_branches set title_key = c.title_key from customers c
     where c.tenant_id = customer_branches.tenant_id and c.id = customer_branches.customer_id",
    "update things_in_branches set name_key = x.name_key, type_key = x.type_key, label_key = x.label_key
     from things x where x.tenant_id = things_in_branches.tenant_id and x.kind = things_in_branches.kind
     and x.id = things_in_branches.thing_id",
];

/// Keys by which types are counted.
const COUNTS: [&str; 4] = [
    "delete from thing_types",
    "insert into thing_types (tenant_id, kind, type_key, slot, type_name, n)
     select tenant_id, kind, type_key, 0, min(type_name), count(*) from things group by tenant_id, kind, type_key",
    "delete from thing_tallies where tallied_by = 'type'",
    "insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
     select o.tenant_id, b.ancestor_id, o.kind, 'type', o.type_key, min(o.type_name), sum(o.n)
     from (select tenant_id, customer_id, kind, type_key, min(type_name) as type_name, count(*) as n
           from things where customer_id is not null group by tenant_id, customer_id, kind, type_key) o
     join customer_branches b on b.tenant_id = o.tenant_id and b.customer_id = o.customer_id and not b.stale
     group by o.tenant_id, b.ancestor_id, o.kind, o.type_key",
];

fn execute_all(conn: &mut Conn, statements: &[&str]) -> Result<(), Error> {
    for statement in statements {
        RawQuery::new(statement).execute(conn)?;
    }
    Ok(())
}

/// Jobs that are not done know what a list was narrowed to by its keys.
fn renew_jobs(conn: &mut Conn) -> Result<(), Error> {
    let open = jobs::table.filter(jobs::ended_at.is_null()).select((jobs::id, jobs::work));
    for (id, work) in open.load::<(JobId, String)>(conn)? {
        let Ok(mut told) = serde_json::from_str::<Value>(&work) else { continue };
        if renew_filters(&mut told) {
            let job = jobs::table.filter(jobs::id.eq(id));
            diesel::update(job).set(jobs::work.eq(told.to_string())).execute(conn)?;
        }
    }
    Ok(())
}

/// Rewrites the filters in what a job has to do, and answers whether there were any.
fn renew_filters(told: &mut Value) -> bool {
    match told {
        Value::Object(fields) => {
            let mut changed = false;
            if let (Some(_), Some(term)) = (fields.get("type_key"), fields.get("term").cloned()) {
                if let Some(Value::String(old)) = fields.get_mut("type_key") {
                    *old = text::key(old);
                }
                let term = term.as_object().and_then(|term| term.values().next()).and_then(Value::as_str);
                fields.insert("term".into(), term.map(text::folded).into());
                changed = true;
            }
            fields.values_mut().fold(changed, |changed, value| renew_filters(value) || changed)
        }
        Value::Array(values) => values.iter_mut().map(renew_filters).fold(false, std::ops::BitOr::bitor),
        _ => false,
    }
}
