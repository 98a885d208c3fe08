//! Disabling and enabling several users of a list at once.

use crate::inventory::id;
use crate::support::actor::Page;
use crate::support::app::App;
use crate::support::records::Records;

/// The field that selects the user with this address.
fn select<'a>(paths: &'a [(&str, String)], email: &str) -> (&'static str, &'a str) {
    let (_, path) = paths.iter().find(|(known, _)| *known == email).unwrap();
    ("ids", id(path))
}

fn paths<'a>(list: &Page, emails: &[&'a str]) -> Vec<(&'a str, String)> {
    emails.iter().map(|email| (*email, list.href(email))).collect()
}

#[actix_web::test]
async fn users_who_are_chosen_are_signed_out_after_it_is_said_what_ends() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    let (mia, ola) = (acme.user(&beta, "mia@beta.example").await, acme.user(&gamma, "ola@gamma.example").await);
    acme.user(&beta, "off@beta.example").await;
    let ann = acme.admin().await;
    let address = "/users?sort=email&size=10";
    let list = ann.get(address).await;
    let paths = paths(&list, &["mia@beta.example", "ola@gamma.example", "off@beta.example", "admin@acme.example"]);
    ann.press(&ann.get(&paths[2].1).await, "Disable user").await.see("was disabled");
    ann.press(&list, "Disable").await.see_path(address).see_refusal("No users were selected, so none was disabled.");

    let all: Vec<_> = paths.iter().map(|(email, _)| select(&paths, email)).collect();
    let asked = ann.fill_and_press(&list, &all, "Disable").await;
    assert_eq!((asked.h1(), asked.href("Cancel")), ("Disable 2 users?".into(), address.into()));
    assert_eq!(asked.all(".counts li"), ["2 open sessions end"]);
    asked.see("They are signed out everywhere and cannot sign in until enabled again.");
    asked.see("They are users of 2 customers.").see("1 user is disabled already.").see("Nobody can disable themselves");
    mia.get("/home").await.see_path("/home");
    let after = ann.press(&asked, "Disable users").await;
    after.see_path(address).see("2 users were disabled and signed out everywhere. 1 user was disabled already.");
    after.see("Nobody can disable themselves; ask another administrator.");
    for person in [&mia, &ola] {
        person.get("/home").await.see_path("/sign-in?next=%2Fhome");
    }
    assert_eq!(after.cells("mia@beta.example")[4], "Disabled");
    assert_eq!(after.cells("admin@acme.example")[4], "Active");
    assert_eq!(ann.get("/audit?action=disable").await.all(".log .what").len(), 3);

    // Oneself alone: nothing is asked, and nothing done.
    let refused = ann.fill_and_press(&list, &[select(&paths, "admin@acme.example")], "Disable").await;
    refused.see_path(address).see_refusal("Nobody was disabled. Nobody can disable themselves");
    // Enabling takes nothing from anybody, and is done at once.
    let theirs = format!("{beta}/users?q=beta");
    let enabled = ann.fill_and_press(&ann.get(&theirs).await, &[("all", "yes")], "Enable").await;
    enabled.see_path(&theirs).see("2 users were enabled.");
    assert_eq!(enabled.cells("mia@beta.example")[2], "Active");
    ann.get("/users?status=disabled").await.see("ola@gamma.example").see_no("mia@beta.example");
}

#[actix_web::test]
async fn another_administrator_is_disabled_and_one_always_stays() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let form = [("email", "bob@acme.example"), ("activation_method", "link")];
    let link = ann.submit("/administrators/new", &form).await.value("#link");
    let bob = app.stranger();
    bob.submit(&link, &[("password", crate::support::app::PASSWORD)]).await.see_path("/customers");
    let asked = ann.fill_and_press(&ann.get("/users").await, &[("all", "yes")], "Disable").await;
    assert_eq!(
        (asked.h1(), asked.all(".counts li")),
        ("Disable bob@acme.example?".into(), vec!["1 open session ends".into()])
    );
    // Whoever is quicker stays.
    let also = bob.fill_and_press(&bob.get("/users").await, &[("all", "yes")], "Disable").await;
    ann.press(&asked, "Disable user").await.see("bob@acme.example was disabled and signed out everywhere.");
    bob.press(&also, "Disable user").await.see("Sign in again");
    assert_eq!(ann.get("/users?status=active").await.rows(), ["admin@acme.example"]);
}

#[actix_web::test]
async fn the_number_is_typed_before_more_than_a_few_are_disabled() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    Records::of(&app).add_branch(&beta, 20);
    let ann = acme.admin().await;
    let list = ann.get("/users?q=branch").await;
    let asked = ann.fill_and_press(&list, &[("all", "yes")], "Disable").await;
    assert_eq!(asked.h1(), "Disable 40 users?");
    let again = ann.send(&asked, &[("confirm", "4")]).await;
    assert_eq!(again.see_status(422).error("confirm"), "Type 40, the number of users, to confirm");
    ann.send(&again, &[("confirm", "40")]).await.see_path("/users?q=branch").see("40 users were disabled");
    let asked = ann.fill_and_press(&ann.get("/users?q=branch").await, &[("all", "yes")], "Enable").await;
    assert_eq!(asked.h1(), "Enable 40 users?");
    ann.press(&asked, "Enable users").await.see("40 users were enabled.");
}
