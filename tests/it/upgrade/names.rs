//! Names that an earlier version compared, sorted and searched in another way.

use super::{assert_verified, kind, set_back, settings};
use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{run, serve};
use crate::support::records::Records;

/// Adds a row like the one that a column tells from others, as the version of then would have, but for some columns.
fn add_like(records: &mut Records, table: &str, (column, value): (&str, &str), changed: &[(&str, String)]) {
    let columns = records.tables().into_iter().find(|(name, _)| name == table).unwrap().1;
    let columns: Vec<_> = columns.into_iter().filter(|column| column != "seq").collect();
    let values = columns.iter().map(|column| {
        changed.iter().find(|(name, _)| name == column).map_or(column.clone(), |(_, value)| value.clone())
    });
    records.run(&format!(
        "insert into {table} ({}) select {} from {table} where {column} = '{value}'",
        columns.join(", "),
        values.collect::<Vec<_>>().join(", ")
    ));
}

fn id(n: u32) -> String {
    if on_postgres() { format!("'01a229d5-0000-7000-8000-{n:012}'") } else { format!("X'01A229D5000070008000{n:012}'") }
}

fn text(value: &str) -> String {
    format!("'{value}'")
}

/// Titles, and the keys that they had then.
const CUSTOMERS: [(&str, &str); 8] = [
    ("Site 10", "site 10"),
    ("Site 9", "site 9"),
    ("Site 010", "site 010"),
    ("Zürich", "zürich"),
    ("Acme Ltd", "acme ltd"),
    ("Acme  Ltd", "acme  ltd"),
    ("Zug", "zug"),
    ("北京电力", "北京电力"),
];

fn fill(records: &mut Records) {
    let mut add_customer = |(n, (title, key)): (usize, (&str, &str))| {
        let new = id(n as u32);
        let title = ("title", text(title));
        let columns = [title, ("title_key", text(key)), ("search_key", text(key)), ("id", new.clone())];
        add_like(records, "customers", ("title", "Mill"), &columns);
        let columns = [("ancestor_id", new.clone()), ("customer_id", new), ("title_key", text(key))];
        add_like(records, "customer_branches", ("title_key", "mill"), &columns);
    };
    CUSTOMERS.into_iter().enumerate().for_each(&mut add_customer);
    for (n, (name, type_name)) in
        [("Pump 2", "Smart meter"), ("Pump 11", "Smart  meter"), ("PUMP  2", "smart METER")].into_iter().enumerate()
    {
        let (name_key, type_key) = (name.to_lowercase(), type_name.to_lowercase());
        let columns = [
            ("id", id(100 + n as u32)),
            ("name", text(name)),
            ("search_key", text(&format!("{name_key}\n\n{type_key}"))),
            ("name_key", text(&name_key)),
            ("type_name", text(type_name)),
            ("type_key", text(&type_key)),
        ];
        add_like(records, "things", ("name", "Boiler"), &columns);
    }
    for (n, title) in ["Plant 1", "Plant 01"].into_iter().enumerate() {
        let columns = [("id", id(300 + n as u32)), ("title", text(title)), ("title_key", text(&title.to_lowercase()))];
        add_like(records, "tenants", ("title", "Acme"), &columns);
    }
    let address = "ann@bücher.example";
    let columns =
        [("id", id(200)), ("email", text(address)), ("email_key", text(address)), ("name_key", text(address))];
    add_like(records, "users", ("email", "mia@pier.example"), &columns);
}

#[actix_web::test]
async fn names_are_found_and_sorted_as_new_ones_and_those_that_are_the_same_now_both_stay() {
    let machine = Machine::new();
    let mut records = set_back(&machine);
    fill(&mut records);
    drop(records);

    let migrated = run(&["migrate"], &settings(&machine));
    assert_eq!(migrated.code, Some(0), "{migrated:?}");

    let twins = ["2 names are the same as others now", "customer: Acme  Ltd; device: PUMP  2"];
    assert!(twins.iter().all(|told| migrated.err.contains(told)), "{} {}", kind(), migrated.err);
    let doctor = run(&["doctor"], &settings(&machine));
    assert!(doctor.out.contains("2 names are the same as others"), "{}", doctor.out);
    assert_verified(&machine);
    let serving = serve(&[], &settings(&machine));
    let ann = Actor::new(&serving.base);
    ann.sign_in("admin@acme.example", PASSWORD).await.see_path("/customers");
    assert_eq!(
        ann.get("/customers?sort=title").await.rows(),
        ["Acme Ltd", "Acme Ltd", "Harbour", "Mill", "Site 9", "Site 10", "Site 010", "Zug", "Zürich", "北京电力"]
    );
    for (q, rows) in [
        ("zurich", vec!["Zürich"]),
        ("ltd acme", vec!["Acme Ltd", "Acme Ltd"]),
        ("京电", vec!["北京电力"]),
        ("si 010", vec!["Site 010"]),
        ("pie", vec!["Pier"]),
    ] {
        assert_eq!(ann.get(&format!("/customers?sort=title&q={q}")).await.rows(), rows, "{q}");
    }
    let pumps = ann.get("/devices?sort=name&q=pump&type=SMART+METER").await;
    assert_eq!(pumps.rows(), ["Pump 2", "PUMP 2", "Pump 11"]);
    // Each of two that are the same can be changed, until it has a name of its own.
    let twin = ann.send(&ann.get(&pumps.href("PUMP 2")).await, &[("label", "north")]).await;
    twin.see("PUMP 2 was saved.");
    let taken = ann.send(&twin, &[("name", "pump 11")]).await;
    assert_eq!(taken.error("name"), "Enter another name; a device with this one exists already");
    ann.send(&taken, &[("name", "Pump 3")]).await.see("Pump 3 was saved.");
    let newer = ann.get("/customers?q=acme+ltd&sort=-created").await.href("Acme Ltd");
    let saved = ann.send(&ann.get(&newer).await, &[("city", "Lyon")]).await;
    ann.send(saved.see("Acme Ltd was saved."), &[("title", "Acme Lyon")]).await.see("Acme Lyon was saved.");
    let doctor = run(&["doctor"], &settings(&machine));
    assert!(!doctor.out.contains("the same as others"), "{}", doctor.out);
    assert_eq!(ann.get("/devices?sort=name&q=pump").await.rows(), ["Loose pump", "Pump 2", "Pump 3", "Pump 11"]);
    ann.get("/users?q=bucher").await.see("ann@bücher.example");
    Actor::new(&serving.base).sign_in("ann@xn--bcher-kva.example", PASSWORD).await.see_path("/home");
}
