//! Customers: adding, finding, editing, moving and deleting them.

mod adding;
mod bulk;
mod conflicts;
mod deep;
mod deleting;
mod editing;
mod fields;
mod hierarchy;
mod levels;
mod listing;
mod moving;
mod paging;
mod racing;
mod searching;
mod sending;

use crate::support::actor::{Actor, Fields};
use crate::support::app::{App, PASSWORD};

/// The token that forms of this person carry.
async fn token(person: &Actor) -> (String, String) {
    ("csrf".into(), person.get("/customers/new").await.value("[name=csrf]"))
}

/// Adds customers without looking at the pages in between, and answers the addresses of their details.
async fn add(person: &Actor, customers: &[&[(&str, &str)]]) -> Vec<String> {
    let token = token(person).await;
    let mut paths = Vec::new();
    for customer in customers {
        let mut fields: Fields = customer.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        fields.push(token.clone());
        paths.push(person.post("/customers", &fields).await.see_status(303).location());
    }
    paths
}

/// Adds customers that have nothing but a title.
async fn add_titled(person: &Actor, titles: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let titles: Vec<_> = titles.into_iter().collect();
    let customers: Vec<_> = titles.iter().map(|title| [("title", title.as_ref())]).collect();
    add(person, &customers.iter().map(|customer| &customer[..]).collect::<Vec<_>>()).await
}

/// The id in the address of a customer.
fn id(path: &str) -> &str {
    path.split('/').nth(2).unwrap()
}

/// Another administrator of the same tenant, signed in.
async fn colleague(app: &App, of: &Actor, first: &str, last: &str) -> Actor {
    let email = format!("{first}@{last}.example").to_lowercase();
    let form = [("email", &*email), ("first_name", first), ("last_name", last), ("activation_method", "link")];
    let link = of.submit("/administrators/new", &form).await.value("#link");
    let person = app.stranger();
    person.submit(&link, &[("password", PASSWORD)]).await.see_path("/customers");
    person
}
