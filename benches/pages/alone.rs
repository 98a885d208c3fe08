//! What the database itself takes for the rows that adding a customer writes: the same rows into the same tables with the
//! same indexes, one transaction each, through the same driver, without HTTP.

use std::time::{Duration, Instant};

use crate::cpu::of_this_thread;
use crate::place::{Beside, Place};
use crate::process::Result;
use crate::site::Site;
use crate::writes::Round;

/// Copies of one customer's rows.
pub struct Copies<'a> {
    site: &'a Site,
    /// The statements of one, in which `{id}` stands for its id, `{n}` for its number and `{slot}` for its slot.
    sql: String,
    n: usize,
}

/// Tables in the order in which rows can be taken out again.
const TABLES: [(&str, &str); 6] = [
    ("form_posts", "form_id"),
    ("audit_concerns", "entry_id"),
    ("audit_entries", "id"),
    ("customer_counts", "customer_id"),
    ("customer_branches", "customer_id"),
    ("customers", "id"),
];
/// Rows that every transaction changes are spread over so many on PostgreSQL.
const SLOTS: usize = 16;

impl<'a> Copies<'a> {
    pub fn new(site: &'a Site) -> Result<Self> {
        let mut place = Sample::added(site)?;
        let [tenant, id, entry, actor, form] = &place.ids.clone();
        let mut sql = String::from("begin;");
        for (table, found) in [
            ("customers", format!("id = {id}")),
            ("customer_branches", format!("ancestor_id = {id} and customer_id = {id}")),
            ("customer_counts", format!("customer_id = {id}")),
            ("audit_entries", format!("id = {entry}")),
            ("audit_concerns", format!("of_id in ({id}, {actor}) and entry_id = {entry}")),
            ("form_posts", format!("user_id = {actor} and form_id = {form}")),
        ] {
            let columns = place.columns(table)?;
            let values: Vec<String> = columns.iter().map(|name| place.value(table, name, id)).collect();
            sql += &format!(
                "insert into {table} ({}) select {} from {table} where tenant_id = {tenant} and {found};",
                columns.join(", "),
                values.join(", ")
            );
        }
        // As it was: the numbers stay right, and the row is written all the same.
        for kind in ["customers", "top_customers"] {
            sql += &format!(
                "update tenant_counts set n = n + 0 where tenant_id = {tenant} and kind = '{kind}' and slot = {{slot}};"
            );
        }
        sql += &format!("update audit_heads set n = n + 0 where tenant_id = {tenant} and slot = {{slot}}; commit");
        Ok(Self { site, sql, n: 0 })
    }

    fn statements(&self, n: usize) -> String {
        let slot = if self.site.place.database.is_some() { n % SLOTS } else { 0 };
        let sql = self.sql.replace("{id}", &id_of(&self.site.place, n)).replace("{n}", &n.to_string());
        sql.replace("{slot}", &slot.to_string())
    }

    /// Writes `each` over so many connections at once.
    pub fn round(&mut self, connections: usize, each: usize) -> Result<Round> {
        let (this, first) = (&*self, self.n);
        let work = |which: usize| this.written(first + which * each, each).map_err(|why| why.to_string());
        let (work, before, since) = (&work, self.site.cpu()?, Instant::now());
        let used = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..connections).map(|which| scope.spawn(move || work(which))).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread ended".into())));
            ended.sum::<std::result::Result<Duration, String>>()
        })?;
        let n = connections * each;
        let took = since.elapsed();
        let mut cost = self.site.cost_of(&before, n as u64)?;
        cost.program = used.as_secs_f64() * 1e6 / n as f64;
        self.n += n;
        Ok(Round { cost, a_second: n as f64 / took.as_secs_f64(), hashes: 0.0 })
    }

    /// Writes some over a connection of its own, and answers what the thread used.
    fn written(&self, first: usize, n: usize) -> Result<Duration> {
        let mut beside = self.site.place.beside()?;
        let before = of_this_thread()?;
        (first..first + n).try_for_each(|n| beside.run(&self.statements(n)))?;
        Ok(of_this_thread()? - before)
    }

    /// Takes them out again.
    pub fn remove(self) -> Result<()> {
        let (mut beside, first) = (self.site.place.beside()?, id_of(&self.site.place, 0));
        TABLES.iter().try_for_each(|(table, id)| beside.run(&format!("delete from {table} where {id} >= {first}")))
    }
}

/// The id of a copy: later than any that the program makes.
fn id_of(place: &Place, n: usize) -> String {
    literal(place, &format!("ffff0000000070008000{n:012x}"))
}

/// An id as the database writes it.
fn literal(place: &Place, hexadecimal: &str) -> String {
    if place.database.is_some() { format!("'{hexadecimal}'::uuid") } else { format!("x'{hexadecimal}'") }
}

/// A customer that was added over HTTP.
struct Sample {
    beside: Beside,
    /// Of its tenant, itself, its entry in the audit log, whoever added it, and its form.
    ids: [String; 5],
}

impl Sample {
    fn added(site: &Site) -> Result<Self> {
        let form_id = "00000000-0000-7000-9000-000000000000";
        let form = site.ada.post("/customers", &site.ada.token()?, &[("title", "A sample"), ("form_id", form_id)]);
        let path = site.ada.send(&form)?.location;
        let id = literal(&site.place, &path.rsplit('/').next().unwrap_or_default().replace('-', ""));
        let mut beside = site.place.beside()?;
        let mut find = |column: &str, from: &str| -> Result<String> {
            let digits = beside.digits_of(column);
            let line = beside.line(&format!("select {digits} as text, cast(0 as bigint) as n from {from}"))?;
            Ok(literal(&site.place, &line.text))
        };
        let tenant = find("tenant_id", &format!("customers where id = {id}"))?;
        let entries = format!("audit_entries where tenant_id = {tenant} and subject_id = {id}");
        let (entry, actor) = (find("id", &entries)?, find("actor_id", &entries)?);
        let at = format!("(select created_at from customers where tenant_id = {tenant} and id = {id})");
        let form = find("form_id", &format!("form_posts where tenant_id = {tenant} and created_at = {at}"))?;
        Ok(Self { beside, ids: [tenant, id, entry, actor, form] })
    }

    /// The columns that are written.
    fn columns(&mut self, table: &str) -> Result<Vec<String>> {
        let lines = self.beside.lines(&match self.beside {
            Beside::Sqlite(_) => format!(
                "select name as text, cid as n from pragma_table_info('{table}') where not (pk and name = 'seq')"
            ),
            Beside::Postgres(_) => format!(
                "select column_name::text as text, ordinal_position::bigint as n from information_schema.columns
                 where table_schema = 'public' and table_name = '{table}' and is_generated = 'NEVER'"
            ),
        })?;
        Ok(lines.into_iter().map(|line| line.text).collect())
    }

    /// What a column of a copy holds.
    fn value(&self, table: &str, column: &str, sample: &str) -> String {
        match (table, column) {
            ("customers" | "audit_entries", "id") | ("customer_branches", "ancestor_id") => "{id}".into(),
            (_, "customer_id" | "subject_id" | "entry_id" | "form_id") => "{id}".into(),
            ("audit_concerns", "of_id") => format!("case when of_id = {sample} then {{id}} else of_id end"),
            ("customers" | "customer_branches", "title_key") => "'copy {n}'".into(),
            ("audit_entries", "seq") => "1000000000 + {n}".into(),
            _ => column.to_owned(),
        }
    }
}
