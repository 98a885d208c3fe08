//! What changes many rows: work on hundreds of thousands of devices, beside what the database itself takes for as many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::alone::Copies;
use crate::http::{Connection, Load, get};
use crate::place::Beside;
use crate::process::Result;
use crate::site::{Site, value};
use crate::table::{Figure, Table, at_least_percent, at_most};
use crate::turns::{Ratio, in_turn};
use crate::writes::{Whose, Write, Writer};

/// A list that others read meanwhile, so often.
const WATCHED: &str = "/customers?sort=title";
const EVERY: Duration = Duration::from_millis(20);
/// How long work may take.
pub const PATIENCE: Duration = Duration::from_secs(1800);
/// What is asked for is answered like any other page: within this many milliseconds.
const ANSWERED: f64 = 100.0;

/// CPU time of a customer added over HTTP, sixteen at once, beside the same rows without HTTP.
pub fn adding(table: &Table, site: &Site) {
    let measured = || -> Result<Figure> {
        // SQLite has one writer, as the server has.
        let (connections, each) = if site.place.database.is_some() { (16, 10) } else { (1, 160) };
        let (mut writer, mut copies) = (Writer::new(site)?, Copies::new(site, connections)?);
        let rounds = in_turn(|| copies.round(each), || writer.round(Write::Customer, Whose::Nobody, 16))?;
        copies.remove()?;
        let costs = rounds.iter().map(|(alone, http)| (alone.cost.sum(), http.cost.sum()));
        let rates = rounds.iter().map(|(alone, http)| (http.a_second, alone.a_second));
        let (cost, rate) = (Ratio::of(&costs.collect::<Vec<_>>()), Ratio::of(&rates.collect::<Vec<_>>()));
        let text = format!("{}; {}", cost.text("µs"), rate.text("a second"));
        Ok(Figure::new(text, [at_least_percent(cost.times(), 50.0)]))
    };
    table.row("the rows of a new customer without HTTP, against adding it over HTTP, 16 at once", measured());
}

/// What became of work in the background.
struct Work {
    /// How long the request that asked for it took, and the work itself.
    asked: Duration,
    done: Duration,
    /// Devices that it was about.
    rows: u64,
    /// The time within which 99 of 100 pages came that others read meanwhile, in milliseconds.
    p99: f64,
}

/// What 99 of 100 pages take while nothing is done, in milliseconds.
pub fn calm(site: &Site) -> Result<f64> {
    Ok(watch(site, &AtomicBool::new(false), Duration::from_secs(10))?.p99())
}

/// Somebody reads a page at a fixed rate until told to stop. A page that comes late makes the next ones late as well: their
/// time counts from when they were due.
pub fn watch(site: &Site, stop: &AtomicBool, time: Duration) -> Result<Load> {
    let request = get(WATCHED, &site.ada.cookies);
    let mut connection = Connection::open(site.server.address)?;
    let (since, mut all) = (Instant::now(), Load::default());
    while !stop.load(Ordering::Relaxed) && since.elapsed() < time {
        let due = since + EVERY * u32::try_from(all.requests)?;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        all.requests += 1;
        match connection.send(&request)?.status {
            200 => all.times.push(due.elapsed()),
            _ => all.errors += 1,
        }
    }
    if all.errors > 0 { Err(format!("{} errors of pages meanwhile", all.errors).into()) } else { Ok(all) }
}

/// Does something while somebody else reads pages, and answers the time within which 99 of 100 of these came.
pub fn watched<T>(site: &Site, work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(site, &stop, PATIENCE).map_err(|why| why.to_string()));
        let done = work();
        stop.store(true, Ordering::Relaxed);
        let pages = watching.join().map_err(|_| "nobody watched")??;
        Ok((done?, pages.p99()))
    })
}

/// Posts a form whose answer is work in the background, and waits until it is done.
fn work(site: &Site, path: &str, fields: &[(&str, &str)]) -> Result<Work> {
    let request = site.ada.post(path, &site.ada.token()?, fields);
    let began = Instant::now();
    let answer = site.ada.send(&request)?;
    let asked = began.elapsed();
    if !answer.location.starts_with("/jobs/") {
        return Err(format!("{path} was answered {} and leads to {:?}", answer.status, answer.location).into());
    }
    let ((page, done), p99) = watched(site, || Ok((until_done(site, &answer.location, began)?, began.elapsed())))?;
    Ok(Work { asked, done, rows: number_before(&page, "devices"), p99 })
}

