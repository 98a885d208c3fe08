//! Two hundred who sign in at once: others read their pages as ever, and memory has its bounds.

use std::time::{Duration, Instant};

use actix_web::rt::spawn;
use reqwest::Method;

use super::acme;
use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::promise::{keep, size};

/// By how many megabytes the server may grow: a few hashes at once, and 200 requests that wait.
const GROWTH: u64 = 150;

#[actix_web::test]
async fn a_storm_of_sign_ins_does_not_keep_pages_from_being_answered() {
    let (_machine, serving, ann) = acme(&[("TENANTRY_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let users = ann.submit("/customers/new", &[("title", "Beta")]).await.path + "/users/new";
    for n in 0..6 {
        let email = format!("u{n}@beta.example");
        let link = ann.submit(&users, &[("email", &email), ("activation_method", "link")]).await.value("#link");
        Actor::new(&serving.base).submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
    }
    for address in ["/customers", "/account", "/administrators"] {
        ann.get(address).await.see_path(address);
    }
    let (resident, mut largest) = (serving.resident(), 0);
    let (mut times, mut statuses) = (Vec::new(), Vec::new());
    for wave in 0..size(5, 1) {
        let mut storm = Vec::new();
        for n in 0..200 {
            let stranger = Actor::new(&serving.base);
            // Most of them are nobody, each another, and everybody comes from somewhere else.
            let email =
                if n % 4 == 0 { format!("u{}@beta.example", n / 4 % 6) } else { format!("n{wave}-{n}@beta.example") };
            let from = format!("198.51.{wave}.{n}");
            let (action, form) = stranger.get("/sign-in").await.filled(&[("email", &email), ("password", PASSWORD)]);
            storm.push(spawn(async move {
                let from = [("x-forwarded-for", from.as_str())];
                stranger.request(Method::POST, &action, Some(&form), &from).await.status
            }));
        }
        let mut pages = 0;
        while !storm.iter().all(|post| post.is_finished()) || pages < 60 {
            for address in ["/customers", "/account", "/administrators"] {
                let started = Instant::now();
                let page = ann.get(address).await;
                assert_eq!(page.status, 200, "{address}: {}", page.text());
                times.push(started.elapsed());
                pages += 1;
            }
            largest = largest.max(serving.resident());
        }
        for (n, post) in storm.into_iter().enumerate() {
            // Whoever waited too long is told to come back, and so is who came too often at once.
            let status = post.await.unwrap();
            let right = if n % 4 == 0 { 303 } else { 422 };
            assert!([503, 429, right].contains(&status), "sign-in {n}: {status}");
            statuses.push(status);
        }
    }
    times.sort();
    let (median, slow) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let grown = largest.saturating_sub(resident);
    let count = |status| statuses.iter().filter(|seen| **seen == status).count();
    let seen = format!(
        "{} sign-ins ({} entered, {} refused, {} told to come back) and {} pages: median {} ms, p99 {} ms; {grown} MB more",
        statuses.len(),
        count(303),
        count(422),
        count(503) + count(429),
        times.len(),
        median.as_millis(),
        slow.as_millis(),
    );
    // What is promised holds for a machine that does nothing else and a program that is optimized.
    let limit = size(200, 1_000);
    let target = format!("p99 of pages below {limit} ms, at most {GROWTH} MB more");
    let kept = slow < Duration::from_millis(limit) && grown <= GROWTH;
    keep("A storm of sign-ins does not stop the site", &seen, &target, kept);
}
