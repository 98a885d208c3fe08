//! Every guess counts for each person whom it is compared with, through whichever door it comes, and leaves an entry in
//! their tenant; what is right costs nothing, and owners are not kept waiting by strangers.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::guessing::{sign_out, spawn, try_from};
use crate::support::actor::{Actor, at_once};
use crate::support::app::{App, PASSWORD, Tenant};
use crate::support::promise::{keep, size};
use crate::support::records::Records;

const MIA: &str = "mia@beta.example";
const OWN: &str = "walrus mango piano 9";

/// What was written down about wrong passwords in a tenant.
fn failures(records: &mut Records, tenant: &str) -> i64 {
    records.number(&format!(
        "select count(*) from audit_entries join tenants on tenants.id = audit_entries.tenant_id
         where tenants.title = '{tenant}' and action = 'sign_in_failed'"
    ))
}

/// Somebody with Mia's address in another tenant, whose password its administrator chooses as they like.
async fn puppet(other: &Tenant<'_>) -> Actor {
    other.user(&other.customer("Beta").await, MIA).await
}

/// Gives the puppet another password; answers whether it was taken.
async fn set(puppet: &Actor, from: &str, to: &str) -> bool {
    let page = puppet.submit("/account", &[("current_password", from), ("password", to)]).await;
    page.status == 200
}

#[actix_web::test]
async fn whoever_has_the_address_in_another_tenant_guesses_no_more_than_anybody() {
    let app = spawn().await;
    let (acme, other) = (app.tenant("Acme").await, app.tenant("Other").await);
    let mia = acme.user(&acme.customer("Beta").await, MIA).await;
    assert!(set(&mia, PASSWORD, OWN).await);
    let puppet = puppet(&other).await;
    let mut known = PASSWORD.to_owned();
    // The right one is among them, but only after as many guesses as are looked at.
    for n in 0..12 {
        let guess = if n == 11 { OWN.to_owned() } else { format!("tundra mango guess {n} {n}") };
        assert!(set(&puppet, &known, &guess).await, "{guess}");
        known = guess;
        let answer = try_from(&app.stranger(), &format!("192.0.2.{n}"), MIA, &known).await;
        // It is the puppet's own, and nobody learns anything else.
        answer.see_status(303);
        assert_eq!(answer.location(), "/home");
    }
    let mut records = Records::of(&app);
    records.wait_until("select count(*) from audit_entries where action = 'sign_in_failed'", |n| n >= 10).await;
    assert_eq!((failures(&mut records, "Acme"), failures(&mut records, "Other")), (10, 0));
    // In a browser of hers Mia gets in meanwhile.
    sign_out(&mia).await;
    try_from(&mia, "192.0.2.1", MIA, OWN).await.see_status(200).see("Acme").see("Other");
}

#[actix_web::test]
async fn of_a_day_of_guesses_through_all_doors_less_than_a_hundred_are_looked_at() {
    let app = spawn().await;
    let (acme, other) = (app.tenant("Acme").await, app.tenant("Other").await);
    let mia = acme.user(&acme.customer("Beta").await, MIA).await;
    let (known, open) = (app.stranger(), app.stranger());
    for browser in [&known, &open] {
        browser.sign_in(MIA, PASSWORD).await.see_path("/home");
    }
    sign_out(&known).await;
    let puppet = puppet(&other).await;
    assert!(set(&mia, PASSWORD, OWN).await);
    for browser in [&known, &open] {
        try_from(browser, "", MIA, OWN).await.see_status(303);
    }
    sign_out(&known).await;
    let (mut current, mut seen, rounds) = (PASSWORD.to_owned(), 0, size(400, 60));
    for n in 0..rounds {
        app.wait(Duration::from_millis(24 * 3_600_000 / rounds));
        let guess = format!("tundra mango guess {n} {n}");
        if set(&puppet, &current, &guess).await {
            current = guess.clone();
        }
        let network = format!("198.51.{}.{}", n / 250, n % 250);
        try_from(&app.stranger(), &network, MIA, &guess).await;
        seen += i64::from(try_from(&known, &network, MIA, "a guess").await.status == 422);
        let page = open.submit("/account", &[("current_password", "a guess"), ("password", "short")]).await;
        seen += i64::from(page.status == 422);
    }
    let mut records = Records::of(&app);
    let all = "select count(*) from audit_entries where action = 'sign_in_failed'";
    records.wait_until(all, |n| n >= seen + 10).await;
    let entries = failures(&mut records, "Acme");
    let told = format!(
        "{} guesses of a day by strangers with a puppet in another tenant, from many networks, in a known browser and in \
         an open session: {entries} looked at, each with an entry",
        3 * rounds
    );
    let kept = (seen + 10..=100).contains(&entries);
    keep("Guesses are counted by whom they are aimed at", &told, "≤ 100 a user and day, each leaving an entry", kept);
}

