//! `tenantry tenant add`, `tenantry tenant admin` and `tenantry tenant list`.

use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{Ended, run, serve, serve_acme, serve_at};

fn tenant(machine: &Machine, arguments: &[&str], more: &[(&str, &str)]) -> Ended {
    run(&[&["tenant"], arguments].concat(), &machine.with(more))
}

/// A machine whose database is made.
fn migrated() -> Machine {
    let machine = Machine::new();
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    machine
}

#[actix_web::test]
async fn a_tenant_is_added_and_its_administrator_activated() {
    let machine = Machine::new();
    let serving = serve(&[], &machine.with(&[]));
    assert_eq!(tenant(&machine, &["list"], &[]).out, "");
    let added = tenant(&machine, &["add", " Zeta ", "--email", "zoe@zeta.example"], &[]);
    assert_eq!((added.code, added.err.as_str()), (Some(0), ""), "{added:?}");
    assert!(added.out.starts_with(&format!("{}/activate/", serving.base)), "{}", added.out);
    let url = ("TENANTRY_PUBLIC_URL", "https://tenantry.example");
    let second = tenant(&machine, &["add", "acme & Söhne", "--email", "ann@acme.example"], &[url]);
    assert!(second.out.starts_with("https://tenantry.example/activate/"), "{}", second.out);
    assert_eq!(tenant(&machine, &["list"], &[]).out, "acme & Söhne\nZeta\n");

    // They look at a server that was running all the time.
    for (link, title) in [(added.out, "Zeta"), (second.out, "acme & Söhne")] {
        let actor = Actor::new(&serving.base);
        actor.get(link.trim()).await.see(&format!("{title} invites")).see("in 3 days");
        let page = actor.submit(link.trim(), &[("password", PASSWORD)]).await;
        page.see_path("/customers");
        assert_eq!(page.one(".side .tenant"), title);
    }
}

#[actix_web::test]
async fn its_link_works_as_long_as_others() {
    let machine = migrated();
    let day = ("TENANTRY_ACTIVATION_HOURS", "24");
    let added = tenant(&machine, &["add", "Acme", "--email", "ann@acme.example"], &[day]);
    let serving = serve(&[], &machine.with(&[]));
    Actor::new(&serving.base).get(added.out.trim()).await.see("This link expires in 24 hours");
    let wrong = tenant(&machine, &["add", "Other", "--email", "bob@other.example", "--activation-hours", "0"], &[]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.starts_with("tenantry: TENANTRY_ACTIVATION_HOURS "), "{}", wrong.err);
}

