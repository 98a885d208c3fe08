//! Links that work no more: each kind has a page that says so and what to do next.

use super::{choose, press};
use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn a_used_link_says_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let stranger = app.stranger();
    let open = stranger.get(&link).await;
    choose(&app.stranger(), &link).await.see_path("/home");
    let page = stranger.get(&link).await;
    assert_eq!((page.status, page.h1()), (410, "This activation link has already been used".into()));
    assert!(!page.has_button("Send a new activation mail"));
    assert_eq!(page.href("Sign in"), "/sign-in");
    stranger.send(&open, &[("password", "walrus mango piano 9")]).await.see_status(410).see("has already been used");
    stranger.sign_in("mia@beta.example", "walrus mango piano 9").await.see_status(422);
}

#[actix_web::test]
async fn an_unknown_and_a_replaced_link_look_alike() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let replaced = acme.invite(&beta, "jo@beta.example").await;
    press(&acme, &beta, "jo@beta.example", "Display activation link").await;
    acme.user(&beta, "mia@beta.example").await;
    press(&acme, &beta, "mia@beta.example", "Send password reset mail").await;
    let reset = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    press(&acme, &beta, "mia@beta.example", "Send password reset mail").await;

    for (replaced, path) in [(replaced, "activate"), (reset, "reset-password")] {
        // Everybody is new here: a first visit gets a cookie.
        let known = app.stranger().get(&replaced).await;
        known.see_status(404).see("link does not work").see("A newer link may have taken its place");
        let stranger = app.stranger();
        let (_, mut form) = stranger.get("/sign-in").await.filled(&[("password", PASSWORD)]);
        form.retain(|(name, _)| name == "csrf" || name == "password");
        let posted = async |link: &str| stranger.post(link, &form).await;
        let known_post = posted(&replaced).await;
        known_post.see_status(404);
        let random = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80";
        for token in [random, "short", "not%20base64!", &"A".repeat(44), &"A".repeat(4000)] {
            let unknown = app.stranger().get(&format!("/{path}/{token}")).await;
            assert_eq!(unknown.but_for_chance(), known.but_for_chance(), "{token}");
            let unknown = posted(&format!("/{path}/{token}")).await;
            assert_eq!(unknown.but_for_chance(), known_post.but_for_chance(), "{token}");
        }
    }
}

#[actix_web::test]
async fn an_expired_link_can_ask_for_a_new_mail_to_the_same_address() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    for displayed in [false, true] {
        let email = if displayed { "jo@beta.example" } else { "mia@beta.example" };
        let link = if displayed {
            acme.invite(&beta, email).await
        } else {
            acme.admin().await.submit(&format!("{beta}/users/new"), &[("email", email)]).await;
            sink.mail_to(email).await.links()[0].to_owned()
        };
        app.wait_hours(72);
        let stranger = app.stranger();
        let page = stranger.get(&link).await;
        assert_eq!((page.status, page.h1()), (410, "This activation link has expired".into()));
        let asked = stranger.press(&page, "Send a new activation mail").await;
        asked.see_status(200).see("A new activation mail is queued").see(&format!("It goes to {email}."));
        let mail = sink.mail_to(email).await;
        assert_eq!(mail.to, [email]);
        assert!(
            mail.text.as_ref().unwrap().contains("admin@acme.example of Acme has given you access to its portal"),
            "{:?}",
            mail.text
        );
        // Until the new one is used, it still tells that it has expired, and asking twice sends one.
        let expired = stranger.get(&link).await;
        assert_eq!(expired.h1(), "This activation link has expired");
        for page in [&page, &expired] {
            stranger.press(page, "Send a new activation mail").await.see_status(200).see("is queued");
        }
        stranger.get(mail.links()[0]).await.see_status(200);
        choose(&stranger, mail.links()[0]).await.see_path("/home");
        let late = stranger.press(&page, "Send a new activation mail").await;
        late.see_no("is queued");
    }
    // Everything asked for was sent: nothing went anywhere else.
    assert_eq!(sink.mails().len(), 3);
}

#[actix_web::test]
async fn only_an_expired_link_can_ask_for_a_new_mail() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let expired = acme.invite(&beta, "late@beta.example").await;
    let off = acme.invite(&beta, "off@beta.example").await;
    app.wait_hours(72);
    press(&acme, &beta, "off@beta.example", "Disable user").await;
    let open = acme.invite(&beta, "jo@beta.example").await;
    let used = acme.invite(&beta, "mia@beta.example").await;
    choose(&app.stranger(), &used).await.see_path("/home");
    let stranger = app.stranger();
    let (_, fields) = stranger.get(&expired).await.button("Send a new activation mail");
    for (link, status) in [(&open, 303), (&used, 410), (&off, 404), (&format!("/activate/{}", "A".repeat(43)), 404)] {
        stranger.post(&format!("{link}/mail"), &fields).await.see_status(status).see_no("is queued");
    }
    // A page of another session cannot ask.
    app.stranger().post(&format!("{expired}/mail"), &fields).await.see_status(403);
    stranger.post(&format!("{expired}/mail"), &fields).await.see_status(200);
    assert_eq!(sink.wait_for(1).await[0].to, ["late@beta.example"]);
}

#[actix_web::test]
async fn whoever_lost_the_second_mail_too_asks_with_the_same_link_again() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.admin().await.submit(&format!("{beta}/users/new"), &[("email", "mia@beta.example")]).await;
    let first = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    app.wait_hours(72);
    let stranger = app.stranger();
    let mut last = String::new();
    for _ in 0..2 {
        let expired = stranger.get(&first).await;
        stranger.press(&expired, "Send a new activation mail").await.see_status(200);
        let mailed = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
        if !last.is_empty() {
            stranger.get(&last).await.see_status(404);
        }
        last = mailed;
        app.wait_hours(1);
    }
    choose(&stranger, &last).await.see_path("/home");
    stranger.get(&first).await.see_status(410).see("You have already activated");
}
