//! Activation links and links to reset a password: opening, using, and what is left of them.

mod expired;
mod open;
mod submit;

use crate::support::actor::{Actor, Page};
use crate::support::app::{PASSWORD, Tenant};

/// Opens a link and chooses a password with it.
async fn choose(actor: &Actor, link: &str) -> Page {
    actor.submit(link, &[("password", PASSWORD)]).await
}

/// Presses a button on the details of a user of a customer.
async fn press(acme: &Tenant<'_>, customer: &str, email: &str, button: &str) -> Page {
    let ann = acme.admin().await;
    let path = ann.get(&format!("{customer}/users")).await.href(email);
    ann.press(&ann.get(&path).await, button).await
}