#[actix_web::test]
async fn what_is_right_costs_nothing_however_many_come_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, MIA).await;
    let people = (0..20).map(|_| {
        let stranger = app.stranger();
        async move {
            loop {
                match try_from(&stranger, "", MIA, PASSWORD).await.status {
                    // The machine may be slow: then they are told to come back, and nothing is counted.
                    503 => {}
                    status => break status,
                }
            }
        }
    });
    assert_eq!(at_once(people).await, [303; 20]);
}

#[actix_web::test]
async fn strangers_do_not_keep_an_owner_waiting_who_was_there_before() {
    let app = spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, MIA).await;
    sign_out(&mia).await;
    let (base, all) = (app.base.clone(), size(300, 120));
    let storm = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let thief = Actor::new(&base);
            let page = thief.get("/sign-in").await;
            at_once((0..all).map(|n| {
                let (thief, email) = (thief.clone(), format!("n{n}@beta.example"));
                let (action, form) = page.filled(&[("email", &email), ("password", "a guess")]);
                let network = format!("2001:db8:{n:x}::1");
                async move {
                    thief.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", &network)]).await.status
                }
            }))
            .await
        })
    });
    let mut slowest = Duration::ZERO;
    for _ in 0..5 {
        let started = Instant::now();
        try_from(&mia, "2001:db8::1", MIA, PASSWORD).await.see_status(303);
        slowest = slowest.max(started.elapsed());
        sign_out(&mia).await;
    }
    let statuses = storm.join().unwrap();
    let count = |status| statuses.iter().filter(|seen| **seen == status).count();
    assert_eq!(count(422) + count(503), statuses.len());
    assert!(count(422) > 0 && count(503) > 0, "{statuses:?}");
    assert!(slowest < Duration::from_secs(size(2, 6)), "{slowest:?}");
}

#[actix_web::test]
async fn a_site_of_many_networks_and_whoever_a_proxy_does_not_name_are_bound_too() {
    let app = spawn().await;
    let thief = app.stranger();
    let page = thief.get("/forgot-password").await;
    let ask = async |n: usize, network: &str| {
        let (action, form) = page.filled(&[("email", &format!("n{n}@beta.example"))]);
        thief.request(Method::POST, &action, Some(&form), &[("x-forwarded-for", network)]).await.status
    };
    // Each from a line of its own: one line of IPv6 is soon told to wait, its site after more of them.
    let mut n = 0;
    while ask(n, &format!("2001:db8:7:{n:x}::1")).await == 200 {
        n += 1;
        assert!(n < 1_200);
    }
    assert!(n >= 600, "{n}");
    assert_eq!(ask(2_000, "2001:db8:8::1").await, 200);
    // On this machine nobody knows for whom a proxy asks.
    let mut n = 0;
    while ask(3_000 + n, "").await == 200 {
        n += 1;
        assert!(n < 1_200);
    }
    assert!(n >= 600, "{n}");
}
