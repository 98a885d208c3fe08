//! Administrators: inviting, disabling and deleting each other, and who always stays.

use crate::support::actor::{Actor, at_once};
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::paused_server::hold;

/// A second administrator, invited by the first, with the address of their details.
async fn bob(app: &App, acme: &Tenant<'_>) -> (Actor, String) {
    let ann = acme.admin().await;
    let form = [("email", "bob@acme.example"), ("first_name", "Bob"), ("activation_method", "link")];
    let link = ann.submit("/administrators/new", &form).await.value("#link");
    let bob = app.stranger();
    bob.submit(&link, &[("password", PASSWORD)]).await.see_path("/customers");
    (bob, ann.get("/administrators").await.href("Bob"))
}

#[actix_web::test]
async fn an_administrator_invites_another() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    assert_eq!(ann.get("/administrators").await.rows(), ["admin@acme.example"]);
    let page = ann.get("/administrators/new").await;
    assert_eq!(
        (page.h1(), page.value("input[name=activation_method][checked]")),
        ("Add administrator".into(), "mail".into())
    );
    let page = ann.submit("/administrators/new", &[("email", "bob@acme.example"), ("first_name", "Bob")]).await;
    page.see_path("/administrators").see("Bob (bob@acme.example) was added.");
    assert!(page.row("Bob").contains("Invited, expires in 3 days"));

    let mail = sink.mail_to("bob@acme.example").await;
    let bob = app.stranger();
    bob.get(mail.links()[0]).await.see("admin@acme.example invites bob@acme.example to administer Acme");
    bob.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/customers").see("Welcome, Bob.");
    bob.submit("/customers/new", &[("title", "Beta")]).await.see("Beta was added.");
    assert!(ann.get("/administrators").await.row("Bob").contains("Active"));
}

#[actix_web::test]
async fn what_is_wrong_with_a_new_administrator_is_told() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for (email, words) in [
        ("", "Enter an email address"),
        ("bob", "Enter an email address in the form name@example.com"),
        (
            "ADMIN@acme.example",
            "Enter another email address; a user with this one exists already, among the administrators",
        ),
    ] {
        let page = ann.submit("/administrators/new", &[("email", email), ("last_name", "Stone")]).await;
        assert_eq!((page.status, page.error("email")), (422, words.into()));
        assert_eq!((page.value("#f-last_name"), page.h1()), ("Stone".into(), "Add administrator".into()));
    }
    assert_eq!(ann.get("/administrators").await.rows().len(), 1);
}

#[actix_web::test]
async fn an_administrator_disables_and_deletes_another() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (bob, path) = bob(&app, &acme).await;
    let page = ann.press(&ann.get(&path).await, "Disable user").await;
    page.see("Bob was disabled and signed out everywhere.");
    bob.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
    bob.sign_in("bob@acme.example", PASSWORD).await.see_status(422);
    ann.press(&page, "Enable user").await.see("Bob was enabled.");
    bob.sign_in("bob@acme.example", PASSWORD).await.see_path("/customers");
    bob.submit("/customers/new", &[("title", "Beta")]).await.see("Created just now by you");

    let page = ann.submit(&format!("{path}/delete"), &[]).await;
    page.see_path("/administrators").see("Bob was deleted.");
    assert_eq!(page.rows(), ["admin@acme.example"]);
    bob.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
    // What he made stays, and says that he is gone.
    let beta = ann.get("/customers").await.href("Beta");
    ann.get(&beta).await.see("by a deleted administrator");
}

