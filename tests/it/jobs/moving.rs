//! Moving a customer with more devices than a request has time for.

use std::time::Duration;

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};
use crate::support::machine::Machine;
use crate::support::process::{Serving, serve, serve_acme};
use crate::support::records::Records;

use super::id;

/// Moves a customer with many devices under another.
async fn move_under(person: &Actor, customer: &str, parent: &str) -> Page {
    let page = person.submit(customer, &[("parent", parent)]).await;
    assert!(page.path.starts_with("/jobs/"), "{}: {}", page.path, page.text());
    page
}

#[actix_web::test]
async fn a_large_branch_has_moved_at_once_while_its_devices_still_follow() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let north = acme.customer("North").await;
    let south = acme.customer("South").await;
    let low = acme.customer_under("Low", &south).await;
    let farms = acme.customer_under("Farms", &north).await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 1_200);
    records.add_devices("Acme", 5);
    let of_north = acme.user(&north, "nora@north.example").await;
    records.stop_work();
    let job = move_under(&ann, &farms, id(&low)).await;
    assert_eq!(job.see("Farms was saved.").h1(), "Moving Farms");
    job.see("0 of 1,200 devices and assets").see("Farms was moved. Its 1,200 devices and assets");
    assert!(!job.has_button("Cancel"));

    // Whose it was sees nothing of it any more, and the numbers are right at once.
    for address in [format!("{north}/devices?inner=yes"), format!("{north}/devices?inner=yes&sort=customer")] {
        assert_eq!(ann.get(&address).await.rows(), [] as [String; 0]);
    }
    assert_eq!(of_north.get("/devices").await.rows(), [] as [String; 0]);
    let device = ann.get("/devices?q=device+77").await.href("Device 77");
    of_north.get(&device).await.see_status(404);
    ann.get(&format!("{south}/devices")).await.see("0 devices, 1,200 with its inner customers");
    ann.get(&format!("{south}/devices?inner=yes")).await.see("Work is under way: Moving Farms");
    ann.get("/customers").await.see("Work is under way: Moving Farms");

    // Meanwhile devices change hands and words, and a part of the branch moves on, and back.
    ann.submit(&device, &[("customer", id(&north))]).await.see("Device 77 was saved.");
    let edited = ann.get("/devices?q=device+78").await.href("Device 78");
    ann.submit(&edited, &[("name", "Zebra")]).await.see("Zebra was saved.");
    let gone = ann.get("/devices?q=device+79").await.href("Device 79");
    ann.submit(&format!("{gone}/delete"), &[]).await.see("Device 79 was deleted.");
    let part = ann.get("/customers?q=branch+290").await.href("Branch 290");
    ann.submit(&part, &[("parent", id(&north))]).await.see("Branch 290 was saved.");
    let back = ann.submit(&part, &[("parent", id(&farms))]).await;
    back.see("Branch 290 was saved.");

    records.let_work();
    app.wait(Duration::from_secs(200));
    let done = ann.get_until(&job.path, "was moved, and its 1,200 devices").await;
    assert_eq!(done.one(".pill"), "Done");
    ann.get_until("/customers", "North").await.see_no("under way");
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    assert_eq!(records.number("select count(*) from customer_branches where stale"), 0);
    crate::inventory::assert_consistent(&app);
    assert_eq!(ann.get(&format!("{north}/devices?inner=yes")).await.rows(), ["Device 77"]);
    let list = ann.get(&format!("{south}/devices?inner=yes&sort=-name")).await;
    assert_eq!(list.see("0 devices, 1,198 with its inner customers").rows()[0], "Zebra");
}

#[actix_web::test]
async fn a_branch_that_comes_back_before_all_has_followed_is_whole() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let north = acme.customer("North").await;
    let south = acme.customer("South").await;
    let farms = acme.customer_under("Farms", &north).await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 1_200);
    records.add_devices("Acme", 5);
    records.stop_work();
    let there = move_under(&ann, &farms, id(&south)).await.path;
    let back = move_under(&ann, &farms, id(&north)).await.path;
    assert_eq!(ann.get(&format!("{south}/devices?inner=yes")).await.rows(), [] as [String; 0]);
    records.let_work();
    app.wait(Duration::from_secs(200));
    for job in [&there, &back] {
        ann.get_until(job, "was moved, and its 1,200 devices").await;
    }
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent(&app);
    ann.get(&format!("{north}/devices")).await.see("1,200 with its inner customers");
    assert_eq!(ann.get(&format!("{north}/devices?inner=yes&size=100")).await.rows().len(), 100);
}

async fn signed_in(serving: &Serving) -> Actor {
    let ann = Actor::new(&serving.base);
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    ann
}

/// A process that serves North, South, and Farms under North with 3,000 devices; answers South and Farms.
async fn farms_at(machine: &Machine, settings: &[(&str, String)]) -> (Serving, Actor, Records, [String; 2]) {
    let (serving, ann) = serve_acme(settings).await;
    let add = async |title: &str, parent: &str| {
        ann.submit("/customers/new", &[("title", title), ("parent", parent)]).await.path
    };
    let north = add("North", "").await;
    let south = add("South", "").await;
    let farms = add("Farms", id(&north)).await;
    let mut records = Records::at(&machine.url());
    records.add_branch(&farms, 3_000);
    records.add_devices("Acme", 5);
    // Anew: the server has closed what was idle for so long.
    let ann = signed_in(&serving).await;
    (serving, ann, records, [south, farms])
}

#[actix_web::test]
async fn a_branch_that_moves_on_while_some_has_followed_leaves_nothing_behind() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (serving, ann, mut records, [south, farms]) = farms_at(&machine, &settings).await;
    let west = ann.submit("/customers/new", &[("title", "West")]).await.path;
    let first = move_under(&ann, &farms, id(&south)).await.path;
    let came =
        "select count(*) from things_in_branches where ancestor_id = (select id from customers where title = 'South')";
    records.wait_until(came, |n| n >= 300).await;
    drop(serving); // kill -9
    let followed = records.number(came);
    assert!(followed < 3_000, "it was too quick to be interrupted");
    records.stop_work();
    let serving = serve(&[], &settings);
    let ann = signed_in(&serving).await;
    let second = move_under(&ann, &farms, id(&west)).await.path;
    records.let_work();
    for job in [&first, &second] {
        ann.get_until(job, "was moved, and its 3,000 devices").await;
    }
    assert_eq!(records.number(came), 0);
    assert_eq!(records.number("select count(*) from customer_branches where stale"), 0);
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent_at(&machine.url());
}

#[actix_web::test]
async fn devices_follow_as_if_the_program_had_never_been_killed() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (mut serving, ann, mut records, [south, farms]) = farms_at(&machine, &settings).await;
    let job = move_under(&ann, &farms, id(&south)).await.path;
    let left =
        "select count(*) from things_in_branches where ancestor_id = (select id from customers where title = 'North')";
    let mut before = records.number(left);
    for _ in 0..2 {
        records.wait_until(left, |n| n <= before - 300).await;
        drop(serving); // kill -9
        before = records.number(left);
        assert!(before > 0, "it was too quick to be killed in the middle");
        assert_eq!(records.number("select done from jobs"), 3_000 - before);
        serving = serve(&[], &settings);
    }
    let ann = signed_in(&serving).await;
    ann.get_until(&job, "was moved, and its 3,000 devices").await;
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent_at(&machine.url());
}
