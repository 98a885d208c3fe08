//! The figures of docs/performance.md: CPU time a request, work in the background, memory and start, measured on data
//! that is made here.
//! `bin/bench` runs it with a PostgreSQL beside SQLite; `cargo bench` alone leaves that out and says so. `--full` fills the
//! large tenant with 2,000,000 devices instead of 200,000; `--small` with 20,000, to try the measurement itself; `--sqlite`
//! and `--postgres` measure one of the two. Times a request are CPU times, user and system, of the server and, where there
//! is one, of the database: a busy machine changes them little.

mod changes;
mod files;
mod http;
mod paths;
mod process;
mod site;

use std::process::Command;
use std::time::Duration;

use http::load;
use paths::{LISTS, OTHERS, PORTAL, SEARCHES};
use process::{Result, Server};
use site::{Postgres, Site, Size, per_request, value};
use tempfile::TempDir;

const FULL: Size = Size([100_000, 2_000_000, 200_000]);
const TENTH: Size = Size([100_000, 200_000, 20_000]);
const SMALL: Size = Size([5_000, 20_000, 2_000]);
const ROUNDS: usize = 5;
const TEMPLATE: &str = "serve-the-page-without-a-database";

/// The page without a database, in a process of its own.
fn template() -> Result<()> {
    use clap::Parser as _;
    #[derive(clap::Parser)]
    struct Settings {
        #[command(flatten)]
        serve: tenantry::config::ServeSettings,
    }
    let directory = TempDir::new()?;
    let data = directory.path().to_str().ok_or("a path that is no text")?;
    let settings = Settings::parse_from(["bench", "--listen", "127.0.0.1:0", "--data-dir", data]);
    actix_web::rt::System::new().block_on(async {
        let server =
            tenantry::app::AppState::build(settings.serve.check()?, tenantry::base::clock::Clock::system()).await?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        println!("http://{}", listener.local_addr()?);
        Ok(tenantry::harness::bench::serve_page(server.app, listener)?.await?)
    })
}

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(TEMPLATE) {
        return template();
    }
    measure(if asked("--full") {
        FULL
    } else if asked("--small") {
        SMALL
    } else {
        TENTH
    })
}

/// Whether an argument was given.
fn asked(argument: &str) -> bool {
    std::env::args().any(|given| given == argument)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A line of the table; with a limit it says whether the figure is within it.
fn row(what: &str, figure: &str, (ratio, limit): (f64, f64), target: &str) {
    let verdict = if ratio <= limit { "" } else { " missed" };
    println!("| {what} | {figure} | {target}{verdict} |");
}

fn measure(size: Size) -> Result<()> {
    let bare = Server::start(Command::new(std::env::current_exe()?).arg(TEMPLATE))?;
    println!("| what | measured | target |\n|---|---|---|");
    let mut databases = Vec::new();
    if !asked("--postgres") {
        databases.push(("SQLite", "SQLite, a hundredth", None, 6.0));
    }
    if !asked("--sqlite") {
        match Postgres::running() {
            Some(postgres) => databases.push(("PostgreSQL", "PostgreSQL, a hundredth", Some(postgres), 8.0)),
            None => eprintln!("Left out: PostgreSQL. `bin/bench` measures both."),
        }
    }
    for (name, small_name, postgres, limit) in databases {
        let create = |name: &str| postgres.as_ref().map(|postgres| postgres.create(name)).transpose();
        let site = Site::new(name, size, create("large")?)?;
        let small = Site::new(small_name, size.hundredth(), create("small")?)?;
        println!("| filling it: `demo`, {name} | {:.0} s | |", site.fill.as_secs_f64());
        let page = against_the_template(&bare, &site, limit)?;
        lists(&site, &small)?;
        searches(&site)?;
        deep(&site)?;
        others(&site, page)?;
        at_rest(&site, &small)?;
        adding(&site)?;
        files(&site, size)?;
        bulk(&site)?;
    }
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_tenantry"))?.len() as f64 / 1e6;
    row("the binary", &format!("{size:.1} MB"), (size, 20.0), "≤ 20 MB");
    Ok(())
}

/// Answers what the Customers page costs.
fn against_the_template(bare: &Server, site: &Site, limit: f64) -> Result<f64> {
    let (mut template, mut page) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let request = http::get("/customers", "");
        let before = bare.cpu()?;
        let load = load(bare.address, (16, 1_000, Duration::from_secs(30)), 200, |_, _| request.clone());
        template.push(per_request("the template", bare.cpu()? - before, &load)?);
        page.push(site.cost("/customers")?);
    }
    let (template, page, name) = (median(template), median(page), site.name);
    let figure = format!("{page:.0} : {template:.0} µs = {:.1}×", page / template);
    row(
        &format!("Customers page, {name}, against its template alone"),
        &figure,
        (page / template, limit),
        &format!("≤ {limit}×"),
    );
    Ok(page)
}

