//! Nobody learns from an answer, or from how long it takes, whether an address is known.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::without_chance;
use crate::support::app::{App, PASSWORD};
use crate::support::promise::{Tally, in_full, keep, size};

/// How long the answers for each address took.
type Times = BTreeMap<String, Vec<Duration>>;

/// Addresses of somebody who can sign in, of nobody, of those who cannot sign in, and of somebody in two tenants.
async fn addresses(app: &App) -> Vec<String> {
    let (acme, other) = (app.tenant("Acme").await, app.tenant("Other").await);
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "active@beta.example").await;
    acme.user(&beta, "disabled@beta.example").await;
    let list = ann.get(&format!("{beta}/users")).await;
    let user = ann.get(&list.href("disabled@beta.example")).await;
    ann.press(&user, "Disable user").await.see("was disabled");
    acme.invite(&beta, "invited@beta.example").await;
    acme.user(&beta, "active-twice@beta.example").await;
    other.user(&other.customer("Beta").await, "active-twice@beta.example").await;
    ["active", "unknown", "disabled", "invited", "active-twice"].map(|name| format!("{name}@beta.example")).into()
}

#[actix_web::test]
async fn signing_in_fails_alike_for_every_address() {
    let app = App::spawn().await;
    let addresses = addresses(&app).await;
    let mut seen = Vec::new();
    for email in &addresses {
        let answer = app.stranger().sign_in(email, "not the password").await;
        answer.see_status(422).see("do not match a user who can sign in");
        seen.push(without_chance(&answer).replace(email, "ADDRESS"));
        // The right password is no better for whoever may not sign in.
        if !email.starts_with("active") {
            let answer = app.stranger().sign_in(email, PASSWORD).await;
            seen.push(without_chance(&answer).replace(email, "ADDRESS"));
        }
    }
    let mut others = Tally::default();
    let mut compare = |seen: &[String], what: &str| {
        for (n, answer) in seen.iter().enumerate() {
            others.count(*answer == seen[0], || format!("answer {n} to {what}"));
        }
    };
    compare(&seen, "signing in");

    let mut seen = Vec::new();
    for email in &addresses {
        let answer = app.stranger().submit("/forgot-password", &[("email", email)]).await;
        seen.push(without_chance(answer.see("Look into your mail")).replace(email, "ADDRESS"));
    }
    compare(&seen, "asking for a link");
    let words = format!(
        "signing in and asking for a link, {} addresses known, unknown, invited, disabled, in two tenants: {others} of {} \
         answers with another status, header or body",
        addresses.len(),
        others.tried()
    );
    let kept = others.is_clean();
    keep("Nobody learns whether an address is known: what is answered", &words, "0 others", kept);
}

/// Compares how long the answers for each address took with those for the one that begins with `first`. How many rounds there are is
/// chosen beforehand: whoever stops at the first good look finds one.
async fn keep_alike(what: &str, first: &str, mut round: impl AsyncFnMut() -> Times) {
    let (limit, rounds, mut all) = (size(5.0, 25.0), size(12, 2), Times::new());
    round().await; // to warm up
    for _ in 0..rounds {
        for (email, times) in round().await {
            all.entry(email).or_default().extend(times);
        }
    }
    let base = all.iter().find(|(email, _)| email.starts_with(first)).unwrap().1.clone();
    let others = all.iter().filter(|(email, _)| !email.starts_with(first));
    let apart: Vec<_> = others.map(|(email, times)| (email, Apart::of(times, &base))).collect();
    println!("{what}: {apart:?}");
    let (email, worst) = apart.iter().max_by(|(_, one), (_, other)| one.off.abs().total_cmp(&other.off.abs())).unwrap();
    let seen = format!(
        "{} of {} addresses against the {first} one, {rounds} rounds, {} answers each: at most {:+.1} % apart (95 %: {:+.1} \
         to {:+.1} %), for {}",
        size("medians", "tenth percentiles"),
        apart.len(),
        base.len(),
        worst.off,
        worst.low,
        worst.high,
        email.split('@').next().unwrap()
    );
    // In a small run a busy machine is nobody's fault: only what is apart for certain is.
    let kept = apart.iter().all(|(_, apart)| match in_full() {
        true => apart.off.abs() <= limit,
        false => apart.low <= limit && apart.high >= -limit,
    });
    let target = format!("within {limit} %");
    keep(&format!("Nobody learns whether an address is known: {what}"), &seen, &target, kept);
}

/// By how many per cent one kind of answer takes longer than another, and between what that is in 95 of 100 cases.
#[derive(Debug)]
struct Apart {
    off: f64,
    low: f64,
    high: f64,
}

