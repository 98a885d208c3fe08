//! The first start: the link that is printed, the page behind it, and that nobody else gets in.

use std::time::Duration;

use crate::support::app::{App, PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::paused_server::hold;
use crate::support::process::serve;

const FORM: [(&str, &str); 5] = [
    ("tenant", " Acme  "),
    ("first_name", "Maria"),
    ("last_name", "Lee"),
    ("email", "ann@acme.example"),
    ("password", PASSWORD),
];

#[actix_web::test]
async fn the_first_administrator_sets_up_the_tenant() {
    let app = App::spawn().await;
    let link = app.setup_link.clone().unwrap();
    assert!(link.starts_with(&format!("{}/setup/", app.base)) && link.len() > app.base.len() + 40, "{link}");
    let ann = app.stranger();
    let page = ann.get(&link).await;
    assert_eq!(page.h1(), "Set up Tenantry");
    let page = ann.send(&page, &FORM).await;
    page.see_path("/customers").see("The tenant is set up and you are signed in. Add your first customer.");
    assert_eq!(page.one(".side .tenant"), "Acme");
    assert_eq!(ann.get("/administrators").await.rows(), ["Maria Lee"]);
    app.stranger().sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");

    // The link works no more, for nobody.
    for actor in [&ann, &app.stranger()] {
        actor.get(&link).await.see_status(410).see("Tenantry is set up").see("This link has already been used.");
    }
    let late = app.stranger();
    let (_, mut form) = late.get("/sign-in").await.filled(&[("email", "eve@acme.example"), ("password", PASSWORD)]);
    form.retain(|(name, _)| name != "next");
    form.push(("tenant".into(), "Eve".into()));
    late.post(&link, &form).await.see_status(410);
    form.retain(|(name, _)| name != "tenant");
    late.post(&link, &form).await.see_status(410);
    late.sign_in("eve@acme.example", PASSWORD).await.see_status(422);
}

#[actix_web::test]
async fn before_that_whoever_comes_is_told_how_it_goes_on() {
    let app = App::spawn().await;
    let (link, ann) = (app.setup_link.clone().unwrap(), app.stranger());
    for path in ["/", "/sign-in", "/customers"] {
        let page = ann.get(path).await;
        assert_eq!((page.status, page.h1().as_str()), (200, "Tenantry is not set up yet"), "{path}");
        page.see("open the set-up link that tenantry serve printed").see("output or log");
        assert!(page.all("input[type=password]").is_empty() && !page.html.contains(link.rsplit('/').next().unwrap()));
    }
    ann.submit(&link, &FORM).await.see_path("/customers");
    assert_eq!(app.stranger().get("/").await.see_path("/sign-in").h1(), "Sign in");
}

#[actix_web::test]
async fn whoever_sets_up_is_an_administrator_who_signed_in_and_stands_in_the_log() {
    let app = App::spawn().await;
    let ann = app.stranger();
    ann.submit(app.setup_link.as_ref().unwrap(), &FORM).await.see_path("/customers");
    let details = ann.get(&ann.get("/administrators").await.href("Maria Lee")).await;
    details.see("Last sign-in").see_no("Never");
    let said = ["Maria Lee added tenant Acme"];
    assert_eq!(ann.get("/audit").await.all(".log .what"), said);
    let log = ann.get(&format!("{}/audit", details.path)).await;
    assert_eq!(log.all(".log .what"), said, "{}", log.path);
    let entry = ann.get(&log.attributes(".log .at a", "href")[0]).await;
    entry.see("First administrator ann@acme.example");
    // As an administrator's session, it lasts twelve hours whatever they do.
    for _ in 0..14 {
        app.wait(Duration::from_secs(50 * 60));
        ann.get("/customers").await.see_path("/customers");
    }
    app.wait(Duration::from_secs(50 * 60));
    ann.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
}

#[actix_web::test]
async fn opening_the_link_changes_nothing_and_other_links_lead_nowhere() {
    let app = App::spawn().await;
    let link = app.setup_link.clone().unwrap();
    let stranger = app.stranger();
    for _ in 0..20 {
        stranger.request(reqwest::Method::HEAD, &link, None, &[]).await.see_status(200);
        stranger.get(&link).await.see_status(200);
    }
    let (_, form) = stranger.get(&link).await.filled(&FORM);
    let unknown = stranger.get("/setup/nonsense").await;
    for token in ["A".repeat(43), "A".repeat(44), link.rsplit('/').next().unwrap()[1..].into(), "%00".into()] {
        let page = stranger.get(&format!("/setup/{token}")).await;
        page.see_status(404).see("Page not found");
        assert_eq!(page.but_for_chance(), unknown.but_for_chance());
        stranger.post(&format!("/setup/{token}"), &form).await.see_status(404);
    }
    stranger.get("/setup").await.see_status(404);
    stranger.get("/setup/").await.see_status(404);
    // A tenant made by the operator closes it as well.
    app.tenant("Acme").await;
    stranger.get(&link).await.see_status(410);
    stranger.post(&link, &form).await.see_status(410);
}

#[actix_web::test]
async fn what_is_wrong_is_told_and_what_was_typed_is_kept() {
    let app = App::spawn().await;
    let link = app.setup_link.clone().unwrap();
    let ann = app.stranger();
    let long = "a".repeat(256);
    for (name, typed, words) in [
        ("tenant", "  ", "Enter the tenant’s name"),
        ("tenant", "Ac\u{7}me", "Tenant name has a control character at position 3; remove it"),
        ("tenant", long.as_str(), "Shorten tenant name to 255 characters; it has 256"),
        ("first_name", long.as_str(), "Shorten first name to 255 characters; it has 256"),
        ("last_name", long.as_str(), "Shorten last name to 255 characters; it has 256"),
        ("email", "", "Enter your email address"),
        ("email", "ann", "Enter an email address in the form name@example.com"),
        ("password", "short", "Choose a password of at least 12 characters; this one has 5"),
        (
            "password",
            "Maria2026!!!!!",
            "Choose a password made of more than your first name: without those words and digits, only 5 characters are left; use at least 8 other characters",
        ),
    ] {
        let mut form = FORM.to_vec();
        form.retain(|(field, _)| *field != name);
        form.push((name, typed));
        let page = ann.submit(&link, &form).await;
        assert_eq!((page.status, page.error(name)), (422, words.into()), "{name} {typed:?}");
        page.see("One thing needs your attention");
        for (field, typed) in form.into_iter().filter(|(field, _)| *field != "password") {
            assert_eq!(page.value(&format!("#f-{field}")), typed, "{name}: {field}");
        }
        assert!(!page.html.contains(PASSWORD));
    }
    let page = ann.submit(&link, &[("email", "ann"), ("tenant", "")]).await;
    page.see("3 things need your attention");
    let (action, mut form) = page.filled(&FORM);
    form.push(("role".into(), "administrator".into()));
    ann.post(&action, &form).await.see_status(400);
    ann.submit(&link, &FORM).await.see_path("/customers");
}

#[actix_web::test]
async fn of_two_who_set_up_at_the_same_moment_one_makes_the_tenant() {
    let app = App::spawn().await;
    let link = app.setup_link.clone().unwrap();
    let stranger = app.stranger();
    let page = stranger.get(&link).await;
    let answers = stranger.send_at_once(&page, &FORM, 8).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        answer.see_status(410).see("Tenantry is set up");
    }
    let ann = app.stranger();
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    assert_eq!(ann.get("/administrators").await.rows(), ["Maria Lee"]);
}