/// What two pages cost, each the median of three in turn.
fn both(one: impl Fn() -> Result<f64>, other: impl Fn() -> Result<f64>) -> Result<(f64, f64)> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        first.push(one()?);
        second.push(other()?);
    }
    Ok((median(first), median(second)))
}

fn compared(what: &str, (one, other): (f64, f64), limit: f64) {
    let figure = format!("{one:.0} : {other:.0} µs = {:.2}×", one / other);
    row(what, &figure, (one / other, limit), &format!("≤ {limit}×"));
}

fn lists(site: &Site, small: &Site) -> Result<()> {
    for (what, path) in LISTS {
        let costs = both(|| site.cost(path), || small.cost(path))?;
        compared(&format!("{what}, {}, against a hundredth", site.name), costs, 1.5);
    }
    Ok(())
}

fn searches(site: &Site) -> Result<()> {
    for (what, path, plain, limit) in SEARCHES {
        let costs = both(|| site.cost(path), || site.cost(plain))?;
        compared(&format!("{what}, {}, against the plain list", site.name), costs, *limit);
    }
    Ok(())
}

/// A page in the midst of the devices, reached as one would: by Next.
fn deep(site: &Site) -> Result<()> {
    for (what, first) in [("by name", "/devices?sort=name&size=100"), ("newest first", "/devices?size=100")] {
        let (mut path, mut rows) = (first.to_owned(), 0);
        let all = changes::how_many(site, "/devices/unassignment", &[("all", "yes")])?;
        let mut connection = http::Connection::open(site.server.address)?;
        while rows < all / 2 {
            let page = connection.send(&http::get(&path, &site.ada.cookies))?.body;
            let next = page.split("rel=\"next\"").next().filter(|before| before.len() < page.len());
            let next = next.and_then(|before| before.rsplit("href=\"").next()?.split('"').next());
            path = next.ok_or("a page without a next one")?.replace("&amp;", "&");
            rows += 100;
        }
        let costs = both(|| site.cost(&path), || site.cost(first))?;
        compared(&format!("devices {what} after {rows} rows, {}, against the first page", site.name), costs, 1.2);
    }
    Ok(())
}

fn others(site: &Site, page: f64) -> Result<()> {
    for (what, path, limit) in OTHERS {
        let cost = median((0..3).map(|_| site.cost(path)).collect::<Result<_>>()?);
        compared(&format!("{what}, {}, against the Customers page", site.name), (cost, page), *limit);
    }
    for (what, path, limit) in PORTAL {
        let cost = median((0..3).map(|_| site.cost_to(&site.user, path)).collect::<Result<_>>()?);
        compared(&format!("{what}, {}, against the Customers page", site.name), (cost, page), *limit);
    }
    Ok(())
}

fn at_rest(site: &Site, small: &Site) -> Result<()> {
    let idle = Server::start(&mut site.serve())?;
    let at_rest = idle.resident()?;
    let request = http::get("/customers", &site.ada.cookies);
    let storm = load(idle.address, (64, u64::MAX, Duration::from_secs(60)), 200, |_, _| request.clone());
    let stormed = idle.resident()?;
    let figure = format!("{at_rest} MB; {stormed} MB, {} errors in {} requests", storm.errors, storm.requests);
    let what = format!("memory, {}: idle; under 64 connections for 60 s", site.name);
    row(&what, &figure, (stormed as f64 + storm.errors as f64 * 100.0, 100.0), "≤ 100 MB, 0 errors");
    let (large, hundredth) = (site.start_time()?, small.start_time()?);
    let figure = format!("{large:.0} : {hundredth:.0} ms = {:.1}×", large / hundredth);
    let what = format!("start to ready, {}, against a hundredth", site.name);
    row(&what, &figure, (large / hundredth, 2.0), "≤ 2×, < 100 ms");
    Ok(())
}