impl Apart {
    /// By their medians, in a small run by their tenth percentiles: of times that others who use the machine lengthen, the low
    /// ones tell most (Crosby, Wallach and Riedi, "Opportunities and Limits of Remote Timing Attacks", 2009). The interval is
    /// a bootstrap's: the same of a thousand samples, each drawn from what was seen.
    fn of(one: &[Duration], other: &[Duration]) -> Self {
        let off = |one: &mut [Duration], other: &mut [Duration]| 100.0 * (typical(one) / typical(other) - 1.0);
        let draw = |of: &[Duration]| -> Vec<Duration> { of.iter().map(|_| of[fastrand::usize(..of.len())]).collect() };
        let mut drawn: Vec<f64> = (0..1_000).map(|_| off(&mut draw(one), &mut draw(other))).collect();
        drawn.sort_by(f64::total_cmp);
        Self { off: off(&mut one.to_vec(), &mut other.to_vec()), low: drawn[25], high: drawn[975] }
    }
}

/// The median, in a small run the tenth percentile, in seconds.
fn typical(times: &mut [Duration]) -> f64 {
    let at = times.len() / size(2, 10);
    times.select_nth_unstable(at).1.as_secs_f64()
}

/// The form of a page is sent for every address in turn, so many times over.
async fn ask(app: &App, addresses: &[String], path: &str, form: &[(&str, &str)], status: u16, times: usize) -> Times {
    let stranger = app.stranger();
    let page = stranger.get(path).await;
    let (mut took, chance) = (Times::new(), std::hash::RandomState::new());
    for time in 0..times {
        // As long as it takes until one more try is looked at.
        app.wait(Duration::from_secs(30 * 60));
        // In another order each time: what else is done meanwhile, as after another answer, is nobody's in particular.
        let mut shuffled: Vec<&String> = addresses.iter().collect();
        shuffled.sort_by_cached_key(|email| std::hash::BuildHasher::hash_one(&chance, (time, email)));
        for email in shuffled {
            let fields: Vec<_> = [("email", email.as_str())].into_iter().chain(form.iter().copied()).collect();
            let (action, form) = page.filled(&fields);
            let started = Instant::now();
            assert_eq!(stranger.post(&action, &form).await.status, status);
            took.entry(email.clone()).or_default().push(started.elapsed());
        }
    }
    took
}

#[actix_web::test]
async fn signing_in_takes_as_long_for_every_address() {
    let app = App::spawn().await;
    let addresses = addresses(&app).await;
    let wrong = [("password", "not the password")];
    keep_alike("signing in", "unknown", async || ask(&app, &addresses, "/sign-in", &wrong, 422, size(100, 30)).await)
        .await;
}

/// Whoever has a user with an address must not see by the clock whether there are others with it in other tenants.
#[actix_web::test]
async fn signing_in_with_the_right_password_takes_as_long_in_however_many_tenants_the_address_is() {
    let app = App::spawn().await;
    let (acme, gamma, other) = (app.tenant("Acme").await, app.tenant("Gamma").await, app.tenant("Other").await);
    let own = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    let beta = other.customer("Beta").await;
    for (email, also) in [("one", vec![]), ("two", vec![&acme]), ("three", vec![&acme, &gamma])] {
        let email = format!("{email}@beta.example");
        other.user(&beta, &email).await;
        for tenant in also {
            let theirs = tenant.user(&tenant.customer(&email).await, &email).await;
            theirs.submit("/account", &own).await.see("was changed");
        }
    }
    keep_alike("signing in rightly", "one", async || {
        let mut times = Times::new();
        for _ in 0..size(100, 20) {
            app.wait(Duration::from_secs(30 * 60));
            for email in ["one", "two", "three"].map(|name| format!("{name}@beta.example")) {
                let stranger = app.stranger();
                let (action, form) =
                    stranger.get("/sign-in").await.filled(&[("email", &email), ("password", PASSWORD)]);
                let started = Instant::now();
                assert_eq!(stranger.post(&action, &form).await.location(), "/home");
                times.entry(email).or_default().push(started.elapsed());
            }
        }
        times
    })
    .await;
}

#[actix_web::test]
async fn asking_for_a_link_takes_as_long_for_every_address() {
    let app = App::spawn().await;
    let addresses = addresses(&app).await;
    keep_alike("a forgotten password", "unknown", async || {
        ask(&app, &addresses, "/forgot-password", &[], 200, size(400, 30)).await
    })
    .await;
}

#[actix_web::test]
async fn being_refused_takes_as_long_for_every_address() {
    let app = App::spawn().await;
    let addresses = addresses(&app).await;
    let stranger = app.stranger();
    let page = stranger.get("/sign-in").await;
    for email in &addresses {
        let (action, form) = page.filled(&[("email", email), ("password", "a guess")]);
        // As many as are looked at at once.
        for _ in 0..10 {
            stranger.post(&action, &form).await;
        }
    }
    // No time passes, so none of them is looked at.
    keep_alike("being refused", "unknown", async || {
        let mut times = Times::new();
        for _ in 0..size(500, 200) {
            for email in &addresses {
                let (action, form) = page.filled(&[("email", email), ("password", "a guess")]);
                let started = Instant::now();
                assert_eq!(stranger.post(&action, &form).await.status, 429);
                times.entry(email.clone()).or_default().push(started.elapsed());
            }
        }
        times
    })
    .await;
}
