//! Hierarchies and lists that are larger than what databases do by themselves: SQLite ends a cascade after 1,000
//! levels.

use std::time::{Duration, Instant};

use super::{add_titled, id, token};
use crate::support::actor::{Actor, Fields};
use crate::support::app::App;
use crate::support::records::Records;

/// The most levels that a branch may have.
const LEVELS: usize = 50;

/// Adds customers each of which is inside the one before, as deep as that goes, and then again; answers their addresses
/// from the top down.
async fn chain(person: &Actor, name: &str, levels: usize) -> Vec<String> {
    let token = token(person).await;
    let mut paths: Vec<String> = Vec::new();
    for level in 1..=levels {
        let parent = paths.last().filter(|_| level % LEVELS != 1).map_or("", |path| id(path)).to_owned();
        let fields: Fields =
            vec![("title".into(), format!("{name} {level}")), ("parent".into(), parent), token.clone()];
        paths.push(person.post("/customers", &fields).await.see_status(303).location());
    }
    paths
}

#[actix_web::test]
async fn a_branch_of_1200_levels_is_shown_searched_moved_and_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let upper = chain(&ann, "Upper", 600).await;
    let lower = chain(&ann, "Lower", 600).await;
    // As could be made before branches had a limit.
    let all: Vec<&str> = upper.iter().chain(&lower).map(String::as_str).collect();
    let joints: Vec<_> = (LEVELS..all.len()).step_by(LEVELS).map(|at| (all[at], all[at - 1])).collect();
    Records::of(&app).put_under("Acme", &joints);
    let (top, bottom) = (&upper[0], &lower[599]);
    acme.invite(bottom, "dan@bottom.example").await;

    // What is so deep stays, and can be edited, but what makes it deeper is refused.
    let saved = ann.submit(&lower[0], &[("city", "Oslo")]).await;
    assert_eq!(saved.see("Lower 1 was saved.").all(".crumbs a").len(), 601);
    let refused = ann.submit("/customers/new", &[("title", "More"), ("parent", "lower 600")]).await;
    assert!(refused.see_status(422).error("parent").contains("would be 1201 levels deep, and at most 50 are possible"));
    ann.get("/customers").await.see("1 customer (1,200 including inner customers)");
    let deepest = ann.get(bottom).await;
    assert_eq!((deepest.h1(), deepest.all(".crumbs a").len()), ("Lower 600".into(), 1200));
    ann.get(top).await.see("users, 1 with inner customers 0").see("(1,199 at all levels) 1");
    let found = ann.get("/customers?q=lower+600").await;
    assert!(found.one(".sub").starts_with("Upper 1 / Upper 2 / ") && found.one(".sub").ends_with(" / Lower 599"));
    // More than a thousand hits are found by walking the list in its order.
    let found = ann.get("/customers?q=wer&sort=title&size=10").await;
    assert_eq!((found.rows()[0].as_str(), found.one(".pager p")), ("Lower 1", "1–10 of 600".into()));
    let page = ann.submit(top, &[("parent", "lower 600")]).await;
    assert!(page.see_status(422).error("parent").contains("cannot be placed under itself"));

    let asked = ann.get(&format!("{}/delete", upper[1])).await;
    let told = ["1,198 inner customers will be deleted", "1 user will be deleted and signed out"];
    assert_eq!(asked.all(".counts li"), told);
    let after = ann.send(&asked, &[("confirm", "Upper 2")]).await;
    after.see("Upper 2 is being deleted.");
    ann.get(&format!("{top}/customers")).await.see("No inner customers");
    ann.get("/customers").await.see("1 customer").see("1–1 of 1");
    for gone in [&upper[1], &upper[599], &lower[0], bottom] {
        ann.get(gone).await.see_status(404);
    }
    assert_eq!(ann.get("/customers?q=lower").await.rows(), [] as [String; 0]);
    // Each level has a row for every level above it.
    let since = Instant::now();
    while !ann.get(&after.path).await.text().contains("Upper 2 was deleted.") {
        assert!(since.elapsed() < Duration::from_secs(180), "it does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(Records::of(&app).number("select count(*) from customers"), 1);
}

#[actix_web::test]
async fn more_than_a_thousand_customers_are_searched_paged_and_deleted_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let first = add_titled(&ann, (1..=1100).map(|n| format!("Farm {n:04}"))).await.remove(0);
    add_titled(&ann, ["Mill"]).await;
    acme.customer_under("Inner farm", &first).await;
    for (term, total) in [("farm", "1,000+"), ("fa", "1,000+"), ("arm 1", "101")] {
        let term = term.replace(' ', "+");
        for (sort, newest) in [("-created", false), ("-title", false), ("created", true), ("city", true)] {
            let first = ann.get(&format!("/customers?q={term}&sort={sort}&size=100")).await;
            assert!(first.one(".pager p").ends_with(&format!("–100 of {total}")), "{term} {sort}");
            let expected = match (newest, term.as_str(), sort) {
                (true, "arm+1", _) => "Farm 1000",
                (true, ..) => "Farm 0001",
                (false, "farm" | "fa", _) => "Inner farm",
                (false, ..) => "Farm 1100",
            };
            let rows = first.rows();
            assert_eq!(rows[0], expected, "{term} {sort}");
            let second = ann.get(&first.href("Next")).await;
            assert!(second.rows().iter().all(|title| !rows.contains(title)));
            assert_eq!(ann.get(&second.href("Previous")).await.rows(), rows);
        }
    }
    let found = ann.get("/customers?q=farm").await;
    found.see("Select all that match").see("1–100 of 1,000+");
    let mut last = ann.get("/customers?q=farm&size=100").await;
    while let Some(next) = last.link("Next") {
        last = ann.get(&next).await;
    }
    last.see("Select all 1,101 that match").see("1,101–1,101 of 1,101");
    let asked = ann.fill_and_press(&found, &[("all", "yes")], "Delete").await;
    assert_eq!((asked.h1(), asked.one("#f-confirm-hint")), ("Delete 1,101 customers?".into(), "1,101".into()));
    assert!(asked.all(".counts li").is_empty(), "the inner one is among the chosen");
    ann.send(&asked, &[("confirm", "1,100")]).await.see_status(422);
    let after = ann.send(&asked, &[("confirm", "1101")]).await;
    after.see("1,101 customers are being deleted.");
    let list = ann.get("/customers").await;
    list.see("1 customer");
    assert_eq!(list.rows(), ["Mill"]);
    ann.get_until(&after.path, "1,101 customers were deleted.").await;
    assert_eq!(Records::of(&app).number("select count(*) from customers"), 1);
}
