//! Nobody learns from an answer, or from how long it takes, whether an address is known.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::without_chance;
use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD};
use crate::support::page::Fields;
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
    let app = App::with_costly_passwords().await;
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
        seen.push(without_chance(answer.see("Check your email")).replace(email, "ADDRESS"));
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
        "{} of {} addresses in turn with the {first} one, {rounds} rounds, {} answers each: at most {:+.1} % apart in the \
         median (95 %: {:+.1} to {:+.1} %), for {}",
        apart.len(),
        all.len(),
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
    /// The median of how the answers of each turn compare: what else the machine does changes from second to second by far more
    /// than what is looked for, and least of all between two answers of one turn. The interval is a bootstrap's: the same of
    /// a thousand samples, each drawn from the turns.
    fn of(one: &[Duration], other: &[Duration]) -> Self {
        assert_eq!(one.len(), other.len(), "each turn asks once for every address");
        let ratios: Vec<f64> =
            one.iter().zip(other).map(|(one, other)| one.as_secs_f64() / other.as_secs_f64()).collect();
        let off = |mut ratios: Vec<f64>| {
            let middle = ratios.len() / 2;
            100.0 * (*ratios.select_nth_unstable_by(middle, f64::total_cmp).1 - 1.0)
        };
        let draw = || ratios.iter().map(|_| ratios[fastrand::usize(..ratios.len())]).collect();
        let mut drawn: Vec<f64> = (0..1_000).map(|_| off(draw())).collect();
        drawn.sort_by(f64::total_cmp);
        Self { off: off(ratios.clone()), low: drawn[25], high: drawn[975] }
    }
}

/// So many turns, `between` apart: in each of them everything is done once for every address, in another order each time, since what else is done
/// meanwhile, as after another answer, is nobody's in particular.
async fn in_turn(
    app: &App,
    between: Duration,
    addresses: &[String],
    turns: usize,
    mut answer: impl AsyncFnMut(&str) -> Duration,
) -> Times {
    let (mut took, chance) = (Times::new(), std::hash::RandomState::new());
    for turn in 0..turns {
        app.wait(between);
        let mut shuffled: Vec<&String> = addresses.iter().collect();
        shuffled.sort_by_cached_key(|email| std::hash::BuildHasher::hash_one(&chance, (turn, email)));
        for email in shuffled {
            let time = answer(email).await;
            took.entry(email.clone()).or_default().push(time);
        }
    }
    took
}

/// How long it takes until a form is answered with that status.
async fn time_of(actor: &Actor, (action, form): (String, Fields), status: u16) -> Duration {
    let started = Instant::now();
    assert_eq!(actor.post(&action, &form).await.status, status);
    started.elapsed()
}

/// Until one more try is looked at.
const ONE_MORE: Duration = Duration::from_secs(30 * 60);

#[actix_web::test]
async fn signing_in_takes_as_long_for_every_address() {
    let app = App::with_costly_passwords().await;
    let addresses = addresses(&app).await;
    let stranger = app.stranger();
    let page = stranger.get("/sign-in").await;
    keep_alike("signing in", "unknown", async || {
        in_turn(&app, ONE_MORE, &addresses, size(100, 30), async |email| {
            let form = page.filled(&[("email", email), ("password", "not the password")]);
            time_of(&stranger, form, 422).await
        })
        .await
    })
    .await;
}

/// Whoever has a user with an address must not see by the clock whether there are others with it in other tenants.
#[actix_web::test]
async fn signing_in_with_the_right_password_takes_as_long_in_however_many_tenants_the_address_is() {
    let app = App::with_costly_passwords().await;
    let (acme, gamma, other) = (app.tenant("Acme").await, app.tenant("Gamma").await, app.tenant("Other").await);
    let own = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    let beta = other.customer("Beta").await;
    let mut addresses = Vec::new();
    for (email, also) in [("one", vec![]), ("two", vec![&acme]), ("three", vec![&acme, &gamma])] {
        let email = format!("{email}@beta.example");
        other.user(&beta, &email).await;
        for tenant in also {
            let theirs = tenant.user(&tenant.customer(&email).await, &email).await;
            theirs.submit("/account", &own).await.see("was changed");
        }
        addresses.push(email);
    }
    keep_alike("signing in rightly", "one", async || {
        in_turn(&app, ONE_MORE, &addresses, size(100, 20), async |email| {
            let stranger = app.stranger();
            let form = stranger.get("/sign-in").await.filled(&[("email", email), ("password", PASSWORD)]);
            let started = Instant::now();
            assert_eq!(stranger.post(&form.0, &form.1).await.location(), "/home");
            started.elapsed()
        })
        .await
    })
    .await;
}

#[actix_web::test]
async fn asking_for_a_link_takes_as_long_for_every_address() {
    let app = App::with_costly_passwords().await;
    let addresses = addresses(&app).await;
    let stranger = app.stranger();
    let page = stranger.get("/forgot-password").await;
    keep_alike("a forgotten password", "unknown", async || {
        in_turn(&app, ONE_MORE, &addresses, size(400, 30), async |email| {
            time_of(&stranger, page.filled(&[("email", email)]), 200).await
        })
        .await
    })
    .await;
}

#[actix_web::test]
async fn being_refused_takes_as_long_for_every_address() {
    let app = App::with_costly_passwords().await;
    let addresses = addresses(&app).await;
    let stranger = app.stranger();
    let page = stranger.get("/sign-in").await;
    let guess = |email: &str| page.filled(&[("email", email), ("password", "a guess")]);
    for email in &addresses {
        let (action, form) = guess(email);
        // As many as are looked at at once.
        for _ in 0..10 {
            stranger.post(&action, &form).await;
        }
    }
    // No time passes, so none of them is looked at.
    keep_alike("being refused", "unknown", async || {
        in_turn(&app, Duration::ZERO, &addresses, size(500, 200), async |email| {
            time_of(&stranger, guess(email), 429).await
        })
        .await
    })
    .await;
}
