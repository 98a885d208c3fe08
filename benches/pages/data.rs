//! Fills a database: a tenant by the program's own `demo`, and by its `import` what that has not: one large branch, assets,
//! and fifty small tenants beside it, none of which is empty.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::disk::{Part, parts};
use crate::place::Place;
use crate::process::Result;

/// How many customers, devices and assets a tenant has.
#[derive(Clone, Copy)]
pub struct Size {
    pub customers: usize,
    pub devices: usize,
    pub assets: usize,
}

impl Size {
    pub fn divided(self, by: usize) -> Self {
        Self { customers: self.customers / by, devices: self.devices / by, assets: self.assets / by }
    }

    /// One customer of a hundred is in the branch, or enough for more than a page.
    fn branch(self) -> usize {
        (self.customers / 100).max(60)
    }

    /// One device of a hundred is in the branch, or enough for more than a page of each kind.
    fn of_branch(n: usize) -> usize {
        (n / 100).max(600)
    }
}

pub const TENANT: &str = "Northwind Grid";
/// The customer at the top of the branch.
pub const BRANCH: &str = "Bench branch";
/// So many users has the customer at the top of the branch: more than a page.
const USERS: usize = 30;
const SMALL_TENANTS: usize = 50;

/// What became of it.
pub struct Filled {
    /// How long `demo` took, for customers, their users and devices.
    pub took: Duration,
    /// What was on the disk after that, and how many users there were.
    pub disk: Vec<Part>,
    pub users: i64,
    pub email: String,
    pub password: String,
}

pub fn fill(place: &Place, size: Size) -> Result<Filled> {
    let started = Instant::now();
    let numbers = [size.customers, size.devices, 0].map(|n| n.to_string());
    let [customers, devices, assets] = &numbers;
    let printed = place.run("demo", &["--customers", customers, "--devices", devices, "--assets", assets])?;
    let took = started.elapsed();
    let said = |what: &str| printed.lines().find_map(|line| line.strip_prefix(what).map(str::to_owned));
    let (email, password) = said("Email: ").zip(said("Password: ")).ok_or("demo printed no sign-in")?;
    let mut beside = place.beside()?;
    beside.settle()?;
    let (disk, users) = (parts(&mut beside)?, beside.line("select '' as text, count(*) as n from users")?.n);
    branch(place, size)?;
    assets_of(place, size)?;
    for n in 0..SMALL_TENANTS {
        small_tenant(place, n, size.divided(10_000))?;
    }
    beside.settle()?;
    Ok(Filled { took, disk, users, email, password })
}

/// Imports rows of a file.
pub fn import(place: &Place, tenant: &str, what: &str, csv: &str) -> Result<()> {
    let file = place.directory.path().join("import.csv");
    std::fs::write(&file, csv)?;
    let path = file.to_str().ok_or("a path that is no text")?;
    place.run("import", &["--tenant", tenant, what, path])?;
    Ok(std::fs::remove_file(&file)?)
}

/// The title of a customer of the branch; the first is at its top.
fn title_in_branch(n: usize) -> String {
    if n == 0 { BRANCH.to_owned() } else { format!("{BRANCH} {n}") }
}

/// A branch of three levels: half of it just below the top, the other half below those. Its devices are as old as any.
fn branch(place: &Place, size: Size) -> Result<()> {
    let n = size.branch();
    let mut csv = format!("Title,Parent customer\n{BRANCH},\n");
    for inner in 1..n {
        let parent = inner.saturating_sub(n / 2);
        writeln!(csv, "{},{}", title_in_branch(inner), title_in_branch(parent))?;
    }
    import(place, TENANT, "customers", &csv)?;
    let people = (0..USERS).map(|n| format!("person-{n}@branch.example,Person,{n},{BRANCH}\n"));
    import(place, TENANT, "users", &format!("Email,First name,Last name,Customer\n{}", people.collect::<String>()))?;
    let names = first_cells(&place.run("export", &["--tenant", TENANT, "devices"])?);
    let wanted = Size::of_branch(size.devices);
    let step = (names.len() / wanted).max(1);
    let mut csv = String::from("Name,Customer\n");
    for (at, name) in names.iter().skip(step / 2).step_by(step).enumerate() {
        writeln!(csv, "{name},{}", title_in_branch(at % n))?;
    }
    import(place, TENANT, "devices", &csv)
}

/// Assets of all customers in turn, every tenth of nobody and some of the branch.
fn assets_of(place: &Place, size: Size) -> Result<()> {
    let titles = first_cells(&place.run("export", &["--tenant", TENANT, "customers"])?);
    let (kinds, every) = (["building", "vehicle", "field", "cold room"], size.assets / Size::of_branch(size.assets));
    let mut csv = String::from("Name,Type,Label,Customer\n");
    for n in 0..size.assets {
        let owner = match n {
            _ if n % every.max(2) == 1 => title_in_branch(n % size.branch()),
            _ if n % 10 == 0 => String::new(),
            _ => titles[n * 7 % titles.len()].clone(),
        };
        writeln!(csv, "ASSET-{n:07},{},Floor {},{owner}", kinds[n % kinds.len()], n % 90)?;
    }
    import(place, TENANT, "assets", &csv)
}

/// The first cell of each row that needs no quotes.
fn first_cells(csv: &str) -> Vec<String> {
    let plain = csv.lines().skip(1).filter(|line| !line.starts_with(['"', '\'']));
    plain.filter_map(|line| line.split(',').next().map(str::to_owned)).collect()
}

fn small_tenant(place: &Place, n: usize, size: Size) -> Result<()> {
    let title = format!("Small {n}");
    place.run("tenant", &["add", &title, "--email", &format!("admin@small-{n}.example")])?;
    let customers = size.customers.max(5);
    let rows = (0..customers).map(|n| format!("Customer {n}\n"));
    import(place, &title, "customers", &format!("Title\n{}", rows.collect::<String>()))?;
    let rows = (0..size.devices.max(20)).map(|n| format!("METER-{n},meter,Customer {}\n", n % customers));
    import(place, &title, "devices", &format!("Name,Type,Customer\n{}", rows.collect::<String>()))
}
