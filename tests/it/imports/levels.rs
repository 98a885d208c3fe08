//! How deep branches may become, by files of rows: the dry run says what the import then does.

use std::fs;

use super::{assert_consistent, check, commit, counts, refusals};
use crate::support::actor::Actor;
use crate::support::app::{App, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{add_tenant, run};
use crate::support::records::Records;

/// Rows of customers each of which is inside the one before.
fn chain(name: &str, levels: std::ops::RangeInclusive<usize>) -> String {
    let parent = |level: usize| if level > 1 { format!("{name} {}", level - 1) } else { String::new() };
    levels.map(|level| format!("{name} {level},{}\n", parent(level))).collect()
}

/// Checks a file and imports it; fails unless the import says of every row what the dry run said. Answers that.
async fn both(ann: &Actor, content: &str) -> (Vec<String>, [String; 4]) {
    let checked = check(ann, "customers", content).await;
    let said = (refusals(&checked), counts(&checked));
    let done = commit(ann, &checked).await;
    assert_eq!((refusals(&done), counts(&done)), said, "{content}");
    said
}

fn deepest(app: &App) -> i64 {
    Records::of(app).number(
        "select max(n) from (select count(*) as n from customer_branches where not stale group by customer_id) x",
    )
}

const TOO_DEEP: &str = "The branch would be 51 levels deep; at most 50 are possible";

#[actix_web::test]
async fn rows_that_make_a_branch_too_deep_are_refused_in_the_dry_run_as_in_the_import() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (refused, counted) = both(&ann, &format!("Title,Parent customer\n{}", chain("Level", 1..=53))).await;
    assert_eq!(refused[0], format!("Line 52 {TOO_DEEP}"));
    assert_eq!(refused[1], "Line 53 The row of its parent customer Level 51 on line 52 is refused");
    assert_eq!((refused.len(), counted), (3, ["50", "0", "0", "3"].map(str::to_owned)));
    assert_eq!(deepest(&app), 50);

    // From the innermost up, and under what is stored.
    let mut rows: Vec<String> = chain("Other", 1..=12).lines().map(str::to_owned).collect();
    rows[0] = "Other 1,Level 40".into();
    rows.reverse();
    let (refused, counted) = both(&ann, &format!("Title,Parent customer\n{}\n", rows.join("\n"))).await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.contains(&format!("Line 3 {TOO_DEEP}")), "{refused:?}");
    assert_eq!((counted, deepest(&app)), (["10", "0", "0", "2"].map(str::to_owned), 50));
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_stored_branch_is_moved_by_a_file_as_deep_as_its_rows_before_leave_room() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let stored = format!("Title,Parent customer\n{}{}", chain("High", 1..=40), chain("Low", 1..=10));
    both(&ann, &stored).await;
    // It has room; then one more below it; then none.
    let (refused, _) = both(&ann, "Title,Parent customer\nLow 11,Low 10\nLow 1,High 40\n").await;
    assert_eq!(refused, [format!("Line 3 {TOO_DEEP}")]);
    let (refused, counted) = both(&ann, "Title,Parent customer\nLow 11,\nLow 1,High 40\nLow 12,Low 10\n").await;
    assert_eq!((refused, counted), (vec![format!("Line 4 {TOO_DEEP}")], ["0", "2", "0", "1"].map(str::to_owned)));
    // What another row moves away leaves room, what another row moves in takes it.
    let (refused, _) = both(&ann, "Title,Parent customer\nHigh 39,\nNew,Low 10\nHigh 1,Low 11\n").await;
    assert_eq!(refused, [] as [&str; 0]);
    assert!(deepest(&app) <= 50);
    // As it is already is never too deep.
    let (refused, counted) = both(&ann, "Title,Parent customer\nHigh 2,High 1\nNew,Low 10\nMore,Low 10\n").await;
    assert_eq!((refused.len(), counted), (0, ["1", "0", "2", "0"].map(str::to_owned)));
    assert_consistent(&app);
}

#[test]
fn the_command_line_refuses_the_same_rows() {
    let machine = Machine::new();
    add_tenant("Acme", "ann@acme.example", &machine.with(&[]));
    let file = machine.dir.path().join("rows.csv");
    fs::write(&file, format!("Title,Parent customer\n{}", chain("Level", 1..=52))).unwrap();
    for more in [&["--dry-run"][..], &[]] {
        let command = [&["import", "customers", file.to_str().unwrap(), "--tenant", "Acme"], more].concat();
        let ended = run(&command, &machine.with(&[]));
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), "50 new, 0 changed, 0 unchanged, 2 refused\n"));
        assert!(
            ended.err.starts_with(&format!("Line 52: {TOO_DEEP}\nLine 53: The row of its parent")),
            "{}",
            ended.err
        );
    }
}

/// Each customer is a row for every customer above it: a slice must not write more of them than any other work does.
#[actix_web::test]
async fn a_slice_of_deep_customers_is_no_longer_than_one_of_flat_ones() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    both(&ann, &format!("Title,Parent customer\n{}", chain("Level", 1..=49))).await;
    let rows: String = (0..300).map(|n| format!("Deep {n},Level 49\n")).collect();
    let checked = check(&ann, "customers", &format!("Title,Parent customer\n{rows}")).await;
    let mut records = Records::of(&app);
    records.run(match on_postgres() {
        true => {
            "create table slices (n bigint);
             create function note_slice() returns trigger language plpgsql as
             $$ begin insert into slices values (new.done); return null; end $$;
             create trigger noted after update on jobs for each row when (new.done > old.done)
             execute function note_slice()"
        }
        false => {
            "create table slices (n integer);
             create trigger noted after update on jobs when new.done > old.done
             begin insert into slices values (new.done); end"
        }
    });
    commit(&ann, &checked).await;
    assert_eq!(records.number("select max(n) from slices"), 300);
    // The first slice is one of 50 customers at the top.
    let first = records.number("select min(n) from slices");
    assert!(first <= 10, "{first} customers in the first slice");
    assert_consistent(&app);
}
