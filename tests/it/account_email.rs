//! Another address: the new one confirms it, the old one is told and holds until then.

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};
use crate::support::smtp::Sink;

const OLD: &str = "mia@beta.example";
const NEW: &str = "mia@new.example";

/// Asks for another address of Mia: herself on her account page, or an administrator on hers.
async fn ask(app: &App, by: &str, email: &str) -> Page {
    if by == "mia" {
        let mia = app.stranger();
        mia.sign_in(OLD, PASSWORD).await.see_path("/home");
        mia.submit("/account", &[("email", email)]).await
    } else {
        let ann = app.stranger();
        ann.sign_in("admin@acme.example", PASSWORD).await;
        let path = ann.get("/search?q=mia").await.href("Mia Król");
        ann.submit(&path, &[("email", email)]).await
    }
}

async fn may_sign_in(app: &App, email: &str) -> bool {
    app.stranger().sign_in(email, PASSWORD).await.path == "/home"
}

async fn with_mia() -> (App, Sink, Actor) {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, OLD).await;
    mia.submit("/account", &[("first_name", "Mia"), ("last_name", "Król")]).await.see("saved");
    acme.user(&beta, "jo@beta.example").await;
    drop(acme.admin().await);
    (app, sink, mia)
}

#[actix_web::test]
async fn an_address_changes_once_the_new_one_confirms_it_and_the_old_one_is_told() {
    for by in ["mia", "ann"] {
        let (app, sink, mia) = with_mia().await;
        let page = ask(&app, by, NEW).await;
        page.see(&format!("A link was mailed to {NEW}; it works for 3 days, until"));
        page.see(&format!("Until it is confirmed, {OLD} stays the address.")).see(&format!("{NEW} is to be confirmed"));
        assert_eq!(page.value("#f-email"), OLD);

        let told = sink.mail_to(OLD).await;
        assert_eq!(told.subject, "Acme: your email address is to be changed");
        let whom = if by == "mia" { "somebody who is signed in as you" } else { "admin@acme.example" };
        let text = told.text.unwrap();
        assert!(text.contains(whom) && text.contains(NEW) && !text.contains("http"), "{text}");
        let mail = sink.mail_to(NEW).await;
        assert_eq!(mail.subject, "Acme: confirm your email address");
        let link = mail.links()[0].to_owned();
        assert!(link.starts_with(&format!("{}/account/email/", app.base)), "{link}");

        // Opening it, however often, changes nothing.
        let stranger = app.stranger();
        for _ in 0..3 {
            stranger.get(&link).await.see_status(200).see(&format!("with {NEW} instead of {OLD}."));
        }
        assert!(may_sign_in(&app, OLD).await && !may_sign_in(&app, NEW).await);

        let done = stranger.press(&stranger.get(&link).await, "Confirm").await;
        done.see_path("/sign-in").see(&format!("{NEW} is your email address now."));
        assert!(may_sign_in(&app, NEW).await && !may_sign_in(&app, OLD).await);
        let last = sink.mail_to(OLD).await;
        assert_eq!(last.subject, "Acme: your email address was changed");
        mia.get("/account").await.see(NEW).see_no("is to be confirmed");
        stranger.get(&link).await.see_status(410).see("This link has already been used");
        let ann = app.stranger();
        ann.sign_in("admin@acme.example", PASSWORD).await;
        ann.get("/audit?q=mia").await.see("Email to be confirmed").see(OLD).see(NEW);
    }
}

#[actix_web::test]
async fn what_is_no_other_address_is_told_where_it_was_typed() {
    let (app, sink, _) = with_mia().await;
    for by in ["mia", "ann"] {
        for (email, words) in [
            ("jo@beta.example", "Enter another email address; a user with this one exists already"),
            ("", "Enter an email address"),
            ("mia", "Enter an email address in the form name@example.com"),
        ] {
            let page = ask(&app, by, email).await;
            assert!(
                page.status == 422 && page.error("email").starts_with(words),
                "{by} {email}: {}",
                page.error("email")
            );
            assert_eq!(page.value("#f-email"), email);
        }
    }
    ask(&app, "mia", "MIA@beta.example").await.see("this is yours already");
    // For an administrator, other letters are no other address.
    ask(&app, "ann", "MIA@beta.example").await.see("Mia Król was saved.").see_no("was mailed");
    assert!(sink.mails().is_empty());
}

#[actix_web::test]
async fn the_last_wish_counts_and_an_address_that_was_taken_meanwhile_does_not() {
    let (app, sink, _) = with_mia().await;
    ask(&app, "mia", "first@new.example").await.see_status(200);
    // Sent twice, it is one wish.
    ask(&app, "mia", "first@new.example").await.see_status(200);
    let first = sink.mail_to("first@new.example").await.links()[0].to_owned();
    ask(&app, "ann", NEW).await.see_status(200);
    let second = sink.mail_to(NEW).await.links()[0].to_owned();
    assert_eq!(sink.mails().iter().filter(|mail| mail.to == ["first@new.example"]).count(), 1);
    let stranger = app.stranger();
    stranger.get(&first).await.see_status(404).see("This link does not work");
    // Links of other kinds open nothing here.
    stranger.get(&second.replace("/account/email/", "/reset-password/")).await.see_status(404);
    stranger.get(&second.replace("/account/email/", "/activate/")).await.see_status(404);

    let open = stranger.get(&second).await;
    let ann = app.stranger();
    ann.sign_in("admin@acme.example", PASSWORD).await;
    ann.submit("/administrators/new", &[("email", NEW), ("activation_method", "link")]).await.see("was added");
    stranger.press(&open, "Confirm").await.see_status(409).see("This address is in use");
    assert!(may_sign_in(&app, OLD).await);

    app.wait_hours(72);
    stranger.get(&second).await.see_status(410).see("This link has expired");
}
