//! A filled database with a server over it.

use std::path::Path;
use std::time::Duration;

use crate::cpu::Cpu;
use crate::data::{BRANCH, Filled, Size, fill};
use crate::http::{Answer, Load, Person, get, load};
use crate::place::{Place, Postgres};
use crate::process::{Result, Server};

pub struct Site {
    pub place: Place,
    pub server: Server,
    pub filled: Filled,
    /// An administrator.
    pub ada: Person,
    /// Somebody who may see the branch, and no more.
    pub user: Person,
    /// What stands in braces in a path.
    named: Vec<(&'static str, String)>,
}

/// What a request takes of the program and of PostgreSQL, in microseconds.
#[derive(Clone, Copy)]
pub struct Cost {
    pub program: f64,
    pub database: f64,
}

impl Cost {
    pub fn sum(self) -> f64 {
        self.program + self.database
    }
}

/// Requests at once, and how many each connection sends in a round, for how long at most.
const CONNECTIONS: usize = 16;
const EACH: u64 = 10;
const LIMIT: Duration = Duration::from_secs(5);
/// How many widgets the dashboard has that is measured.
const WIDGETS: usize = 9;

impl Site {
    /// Fills a database by a program and starts its server.
    pub fn new(program: &Path, size: Size, database: Option<Postgres>) -> Result<Self> {
        let place = Place::new(program, database)?;
        let filled = fill(&place, size)?;
        let server = Server::start(&mut place.serve())?;
        let ada = Person::sign_in(server.address, &filled.email, &filled.password)?;
        let named = named(&ada, &place)?;
        let user = user_of(&ada, &named[1].1)?;
        let site = Self { place, server, filled, ada, user, named };
        let tiles = site.ada.get(&site.path("{dashboard}"))?.body.matches("class=\"panel tile").count();
        match tiles {
            WIDGETS => Ok(site),
            _ => Err(format!("the dashboard has {tiles} widgets and not {WIDGETS}").into()),
        }
    }

    /// Starts its server anew: SQLite has one at a time.
    pub fn restart(&mut self) -> Result<()> {
        self.server.stop();
        self.server = Server::start(&mut self.place.serve())?;
        self.ada.address = self.server.address;
        self.user.address = self.server.address;
        Ok(())
    }

    /// CPU time so far of the program, and of PostgreSQL.
    pub fn cpu(&self) -> Result<(Cpu, Option<Cpu>)> {
        let database = self.place.database.as_ref().map(|database| Cpu::of_family(database.process)).transpose()?;
        Ok((self.server.cpu()?, database))
    }

    /// What each of a load took since `before`.
    pub fn cost_since(&self, before: &(Cpu, Option<Cpu>), what: &str, load: &Load) -> Result<Cost> {
        if load.errors > 0 || load.requests == 0 {
            let Load { requests, errors, wrong, .. } = load;
            return Err(format!("{what}: {errors} errors in {requests} requests, such as {wrong}").into());
        }
        self.cost_of(before, load.requests)
    }

    /// What each of so many took since `before`.
    pub fn cost_of(&self, before: &(Cpu, Option<Cpu>), n: u64) -> Result<Cost> {
        let now = self.cpu()?;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / n as f64;
        let database = now.1.zip(before.1.as_ref()).map(|(now, before)| now.since(before)).unwrap_or_default();
        Ok(Cost { program: each(now.0.since(&before.0)), database: each(database) })
    }

    /// A path in which what stands in braces is replaced.
    pub fn path(&self, path: &str) -> String {
        self.named.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }

    /// What one request of somebody for a page costs, in microseconds.
    pub fn cost(&self, whom: &Person, path: &str) -> Result<f64> {
        let request = get(path, &whom.cookies);
        let before = self.cpu()?;
        let load = load(self.server.address, (CONNECTIONS, EACH, LIMIT), 200, |_, _| request.clone());
        Ok(self.cost_since(&before, path, &load)?.sum())
    }
}

/// What stands in braces in a path: addresses of the customer that has most devices, of the one at the top of the branch, of
/// a dashboard and of the device that was added first, and the name of that.
fn named(ada: &Person, place: &Place) -> Result<Vec<(&'static str, String)>> {
    let row = |list: &str, title: &str| -> Result<String> {
        let mut found = rows(&ada.get(list)?.body).into_iter();
        let found = found.find(|(_, text)| title.is_empty() || text == title);
        Ok(found.ok_or_else(|| format!("{list} has no row {title:?}"))?.0)
    };
    let device = row("/devices?sort=created", "")?;
    Ok(vec![
        ("{customer}", largest(place)?),
        ("{branch}", row("/customers?q=bench+branch&size=100", BRANCH)?),
        ("{dashboard}", row("/dashboards", "Overview")?),
        ("{device}", value(&ada.get(&device)?.body, "name=\"name\"")?),
        ("{device page}", device),
    ])
}

/// The address of the customer that has most devices, at whatever level.
fn largest(place: &Place) -> Result<String> {
    let mut beside = place.beside()?;
    let digits = beside.digits_of("customer_id");
    let found = beside.line(&format!(
        "select {digits} as text, count(*) as n from things where kind = 'device' and customer_id is not null
         group by customer_id order by n desc limit 1"
    ))?;
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| found.text[part].to_owned());
    Ok(format!("/customers/{}", parts.join("-")))
}

/// A page as somebody gets it who may see it.
pub fn page(whom: &Person, path: &str) -> Result<Answer> {
    let answer = whom.get(path)?;
    if answer.status == 200 { Ok(answer) } else { Err(format!("{path} was answered {}", answer.status).into()) }
}

/// The rows of a list: where each leads, and its text as HTML.
pub fn rows(page: &str) -> Vec<(String, String)> {
    let heads = page.split("<th scope=\"row\"").skip(1);
    let link = |head: &str| {
        let (path, rest) = head.split_once("href=\"")?.1.split_once('"')?;
        let text = rest.split_once('>')?.1.split('<').next()?;
        Some((path.to_owned(), text.to_owned()))
    };
    heads.filter_map(link).collect()
}

/// The value of the first input of a page that has `attribute`.
pub fn value(page: &str, attribute: &str) -> Result<String> {
    let value = page.split(attribute).nth(1).and_then(|rest| rest.split("value=\"").nth(1)?.split('"').next());
    Ok(value.ok_or_else(|| format!("a page without {attribute}"))?.to_owned())
}

/// Adds a user to a customer, and is them.
fn user_of(ada: &Person, customer: &str) -> Result<Person> {
    let fields = [("email", "reader@bench.example"), ("activation_method", "link"), ("form_id", "")];
    let added = ada.send(&ada.post(&format!("{customer}/users"), &ada.token()?, &fields))?;
    let with_link = Person { cookies: format!("{}; {}", ada.cookies, added.cookies.join("; ")), ..ada.clone() };
    let link = value(&with_link.get(&added.location)?.body, "id=\"link\"")?;
    let path = link.splitn(4, '/').nth(3).ok_or("a link without a path")?;
    Ok(Person::activated(ada.address, &format!("/{path}"), "a long word of passage 71")?)
}
