//! What is written over HTTP: the CPU time of the program and of the database for each, and how many a second, one after
//! the other and sixteen at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::cpu::of_this_thread;
use crate::http::{Person, load};
use crate::process::Result;
use crate::site::{Cost, Site, page, rows};

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Customer,
    User,
    Device,
    Assignment,
    SignIn,
}

/// To whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Nobody,
    One,
    Many,
}

/// What is measured, and what ThingsBoard CE 4.3 takes for it on the same machine, in milliseconds of CPU time.
pub const WRITES: &[(&str, Write, Whose, Option<f64>)] = &[
    ("adding a customer at the top", Write::Customer, Whose::Nobody, Some(7.0)),
    ("adding inner customers of one customer", Write::Customer, Whose::One, Some(7.0)),
    ("adding inner customers of many customers", Write::Customer, Whose::Many, Some(7.0)),
    ("adding users of one customer", Write::User, Whose::One, Some(4.1)),
    ("adding users of many customers", Write::User, Whose::Many, Some(4.1)),
    ("assigning devices to one customer", Write::Assignment, Whose::One, Some(4.5)),
    ("assigning devices to many customers", Write::Assignment, Whose::Many, Some(4.5)),
    ("adding devices of one customer", Write::Device, Whose::One, None),
    ("adding devices of many customers", Write::Device, Whose::Many, None),
    ("signing in, less the hash", Write::SignIn, Whose::Many, None),
];

/// So many people sign in, one after the other; each may do so 300 times at once.
const PEOPLE: usize = 300;
const PATIENCE: Duration = Duration::from_secs(60);

/// The number of the next form: no two are alike, whoever sends them.
static WRITTEN: AtomicUsize = AtomicUsize::new(1);

/// What a round took.
#[derive(Clone, Copy)]
pub struct Round {
    /// Of one of them, in microseconds.
    pub cost: Cost,
    pub a_second: f64,
    /// So many hashes of a password were taken off the cost.
    pub hashes: f64,
}

/// Somebody who fills in forms, none of them twice.
pub struct Writer<'a> {
    pub site: &'a Site,
    token: String,
    /// Ids of customers at the top, the first of which is the one.
    customers: Vec<String>,
    /// People with Ada's password.
    people: Vec<String>,
    door: (Person, String),
    hash: Hash,
}

impl<'a> Writer<'a> {
    pub fn new(site: &'a Site) -> Result<Self> {
        let list = page(&site.ada, "/customers?size=100")?.body;
        let customers = rows(&list).iter().filter_map(|(path, _)| path.rsplit('/').next().map(str::to_owned)).collect();
        let people = site.place.beside()?.lines(&format!(
            "select email as text, cast(0 as bigint) as n from users where activated_at is not null and disabled_at is null
               and customer_id is not null and email not like '%@bench.example' limit {PEOPLE}"
        ))?;
        Ok(Self {
            site,
            token: site.ada.token()?,
            customers,
            people: people.into_iter().map(|line| line.text).collect(),
            door: Person::nobody(site.server.address, "/sign-in")?,
            hash: Hash::new(&site.filled.password)?,
        })
    }

    /// The form of another one. Whatever it needs is there before it is measured.
    fn form(&mut self, write: Write, whose: Whose) -> Result<String> {
        let n = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let customer = match whose {
            Whose::Nobody => String::new(),
            Whose::One => self.customers[0].clone(),
            Whose::Many => self.customers[n % self.customers.len()].clone(),
        };
        let (name, email) = (format!("Written {n}"), format!("written-{n}@bench.example"));
        let form_id = format!("00000000-0000-7000-8000-{n:012x}");
        let ada = &self.site.ada;
        let post = |path: &str, fields: &[(&str, &str)]| ada.post(path, &self.token, fields);
        let device = [("name", name.as_str()), ("type", "meter"), ("label", ""), ("description", "")];
        Ok(match write {
            Write::Customer => post("/customers", &[("title", &name), ("parent", &customer), ("form_id", &form_id)]),
            Write::User => {
                let fields = [("email", email.as_str()), ("activation_method", "link"), ("form_id", &form_id)];
                post(&format!("/customers/{customer}/users"), &fields)
            }
            Write::Device => {
                post("/devices", &[&device[..], &[("customer", &customer), ("form_id", &form_id)]].concat())
            }
            Write::Assignment => {
                let free = [&device[..], &[("customer", ""), ("form_id", &form_id)]].concat();
                let added = ada.send(&post("/devices", &free))?;
                if added.status != 303 {
                    return Err(format!("a device to assign was answered {}", added.status).into());
                }
                let changed = [("customer", customer.as_str()), ("version", "1"), ("base", "")];
                post(&added.location, &[&device[..], &changed].concat())
            }
            Write::SignIn => {
                let fields =
                    [("email", self.people[n % self.people.len()].as_str()), ("password", &self.hash.password)];
                self.door.0.post("/sign-in", &self.door.1, &fields)
            }
        })
    }

    /// Does it so many times over so many connections at once.
    pub fn round(&mut self, write: Write, whose: Whose, connections: usize) -> Result<Round> {
        let each = match (write, connections) {
            (Write::SignIn, 1) => 8,
            (Write::SignIn, _) => 1,
            (_, 1) => 32,
            _ => 10,
        };
        let forms: Vec<String> = (0..connections * each).map(|_| self.form(write, whose)).collect::<Result<_>>()?;
        let (before, since) = (self.site.cpu()?, Instant::now());
        let done = load(self.site.server.address, (connections, each as u64, PATIENCE), 303, |which, n| {
            forms[which * each + n as usize].clone()
        });
        let took = since.elapsed();
        let mut cost = self.site.cost_since(&before, "a form", &done)?;
        let mut hashes = 0.0;
        if write == Write::SignIn {
            // Whoever signs in is compared with several, known or not. All else takes less than half of a hash.
            let hash = self.hash.cost()?;
            hashes = (cost.program / hash).round();
            cost.program -= hashes * hash;
        }
        Ok(Round { cost, a_second: done.requests as f64 / took.as_secs_f64(), hashes })
    }
}

/// The hash of a password by itself, as the program makes it: argon2id with its default parameters, in memory that is used
/// again.
struct Hash {
    password: String,
    memory: Vec<Block>,
}

impl Hash {
    fn new(password: &str) -> Result<Self> {
        let hash =
            Self { password: password.to_owned(), memory: vec![Block::default(); Params::DEFAULT.block_count()] };
        Ok(hash)
    }

    /// What one takes, the middle of five, in microseconds.
    fn cost(&mut self) -> Result<f64> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let mut costs = Vec::new();
        for _ in 0..5 {
            let (before, mut out) = (of_this_thread()?, [0; 32]);
            argon2.hash_password_into_with_memory(self.password.as_bytes(), &[7; 16], &mut out, &mut self.memory)?;
            costs.push((of_this_thread()? - before).as_secs_f64() * 1e6);
        }
        costs.sort_by(f64::total_cmp);
        Ok(costs[2])
    }
}
