//! The program is killed in the middle of its work, and started again.

use super::{delete, id};
use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{serve, serve_acme};
use crate::support::promise::{keep, size};
use crate::support::records::Records;

#[actix_web::test]
async fn a_deletion_ends_as_if_the_program_had_never_been_killed() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (mut serving, ann) = serve_acme(&settings).await;
    let root = ann.submit("/customers/new", &[("title", "Root")]).await.path;
    let mut records = Records::at(&machine.url());
    let before = records.all().lasting();
    let farms = ann.submit("/customers/new", &[("title", "Beta Farms"), ("parent", &root[11..])]).await.path;
    let branch = size(12_000, 2_000);
    records.add_branch(&farms, branch);
    let rows = 3 * i64::try_from(branch).unwrap();
    let all = "select (select count(*) from customers) + (select count(*) from users)";
    let job = delete(&ann, &farms, "Beta Farms").await.path;

    let mut left = records.number(all);
    let kills = size(12, 3);
    for _ in 0..kills {
        records.wait_until(all, |n| n <= left - 800).await;
        drop(serving); // kill -9
        left = records.number(all);
        assert!(left > 3, "it was too quick to be killed in the middle");
        // What is counted is what was done, to the row.
        assert_eq!(records.number("select done from jobs"), rows + 3 - left);
        serving = serve(&[], &settings);
    }
    let ann = Actor::new(&serving.base);
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    ann.get_until(&job, "Beta Farms was deleted.").await;
    ann.get("/customers").await.see("1 customer").see_no("including inner customers");
    let done = records.number("select done from jobs");
    before.assert_same(&records.all().lasting(), "a branch that came and went");
    let seen = format!("{kills} kills in the deletion of a branch: {done} of {} rows, counted to the row", rows + 1);
    keep("A crash in the deletion of a branch", &seen, "as if uninterrupted", done == rows + 1);
}

#[actix_web::test]
async fn a_bulk_assignment_ends_as_if_the_program_had_never_been_killed() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (mut serving, ann) = serve_acme(&settings).await;
    let root = ann.submit("/customers/new", &[("title", "Root")]).await.path;
    let (mut records, free, kills) = (Records::at(&machine.url()), size(20_000, 4_000), size(12, 3));
    records.add_branch(&root, 30);
    records.add_devices("Acme", free);
    let other = ann.submit("/customers/new", &[("title", "Other"), ("parent", id(&root))]).await.path;
    let list = ann.get("/devices?q=free").await;
    let asked = ann.fill_and_press(&list, &[("all", "yes")], "Assign to customer").await;
    let job = ann.fill_and_press(&asked, &[("to", id(&other))], "Assign").await.path;
    assert!(job.starts_with("/jobs/"), "{job}");

    let given = "select count(*) from things where name like 'Free %' and customer_id is not null";
    let mut done = 0;
    for _ in 0..kills {
        records.wait_until(given, |n| n >= done + 300).await;
        drop(serving); // kill -9
        done = records.number(given);
        assert!(done < i64::try_from(free).unwrap(), "it was too quick to be killed in the middle");
        // What is counted is what was done, to the row.
        assert_eq!(records.number("select done from jobs"), done);
        assert_eq!(records.wrong_numbers(), [] as [String; 0]);
        serving = serve(&[], &settings);
    }
    let ann = ann.at(&serving.base);
    ann.get_until(&job, "devices were assigned to Other.").await;
    let (done, given) = (records.number("select done from jobs"), records.number(given));
    let entries = records.number("select sum(n) from audit_entries where action = 'assign'");
    let wrong = records.wrong_numbers();
    let seen = format!("{kills} kills in a bulk assignment: {given} of {free} devices, counted to the row; {wrong:?}");
    let all = i64::try_from(free).unwrap();
    let kept = [done, given, entries] == [all; 3] && wrong.is_empty();
    keep("A crash in a bulk assignment", seen.trim_end_matches("; []"), "as if uninterrupted", kept);
}
