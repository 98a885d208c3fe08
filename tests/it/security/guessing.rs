//! Guessing passwords is slowed down for whoever guesses, wherever they are, and never keeps the owner out.

use std::time::Duration;

use reqwest::Method;

use super::without_chance;
use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD, Setup, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{serve, serve_acme};
use crate::support::promise::{Tally, keep, size};
use crate::support::records::Records;

/// Behind a proxy that says from where people come.
pub async fn spawn() -> App {
    App::start(Setup { trusted_proxies: "127.0.0.1", ..Setup::default() }).await
}

/// Tries to sign in from a network.
pub async fn try_from(who: &Actor, network: &str, email: &str, password: &str) -> Page {
    let page = who.get("/sign-in").await;
    let (action, form) = page.filled(&[("email", email), ("password", password)]);
    who.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", network)]).await
}

pub async fn sign_out(who: &Actor) {
    who.press(&who.get("/account").await, "Sign out").await.see("You are signed out.");
}

/// Guesses until no more guess is looked at.
async fn exhaust(thief: &Actor, email: &str) {
    for n in 0..11 {
        let answer = try_from(thief, "192.0.2.9", email, &format!("guess number {n}")).await;
        answer.see_status(if n < 10 { 422 } else { 429 });
    }
}

#[actix_web::test]
async fn of_a_day_of_guesses_less_than_a_hundred_are_looked_at_and_the_owner_gets_in_meanwhile() {
    let app = spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    sign_out(&mia).await;
    let (thief, all) = (app.stranger(), size(10_000, 300));
    let (action, form) = thief.get("/sign-in").await.filled(&[("email", "Mia@beta.example"), ("password", "a guess")]);
    let (mut looked_at, mut owner) = (0, Tally::default());
    for n in 0..all {
        app.wait(Duration::from_millis(24 * 3_600_000 / all));
        // From one network, and each from another.
        let from = if n % 2 == 0 { "192.0.2.9".into() } else { format!("198.51.{}.{}", n / 250 % 250, n % 250) };
        let answer = thief.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", &from)]).await;
        assert!([422, 429].contains(&answer.status), "{}", answer.text());
        looked_at += usize::from(answer.status == 422);
        if n % (all / size(50, 10)) == 0 {
            let answer = try_from(&mia, "192.0.2.9", "mia@beta.example", PASSWORD).await;
            owner.count(answer.status == 303, || format!("{} after {n} guesses", answer.status));
            if answer.status == 303 {
                sign_out(&mia).await;
            }
        }
    }
    let seen = format!(
        "{looked_at} of {all} guesses of a day were looked at; the owner was kept out {owner} of {} times",
        owner.tried()
    );
    let target = "≤ 100 a user and day, the owner never kept out";
    keep("Guessing is throttled", &seen, target, (10..=100).contains(&looked_at) && owner.is_clean());
}

#[actix_web::test]
async fn whoever_tries_too_often_is_told_when_to_try_again_and_what_else_to_do() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    exhaust(&app.stranger(), "mia@beta.example").await;
    // The right password is not looked at either in a browser that nobody knows.
    let mia = app.stranger();
    let answer = try_from(&mia, "", "mia@beta.example", PASSWORD).await;
    answer.see_status(429).see("Too many attempts to sign in").see("Try again in 30 minutes");
    assert_eq!(answer.value("#f-email"), "mia@beta.example");
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&wait), "{wait}");
    assert!(answer.title().starts_with("Error: "));
    // Other people are not concerned.
    app.stranger().sign_in(&acme.email, PASSWORD).await.see_path("/customers");

    // A mail helps at once, and from then on the browser is known.
    mia.submit("/forgot-password", &[("email", "mia@beta.example")]).await.see("Check your email");
    let link = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    mia.submit(&link, &[("password", "walrus mango piano 9")]).await.see_path("/home");
    sign_out(&mia).await;
    mia.sign_in("mia@beta.example", "walrus mango piano 9").await.see_path("/home");

    let later = app.stranger();
    app.wait(Duration::from_secs(wait));
    later.sign_in("mia@beta.example", "walrus mango piano 9").await.see_path("/home");
}