fn adding(site: &Site) -> Result<()> {
    let (over_http, rows) = changes::adding(site)?;
    let share = over_http / rows;
    let figure = format!("{over_http:.0} : {rows:.0} a second = {:.0} %", share * 100.0);
    row(
        &format!("adding customers, 16 at once, {}, against single rows", site.name),
        &figure,
        (0.5 / share, 1.0),
        "≥ 50 %",
    );
    Ok(())
}

/// A file of half as many devices as there are comes in; all of them go out.
fn files(site: &Site, Size([_, devices, _]): Size) -> Result<()> {
    let (calm, n) = (changes::calm(site), devices / 2);
    let import = files::import(site, n)?;
    site.beside()?.tidy()?;
    let share = import.alone.as_secs_f64() / import.took.as_secs_f64();
    let figure = format!(
        "{:.0} : {:.0} s = {:.0} %; {} MB; p99 of pages {:.1} : {calm:.1} ms = {:.1}×",
        import.took.as_secs_f64(),
        import.alone.as_secs_f64(),
        share * 100.0,
        import.memory,
        import.p99,
        import.p99 / calm
    );
    let worst = (0.6 / share).max(import.memory as f64 / 100.0).max(import.p99 / calm / 3.0);
    let what = format!("importing {n} devices, {}, against rows that the database makes itself", site.name);
    row(&what, &figure, (worst, 1.0), "≥ 60 %, ≤ 100 MB, p99 ≤ 3×");
    let export = files::export(site)?;
    let share = export.alone.as_secs_f64() / export.over_http.as_secs_f64();
    let figure = format!(
        "{:.0} MB in {:.1} : {:.1} s = {:.0} %; {} MB more memory",
        export.bytes as f64 / 1e6,
        export.over_http.as_secs_f64(),
        export.alone.as_secs_f64(),
        share * 100.0,
        export.grew
    );
    let what = format!("exporting all devices, {}, against the same without HTTP", site.name);
    row(&what, &figure, ((0.5 / share).max(export.grew as f64 / 20.0), 1.0), "≥ 50 %, ≤ 20 MB");
    Ok(())
}

/// The customer with most devices is deleted; what it had is given to another, and deleted.
fn bulk(site: &Site) -> Result<()> {
    let update = changes::one_update(site, &site.customer)?;
    let calm = changes::calm(site);
    let page = site.ada.get(&site.customer)?.body;
    let title = value(&page, "name=\"title\"")?;
    let id = site.customer.rsplit('/').next().unwrap_or_default();
    let rows = changes::how_many(site, "/devices/unassignment", &[("all", "yes"), ("customer", id)])?;
    let deleted = changes::work(site, &format!("{}/delete", site.customer), &[("confirm", &title)])?;
    let one = update.as_secs_f64() / rows as f64;
    told(site, &format!("deleting a customer with {rows} devices"), &deleted, rows, (one, calm));

    let other = site.branch.rsplit('/').next().unwrap_or_default();
    let page = site.ada.get(&site.branch)?.body;
    let title = value(&page, "name=\"title\"")?;
    let all = [("asked", "yes"), ("all", "yes")];
    let to = [&all[..], &[("assigned", "no"), ("to", &title)]].concat();
    let assigned = changes::work(site, "/devices/assignment", &to)?;
    told(site, &format!("assigning {} devices", assigned.rows), &assigned, assigned.rows, (one, calm));

    let n = changes::how_many(site, "/devices/delete", &[("all", "yes"), ("customer", other)])?;
    let number = n.to_string();
    let these = [&all[..], &[("customer", other), ("confirm", &number)]].concat();
    let gone = changes::work(site, "/devices/delete", &these)?;
    told(site, &format!("deleting {n} devices"), &gone, n, (one, calm));
    Ok(())
}

/// Work on rows, against one UPDATE that takes `one` second a row, and pages of others, against those while all is calm.
fn told(site: &Site, what: &str, work: &changes::Work, rows: u64, (one, calm): (f64, f64)) {
    let (took, alone) = (work.done.as_secs_f64(), one * rows as f64);
    let figure = format!(
        "answered in {:.0} ms; {took:.1} : {alone:.1} s = {:.1}×; p99 of pages {:.1} : {calm:.1} ms = {:.1}×",
        work.asked.as_secs_f64() * 1e3,
        took / alone,
        work.p99,
        work.p99 / calm
    );
    let worst = (took / alone / 2.0).max(work.p99 / calm / 3.0);
    row(&format!("{what}, {}, against one UPDATE", site.name), &figure, (worst, 1.0), "≤ 2×, p99 ≤ 3×");
}
