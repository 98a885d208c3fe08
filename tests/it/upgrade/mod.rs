//! A database that an earlier version left behind is brought up to date: nothing in it is lost, and everything works.

pub mod filling;
mod names;

use std::collections::BTreeMap;

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, SECRET_KEY, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Serving, run, serve};
use crate::support::records::Records;

/// The migrations that version 0.1.0 knows; `0.1.0-sqlite.sql` and `0.1.0-postgres.sql` are rows that it has made.
const KNOWN_THEN: [&str; 9] = [
    "2026-11-23-000001_customers_and_users",
    "2026-11-24-000001_things",
    "2026-11-24-000002_jobs",
    "2026-11-24-000003_dashboards",
    "2026-11-24-000004_attention",
    "2026-11-25-000001_imports",
    "2026-11-25-000002_audit",
    "2026-11-25-000003_access",
    "2026-11-27-000001_user_names",
];
/// What later migrations change or drop on purpose, table and column, a line each with the reason; `*` for all columns.
const CHANGED_SINCE: &[(&str, &str)] = &[
    ("links", "secret_hash"), // in link_secrets
    ("mails", "sealed"),      // the letter without the secret of its link
    ("form_posts", "answer"), // the answer without the link that it showed
    ("thing_types", "slot"),  // counted anew
    ("thing_types", "n"),
    // In customer_counts.
    ("customers", "users_count"),
    ("customers", "inner_count"),
    ("customers", "devices_count"),
    ("customers", "assets_count"),
    // By what names are compared, sorted and searched.
    ("customers", "title_key"),
    ("customers", "country_key"),
    ("customers", "city_key"),
    ("customers", "email_key"),
    ("customers", "search_key"),
    ("customer_branches", "title_key"),
    ("things", "name_key"),
    ("things", "type_key"),
    ("things", "label_key"),
    ("things", "search_key"),
    ("things_in_branches", "name_key"),
    ("things_in_branches", "type_key"),
    ("things_in_branches", "label_key"),
    ("users", "name_key"),
    ("dashboards", "title_key"),
    ("dashboards", "search_key"),
];

/// Tables, and of each the rows as text, in the columns that are looked at.
type Contents = BTreeMap<String, Vec<String>>;

fn settings(machine: &Machine) -> Vec<(&'static str, String)> {
    machine.with(&[("TENANTRY_SECRET_KEY", SECRET_KEY)])
}

fn kind() -> &'static str {
    if on_postgres() { "postgres" } else { "sqlite" }
}

/// The names of all migrations, oldest first.
fn names() -> impl Iterator<Item = String> {
    let directory = format!("{}/migrations/{}", env!("CARGO_MANIFEST_DIR"), kind());
    let mut names: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names.into_iter().map(|name| name.into_string().unwrap())
}

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Makes the tables as they were then and fills them.
fn set_back(machine: &Machine) -> Records {
    std::fs::create_dir(machine.data_dir()).unwrap();
    let mut records = Records::at(&machine.url());
    records.run(
        "create table __diesel_schema_migrations (version varchar(50) primary key not null,
         run_on timestamp not null default current_timestamp)",
    );
    for name in KNOWN_THEN {
        let up = read(&format!("migrations/{}/{name}/up.sql", kind()));
        let version = name.split('_').next().unwrap().replace('-', "");
        records.run(&format!(
            "begin; {up}; insert into __diesel_schema_migrations (version) values ('{version}'); commit"
        ));
    }
    records.run(&read(&format!("tests/it/upgrade/0.1.0-{}.sql", kind())));
    records
}

/// Tables that have another name now.
const RENAMED_SINCE: [(&str, &str); 1] = [("looking", "impersonations")];
/// Columns that have another name now.
const COLUMNS_RENAMED_SINCE: [(&str, &str, &str); 1] = [("customer_branches", "gone", "stale")];

/// The columns of every table, but for those that were changed on purpose.
fn columns(records: &mut Records) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<_, _> = records.tables().into_iter().collect();
    tables.retain(|table, columns| {
        columns.retain(|column| {
            !CHANGED_SINCE.iter().any(|(of, named)| of == table && (named == column || *named == "*"))
        });
        !columns.is_empty()
    });
    tables
}

/// All rows, in these columns.
fn contents(records: &mut Records, columns: &BTreeMap<String, Vec<String>>) -> Contents {
    let quote = if on_postgres() { "quote_nullable({}::text)" } else { "quote({})" };
    let there: BTreeMap<_, _> = records.tables().into_iter().collect();
    let read = columns.iter().map(|(table, columns)| {
        let renamed = RENAMED_SINCE.iter().find(|(then, _)| then == table && !there.contains_key(*then));
        let present = renamed.map_or(table.as_str(), |(_, now)| now);
        let name = |column: &String| {
            let renamed = COLUMNS_RENAMED_SINCE.iter().find(|(of, then, _)| of == table && then == column);
            let renamed = renamed.filter(|(.., now)| there[present].iter().any(|column| column == now));
            renamed.map_or(column.clone(), |(.., now)| (*now).to_owned())
        };
        let values: Vec<String> = columns.iter().map(|column| quote.replace("{}", &name(column))).collect();
        let values = values.join(" || ', ' || ");
        (table.clone(), records.lines(&format!("select {values} as line from {present} order by 1")))
    });
    read.collect()
}

