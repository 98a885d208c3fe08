//! README's figures: CPU time a request, memory and start, measured on data that is made here. `bin/bench` runs it with
//! a PostgreSQL beside SQLite; `cargo bench` alone leaves that out and says so. Times are CPU times, user and system, of
//! the server and, where there is one, of the database: a busy machine changes them little.

mod http;
mod process;

use std::process::Command;
use std::time::Duration;

use http::{Load, load, sign_in};
use process::{Result, Server, cpu_of_family};
use tempfile::TempDir;

/// Customers, devices and assets of the large tenant; the small one has a hundredth of each.
const LARGE: [(&str, u64); 3] = [("--customers", 100_000), ("--devices", 200_000), ("--assets", 20_000)];
const ROUNDS: usize = 5;
const CONNECTIONS: usize = 16;
const EACH: u64 = 250;
const LIMIT: Duration = Duration::from_secs(30);
const TEMPLATE: &str = "serve-the-page-without-a-database";

/// One filled database with a server over it.
struct Site {
    name: &'static str,
    directory: TempDir,
    database: Option<Postgres>,
    server: Server,
    cookies: String,
    fill: Duration,
    /// The customer that has most devices, and a dashboard: their addresses.
    customer: String,
    dashboard: String,
}

/// A PostgreSQL that `bin/bench` started.
#[derive(Clone)]
struct Postgres {
    url: String,
    process: u32,
}

impl Postgres {
    fn running() -> Option<Self> {
        let url = std::env::var("TENANTRY_BENCH_POSTGRES").ok()?;
        let process = std::env::var("TENANTRY_BENCH_POSTGRES_PROCESS").ok()?.parse().ok()?;
        Some(Self { url, process })
    }

    /// A database of its own.
    fn create(&self, name: &str) -> Result<Self> {
        use diesel::{Connection as _, connection::SimpleConnection as _};
        let mut conn = diesel::PgConnection::establish(&self.url)?;
        conn.batch_execute(&format!("create database {name}"))?;
        let (base, _) = self.url.rsplit_once('/').ok_or("a URL without a database")?;
        Ok(Self { url: format!("{base}/{name}"), process: self.process })
    }

    /// As a database is after a while: analysed, its log written out.
    fn settle(&self) -> Result<()> {
        use diesel::{Connection as _, connection::SimpleConnection as _};
        let mut conn = diesel::PgConnection::establish(&self.url)?;
        conn.batch_execute("vacuum analyze")?;
        Ok(conn.batch_execute("checkpoint")?)
    }
}

/// The program with its data in `directory`.
fn tenantry(command: &str, directory: &TempDir, database: Option<&Postgres>) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    program.arg(command).env_clear().env("TENANTRY_DATA_DIR", directory.path());
    if let Some(database) = database {
        program.env("DATABASE_URL", &database.url).env("TENANTRY_SECRET_KEY", "0".repeat(32));
    }
    program
}

fn serve(directory: &TempDir, database: Option<&Postgres>) -> Command {
    let mut command = tenantry("serve", directory, database);
    command.env("TENANTRY_LISTEN", "127.0.0.1:0").env("TENANTRY_LOG", "off");
    command
}

impl Site {
    fn new(name: &'static str, part: u64, database: Option<Postgres>) -> Result<Self> {
        let directory = TempDir::new()?;
        let started = std::time::Instant::now();
        let mut demo = tenantry("demo", &directory, database.as_ref());
        for (flag, n) in LARGE {
            demo.arg(flag).arg((n / part).to_string());
        }
        let filled = demo.output()?;
        if !filled.status.success() {
            return Err(String::from_utf8_lossy(&filled.stderr).into_owned().into());
        }
        let fill = started.elapsed();
        database.as_ref().map(Postgres::settle).transpose()?;
        let printed = String::from_utf8(filled.stdout)?;
        let said = |what: &str| printed.lines().find_map(|line| line.strip_prefix(what).map(str::to_owned));
        let (email, password) = said("Email: ").zip(said("Password: ")).ok_or("demo printed no sign-in")?;
        let server = Server::start(&mut serve(&directory, database.as_ref()))?;
        let cookies = sign_in(server.address, &email, &password)?;
        eprintln!("{name} was filled in {:.1} s", fill.as_secs_f64());
        let customer = first_row(server.address, "/customers?sort=-devices", &cookies)?;
        let dashboard = first_row(server.address, "/dashboards?sort=-customers", &cookies)?;
        Ok(Self { name, directory, database, server, cookies, fill, customer, dashboard })
    }

    fn cpu(&self) -> Result<Duration> {
        let database = self.database.as_ref().map(|database| cpu_of_family(database.process)).transpose()?;
        Ok(self.server.cpu()? + database.unwrap_or_default())
    }

    /// CPU time of one request for `path`, in microseconds.
    fn cost(&self, path: &str) -> Result<f64> {
        let path = path.replace("{customer}", &self.customer).replace("{dashboard}", &self.dashboard);
        let before = self.cpu()?;
        let load = load(self.server.address, &path, &self.cookies, CONNECTIONS, EACH, LIMIT);
        per_request(&path, self.cpu()? - before, &load)
    }

    /// How long the server takes to be ready, the shortest of several starts, in milliseconds.
    fn start_time(&self) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..7 {
            let again = Server::start(&mut serve(&self.directory, self.database.as_ref()))?;
            times.push(again.start.as_secs_f64() * 1_000.0);
        }
        Ok(times.into_iter().fold(f64::INFINITY, f64::min))
    }
}