#[actix_web::test]
async fn tries_are_refused_alike_whether_or_not_somebody_has_the_address() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "known@beta.example").await;
    acme.user(&beta, "barred@beta.example").await;
    acme.invite(&beta, "called@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("barred@beta.example");
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");
    let mut seen = Vec::new();
    for email in ["nobody@beta.example", "known@beta.example", "barred@beta.example", "called@beta.example"] {
        let mut answers = String::new();
        for _ in 0..12 {
            answers += &without_chance(&app.stranger().sign_in(email, "a guess").await).replace(email, "ADDRESS");
        }
        // To the second, the time to wait depends on when it was asked.
        seen.push(answers.lines().filter(|line| !line.starts_with("retry-after")).collect::<Vec<_>>().join("\n"));
    }
    assert!(seen[0].contains("429") && seen[0].contains("422"));
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:#?}");
}

#[actix_web::test]
async fn a_browser_is_known_for_its_own_people_with_the_password_they_have() {
    let app = spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let eve = acme.user(&beta, "eve@beta.example").await;
    let (phone, laptop) = (app.stranger(), app.stranger());
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    laptop.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    sign_out(&laptop).await;
    sign_out(&mia).await;
    sign_out(&eve).await;
    exhaust(&app.stranger(), "mia@beta.example").await;
    // Whose browser it is not, and whose cookie was bent.
    try_from(&eve, "", "mia@beta.example", PASSWORD).await.see_status(429);
    let cookie = mia.cookie("browser").unwrap();
    let bent = app.stranger();
    bent.set_cookie("browser", &format!("{}{}", &cookie[..cookie.len() - 4], "AAAA"));
    try_from(&bent, "", "mia@beta.example", PASSWORD).await.see_status(429);
    // Several people of one browser are all known in it.
    try_from(&eve, "", "eve@beta.example", PASSWORD).await.see_status(303);
    sign_out(&eve).await;
    try_from(&mia, "", "mia@beta.example", PASSWORD).await.see_status(303);
    sign_out(&mia).await;
    try_from(&mia, "", "eve@beta.example", PASSWORD).await.see_status(303);
    sign_out(&mia).await;
    exhaust(&app.stranger(), "eve@beta.example").await;
    try_from(&mia, "", "eve@beta.example", PASSWORD).await.see_status(303);
    sign_out(&mia).await;

    // What a known browser may try is counted apart, and is not endless.
    for n in 0..11 {
        let answer = try_from(&mia, "", "mia@beta.example", "not the password").await;
        answer.see_status(if n < 10 { 422 } else { 429 });
    }
    try_from(&mia, "", "mia@beta.example", PASSWORD).await.see_status(429);
    try_from(&laptop, "", "mia@beta.example", PASSWORD).await.see_status(303);
    app.wait(Duration::from_secs(3600));
    try_from(&mia, "", "mia@beta.example", PASSWORD).await.see_status(303);
    sign_out(&mia).await;

    // Another password: only where it was chosen, the browser is still known.
    let changed = "walrus mango piano 9";
    let form = [("current_password", PASSWORD), ("password", changed)];
    phone.submit("/account", &form).await.see("Your password was changed.");
    sign_out(&phone).await;
    exhaust_again(&app, "mia@beta.example").await;
    try_from(&mia, "", "mia@beta.example", changed).await.see_status(429);
    try_from(&phone, "", "mia@beta.example", changed).await.see_status(303);
}

