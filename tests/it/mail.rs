//! Mail: what is written, that it arrives, and what is told when it does not.

mod delivery;
mod letters;
mod restart;
mod security;
mod upgrade;

use crate::support::actor::Actor;

/// Adds a customer and answers the address of the list of its users.
async fn customer(admin: &Actor, title: &str) -> String {
    admin.submit("/customers/new", &[("title", title)]).await.path + "/users"
}

/// Adds a user who is sent an activation mail.
async fn invite(admin: &Actor, users: &str, email: &str) {
    admin.submit(&format!("{users}/new"), &[("email", email)]).await.see("The activation mail is queued");
}

/// What the list says of the mail of a user.
async fn fate(admin: &Actor, users: &str, email: &str) -> String {
    let page = admin.get(users).await;
    page.cells(email)[2].split_once("Mail").map_or(String::new(), |(_, fate)| format!("Mail{fate}"))
}