/// Where the first row of a list leads.
fn first_row(address: std::net::SocketAddr, list: &str, cookies: &str) -> Result<String> {
    let page = http::Connection::open(address)?.send(&http::get(list, cookies))?.body;
    let row = page.split("<th scope=\"row\"").nth(1).and_then(|row| row.split("href=\"").nth(1));
    let path = row.and_then(|row| row.split('"').next()).ok_or_else(|| format!("{list} has no row"))?;
    Ok(path.to_owned())
}

fn per_request(path: &str, cpu: Duration, load: &Load) -> Result<f64> {
    if load.errors > 0 || load.requests == 0 {
        return Err(format!("{path}: {} errors in {} requests", load.errors, load.requests).into());
    }
    Ok(cpu.as_secs_f64() * 1e6 / load.requests as f64)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

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
        let server = tenantry::app::App::build(settings.serve.check()?, tenantry::clock::Clock::system()).await?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        println!("http://{}", listener.local_addr()?);
        Ok(tenantry::bench::serve_page(server.app, listener)?.await?)
    })
}

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some(TEMPLATE) => template(),
        _ => measure(),
    }
}

fn measure() -> Result<()> {
    let bare = Server::start(Command::new(std::env::current_exe()?).arg(TEMPLATE))?;
    let mut sites = vec![(Site::new("SQLite", 1, None)?, Site::new("SQLite, a hundredth", 100, None)?, 6.0)];
    match Postgres::running() {
        Some(postgres) => sites.push((
            Site::new("PostgreSQL", 1, Some(postgres.create("large")?))?,
            Site::new("PostgreSQL, a hundredth", 100, Some(postgres.create("small")?))?,
            8.0,
        )),
        None => eprintln!("Left out: PostgreSQL. `bin/bench` measures both."),
    }

    let mut template = Vec::new();
    let mut pages = vec![Vec::new(); sites.len()];
    for _ in 0..ROUNDS {
        let before = bare.cpu()?;
        let load = load(bare.address, "/customers", "", CONNECTIONS, 4 * EACH, LIMIT);
        template.push(per_request("the template", bare.cpu()? - before, &load)?);
        for (at, (site, ..)) in sites.iter().enumerate() {
            pages[at].push(site.cost("/customers")?);
        }
    }
    let template = median(template);
    println!("| what | measured | target |\n|---|---|---|");
    println!("| the template of the Customers page alone, 25 rows | {template:.0} µs | |");
    for ((site, small, target), pages) in sites.iter().zip(pages) {
        let page = median(pages);
        let name = site.name;
        println!(
            "| Customers page, {name}, 100,000 customers | {page:.0} µs = {:.1}× | ≤ {target}× |",
            page / template
        );
        for (what, path) in LISTS {
            let (mut large, mut hundredth) = (Vec::new(), Vec::new());
            for _ in 0..3 {
                large.push(site.cost(path)?);
                hundredth.push(small.cost(path)?);
            }
            let (large, hundredth) = (median(large), median(hundredth));
            println!(
                "| {what}, {name}, against a hundredth | {large:.0} : {hundredth:.0} µs = {:.2}× | ≤ 1.5× |",
                large / hundredth
            );
        }
        let idle = Server::start(&mut serve(&site.directory, site.database.as_ref()))?;
        let at_rest = idle.resident()?;
        let storm = load(idle.address, "/customers", &site.cookies, 64, u64::MAX, Duration::from_secs(60));
        println!(
            "| memory, {name}: idle; under 64 connections for 60 s | {at_rest} MB; {} MB, {} errors in {} requests | ≤ 100 MB, 0 errors |",
            idle.resident()?,
            storm.errors,
            storm.requests
        );
        let (large, hundredth) = (site.start_time()?, small.start_time()?);
        println!(
            "| start to ready, {name}, against a hundredth | {large:.0} : {hundredth:.0} ms = {:.1}× | < 100 ms, ≤ 2× |",
            large / hundredth
        );
        println!("| filling it: `demo`, {name} | {:.0} s | |", site.fill.as_secs_f64());
    }
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_tenantry"))?.len() as f64 / 1e6;
    println!("| the binary | {size:.1} MB | ≤ 20 MB |");
    Ok(())
}

/// Pages that must cost the same however large the tenant.
const LISTS: &[(&str, &str)] = &[
    ("customers by title", "/customers?sort=title"),
    ("customers by city, downwards", "/customers?sort=-city"),
    ("customers by devices, downwards", "/customers?sort=-devices"),
    ("100 customers", "/customers?size=100"),
    ("search for what one customer has", "/customers?q=harbour+water+authority+123"),
    ("search for what hundreds have", "/customers?q=harbour+water+authority"),
    ("search for what most have", "/customers?q=office%40"),
    ("search for what none has", "/customers?q=xyzzy"),
    ("details of a customer", "{customer}"),
    ("devices", "/devices"),
    ("devices by label", "/devices?sort=label"),
    ("devices by customer", "/devices?sort=customer"),
    ("devices of one type by name", "/devices?type=camera&sort=name"),
    ("devices of one customer by name", "{customer}/devices?sort=name"),
    ("devices of a branch by name", "{customer}/devices?inner=yes&sort=name"),
    ("devices of a branch by customer", "{customer}/devices?inner=yes&sort=customer"),
    ("search for a device", "/devices?q=ca-0006"),
    ("a dashboard", "{dashboard}"),
];