#[actix_web::test]
async fn whoever_sets_up_waits_for_whoever_came_first() {
    let app = App::spawn().await;
    let stranger = app.stranger();
    let page = stranger.get(app.setup_link.as_ref().unwrap()).await;
    let held = hold(&app, "setup_links");
    let (page, ()) = tokio::join!(stranger.send(&page, &FORM), held.release_at(1));
    page.see_path("/customers");
}

#[actix_web::test]
async fn another_start_ends_the_earlier_link_and_prints_a_new_one_until_it_is_used() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let mut first = serve(&[], &settings);
    let earlier = first.setup_link();
    let stranger = crate::support::actor::Actor::new(&first.base);
    stranger.get(&earlier).await.see_status(200);
    // On PostgreSQL beside the first; SQLite has one server at a time.
    if !on_postgres() {
        first.terminate();
        assert_eq!(first.end().code, Some(0));
    }
    let mut second = serve(&[], &settings);
    let stranger = stranger.at(&second.base);
    let link = second.setup_link();
    assert_ne!(earlier, link);
    stranger.get(&earlier).await.see_status(404);
    stranger.submit(&link, &FORM).await.see_path("/customers");
    second.terminate();
    assert_eq!(second.end().code, Some(0));
    let third = serve(&[], &settings);
    third.terminate();
    let ended = third.end();
    assert!(!ended.out.contains("Set up"), "{}", ended.out);
}
