//! What changes rows: customers added many at once, and work on hundreds of thousands of devices, each beside what the
//! database itself takes for as many rows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::http::{Load, get, load};
use crate::process::Result;
use crate::site::{Beside, Site};

/// How long customers are added.
const ADDING: Duration = Duration::from_secs(6);
const AT_ONCE: usize = 16;
/// A list that others read meanwhile.
const WATCHED: &str = "/customers?sort=title";
/// How long work may take.
pub const PATIENCE: Duration = Duration::from_secs(900);

/// Customers added in a second over HTTP by 16 at once, and rows inserted one by one through the driver alone.
pub fn adding(site: &Site) -> Result<(f64, f64)> {
    let token = site.ada.token()?;
    let added = load(site.server.address, (AT_ONCE, u64::MAX, ADDING), 303, |which, n| {
        let title = format!("Added {which} {n}");
        site.ada.post("/customers", &token, &[("title", &title), ("form_id", "")])
    });
    if added.errors > 0 {
        return Err(format!("{} of {} customers could not be added", added.errors, added.requests).into());
    }
    let over_http = added.requests as f64 / ADDING.as_secs_f64();
    let row = "insert into bench_rows (a, b, c) values ('a customer', 'of a bench', 'that is a row')";
    let mut beside = site.beside()?;
    beside.run("create table bench_rows (id integer, a text, b text, c text)")?;
    let rows = match (&mut beside, &site.database) {
        // One writer, as the server has.
        (Beside::Sqlite(_), _) | (_, None) => rows_of(ADDING, || beside.run(row))?,
        (Beside::Postgres(_), Some(database)) => {
            let work = || {
                let mut conn = PgConnection::establish(&database.url).ok()?;
                rows_of(ADDING, || Ok(conn.batch_execute(row)?)).ok()
            };
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
                threads.into_iter().map(|thread| thread.join().ok().flatten()).sum::<Option<u64>>()
            })
            .ok_or("rows could not be inserted")?
        }
    };
    site.beside()?.run("drop table bench_rows")?;
    Ok((over_http, rows as f64 / ADDING.as_secs_f64()))
}

fn rows_of(time: Duration, mut insert: impl FnMut() -> Result<()>) -> Result<u64> {
    let (since, mut n) = (Instant::now(), 0);
    while since.elapsed() < time {
        insert()?;
        n += 1;
    }
    Ok(n)
}

/// What became of work in the background.
pub struct Work {
    /// How long the request that asked for it took, and the work itself.
    pub asked: Duration,
    pub done: Duration,
    /// Rows that it was about.
    pub rows: u64,
    /// The slowest of a hundred pages that others read meanwhile, in milliseconds.
    pub p99: f64,
}

/// The slowest of a hundred pages while nothing is done, in milliseconds.
pub fn calm(site: &Site) -> f64 {
    watch(site, &AtomicBool::new(false), Duration::from_secs(5)).p99()
}

/// Somebody reads a page again and again, with pauses as a person makes, until told to stop.
pub fn watch(site: &Site, stop: &AtomicBool, time: Duration) -> Load {
    let request = get(WATCHED, &site.ada.cookies);
    let since = Instant::now();
    let mut all = Load::default();
    while !stop.load(Ordering::Relaxed) && since.elapsed() < time {
        std::thread::sleep(Duration::from_millis(5));
        let one = load(site.server.address, (1, 1, Duration::from_secs(30)), 200, |_, _| request.clone());
        all = all.and(one);
    }
    all
}

/// Posts a form whose answer is work in the background, and waits until it is done.
pub fn work(site: &Site, path: &str, fields: &[(&str, &str)]) -> Result<Work> {
    let request = site.ada.post(path, &site.ada.token()?, fields);
    let began = Instant::now();
    let answer = crate::http::Connection::open(site.server.address)?.send(&request)?;
    let asked = began.elapsed();
    if !answer.location.starts_with("/jobs/") {
        return Err(format!("{path} was answered {} and leads to {:?}", answer.status, answer.location).into());
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(site, &stop, PATIENCE));
        let page = until_done(site, &answer.location, began);
        let done = began.elapsed();
        stop.store(true, Ordering::Relaxed);
        let watched = watching.join().map_err(|_| "nobody watched")?;
        if watched.errors > 0 {
            return Err(format!("{} errors while work was done", watched.errors).into());
        }
        Ok(Work { asked, done, rows: number_before(&page?, &["devices"]), p99: watched.p99() })
    })
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

/// The first number of a page that stands before one of these words.
fn number_before(page: &str, words: &[&str]) -> u64 {
    let mut before = "";
    for word in page.split(|c: char| c.is_whitespace() || c == '<' || c == '>') {
        if words.contains(&word.trim_end_matches(['.', '?'])) && before.starts_with(|c: char| c.is_ascii_digit()) {
            return before.replace(',', "").parse().unwrap_or(0);
        }
        before = word;
    }
    0
}

/// How many devices a list has, as its question says.
pub fn how_many(site: &Site, question: &str, fields: &[(&str, &str)]) -> Result<u64> {
    let request = site.ada.post(question, &site.ada.token()?, fields);
    let page = crate::http::Connection::open(site.server.address)?.send(&request)?.body;
    match number_before(&page, &["devices"]) {
        0 => Err(format!("{question} does not say how many").into()),
        n => Ok(n),
    }
}

/// One UPDATE that unassigns all devices of a customer, in a transaction of its own, and another that gives them back.
pub fn one_update(site: &Site, customer: &str) -> Result<Duration> {
    let id = customer.rsplit('/').next().unwrap_or_default().replace('-', "");
    let mut beside = site.beside()?;
    let (id, then) = match &beside {
        Beside::Sqlite(_) => (format!("x'{id}'"), "77"),
        Beside::Postgres(_) => (format!("'{id}'::uuid"), "timestamptz '1977-07-07'"),
    };
    let began = Instant::now();
    beside.run(&format!(
        "update things set customer_id = null, version = version + 1, updated_at = {then}
         where kind = 'device' and customer_id = {id} and tenant_id = (select tenant_id from customers where id = {id})"
    ))?;
    let took = began.elapsed();
    beside.run(&format!("update things set customer_id = {id} where updated_at = {then}"))?;
    Ok(took)
}
