//! The program is killed in the middle of an import, and started again.

use super::{counts, send};
use crate::inventory::assert_consistent_at;
use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{serve, serve_acme};
use crate::support::promise::{keep, size};
use crate::support::records::Records;

#[actix_web::test]
async fn an_import_ends_as_if_the_program_had_never_been_killed() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (mut serving, mut ann) = serve_acme(&settings).await;
    ann.submit("/customers/new", &[("title", "Beta")]).await.see("Beta was added.");
    let mut records = Records::at(&machine.url());
    let (kills, all_rows) = (size(12, 3), size(40_000, 8_000));
    let (good, refused) = (all_rows / 10 * 9, all_rows / 10);
    let rows: String = (0..all_rows)
        .map(|n| match n % 10 {
            9 => format!("D-{},,,\n", n - 1), // twice
            8 => format!("D-{n},meter,label {n},Beta\n"),
            _ => format!("D-{n},valve,,\n"),
        })
        .collect();
    let page = send(&ann, "devices", format!("Name,Type,Label,Customer\n{rows}").as_bytes()).await;
    let page = ann.fill_and_press(&page, &[], "Start the dry run").await;
    let path = page.path;
    let checked = ann.get_until(&path, "Checked").await;
    let expected = [&grouped(good), "0", "0", &grouped(refused)];
    assert_eq!(counts(&checked), expected);
    ann.press(&checked, &format!("Import {} rows", grouped(good))).await;

    let all = "select count(*) from things";
    let mut done = 0;
    for _ in 0..kills {
        records.wait_until(all, |n| n >= done + 600).await;
        drop(serving); // kill -9
        done = records.number(all);
        assert!(done < good, "it was too quick to be killed in the middle");
        // What is counted is what was done, to the row.
        let so_far = "(select count(*) from import_refusals where state = 'importing')";
        let counted = records.number("select done from jobs where state <> 'done'");
        assert_eq!(counted, done + records.number(&format!("select {so_far}")));
        serving = serve(&[], &settings);
        ann = Actor::new(&serving.base);
        ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    }
    let ended = ann.get_until(&path, &format!("{} rows were imported.", grouped(good))).await;
    assert_eq!(counts(&ended), expected);
    let imported = records.number(all);
    assert_eq!(records.number("select count(*) from import_chunks"), 0);
    drop(serving);
    assert_consistent_at(&machine.url());
    let seen = format!("{kills} kills in an import: {imported} of {good} rows, {refused} refused, counted to the row");
    keep("A crash in an import", &seen, "as if uninterrupted", imported == good);
}

/// A number of thousands as people read it.
fn grouped(n: i64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}
