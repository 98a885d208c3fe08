//! Whatever is added, moved, renamed and deleted, in whatever order: the pages say what a simple model says.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{id, token};
use crate::support::actor::{Actor, Fields};
use crate::support::app::App;

/// A customer as the model knows it.
struct Known {
    title: String,
    parent: Option<String>,
    users: usize,
}

/// The hierarchy as it should be: customers by their ids.
#[derive(Default)]
struct Model {
    known: BTreeMap<String, Known>,
    gone: Vec<String>,
    made: usize,
}

impl Model {
    fn inner_of(&self, parent: Option<&str>) -> Vec<&String> {
        self.known.iter().filter(|(_, one)| one.parent.as_deref() == parent).map(|(id, _)| id).collect()
    }

    /// A customer and everything under it.
    fn branch(&self, root: &str) -> Vec<String> {
        let mut branch = vec![root.to_owned()];
        let mut at = 0;
        while let Some(one) = branch.get(at) {
            let under: Vec<String> = self.inner_of(Some(one)).into_iter().cloned().collect();
            branch.extend(under);
            at += 1;
        }
        branch
    }

    fn titles(&self, ids: Vec<&String>) -> Vec<String> {
        let mut titles: Vec<String> = ids.into_iter().map(|id| self.known[id].title.clone()).collect();
        titles.sort();
        titles
    }

    fn path(&self, of: &str) -> Vec<String> {
        let mut path = Vec::new();
        let mut at = self.known[of].parent.clone();
        while let Some(id) = at {
            path.insert(0, self.known[&id].title.clone());
            at = self.known[&id].parent.clone();
        }
        path
    }

    fn users(&self, ids: &[String]) -> usize {
        ids.iter().map(|id| self.known[id].users).sum()
    }

    fn forget(&mut self, root: &str) {
        for id in self.branch(root) {
            self.known.remove(&id);
            self.gone.push(id);
        }
    }

    fn any(&self, rng: &mut Rng) -> Option<String> {
        (!self.known.is_empty()).then(|| self.known.keys().nth(rng.usize(..self.known.len())).cloned()).flatten()
    }

    fn title(&mut self) -> String {
        self.made += 1;
        format!("Customer {:03}", self.made)
    }
}

/// Does one thing, in the application and in the model.
async fn step(person: &Actor, token: &(String, String), model: &mut Model, rng: &mut Rng) {
    let any = model.any(rng);
    let other = model.any(rng).filter(|_| rng.u8(..5) > 0);
    match (rng.u8(..20), any) {
        (0..9, _) | (_, None) => {
            let title = model.title();
            let parent = other.clone().unwrap_or_default();
            let fields: Fields = vec![("title".into(), title.clone()), ("parent".into(), parent), token.clone()];
            let added = person.post("/customers", &fields).await.see_status(303).location();
            model.known.insert(id(&added).into(), Known { title, parent: other, users: 0 });
        }
        (9..14, Some(one)) => {
            let refused = other.as_ref().is_some_and(|other| model.branch(&one).contains(other));
            let page = person.submit(&format!("/customers/{one}"), &[("parent", other.as_deref().unwrap_or(""))]).await;
            page.see_status(if refused { 422 } else { 200 });
            if !refused && let Some(known) = model.known.get_mut(&one) {
                known.parent = other;
            }
        }
        (14..16, Some(one)) => {
            let email = format!("user{}@example.com", rng.u64(..));
            let form = [("email", &*email), ("activation_method", "link")];
            person.submit(&format!("/customers/{one}/users/new"), &form).await.see("was added.");
            if let Some(known) = model.known.get_mut(&one) {
                known.users += 1;
            }
        }
        (16, Some(one)) => {
            let title = model.title();
            person.submit(&format!("/customers/{one}"), &[("title", &title)]).await.see("was saved.");
            if let Some(known) = model.known.get_mut(&one) {
                known.title = title;
            }
        }
        (17, Some(one)) => {
            let mut chosen = vec![one, other.unwrap_or_default()];
            chosen.retain(|id| !id.is_empty());
            chosen.dedup();
            let mut fields: Fields = chosen.iter().map(|id| ("ids".into(), id.clone())).collect();
            let confirm = if chosen.len() == 1 { model.known[&chosen[0]].title.clone() } else { "2".into() };
            fields.extend([("asked".into(), "yes".into()), ("confirm".into(), confirm), token.clone()]);
            person.post("/customers/delete", &fields).await.see_status(303);
            chosen.iter().for_each(|id| model.forget(id));
        }
        (_, Some(one)) => {
            let branch = model.branch(&one);
            let asked = person.get(&format!("/customers/{one}/delete")).await;
            let counts: Vec<usize> = [branch.len() - 1, model.users(&branch)].into_iter().filter(|n| *n > 0).collect();
            let told: Vec<usize> = asked.all(".counts b").iter().map(|n| n.parse().unwrap()).collect();
            assert_eq!(told, counts);
            let title = model.known[&one].title.clone();
            let fields = [("confirm", title.as_str())];
            person.send(&asked, if counts.is_empty() { &[] } else { &fields }).await.see("was deleted.");
            model.forget(&one);
        }
    }
}

