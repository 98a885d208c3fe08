//! Opening a link: what it shows, and that it changes nothing.

use reqwest::Method;

use super::{choose, press};
use crate::support::app::{App, Setup};
use crate::support::records::Records;

#[actix_web::test]
async fn a_link_shows_who_invites_whom_into_what_and_until_when() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta & <Sons>").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let stranger = app.stranger();
    let page = stranger.get(&link).await;
    assert_eq!(page.h1(), "Choose a password");
    page.see("admin@acme.example invites mia@beta.example to Beta & <Sons> , a customer of Acme.");
    page.see("This link expires in 3 days");
    assert_eq!(page.attributes("input[name=password]", "autocomplete"), ["new-password"]);
    // Nothing else leads away from it, and nobody is told of it.
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["cache-control"], "no-store");
    app.wait_hours(71);
    stranger.get(&link).await.see("This link expires in 1 hour");
}

#[actix_web::test]
async fn opening_links_changes_nothing() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let old = acme.invite(&beta, "late@beta.example").await;
    app.wait_hours(72);
    let displayed = acme.invite(&beta, "jo@beta.example").await;
    press(&acme, &beta, "jo@beta.example", "Resend activation mail").await;
    let replaced = sink.mail_to("jo@beta.example").await.links()[0].to_owned();
    press(&acme, &beta, "jo@beta.example", "Resend activation mail").await;
    let mailed = sink.mail_to("jo@beta.example").await.links()[0].to_owned();
    let used = acme.invite(&beta, "mia@beta.example").await;
    let mia = app.stranger();
    choose(&mia, &used).await.see_path("/home");
    press(&acme, &beta, "mia@beta.example", "Send password reset mail").await;
    let reset = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let ann = acme.admin().await;
    ann.get_until(&ann.get(&format!("{beta}/users")).await.href("mia@beta.example"), "Mail sent").await;
    let unknown = format!("/activate/{}", "A".repeat(43));

    let links = [
        (&displayed, 200),
        (&mailed, 200),
        (&reset, 200),
        (&old, 410),
        (&used, 410),
        (&replaced, 404),
        (&unknown, 404),
    ];
    let before = Records::of(&app).all();
    for actor in [&app.stranger(), &mia, &ann] {
        for (link, status) in links {
            for _ in 0..20 {
                actor.request(Method::HEAD, link, None, &[]).await.see_status(status);
                actor.get(link).await.see_status(status);
            }
        }
    }
    before.assert_same(&Records::of(&app).all(), "opening links");
    choose(&app.stranger(), &displayed).await.see_path("/home");
    choose(&app.stranger(), &reset).await.see_path("/home");
}

#[actix_web::test]
async fn a_link_works_for_72_hours_to_the_second() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let stranger = app.stranger();
    let margin = std::time::Duration::from_secs(30);
    app.wait(std::time::Duration::from_secs(72 * 3600) - margin);
    let open = stranger.get(&link).await;
    open.see_status(200);
    app.wait(margin);
    stranger.get(&link).await.see_status(410);
    stranger.send(&open, &[("password", "tundra velvet oboe 7")]).await.see_status(410).see("has expired");
    stranger.get("/account").await.see_path("/sign-in?next=%2Faccount");
}

#[actix_web::test]
async fn how_long_links_work_is_a_setting() {
    for (hours, words) in [(1, "1 hour"), (36, "36 hours"), (24, "1 day"), (720, "30 days")] {
        let app = App::start(Setup { activation_hours: Some(hours), ..Setup::default() }).await;
        let acme = app.tenant("Acme").await;
        let beta = acme.customer("Beta").await;
        let ann = acme.admin().await;
        ann.get(&format!("{beta}/users/new")).await.see(&format!("The link works for {words}."));
        let page = ann.submit(&format!("{beta}/users/new"), &[("email", "jo@beta.example")]).await;
        page.see(&format!("its link works for {words}, until"));
        let link = acme.invite(&beta, "mia@beta.example").await;
        app.wait(std::time::Duration::from_secs(hours * 3600 - 30));
        app.stranger().get(&link).await.see_status(200);
        app.wait(std::time::Duration::from_secs(30));
        app.stranger().get(&link).await.see_status(410);
    }
}

#[actix_web::test]
async fn a_link_works_with_what_a_sentence_leaves_behind_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;

    for tail in [".", ",", ")", "%3E", "!", "%22", "]", "*", ";", "=", "%20to%20join"] {
        app.stranger().get(&format!("{link}{tail}")).await.see_status(200).see("Choose a password");
    }
    for other in ["A", "-", "_x"] {
        app.stranger().get(&format!("{link}{other}")).await.see_status(404).see("does not work");
    }

    choose(&app.stranger(), &format!("{link})")).await.see_path("/home");
    app.stranger().get(&format!("{link}.")).await.see_status(410);
}