fn until_done(site: &Site, job: &str, since: Instant) -> Result<String> {
    loop {
        let page = site.ada.get(job)?.body;
        if !page.contains("data-job-open") {
            return if page.contains(">Done<") { Ok(page) } else { Err(format!("{job} was not done: {page}").into()) };
        }
        if since.elapsed() > PATIENCE {
            return Err(format!("{job} takes longer than {PATIENCE:?}").into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first number of a page that stands before this word.
fn number_before(page: &str, word: &str) -> u64 {
    let mut before = "";
    for one in page.split(|c: char| c.is_whitespace() || c == '<' || c == '>') {
        if one.trim_end_matches(['.', '?']) == word && before.starts_with(|c: char| c.is_ascii_digit()) {
            return before.replace(',', "").parse().unwrap_or(0);
        }
        before = one;
    }
    0
}

/// How many devices a list has, as its question says.
fn how_many(site: &Site, question: &str, fields: &[(&str, &str)]) -> Result<u64> {
    let page = site.ada.send(&site.ada.post(question, &site.ada.token()?, fields))?.body;
    match number_before(&page, "devices") {
        0 => Err(format!("{question} does not say how many").into()),
        n => Ok(n),
    }
}

/// How long one statement takes on all devices of a customer, in a transaction that is then undone.
fn one_statement(site: &Site, statement: &str, customer: &str) -> Result<f64> {
    let mut beside = site.place.beside()?;
    let id = customer.replace('-', "");
    let id = if let Beside::Sqlite(_) = &beside { format!("x'{id}'") } else { format!("'{id}'::uuid") };
    let tenant = format!("(select tenant_id from customers where id = {id})");
    let began = Instant::now();
    beside.run(&format!("begin; {statement} where tenant_id = {tenant} and kind = 'device' and customer_id = {id}"))?;
    let took = began.elapsed();
    beside.run("rollback")?;
    beside.settle()?;
    Ok(took.as_secs_f64())
}

const UPDATE: &str = "update things set customer_id = null, version = version + 1";
const DELETE: &str = "delete from things";

/// The customer with most devices is deleted; what it had is given to another, and deleted.
pub fn rows(table: &Table, site: &Site) {
    if let Err(why) = bulk(table, site) {
        table.row("work on very many devices", Err(why));
    }
}

fn bulk(table: &Table, site: &Site) -> Result<()> {
    let (customer, branch) = (site.path("{customer}"), site.path("{branch}"));
    let title_of = |path: &str| value(&site.ada.get(path)?.body, "name=\"title\"");
    let id_of = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let (id, other) = (id_of(&customer), id_of(&branch));
    let calm = calm(site)?;
    let rows = how_many(site, "/devices/unassignment", &[("all", "yes"), ("customer", &id)])?;
    let update = one_statement(site, UPDATE, &id)? / rows as f64;
    let deleted = work(site, &format!("{customer}/delete"), &[("confirm", &title_of(&customer)?)])?;
    row(table, (&format!("deleting a customer with {rows} devices"), "UPDATE"), &deleted, (update * rows as f64, calm));

    let all = [("asked", "yes"), ("all", "yes")];
    let to = title_of(&branch)?;
    let assigned = work(site, "/devices/assignment", &[&all[..], &[("assigned", "no"), ("to", &to)]].concat())?;
    let n = assigned.rows;
    row(table, (&format!("assigning {n} devices"), "UPDATE"), &assigned, (update * n as f64, calm));

    let n = how_many(site, "/devices/delete", &[("all", "yes"), ("customer", &other)])?;
    let delete = one_statement(site, DELETE, &other)?;
    let number = n.to_string();
    let these = [&all[..], &[("customer", &other), ("confirm", &number)]].concat();
    let gone = work(site, "/devices/delete", &these)?;
    row(table, (&format!("deleting {n} devices"), "DELETE"), &gone, (delete, calm));
    Ok(())
}

/// Work on devices beside one statement, and pages of others beside those while all is calm.
fn row(table: &Table, (what, statement): (&str, &str), work: &Work, (alone, calm): (f64, f64)) {
    let (asked, took) = (work.asked.as_secs_f64() * 1e3, work.done.as_secs_f64());
    let (times, pages) = (took / alone, work.p99 / calm);
    let text = format!(
        "answered in {asked:.0} ms; {took:.1} : {alone:.1} s = {times:.1}×; p99 of pages {:.1} : {calm:.1} ms = {pages:.1}×",
        work.p99
    );
    let limits = [at_most(asked, ANSWERED, "{} ms"), at_most(times, 2.0, "{}×"), at_most(pages, 3.0, "{}× p99")];
    table.row(&format!("{what}, against one {statement}"), Ok(Figure::new(text, limits)));
}
