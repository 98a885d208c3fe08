//! A filled database with a server over it.

use std::process::Command;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::http::{Connection, Load, Person, get, load};
use crate::process::{Result, Server, cpu_of_family};

/// How many customers, devices and assets a tenant has.
#[derive(Clone, Copy)]
pub struct Size(pub [u64; 3]);

impl Size {
    /// A hundredth of it.
    pub fn hundredth(self) -> Self {
        Self(self.0.map(|n| n / 100))
    }
}

pub struct Site {
    pub name: &'static str,
    pub directory: TempDir,
    pub database: Option<Postgres>,
    pub server: Server,
    pub ada: Person,
    pub fill: Duration,
    /// The customer that has most devices and one that has inner customers: their addresses; and a dashboard.
    pub customer: String,
    pub branch: String,
    pub dashboard: String,
    /// The first device that was added: its name. And somebody who may see the branch, and no more.
    pub device: String,
    pub user: Person,
}

/// A PostgreSQL that `bin/bench` started.
#[derive(Clone)]
pub struct Postgres {
    pub url: String,
    process: u32,
}

impl Postgres {
    pub fn running() -> Option<Self> {
        let url = std::env::var("TENANTRY_BENCH_POSTGRES").ok()?;
        let process = std::env::var("TENANTRY_BENCH_POSTGRES_PROCESS").ok()?.parse().ok()?;
        Some(Self { url, process })
    }

    /// A database of its own.
    pub fn create(&self, name: &str) -> Result<Self> {
        let mut conn = PgConnection::establish(&self.url)?;
        conn.batch_execute(&format!("create database {name}"))?;
        let (base, _) = self.url.rsplit_once('/').ok_or("a URL without a database")?;
        Ok(Self { url: format!("{base}/{name}"), process: self.process })
    }

    /// As a database is after a while: analysed, its log written out.
    fn settle(&self) -> Result<()> {
        let mut conn = PgConnection::establish(&self.url)?;
        conn.batch_execute("vacuum analyze")?;
        Ok(conn.batch_execute("checkpoint")?)
    }
}

/// A connection beside the server's own, as durable as they are.
pub enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    pub fn run(&mut self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql)?,
            Self::Postgres(conn) => conn.batch_execute(sql)?,
        }
        Ok(())
    }
}

/// Requests at once, how many each connection sends, and how long: of a page that costs much, fewer tell as well.
const CONNECTIONS: usize = 16;
const EACH: u64 = 100;
const LIMIT: Duration = Duration::from_secs(5);

impl Site {
    /// Fills a database and starts a server over it; fifty small tenants are beside the large one.
    pub fn new(name: &'static str, Size(size): Size, database: Option<Postgres>) -> Result<Self> {
        let directory = TempDir::new()?;
        let started = Instant::now();
        let mut demo = tenantry("demo", &directory, database.as_ref());
        for (flag, n) in ["--customers", "--devices", "--assets"].into_iter().zip(size) {
            demo.arg(flag).arg(n.to_string());
        }
        let filled = demo.output()?;
        if !filled.status.success() {
            return Err(String::from_utf8_lossy(&filled.stderr).into_owned().into());
        }
        let fill = started.elapsed();
        for n in 0..50 {
            let mut tenant = tenantry("tenant", &directory, database.as_ref());
            tenant.args(["add", &format!("Small {n}"), "--email", &format!("admin@small-{n}.example")]);
            if !tenant.output()?.status.success() {
                return Err("a small tenant could not be added".into());
            }
        }
        database.as_ref().map(Postgres::settle).transpose()?;
        let printed = String::from_utf8(filled.stdout)?;
        let said = |what: &str| printed.lines().find_map(|line| line.strip_prefix(what).map(str::to_owned));
        let (email, password) = said("Email: ").zip(said("Password: ")).ok_or("demo printed no sign-in")?;
        let server = Server::start(&mut serve(&directory, database.as_ref()))?;
        let ada = Person::sign_in(server.address, &email, &password)?;
        eprintln!("{name} was filled in {:.1} s", fill.as_secs_f64());
        let customer = first_row(&ada, "/customers?sort=-devices")?;
        let dashboard = first_row(&ada, "/dashboards?sort=-customers")?;
        let branch = first_row(&ada, "/customers?sort=created")?;
        let device = first_row(&ada, "/devices?sort=created")?;
        let device = value(&ada.get(&device)?.body, "name=\"name\"")?;
        let user = user_of(&ada, &branch)?;
        Ok(Self { name, directory, database, server, ada, fill, customer, branch, dashboard, device, user })
    }

