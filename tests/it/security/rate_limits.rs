//! What anybody may ask for, or try at a link or an open browser, is slowed down.

use std::time::Duration;

use reqwest::Method;

use super::guessing::spawn;
use super::without_chance;
use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn links_to_choose_a_password_are_sent_so_often_and_no_more() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let mut refused = Vec::new();
    for email in ["nobody@beta.example", "MIA@beta.example", "mia@beta.example"] {
        for n in 0..4 {
            let answer = app.stranger().submit("/forgot-password", &[("email", email)]).await;
            if n == 3 || email == "mia@beta.example" {
                answer.see_status(429).see("Use the one in the latest mail, or ask again in 10 minutes");
                assert!(answer.headers.contains_key("retry-after"));
                let told = without_chance(&answer).replace(email, "ADDRESS");
                refused.push(told.lines().filter(|line| !line.starts_with("retry-after")).collect::<String>());
            } else {
                answer.see("Check your email");
            }
            if email == "MIA@beta.example" && n < 3 {
                // So that the one that arrives last is the latest: several mails are sent at once.
                sink.wait_for(n + 1).await;
            }
        }
    }
    assert!(refused.windows(2).all(|two| two[0] == two[1]), "{refused:#?}");
    let link = sink.wait_for(3).await.last().unwrap().links()[0].to_owned();
    app.wait(Duration::from_secs(601));
    // The last link still works when the next can be asked for.
    app.stranger().get(&link).await.see_status(200);
    app.stranger().submit("/forgot-password", &[("email", "mia@beta.example")]).await.see("Check your email");
}

#[actix_web::test]
async fn one_network_cannot_ask_for_links_for_everybody() {
    let app = spawn().await;
    let stranger = app.stranger();
    let page = stranger.get("/forgot-password").await;
    let ask = async |n: usize, network: &str| {
        let (action, form) = page.filled(&[("email", &format!("n{n}@beta.example"))]);
        stranger.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", network)]).await.status
    };
    for n in 0..60 {
        assert_eq!(ask(n, "192.0.2.9").await, 200, "{n}");
    }
    assert_eq!(ask(99, "192.0.2.9").await, 429);
    assert_eq!(ask(99, "192.0.2.10").await, 200);
}

#[actix_web::test]
async fn a_link_takes_so_many_weak_passwords_and_new_mails_and_no_more() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let (link, late) = (acme.invite(&beta, "mia@beta.example").await, acme.invite(&beta, "jo@beta.example").await);
    let mia = app.stranger();
    let page = mia.get(&link).await;
    for _ in 0..30 {
        mia.send(&page, &[("password", "123456789012")]).await.see_status(422);
        // Nobody needs to read this one.
        mia.send(&page, &[("password", "short")]).await.see_status(422);
    }
    let answer = mia.send(&page, &[("password", "123456789012")]).await;
    answer.see_status(429).see("Many passwords were tried with this link; try again in 1 minute");
    assert!(answer.headers.contains_key("retry-after"));
    app.wait(Duration::from_secs(61));
    mia.send(&page, &[("password", PASSWORD)]).await.see_path("/home");

    app.wait_hours(73);
    let jo = app.stranger();
    let page = jo.get(&late).await;
    for _ in 0..3 {
        jo.press(&page, "Send a new activation mail").await.see("A new activation mail is queued");
        // What is asked for twice at once is one mail.
        app.wait(Duration::from_secs(61));
    }
    jo.press(&page, "Send a new activation mail").await.see_status(429).see("Too many attempts");
}

#[actix_web::test]
async fn whoever_found_an_open_browser_cannot_try_passwords_for_long() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    for n in 0..11 {
        let page =
            mia.submit("/account", &[("current_password", "a guess"), ("password", "walrus mango piano 9")]).await;
        page.see_status(if n < 10 { 422 } else { 429 });
    }
    let form = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    let page = mia.submit("/account", &form).await;
    assert!(page.error("current_password").starts_with("Another password was entered too often; try again in "));
    app.wait(Duration::from_secs(3601));
    mia.submit("/account", &form).await.see("Your password was changed.");
}

#[actix_web::test]
async fn searches_of_one_person_at_once_are_all_answered() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    let ann = acme.admin().await;
    let searches = (0..20).map(|_| {
        let ann = ann.clone();
        async move { ann.get("/customers?q=beta").await.rows() }
    });
    for rows in crate::support::actor::at_once(searches).await {
        assert_eq!(rows, ["Beta Farms"]);
    }
}
