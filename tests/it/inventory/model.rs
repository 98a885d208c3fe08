//! Whatever is added, assigned, moved and deleted, customers and things, in whatever order: the lists say what a simple
//! model says, and so does everything that is kept beside them.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{assert_consistent, id, post};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

#[derive(Debug, Clone)]
struct Known {
    name: String,
    kind: String,
    label: String,
    customer: Option<String>,
}

/// Customers and devices by their ids.
#[derive(Default)]
struct Model {
    customers: BTreeMap<String, (String, Option<String>)>,
    things: BTreeMap<String, Known>,
    made: usize,
}

impl Model {
    /// A customer and everything under it.
    fn branch(&self, root: &str) -> Vec<String> {
        let mut branch = vec![root.to_owned()];
        let mut at = 0;
        while let Some(one) = branch.get(at).cloned() {
            let under = self.customers.iter().filter(|(_, (_, parent))| parent.as_ref() == Some(&one));
            branch.extend(under.map(|(id, _)| id.clone()));
            at += 1;
        }
        branch
    }

    /// Names of the devices that are wanted, sorted by what a column says, then in the order of adding.
    fn names(&self, sort: &str, wanted: impl Fn(&Known) -> bool) -> Vec<String> {
        let mut found: Vec<_> = self.things.iter().filter(|(_, thing)| wanted(thing)).collect();
        found.sort_by_key(|(id, thing)| {
            let title = thing.customer.as_ref().map(|id| self.customers[id].0.clone()).unwrap_or_default();
            let key = match sort {
                "name" => thing.name.clone(),
                "type" => thing.kind.clone(),
                "label" => thing.label.clone(),
                "customer" => title,
                _ => String::new(),
            };
            (key, (*id).clone())
        });
        found.into_iter().map(|(_, thing)| thing.name.clone()).collect()
    }

    fn any_customer(&self, rng: &mut Rng) -> Option<String> {
        rng.choice(self.customers.keys()).cloned()
    }

    fn any_thing(&self, rng: &mut Rng) -> Option<String> {
        rng.choice(self.things.keys()).cloned()
    }

    fn next(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what} {:03}", self.made)
    }
}

const TYPES: [&str; 3] = ["meter", "default", "valve"];
const LABELS: [&str; 3] = ["", "north", "south"];

/// Does one thing, in the application and in the model.
async fn step(person: &Actor, token: &str, model: &mut Model, rng: &mut Rng) {
    let customer = model.any_customer(rng);
    let other = model.any_customer(rng).filter(|_| rng.u8(..4) > 0);
    let thing = model.any_thing(rng);
    let text = |id: &Option<String>| id.clone().unwrap_or_default();
    match (rng.u8(..22), customer, thing) {
        (0..4, customer, _) => {
            let (title, parent) = (model.next("Customer"), customer.filter(|_| rng.u8(..4) > 0));
            let fields = [("title", title.as_str()), ("parent", &text(&parent))];
            let at = post(person, token, "/customers", &fields).await.see_status(303).location();
            model.customers.insert(id(&at).into(), (title, parent));
        }
        (4..10, ..) | (_, _, None) => {
            let name = model.next("Device");
            let known = Known {
                name,
                kind: (*rng.choice(&TYPES).unwrap()).into(),
                label: (*rng.choice(&LABELS).unwrap()).into(),
                customer: other,
            };
            let customer = text(&known.customer);
            let fields = [
                ("name", known.name.as_str()),
                ("type", &known.kind),
                ("label", &known.label),
                ("customer", &customer),
            ];
            let at = post(person, token, "/devices", &fields).await.see_status(303).location();
            model.things.insert(id(&at).into(), known);
        }
        (10..12, _, Some(thing)) => {
            // Another customer, and perhaps another name.
            let name = if rng.bool() { model.next("Device") } else { model.things[&thing].name.clone() };
            let fields = [("customer", text(&other)), ("name", name.clone())];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let known = model.things.get_mut(&thing).unwrap();
            let same = (&known.customer, &known.name) == (&other, &name);
            let answer = if same { "Nothing was changed" } else { "was saved." };
            person.submit(&format!("/devices/{thing}"), &fields).await.see(answer);
            (known.customer, known.name) = (other, name);
        }
        (12, _, Some(thing)) => {
            post(person, token, &format!("/devices/{thing}/delete"), &[]).await.see_status(303);
            model.things.remove(&thing);
        }
        (13..15, Some(customer), Some(thing)) => {
            let more = model.any_thing(rng).unwrap();
            let fields = [("ids", thing.as_str()), ("ids", &more), ("asked", "yes"), ("to", &customer)];
            post(person, token, "/devices/assignment", &fields).await.see_status(303);
            for one in [thing, more] {
                model.things.get_mut(&one).unwrap().customer = Some(customer.clone());
            }
        }
        (15, Some(customer), _) => {
            let branch = rng.bool();
            let inner = if branch { "yes" } else { "" };
            let under = if branch { model.branch(&customer) } else { vec![customer.clone()] };
            let theirs = |known: &&Known| known.customer.as_ref().is_some_and(|id| under.contains(id));
            let n = model.things.values().filter(theirs).count().to_string();
            let (inside, all) = (("inside", customer.as_str()), ("all", "yes"));
            let fields = [all, inside, ("inner", inner), ("asked", "yes"), ("confirm", &n)];
            post(person, token, "/devices/unassignment", &fields).await.see_status(303);
            for known in model.things.values_mut() {
                if known.customer.as_ref().is_some_and(|id| under.contains(id)) {
                    known.customer = None;
                }
            }
        }
        (16..18, Some(customer), _) => {
            // Moved, which is refused into its own branch.
            let refused = other.as_ref().is_some_and(|other| model.branch(&customer).contains(other));
            let moved = person.submit(&format!("/customers/{customer}"), &[("parent", &text(&other))]).await;
            assert_eq!(moved.status, if refused { 422 } else { 200 });
            if !refused {
                model.customers.get_mut(&customer).unwrap().1 = other;
            }
        }
        (18, Some(customer), _) => {
            let title = model.next("Customer");
            person.submit(&format!("/customers/{customer}"), &[("title", &title)]).await.see("was saved.");
            model.customers.get_mut(&customer).unwrap().0 = title;
        }
        (19, Some(customer), _) => {
            let branch = model.branch(&customer);
            let title = model.customers[&customer].0.clone();
            let freed = model.names("", |known| known.customer.as_ref().is_some_and(|id| branch.contains(id))).len();
            let asked = person.get(&format!("/customers/{customer}/delete")).await;
            match freed {
                0 => asked.see_no("to the tenant"),
                1 => asked.see("1 device will return to the tenant"),
                n => asked.see(&format!("{n} devices will return to the tenant")),
            };
            let fields = [("confirm", title.as_str())];
            post(person, token, &format!("/customers/{customer}/delete"), &fields).await.see_status(303);
            for id in &branch {
                model.customers.remove(id);
            }
            for known in model.things.values_mut() {
                if known.customer.as_ref().is_some_and(|id| branch.contains(id)) {
                    known.customer = None;
                }
            }
        }
        (_, Some(customer), _) => {
            // Those of one type that are free are given to it.
            let kind = *rng.choice(&TYPES).unwrap();
            let fields = [("all", "yes"), ("type", kind), ("asked", "yes")];
            post(person, token, &format!("/customers/{customer}/devices"), &fields).await.see_status(303);
            for known in model.things.values_mut().filter(|known| known.kind == kind && known.customer.is_none()) {
                known.customer = Some(customer.clone());
            }
        }
        _ => {}
    }
}