#[actix_web::test]
async fn nobody_disables_or_deletes_themselves() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (_bob, bobs) = bob(&app, &acme).await;
    let path = ann.get("/administrators").await.href("admin@acme.example");
    let page = ann.get(&path).await;
    assert!(!page.has_button("Disable user") && page.link("Delete user").is_none());
    let list = ann.get("/administrators").await;
    assert_eq!(list.attributes("[aria-label='Delete user: Bob']", "href"), [format!("{bobs}/delete")]);
    let page = ann.submit(&format!("{path}/delete"), &[]).await;
    let refusal = "Nobody can delete themselves; ask another administrator.";
    assert_eq!((page.status, page.one(".summary[role=alert]")), (422, refusal.into()));
    assert!(page.title().starts_with("Error: ") && !page.has_button("Delete user"), "{}", page.title());
    // The form of somebody else, turned upon oneself.
    let (action, fields) = ann.get(&bobs).await.button("Disable user");
    let answer = ann.post(&action.replace(&bobs, &path), &fields).await;
    let page = ann.get(answer.headers["location"].to_str().unwrap()).await;
    let refusal = "Nobody can disable themselves; ask another administrator.";
    assert_eq!((page.one(".summary[role=alert]"), page.one("[role=status]")), (refusal.into(), String::new()));
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    assert_eq!(page.one(".head .pill"), "Active");
    assert_eq!(ann.get("/administrators").await.rows().len(), 2);
}

#[actix_web::test]
async fn an_administrator_stays_when_two_disable_each_other_at_the_same_moment() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (bob, bobs) = bob(&app, &acme).await;
    let ann = acme.admin().await;
    let anns = ann.get("/administrators").await.href("admin@acme.example");
    let mut posts = Vec::new();
    for (actor, path) in [(ann.clone(), &bobs), (bob.clone(), &anns)] {
        let (action, fields) = actor.get(path).await.button("Disable user");
        posts.push(async move { actor.post(&action, &fields).await });
    }
    let held = hold(&app, "users");
    let (answers, ()) = tokio::join!(at_once(posts), held.release_at(2));
    for answer in answers {
        // Whoever came too late finds their session ended, or that they are the last.
        assert!([303, 401].contains(&answer.status), "{}", answer.text());
    }
    let still_in = async |actor: &Actor| actor.get("/customers").await.path == "/customers";
    match (still_in(&ann).await, still_in(&bob).await) {
        (true, false) => ann.press(&ann.get(&bobs).await, "Enable user").await.see("Bob was enabled."),
        (false, true) => bob.press(&bob.get(&anns).await, "Enable user").await.see("admin@acme.example was enabled."),
        both => panic!("who may still go on: {both:?}"),
    };
}

#[actix_web::test]
async fn the_last_who_can_sign_in_stays() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (bob, bobs) = bob(&app, &acme).await;
    let ann = acme.admin().await;
    let anns = ann.get("/administrators").await.href("admin@acme.example");
    // Whoever is only invited does not count: they may never come.
    ann.submit("/administrators/new", &[("email", "cy@acme.example"), ("activation_method", "link")]).await;
    let mut deletions = Vec::new();
    for (actor, path) in [(&ann, &bobs), (&bob, &anns)] {
        let page = actor.get(&format!("{path}/delete")).await;
        let (actor, (action, fields)) = (actor.clone(), page.button("Delete user"));
        deletions.push(async move { actor.post(&action, &fields).await.status });
    }
    let held = hold(&app, "users");
    let (answers, ()) = tokio::join!(at_once(deletions), held.release_at(2));
    assert!(answers.contains(&303) && answers.iter().all(|status| [303, 401, 422].contains(status)), "{answers:?}");
    let (winner, rows) = match ann.get("/administrators").await {
        page if page.path == "/administrators" => ("admin@acme.example", page.rows()),
        _ => ("Bob", bob.get("/administrators").await.rows()),
    };
    assert_eq!(rows, ["cy@acme.example", winner]);
}

#[actix_web::test]
async fn a_customer_user_does_not_see_administrators() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    for path in ["/administrators", "/administrators/new", "/customers", &beta, &format!("{beta}/users")] {
        mia.get(path).await.see_status(404).see("Page not found");
    }
    let page = mia.get("/account").await;
    let (_, fields) = page.filled(&[("phone", "")]);
    mia.post("/administrators", &fields).await.see_status(404);
}