/// Fails when a row that was there is not, or not as it was. Others may have come.
#[track_caller]
fn assert_kept(before: &Contents, after: &Contents, by: &str) {
    for (table, rows) in before {
        let lost: Vec<_> = rows.iter().filter(|row| !after[table].contains(row)).collect();
        let now = &after[table];
        assert!(lost.is_empty(), "{by} lost or changed {table} (on purpose? CHANGED_SINCE): {lost:#?}\nnow: {now:#?}");
    }
}

/// Everything that people do first when they come back.
pub async fn assert_works(serving: &Serving) {
    let ann = Actor::new(&serving.base);
    ann.sign_in("admin@acme.example", PASSWORD).await.see_path("/customers");
    for (list, name, heading) in [
        ("/customers", "Harbour", "Harbour"),
        ("/customers?q=pier", "Pier", "Pier"),
        ("/devices", "Boiler", "Boiler"),
        ("/devices?q=boil", "Boiler", "Boiler"),
        ("/assets", "Hall", "Hall"),
        ("/dashboards", "Overview", "Overview"),
        ("/administrators", "eve@acme.example", "eve@acme.example"),
        ("/audit", "", ""),
    ] {
        let page = ann.get(list).await;
        page.see_status(200).see(name);
        if !heading.is_empty() {
            let details = ann.get(&page.href(name)).await;
            details.see_status(200);
            assert_eq!(details.h1(), heading, "{list}");
        }
    }
    let pier = ann.get("/customers?q=pier").await.href("Pier");
    for part in ["", "/users", "/devices", "/assets", "/dashboards", "/customers", "/audit"] {
        ann.get(&format!("{pier}{part}")).await.see_status(200);
    }
    ann.get(&ann.get("/audit").await.attributes(".log .at a", "href")[0]).await.see_status(200);
    ann.get(&format!("{pier}/users")).await.see("mia@pier.example").see("jo@pier.example");
    // What was under way goes on.
    ann.get_until("/devices?q=late", "Late arrival").await;
    let title = format!("Afterwards {}", serving.id());
    ann.submit("/customers/new", &[("title", &title)]).await.see(&format!("{title} was added."));

    let mia = Actor::new(&serving.base);
    mia.sign_in("mia@pier.example", PASSWORD).await.see_path("/home").see("Overview");
    mia.get("/devices").await.see("Boiler").see_no("Loose pump");
    mia.submit("/account", &[("phone", "12 34")]).await.see("Your profile was saved.");
}

#[actix_web::test]
async fn a_database_of_an_earlier_version_is_brought_up_to_date_and_nothing_is_lost() {
    let (machine, other) = (Machine::new(), Machine::new());
    let mut records = set_back(&machine);
    for (table, columns) in records.tables() {
        let n = records.number(&format!("select count(*) from {table}"));
        assert!(n > 0, "{table} ({}) has no row in tests/it/upgrade/0.1.0-{}.sql", columns.join(", "), kind());
    }
    let then = columns(&mut records);
    let before = contents(&mut records, &then);
    drop(records);

    let migrated = run(&["migrate"], &settings(&machine));
    assert_eq!((migrated.code, migrated.err.as_str()), (Some(0), ""), "{migrated:?}");
    let mut records = Records::at(&machine.url());
    let after = contents(&mut records, &then);
    assert_kept(&before, &after, "bringing it up to date");
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent_at(&machine.url());
    assert_verified(&machine);

    // A backup of it, before anybody has used it.
    let file = machine.dir.path().join("one.backup");
    let file = file.to_str().unwrap();
    let made = run(&["backup", file], &settings(&machine));
    assert_eq!(made.code, Some(0), "{made:?}");
    let restored = run(&["restore", file], &settings(&other));
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_kept(&after, &contents(&mut Records::at(&other.url()), &then), "restoring it");

    for machine in [&machine, &other] {
        let serving = serve(&[], &settings(machine));
        assert_works(&serving).await;
        drop(serving);
        assert_verified(machine);
        let again = run(&["migrate"], &settings(machine));
        assert!(again.code == Some(0) && again.out.ends_with("is up to date\n"), "{again:?}");
    }
}

/// Fails unless the audit log is whole.
#[track_caller]
fn assert_verified(machine: &Machine) {
    let verified = run(&["audit", "verify"], &settings(machine));
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.starts_with("Acme: ") && verified.out.ends_with("nothing was changed\n"), "{verified:?}");
}