/// All rows of a list, walked page by page to its end and back.
pub async fn walk(person: &Actor, address: &str) -> Vec<String> {
    let mut page: Page = person.get(address).await;
    page.see_status(200);
    let mut pages = vec![page.rows()];
    while let Some(next) = page.link("Next") {
        page = person.get(&next).await;
        pages.push(page.rows());
    }
    let all = pages.concat();
    while let Some(before) = page.link("Previous") {
        page = person.get(&before).await;
        pages.pop();
        assert_eq!(Some(&page.rows()), pages.last(), "back on {}", page.path);
    }
    assert_eq!(pages.len(), 1);
    let n = all.len();
    let told = page.one(".pager p").replace(',', "");
    assert!(told.ends_with(&format!(" of {n}")) || n == 0, "{address}: {told}");
    all
}

/// Compares lists with the model: every sort, both ways, of everything, of a customer and of a branch.
async fn compare(person: &Actor, model: &Model, rng: &mut Rng) {
    let customers: Vec<&String> = model.customers.keys().collect();
    for sort in ["name", "type", "label", "customer", "created"] {
        let kind = rng.choice(["", TYPES[0], TYPES[1]]).unwrap();
        let of_type = |known: &Known| kind.is_empty() || known.kind == kind;
        let both = async |address: &str, wanted: Vec<String>| {
            let address = format!("{address}size=10&type={kind}&sort=");
            assert_eq!(walk(person, &format!("{address}{sort}")).await, wanted, "{address}{sort}");
            let back: Vec<String> = wanted.into_iter().rev().collect();
            assert_eq!(walk(person, &format!("{address}-{sort}")).await, back, "{address}-{sort}");
        };
        both("/devices?", model.names(sort, of_type)).await;
        both("/devices?assigned=no&", model.names(sort, |known| known.customer.is_none() && of_type(known))).await;
        for _ in 0..3 {
            let Some(customer) = rng.choice(&customers) else { continue };
            let branch = model.branch(customer);
            let own = model.names(sort, |known| known.customer.as_ref() == Some(*customer) && of_type(known));
            let under = |known: &Known| known.customer.as_ref().is_some_and(|id| branch.contains(id));
            let all = model.names(sort, |known| under(known) && of_type(known));
            both(&format!("/customers/{customer}/devices?inner=yes&"), all.clone()).await;
            both(&format!("/devices?customer={customer}&inner=yes&"), all.clone()).await;
            both(&format!("/devices?customer={customer}&"), own.clone()).await;
            if sort != "customer" {
                both(&format!("/customers/{customer}/devices?"), own).await;
            }
            let found = model.names(sort, |known| under(known) && of_type(known) && known.label == "north");
            both(&format!("/customers/{customer}/devices?inner=yes&q=NORTH&"), found).await;
        }
        let found = model.names(sort, |known| of_type(known) && known.label == "south");
        both("/devices?q=outh&", found).await;
    }
}

#[actix_web::test]
async fn lists_agree_with_a_simple_model_whatever_happens() {
    let app = App::spawn().await;
    for seed in 1..=3 {
        let person = app.tenant(&format!("Tenant {seed}")).await.admin().await;
        let token = person.token().await;
        let (mut model, mut rng) = (Model::default(), Rng::with_seed(seed));
        for round in 0..3 {
            for _ in 0..40 {
                step(&person, &token, &mut model, &mut rng).await;
            }
            println!("seed {seed}, round {round}: {} customers, {} devices", model.customers.len(), model.things.len());
            assert_consistent(&app);
            compare(&person, &model, &mut rng).await;
        }
    }
}