#[actix_web::test]
async fn a_browser_known_for_a_user_of_one_tenant_guesses_those_of_another_as_a_stranger() {
    let app = spawn().await;
    let (acme, other) = (app.tenant("Acme").await, app.tenant("Other").await);
    let email = "mia@beta.example";
    let owner = acme.user(&acme.customer("Beta").await, email).await;
    // Whoever runs the other tenant can have a user there with any address.
    let thief = other.user(&other.customer("Beta").await, email).await;
    sign_out(&thief).await;
    let both = try_from(&thief, "", email, PASSWORD).await;
    both.see_status(200).see("Acme").see("Other");
    let own = "walrus mango piano 9";
    owner.submit("/account", &[("current_password", PASSWORD), ("password", own)]).await.see("was changed");
    sign_out(&owner).await;

    for n in 0..10 {
        try_from(&thief, "", email, &format!("guess {n}")).await.see_status(422).see("do not match");
    }
    app.wait(Duration::from_secs(3600));
    exhaust_again(&app, email).await;
    // Its own budget has something left, that of strangers has not, and nobody learns that there is anybody else.
    try_from(&thief, "", email, own).await.see_status(422).see("do not match");
    try_from(&app.stranger(), "", email, own).await.see_status(429);
    app.wait(Duration::from_secs(3600));
    exhaust_again(&app, email).await;
    try_from(&thief, "", email, PASSWORD).await.see_status(303);
    try_from(&owner, "", email, own).await.see_status(303);
}

/// Guesses until no more guess is looked at, after some were made before.
async fn exhaust_again(app: &App, email: &str) {
    let thief = app.stranger();
    while try_from(&thief, "192.0.2.9", email, "one more guess").await.status != 429 {}
}

#[actix_web::test]
async fn one_network_cannot_try_many_addresses_and_keeps_nobody_out_who_was_there_before() {
    let app = spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    sign_out(&mia).await;
    let thief = app.stranger();
    let page = thief.get("/sign-in").await;
    let guess = async |n: usize, network: &str| {
        let (action, form) = page.filled(&[("email", &format!("n{n}@beta.example")), ("password", "a guess")]);
        thief.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", network)]).await.status
    };
    let (mut looked_at, mut refused) = (0, false);
    // Every 20 seconds one more is looked at, and the machine may be slow: the stranger may need to try again.
    for _ in 0..5 {
        // One line of IPv6 has more addresses than anybody could count.
        while looked_at < 320 && guess(looked_at, &format!("2001:db8:0:7::{looked_at:x}")).await == 422 {
            looked_at += 1;
        }
        assert!((300..320).contains(&looked_at), "{looked_at}");
        refused = try_from(&app.stranger(), "2001:db8:0:7::1", "mia@beta.example", PASSWORD).await.status == 429;
        if refused {
            break;
        }
    }
    assert!(refused);
    assert_eq!(guess(9_000, "2001:db8:0:8::1").await, 422);
    try_from(&mia, "2001:db8:0:7::1", "mia@beta.example", PASSWORD).await.see_status(303);
    // What is full again is forgotten.
    let mut records = Records::of(&app);
    let rows = "select count(*) from throttles";
    assert!(records.number(rows) > 300);
    app.wait_hours(24);
    app.shared.tidy().await.unwrap();
    assert_eq!(records.number(rows), 0);
}

#[actix_web::test]
async fn what_was_tried_counts_in_every_process_and_after_a_restart() {
    let machine = Machine::new();
    let settings = machine.with(&[("TENANTRY_TRUSTED_PROXIES", "127.0.0.1")]);
    let (mut serving, _) = serve_acme(&settings).await;
    exhaust(&Actor::new(&serving.base), "ann@acme.example").await;
    if on_postgres() {
        let beside = serve(&[], &settings);
        Actor::new(&beside.base).sign_in("ann@acme.example", PASSWORD).await.see_status(429);
    }
    drop(serving);
    serving = serve(&[], &settings);
    Actor::new(&serving.base).sign_in("ann@acme.example", PASSWORD).await.see_status(429);
}