    pub fn cpu(&self) -> Result<Duration> {
        let database = self.database.as_ref().map(|database| cpu_of_family(database.process)).transpose()?;
        Ok(self.server.cpu()? + database.unwrap_or_default())
    }

    /// A path in which the names of what every site has stand for their addresses.
    pub fn path(&self, path: &str) -> String {
        let path = path.replace("{customer}", &self.customer).replace("{branch}", &self.branch);
        path.replace("{dashboard}", &self.dashboard).replace("{device}", &self.device)
    }

    /// CPU time of one request of an administrator for `path`, in microseconds.
    pub fn cost(&self, path: &str) -> Result<f64> {
        self.cost_to(&self.ada, path)
    }

    /// CPU time of one request of somebody for `path`, in microseconds.
    pub fn cost_to(&self, whom: &Person, path: &str) -> Result<f64> {
        let path = self.path(path);
        let request = get(&path, &whom.cookies);
        let before = self.cpu()?;
        let load = load(self.server.address, (CONNECTIONS, EACH, LIMIT), 200, |_, _| request.clone());
        per_request(&path, self.cpu()? - before, &load)
    }

    /// How long the server takes to be ready, the shortest of several starts, in milliseconds.
    pub fn start_time(&self) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..7 {
            let again = Server::start(&mut self.serve())?;
            times.push(again.start.as_secs_f64() * 1_000.0);
        }
        Ok(times.into_iter().fold(f64::INFINITY, f64::min))
    }

    /// Another server over the same database.
    pub fn serve(&self) -> Command {
        serve(&self.directory, self.database.as_ref())
    }

    /// Another command of the program on the same data.
    pub fn command(&self, command: &str) -> Command {
        tenantry(command, &self.directory, self.database.as_ref())
    }

    /// A connection beside the server's own.
    pub fn beside(&self) -> Result<Beside> {
        if let Some(database) = &self.database {
            return Ok(Beside::Postgres(PgConnection::establish(&database.url)?));
        }
        let file = self.directory.path().join("tenantry.db");
        let mut conn = SqliteConnection::establish(file.to_str().ok_or("a path that is no text")?)?;
        conn.batch_execute("pragma busy_timeout = 60000; pragma synchronous = full; pragma cache_size = -65536")?;
        Ok(Beside::Sqlite(conn))
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

/// Where the first row of a list leads.
fn first_row(ada: &Person, list: &str) -> Result<String> {
    let page = ada.get(list)?.body;
    let row = page.split("<th scope=\"row\"").nth(1).and_then(|row| row.split("href=\"").nth(1));
    let path = row.and_then(|row| row.split('"').next()).ok_or_else(|| format!("{list} has no row"))?;
    Ok(path.to_owned())
}

/// The value of the first input of a page that has `attribute`.
pub fn value(page: &str, attribute: &str) -> Result<String> {
    let value = page.split(attribute).nth(1).and_then(|rest| rest.split("value=\"").nth(1)?.split('"').next());
    Ok(value.ok_or_else(|| format!("a page without {attribute}"))?.to_owned())
}

/// Adds a user to a customer, and is them.
fn user_of(ada: &Person, customer: &str) -> Result<Person> {
    let fields = [("email", "reader@bench.example"), ("activation_method", "link"), ("form_id", "")];
    let request = ada.post(&format!("{customer}/users"), &ada.token()?, &fields);
    let mut connection = Connection::open(ada.address)?;
    let added = connection.send(&request)?;
    let cookies = format!("{}; {}", ada.cookies, added.cookies.join("; "));
    let link = value(&connection.send(&get(&added.location, &cookies))?.body, "id=\"link\"")?;
    let path = link.splitn(4, '/').nth(3).ok_or("a link without a path")?;
    Ok(Person::activated(ada.address, &format!("/{path}"), "a long word of passage 71")?)
}

pub fn per_request(path: &str, cpu: Duration, load: &Load) -> Result<f64> {
    if load.errors > 0 || load.requests == 0 {
        return Err(format!("{path}: {} errors in {} requests", load.errors, load.requests).into());
    }
    Ok(cpu.as_secs_f64() * 1e6 / load.requests as f64)
}