#[test]
fn a_tenant_that_cannot_be_added_is_refused() {
    let machine = migrated();
    let long = "a".repeat(256);
    assert_eq!(tenant(&machine, &["add", "Acme", "--email", "ann@acme.example"], &[]).code, Some(0));
    for (title, email, words) in [
        ("ACME ", "bob@acme.example", "a tenant \"ACME \" exists already"),
        (" ", "bob@acme.example", "give the tenant a name"),
        ("Ac\nme", "bob@acme.example", "The tenant’s name has a control character at position 3; remove it"),
        (&long, "bob@acme.example", "Shorten the tenant’s name to 255 characters; it has 256"),
        ("Other", "", "give the email address of its first administrator"),
        ("Other", "bob", "Enter an email address in the form name@example.com"),
    ] {
        let ended = tenant(&machine, &["add", title, "--email", email], &[]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{title:?} {email:?}");
        assert_eq!(ended.err, format!("tenantry: {words}\n"));
    }
    let wrong = tenant(&machine, &["add", "Other", "--email", "bob@other.example", "--public-url", "nonsense"], &[]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.starts_with("tenantry: TENANTRY_PUBLIC_URL "), "{}", wrong.err);
    assert_eq!(tenant(&machine, &["list"], &[]).out, "Acme\n");
}

#[actix_web::test]
async fn an_operator_lets_somebody_in_where_nobody_can_sign_in_any_more() {
    let machine = migrated();
    let first = tenant(&machine, &["add", "Acme", "--email", "ann@acme.example"], &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let serving = serve(&[], &machine.with(&[]));
    let invited = tenant(&machine, &["admin", "acme", "--email", "bob@acme.example"], &[]);
    assert_eq!((invited.code, invited.err.as_str()), (Some(0), ""), "{invited:?}");
    // Asked again before it is used, the earlier link ends.
    let again = tenant(&machine, &["admin", "Acme", "--email", "Bob@acme.example"], &[]);
    let bob = Actor::new(&serving.base);
    bob.get(invited.out.trim()).await.see_status(404);
    bob.submit(again.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    bob.get("/administrators").await.see("ann@acme.example").see("bob@acme.example");
    assert_eq!(
        bob.get("/audit").await.all(".log .what"),
        [
            "bob@acme.example activated their user",
            "The operator made an activation link for administrator bob@acme.example",
            "The operator added administrator bob@acme.example",
            "The operator added tenant Acme",
        ]
    );
    let hers = bob.get("/administrators").await.href("ann@acme.example");
    let hers = bob.get(&format!("{hers}/audit")).await.all(".log .what");
    assert_eq!(hers, ["The operator added tenant Acme"]);
    for (title, email, words) in [
        (
            "Acme",
            "bob@acme.example",
            "bob@acme.example is an administrator of Acme already; they choose a password at /forgot-password",
        ),
        ("Other", "eve@acme.example", "there is no tenant \"Other\"; `tenantry tenant list` prints all"),
        ("Acme", " ", "give the email address of the administrator"),
        ("Acme", "eve", "Enter an email address in the form name@example.com"),
    ] {
        let refused = tenant(&machine, &["admin", title, "--email", email], &[]);
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
        assert_eq!(refused.err, format!("tenantry: {words}\n"));
    }
}

#[actix_web::test]
async fn links_lead_to_where_the_server_is_whatever_it_listens_on() {
    let machine = Machine::new();
    let mut serving = serve_at("0.0.0.0:0", &[], &machine.with(&[]));
    let port = serving.line("Listening on ").rsplit_once(':').unwrap().1.to_owned();
    assert_eq!(serving.line("Tenantry is ready at "), format!("http://127.0.0.1:{port}"));
    let added = tenant(&machine, &["add", "Acme", "--email", "ann@acme.example"], &[]);
    assert!(added.out.starts_with(&format!("http://127.0.0.1:{port}/activate/")), "{added:?}");
    assert_eq!(added.err, "");
    drop(serving);

    // The next server is elsewhere.
    let url = ("TENANTRY_PUBLIC_URL", "https://tenantry.example");
    drop(serve(&[], &machine.with(&[url])));
    let added = tenant(&machine, &["add", "Beta", "--email", "bob@beta.example"], &[]);
    assert!(added.out.starts_with("https://tenantry.example/activate/"), "{added:?}");
}

#[test]
fn before_the_first_server_a_link_is_made_of_the_address_that_it_will_listen_on() {
    let machine = migrated();
    let listen = ("TENANTRY_LISTEN", "0.0.0.0:8141");
    let added = tenant(&machine, &["add", "Acme", "--email", "ann@acme.example"], &[listen]);
    assert!(added.out.starts_with("http://127.0.0.1:8141/activate/"), "{added:?}");
    assert!(added.err.starts_with("No server was started here yet, so its address is not known"), "{added:?}");
    assert_eq!(added.err.lines().count(), 1);
}

#[actix_web::test]
async fn a_customers_user_is_not_taken_for_an_administrator() {
    let machine = Machine::new();
    let (_serving, ann) = serve_acme(&machine.with(&[])).await;
    let beta = ann.submit("/customers/new", &[("title", "Beta")]).await.path;
    let form = [("email", "bob@beta.example"), ("activation_method", "link")];
    ann.submit(&format!("{beta}/users/new"), &form).await.see("bob@beta.example");

    let refused = tenant(&machine, &["admin", "Acme", "--email", "Bob@beta.example"], &[]);

    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    let words = "Bob@beta.example is a user of a customer of Acme, not an administrator; give another address";
    assert_eq!(refused.err, format!("tenantry: {words}\n"));
}
