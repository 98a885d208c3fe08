//! What the database itself takes for the rows that adding a customer writes: the same rows into the same tables with the
//! same indexes, one transaction each, through the same driver, without HTTP.

use std::ops::Range;
use std::time::{Duration, Instant};

use diesel::{Connection as _, RunQueryDsl as _};

use crate::cpu::of_this_thread;
use crate::place::{Beside, Place};
use crate::process::Result;
use crate::site::Site;
use crate::statement::Statement;
use crate::writes::Round;

/// Copies of one customer's rows.
pub struct Copies<'a> {
    site: &'a Site,
    statements: Vec<Statement>,
    connections: Vec<Beside>,
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
/// The id of the first copy: later than any that the program makes.
pub const FIRST: u128 = 0xffff_0000_0000_7000_8000_0000_0000_0000;
/// Rows that every transaction changes are spread over so many on PostgreSQL.
const SLOTS: usize = 16;

impl<'a> Copies<'a> {
    /// Written over so many connections at once.
    pub fn new(site: &'a Site, connections: usize) -> Result<Self> {
        let mut sample = Sample::added(site)?;
        let [tenant, id, entry, actor, form] = &sample.ids.clone();
        let mut statements = Vec::new();
        for (table, found) in [
            ("customers", format!("id = {id}")),
            ("customer_branches", format!("ancestor_id = {id} and customer_id = {id}")),
            ("customer_counts", format!("customer_id = {id}")),
            ("audit_entries", format!("id = {entry}")),
            ("audit_concerns", format!("of_id in ({id}, {actor}) and entry_id = {entry}")),
            ("form_posts", format!("user_id = {actor} and form_id = {form}")),
        ] {
            let columns = sample.columns(table)?;
            let values: Vec<String> = columns.iter().map(|name| sample.value(table, name, id)).collect();
            let (columns, values) = (columns.join(", "), values.join(", "));
            statements.push(Statement::new(&format!(
                "insert into {table} ({columns}) select {values} from {table} where tenant_id = {tenant} and {found}"
            )));
        }
        // As it was: the numbers stay right, and the row is written all the same.
        for (table, kind) in [
            ("tenant_counts", " and kind = 'customers'"),
            ("tenant_counts", " and kind = 'top_customers'"),
            ("audit_heads", ""),
        ] {
            statements.push(Statement::new(&format!(
                "update {table} set n = n + 0 where tenant_id = {tenant} and slot = {{slot}}{kind}"
            )));
        }
        let connections = (0..connections).map(|_| site.place.beside()).collect::<Result<_>>()?;
        Ok(Self { site, statements, connections, n: 0 })
    }

    /// Writes `each` over each connection.
    pub fn round(&mut self, each: usize) -> Result<Round> {
        let (statements, first, n) = (&self.statements, self.n, self.connections.len() * each);
        let (before, since) = (self.site.cpu()?, Instant::now());
        let used = std::thread::scope(|scope| {
            let write = |(which, beside)| {
                let from = first + which * each;
                scope.spawn(move || written(statements, beside, from..from + each).map_err(|why| why.to_string()))
            };
            let threads: Vec<_> = self.connections.iter_mut().enumerate().map(write).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread ended".into())));
            ended.sum::<std::result::Result<Duration, String>>()
        })?;
        let took = since.elapsed();
        let mut cost = self.site.cost_of(&before, n as u64)?;
        cost.program = used.as_secs_f64() * 1e6 / n as f64;
        self.n += n;
        Ok(Round { cost, a_second: n as f64 / took.as_secs_f64(), hashes: 0.0 })
    }

    /// Takes them out again.
    pub fn remove(self) -> Result<()> {
        let mut beside = self.site.place.beside()?;
        let first = literal(&self.site.place, &format!("{FIRST:032x}"));
        TABLES.iter().try_for_each(|(table, id)| beside.run(&format!("delete from {table} where {id} >= {first}")))
    }
}

/// Writes some in a transaction each, and answers what the thread used.
fn written(statements: &[Statement], beside: &mut Beside, numbers: Range<usize>) -> Result<Duration> {
    let before = of_this_thread()?;
    for n in numbers {
        match beside {
            Beside::Sqlite(conn) => conn.immediate_transaction(|conn| {
                statements.iter().try_for_each(|statement| statement.of(n, 0).execute(conn).map(|_| ()))
            })?,
            Beside::Postgres(conn) => conn.transaction(|conn| {
                statements.iter().try_for_each(|statement| statement.of(n, n % SLOTS).execute(conn).map(|_| ()))
            })?,
        }
    }
    Ok(of_this_thread()? - before)
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
        let id = match self.beside {
            Beside::Sqlite(_) => "{id}",
            Beside::Postgres(_) => "encode({id}, 'hex')::uuid",
        };
        match (table, column) {
            ("customers" | "audit_entries", "id") | ("customer_branches", "ancestor_id") => id.into(),
            (_, "customer_id" | "subject_id" | "entry_id" | "form_id") => id.into(),
            ("audit_concerns", "of_id") => format!("case when of_id = {sample} then {id} else of_id end"),
            ("customers" | "customer_branches", "title_key") => "'copy ' || {n}".into(),
            ("audit_entries", "seq") => "1000000000 + {n}".into(),
            _ => column.to_owned(),
        }
    }
}
