//! An administrator looks at the portal as one of their users sees it: marked, read-only, and for a while.

use std::time::Duration;

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::records::Records;

/// A customer with a user, and an administrator at the user's details.
async fn at_details(acme: &Tenant<'_>, email: &str) -> (Actor, String) {
    let ann = acme.admin().await;
    let list = ann.get("/customers").await.href("Beta");
    let user = ann.get(&format!("{list}/users")).await.href(email);
    (ann, user)
}

async fn look(ann: &Actor, user: &str) {
    ann.press(&ann.get(user).await, "View as user").await.see_path("/home");
}

fn bar(page: &crate::support::actor::Page) -> String {
    page.one(".impersonation p")
}

#[actix_web::test]
async fn an_administrator_sees_what_a_user_sees_until_they_end_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.customer_under("Beta inner", &beta).await;
    acme.customer("Gamma").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    mia.submit("/account", &[("first_name", "Mia"), ("last_name", "Król")]).await.see("was saved");
    let (ann, user) = at_details(&acme, "Mia Król").await;
    let signed_in = ann.get(&user).await.all("dd");

    look(&ann, &user).await;
    for page in ["/home", "/devices", "/account", "/inner-customers", "/no/such/page", "/customers"] {
        let page = ann.get(page).await;
        let words = bar(&page);
        assert!(words.starts_with("Viewing as Mia Król (Beta). Read-only, ends in 1 hour"), "{}: {words:?}", page.path);
    }
    ann.get("/account").await.see("mia@beta.example").see_no("admin@acme.example");
    ann.get("/customers").await.see_status(404);
    let inner = ann.get("/inner-customers").await;
    inner.see("Beta inner").see_no("Gamma");
    assert!(!inner.has_button("Sign out"));
    // Every tab of the browser sees the same; another browser of the same administrator does not.
    let elsewhere = acme.admin().await;
    assert_eq!(bar(elsewhere.get("/customers").await.see_path("/customers")), "");

    let back = ann.press(&ann.get("/devices").await, "Stop viewing").await;
    back.see_path(&user).see("You stopped viewing as Mia Król.");
    assert_eq!(bar(&back), "");
    let log = ann.get("/audit").await.all(".log .what");
    assert_eq!(log[0], "admin@acme.example stopped viewing as user Mia Król (mia@beta.example)");
    // The user was not signed in by it, and their own session goes on.
    assert_eq!(back.all("dd"), signed_in);
    assert_eq!(back.all("ul.rows li form").len(), 1);
    mia.get("/home").await.see_path("/home");
    assert_eq!(bar(&mia.get("/home").await), "");
}

#[actix_web::test]
async fn nothing_can_be_changed_meanwhile_in_any_tab() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let (ann, user) = at_details(&acme, "mia@beta.example").await;
    let other_tab = ann.get("/customers/new").await;
    look(&ann, &user).await;
    let refused = ann.send(&other_tab, &[("title", "Delta")]).await;
    refused.see_status(403).see("You are viewing as another user").see("Nothing was changed");
    let profile = ann.get("/account").await;
    ann.send(&profile, &[("first_name", "Not"), ("last_name", "Mia")]).await.see_status(403);
    // The page that refuses has the way out; then the form can be sent.
    ann.press(&refused, "Stop viewing").await.see_path(&user);
    ann.send(&other_tab, &[("title", "Delta")]).await.see("Delta was added.");
    // But what was shown of somebody else is not saved as one's own.
    let late = ann.send(&profile, &[("first_name", "Not"), ("last_name", "Mia")]).await;
    late.see_status(403).see("This form cannot be used any more").see("Nothing was changed");
    assert_eq!(ann.get("/account").await.value("#f-first_name"), "");
}

#[actix_web::test]
async fn it_ends_by_itself_after_an_hour() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let (ann, user) = at_details(&acme, "mia@beta.example").await;
    look(&ann, &user).await;
    app.wait(Duration::from_secs(59 * 60));
    let open = ann.get("/home").await;
    assert!(!bar(&open).is_empty());
    app.wait(Duration::from_secs(61));
    assert_eq!(bar(ann.get("/customers").await.see_path("/customers")), "");
    // The button of a page that stayed open leads back as well.
    ann.press(&open, "Stop viewing").await.see_path("/customers");
    app.shared.tidy().await.unwrap();
    assert_eq!(Records::of(&app).number("select count(*) from impersonations"), 0);
}

#[actix_web::test]
async fn it_ends_with_the_administrators_session_and_with_the_user() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let (ann, user) = at_details(&acme, "mia@beta.example").await;
    let form = [("email", "bob@acme.example"), ("activation_method", "link")];
    let made = ann.submit("/administrators/new", &form).await;
    let bob = app.stranger();
    bob.submit(&made.value("#link"), &[("password", PASSWORD)]).await.see_path("/customers");
    let bobs = ann.get("/administrators").await.href("bob@acme.example");

    // The user is disabled: the administrator sees what is theirs again.
    look(&bob, &user).await;
    ann.press(&ann.get(&user).await, "Disable user").await.see("was disabled");
    assert_eq!(bar(bob.get("/customers").await.see_path("/customers")), "");
    assert!(!ann.get(&user).await.has_button("View as user"));
    ann.press(&ann.get(&user).await, "Enable user").await.see("was enabled");

    // The administrator is signed out, or disabled.
    look(&bob, &user).await;
    ann.press(&ann.get(&bobs).await, "Sign out everywhere").await.see("bob@acme.example was signed out everywhere.");
    assert_eq!(bob.get("/home").await.h1(), "Sign in");
    bob.sign_in("bob@acme.example", PASSWORD).await.see_path("/customers");
    look(&bob, &user).await;
    ann.press(&ann.get(&bobs).await, "Disable user").await.see("was disabled");
    assert_eq!(bob.get("/home").await.h1(), "Sign in");
    ann.press(&ann.get(&bobs).await, "Enable user").await.see("was enabled");

    // The user is deleted.
    bob.sign_in("bob@acme.example", PASSWORD).await.see_path("/customers");
    look(&bob, &user).await;
    ann.submit(&format!("{user}/delete"), &[]).await.see("was deleted");
    assert_eq!(bar(bob.get("/customers").await.see_path("/customers")), "");
}

#[actix_web::test]
async fn users_who_were_invited_can_be_looked_as_and_nobody_else_who_cannot_sign_in() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "mia@beta.example").await;
    let (ann, user) = at_details(&acme, "mia@beta.example").await;
    look(&ann, &user).await;
    ann.press(&ann.get("/home").await, "Stop viewing").await.see_path(&user).see("Invited");

    let (action, form) = ann.get(&user).await.button("View as user");
    ann.press(&ann.get(&user).await, "Disable user").await.see("was disabled");
    ann.post(&action, &form).await.see_status(303);
    ann.get(&user).await.see_refusal("mia@beta.example is disabled and sees nothing. Enable the user first.");
    let own = ann.get("/administrators").await.href("admin@acme.example");
    assert!(!ann.get(&own).await.has_button("View as user"));
    ann.post(&format!("{own}/impersonation"), &form).await.see_status(303);
    ann.get(&own).await.see_refusal("is an administrator and has no portal.");
}

#[actix_web::test]
async fn the_earlier_addresses_lead_on_to_the_present_ones() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for (earlier, present) in
        [("/users/0190/looking", "/users/0190/impersonation"), ("/looking/end", "/impersonation/end")]
    {
        let answer = ann.post(earlier, &[]).await;
        assert_eq!(answer.see_status(308).location(), present);
    }
}
