//! Using a link: once, by one, and what ends with it.

use super::{choose, press};
use crate::support::app::{App, PASSWORD};
use crate::support::promise::{keep, size};

#[actix_web::test]
async fn an_activation_link_works_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let stranger = app.stranger();
    let page = stranger.get(&link).await;
    let answers = stranger.send_at_once(&page, &[("password", PASSWORD)], 200).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 303);
    let seen = format!("200 posts at once: {} success, {} refused", done.len(), refused.len());
    let kept = (done.len(), refused.len()) == (1, 199) && refused.iter().all(|answer| answer.status == 410);
    keep("An activation token works once", &seen, "1 success, 199 plain refusals", kept);
    assert_eq!(done[0].headers["location"], "/home");
    for page in refused {
        page.see_status(410).see("This activation link has already been used").see("Sign in with your email address");
        assert_eq!(page.cookie("session"), None);
    }
    let mia = app.stranger();
    mia.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    // Whose session is it, and how many are there?
    assert_eq!(mia.get("/account").await.all("ul.rows li").len(), 2);
}

#[actix_web::test]
async fn a_mailed_and_a_displayed_link_work_side_by_side() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let displayed = acme.invite(&beta, "mia@beta.example").await;
    let text = press(&acme, &beta, "mia@beta.example", "Resend activation mail").await;
    text.see("A new activation mail to mia@beta.example is queued; its link works for 3 days, until");
    let mailed = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let stranger = app.stranger();
    for link in [&displayed, &mailed] {
        stranger.get(link).await.see_status(200);
    }
    // A new one of a kind ends the earlier one of that kind alone.
    press(&acme, &beta, "mia@beta.example", "Resend activation mail").await;
    let mailed_again = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    for (link, status) in [(&displayed, 200), (&mailed, 404), (&mailed_again, 200)] {
        stranger.get(link).await.see_status(status);
    }
    let displayed_again = press(&acme, &beta, "mia@beta.example", "Display activation link").await;
    displayed_again.see("A new activation link for mia@beta.example was made.");
    let displayed_again = displayed_again.value("#link");
    for (link, status) in [(&displayed, 404), (&mailed, 404), (&mailed_again, 200), (&displayed_again, 200)] {
        stranger.get(link).await.see_status(status);
    }
    // Using one ends all.
    choose(&stranger, &mailed_again).await.see_path("/home");
    for (link, status) in [(&displayed, 404), (&mailed, 404), (&mailed_again, 410), (&displayed_again, 410)] {
        app.stranger().get(link).await.see_status(status);
    }
    let other = app.stranger().get(&displayed_again).await;
    assert_eq!(other.h1(), "You have already activated");
    other.see("A password was chosen with another link.").href("Sign in");
    assert_eq!(stranger.get(&displayed_again).await.href("Go to Home"), "/");
}

#[actix_web::test]
async fn a_displayed_link_goes_on_working_when_the_mailed_one_has_expired() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ann = acme.admin().await;
    ann.submit(&format!("{beta}/users/new"), &[("email", "mia@beta.example")]).await;
    let mailed = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    app.wait_hours(48);
    let displayed = press(&acme, &beta, "mia@beta.example", "Display activation link").await.value("#link");
    app.wait_hours(48);
    app.stranger().get(&mailed).await.see_status(410);
    let list = acme.admin().await.get(&format!("{beta}/users")).await;
    assert_eq!(list.cells("mia@beta.example")[2].split(" Mail").next(), Some("Invited, expires in 24 hours"));
    choose(&app.stranger(), &displayed).await.see_path("/home");
    app.stranger().get(&mailed).await.see_status(410).see("You have already activated").see_no("Send a new");
}

#[actix_web::test]
async fn a_reset_link_works_once_for_half_an_hour_and_ends_all_sessions() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let reset = async || {
        press(&acme, &beta, "mia@beta.example", "Send password reset mail")
            .await
            .see("A password reset mail to mia@beta.example is queued; its link works for 30 minutes.");
        sink.mail_to("mia@beta.example").await.links()[0].to_owned()
    };
    let first = reset().await;
    assert!(first.starts_with(&format!("{}/reset-password/", app.base)), "{first}");
    let second = reset().await;
    let stranger = app.stranger();
    stranger.get(&first).await.see_status(404).see("This link does not work").href("Ask for another link");
    stranger.get(&second).await.see("A new password for mia@beta.example at Acme.").see("expires in 30 minutes");
    app.wait(std::time::Duration::from_secs(30 * 60 - 20));
    let open = stranger.get(&second).await;
    open.see_status(200);
    app.wait(std::time::Duration::from_secs(20));
    stranger.send(&open, &[("password", "walrus mango piano 9")]).await.see_status(410).see("This link has expired");
    mia.get("/home").await.see_path("/home");

    let third = reset().await;
    let page = stranger.get(&third).await;
    let posts = size(200, 20);
    let answers = stranger.send_at_once(&page, &[("password", "walrus mango piano 9")], posts).await;
    let won = answers.iter().filter(|answer| answer.status == 303).count();
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        answer.see_status(410).see("This link has already been used");
    }
    let seen = format!("{posts} posts at once: {won} success, {} refused", posts - won);
    keep("A reset token works once", &seen, "1 success, all others plain refusals", won == 1);
    mia.get("/home").await.see_path("/sign-in?next=%2Fhome");
    mia.sign_in("mia@beta.example", PASSWORD).await.see_status(422);
    mia.sign_in("mia@beta.example", "walrus mango piano 9").await.see_path("/home");
}

#[actix_web::test]
async fn a_link_is_good_for_its_own_page_only() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "jo@beta.example").await;
    acme.user(&beta, "mia@beta.example").await;
    press(&acme, &beta, "mia@beta.example", "Send password reset mail").await;
    let reset = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let stranger = app.stranger();
    let swapped = link.replace("/activate/", "/reset-password/");
    stranger.get(&swapped).await.see_status(404).see("This link does not work");
    stranger.get(&reset.replace("/reset-password/", "/activate/")).await.see_status(404);
    let (_, form) = stranger.get(&link).await.filled(&[("password", PASSWORD)]);
    stranger.post(&swapped, &form).await.see_status(404);
    stranger.post(&reset.replace("/reset-password/", "/activate/"), &form).await.see_status(404);
    choose(&stranger, &link).await.see_path("/home");
}

#[actix_web::test]
async fn whoever_is_signed_in_as_somebody_else_becomes_the_new_user() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let before = ann.cookie("session").unwrap();
    let told = format!("You are signed in as {} .", acme.email);
    ann.get(&link).await.see(&told).see("you will be signed out and signed in as mia@beta.example");
    app.stranger().get(&link).await.see_no("signed in as");
    choose(&ann, &link).await.see_path("/home").see("Welcome, mia@beta.example.");
    let thief = app.stranger();
    thief.set_cookie("session", &before);
    thief.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
}
