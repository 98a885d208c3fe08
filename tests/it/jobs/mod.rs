//! Background work: what people see of it, and that it is done once and whole, whatever happens meanwhile.

mod changing;
mod crash;
mod deleting;
mod failing;
mod moving;

use crate::support::actor::{Actor, Page};
use crate::support::app::App;
use crate::support::records::{Records, Rows};

/// Types the title of a customer that is to be deleted.
async fn delete(person: &Actor, customer: &str, title: &str) -> Page {
    let page = person.submit(&format!("{customer}/delete"), &[("confirm", title)]).await;
    assert!(page.path.starts_with("/jobs/"), "{}: {}", page.path, page.text());
    page
}

/// The id in the address of a customer.
fn id(path: &str) -> &str {
    path.split('/').nth(2).unwrap()
}

/// Rows in the database for long.
fn rows(app: &App) -> Rows {
    Records::of(app).all().lasting()
}