/// Compares every page with the model.
async fn compare(person: &Actor, model: &Model) {
    let top = model.inner_of(None);
    let list = person.get("/customers?sort=title&size=100").await;
    let (n, all) = (top.len(), model.known.len());
    assert_eq!(list.rows(), model.titles(top));
    if n > 0 {
        let of = if n == 1 { "customer" } else { "customers" };
        let under = if all > n { format!(" ({all} including inner customers)") } else { String::new() };
        assert_eq!(list.one(".head p"), format!("{n} {of}{under}"));
        assert_eq!(list.one(".pager p"), format!("1–{n} of {n}"));
    } else {
        list.see("No customers yet");
    }
    for (id, known) in &model.known {
        let inner = person.get(&format!("/customers/{id}/customers?sort=title")).await;
        let (direct, branch) = (model.inner_of(Some(id)), model.branch(id));
        let tabs = ["Details".into(), format!("Users {}", known.users), format!("Inner customers {}", direct.len())];
        let tabs =
            [&tabs[..], &["Devices 0".into(), "Assets 0".into(), "Dashboards 0".into(), "Audit log".into()]].concat();
        assert_eq!(inner.all(".tabs a"), tabs);
        assert_eq!(inner.all(".crumbs a"), [vec!["Customers".to_owned()], model.path(id)].concat());
        if branch.len() - 1 > direct.len() {
            inner.see(&format!("{} inner customers at all levels", branch.len() - 1));
        } else {
            inner.see_no("at all levels");
        }
        assert_eq!(inner.rows(), model.titles(direct));
        let details = person.get(&format!("/customers/{id}")).await;
        assert_eq!(details.value("#f-parent"), known.parent.clone().unwrap_or_default());
        let users = model.users(&branch);
        if users > known.users {
            details.see(&format!("{users} with inner customers {}", known.users));
        }
        let found = person.get(&format!("/customers?q={}", known.title.replace(' ', "+"))).await;
        assert_eq!((found.rows(), found.one(".sub")), (vec![known.title.clone()], model.path(id).join(" / ")));
    }
    for id in &model.gone {
        person.get(&format!("/customers/{id}")).await.see_status(404);
    }
}

#[actix_web::test]
async fn pages_agree_with_a_simple_model_of_the_hierarchy() {
    let app = App::spawn().await;
    for seed in 1..=4 {
        let person = app.tenant(&format!("Tenant {seed}")).await.admin().await;
        let token = token(&person).await;
        let (mut model, mut rng) = (Model::default(), Rng::with_seed(seed));
        for round in 0..3 {
            for _ in 0..25 {
                step(&person, &token, &mut model, &mut rng).await;
            }
            println!("seed {seed}, round {round}: {} customers, {} gone", model.known.len(), model.gone.len());
            compare(&person, &model).await;
        }
    }
}
