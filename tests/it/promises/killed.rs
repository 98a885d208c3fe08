//! Killed at a random moment, again and again: what was acknowledged is there, and nothing is half there.

use std::collections::HashSet;
use std::time::Duration;

use super::acme;
use crate::support::process::serve;
use crate::support::promise::{keep, size};
use crate::support::records::Records;
use crate::support::writers::Writers;

#[actix_web::test]
async fn nothing_that_was_acknowledged_is_lost_when_it_is_killed() {
    let (machine, mut serving, mut ann) = acme(&[]).await;
    let (token, kills) = (ann.token().await, size(100, 5));
    let (mut acknowledged, mut unknown, mut refused) = (Vec::new(), Vec::new(), 0);
    for kill in 0..kills {
        let writers = Writers::with_token(&ann, &token, 8, &format!("Kill {kill}"));
        writers.until(8).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..400))).await;
        drop(serving); // kill -9
        let known = writers.stop().await;
        acknowledged.extend(known.acknowledged);
        unknown.extend(known.unknown);
        refused += known.refused.len();
        serving = serve(&[], &machine.with(&[]));
        ann = ann.at(&serving.base);
        // Whoever was signed in still is.
        ann.get("/customers?size=10").await.see_status(200).see_path("/customers?size=10");
    }
    let mut records = Records::at(&machine.url());
    let titles = records.lines("select title as line from customers");
    let there: HashSet<&String> = titles.iter().collect();
    let lost = acknowledged.iter().filter(|title| !there.contains(title)).count();
    let sent: HashSet<&String> = acknowledged.iter().chain(&unknown).collect();
    let invented = titles.iter().filter(|title| !sent.contains(title)).count();
    let wrong = records.wrong_numbers();
    let seen = format!(
        "{kills} kills, {} acknowledged, {lost} lost; {} of {} unanswered are there, whole; {} numbers wrong",
        acknowledged.len(),
        there.len() - (acknowledged.len() - lost),
        unknown.len(),
        wrong.len()
    );
    let kept = lost == 0 && invented == 0 && wrong.is_empty() && refused == 0 && titles.len() == there.len();
    keep("No acknowledged write is lost", &seen, "0 lost, 0 half-written", kept);
}
