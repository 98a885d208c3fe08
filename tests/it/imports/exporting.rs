//! Lists as files: what a list holds, filtered and sorted as it is, and read back as it was.

use super::formulas::{formulas, formulas_in_libreoffice};
use super::{check, counts, import};
use crate::inventory::{add, add_named, id};
use crate::support::actor::Actor;
use crate::support::app::App;
use crate::support::promise::{Tally, keep, size};
use crate::support::records::Records;

/// The file behind the link "Export" of a list.
async fn export(ann: &Actor, list: &str) -> String {
    let file = ann.get(&ann.get(list).await.href("Export")).await;
    assert_eq!(file.see_status(200).headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
    file.html
}

/// A file without the mark at its beginning, and without what the list shows beside what can be imported.
pub fn importable(file: &str) -> String {
    let mut rows = file.trim_start_matches('\u{feff}').split_terminator("\r\n").peekable();
    let names: Vec<&str> = rows.peek().unwrap().split(',').collect();
    let last = names.iter().rposition(|name| ["Hide home dashboard toolbar", "Customer"].contains(name)).unwrap();
    let listed = names.len() - last - 1;
    let is_moment = |cell: &str| cell == "Created" || cell.parse::<jiff::Timestamp>().is_ok();
    // Rows have line ends inside cells.
    let without = |row: &str| match row.rsplit(',').next() {
        Some(cell) if is_moment(cell) => format!("{}\r\n", row.rsplitn(listed + 1, ',').last().unwrap()),
        _ => format!("{row}\r\n"),
    };
    rows.map(without).collect()
}

/// The first cells of the rows of a file.
fn names(file: &str) -> Vec<&str> {
    file.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect()
}

#[actix_web::test]
async fn a_list_is_exported_as_it_is_filtered_and_sorted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let inner = acme.customer_under("Inner", &beta).await;
    add_named(&ann, "", ["TH-1", "TH-3", "Roof"]).await;
    add_named(&ann, &beta, ["TH-2"]).await;
    add(&ann, "/devices", &[&[("name", "TH-4"), ("type", "meter"), ("label", "=1"), ("customer", id(&inner))]]).await;
    let file = export(&ann, "/devices?sort=-name&size=10&q=th-").await;
    assert!(file.starts_with("\u{feff}Name,Type,Label,Description,Customer,Created\r\n"), "{file}");
    assert_eq!(
        importable(&file),
        "Name,Type,Label,Description,Customer\r\nTH-4,meter,'=1,,Inner\r\nTH-3,default,,,\r\nTH-2,default,,,Beta\r\nTH-1,default,,,\r\n"
    );
    for (list, expected) in [
        ("/devices", vec!["TH-4", "TH-2", "Roof", "TH-3", "TH-1"]),
        ("/devices?assigned=no&sort=name", vec!["Roof", "TH-1", "TH-3"]),
        ("/devices?customer=Beta&inner=yes&sort=name", vec!["TH-2", "TH-4"]),
        ("/devices?sort=customer", vec!["TH-1", "TH-3", "Roof", "TH-2", "TH-4"]),
        ("/devices?sort=-customer", vec!["TH-4", "TH-2", "Roof", "TH-3", "TH-1"]),
        ("/devices?sort=-customer&q=th", vec!["TH-4", "TH-2", "TH-3", "TH-1"]),
        ("/devices?type=meter", vec!["TH-4"]),
        ("/devices?sort=type", vec!["TH-1", "TH-3", "Roof", "TH-2", "TH-4"]),
    ] {
        assert_eq!(names(&export(&ann, list).await), expected, "{list}");
        assert_eq!(ann.get(list).await.rows(), expected, "{list}");
    }
    assert_eq!(names(&ann.get("/devices/export?customer=Nobody").await.html), [] as [&str; 0]);
    assert_eq!(names(&export(&ann, &format!("{beta}/devices?inner=yes&sort=name")).await), ["TH-2", "TH-4"]);
    assert_eq!(names(&export(&ann, &format!("{beta}/devices")).await), ["TH-2"]);
    assert_eq!(names(&export(&ann, &format!("{beta}/customers")).await), ["Inner"]);
    assert_eq!(names(&export(&ann, "/customers").await), ["Beta"]);
    assert_eq!(names(&export(&ann, "/customers?q=in").await), ["Inner"]);
    let every = ann.get(&ann.get("/customers?sort=title").await.href("Export all levels")).await;
    assert_eq!(names(&every.html), ["Beta", "Inner"]);
    acme.invite(&beta, "mia@beta.example").await;
    let users = export(&ann, &format!("{beta}/users")).await;
    assert!(
        users.contains("Customer,Status,Last mail,Last sign-in,Created\r\nmia@beta.example,,,,,Beta,Invited,,,"),
        "{users}"
    );
    assert_eq!(
        importable(&users),
        "Email,First name,Last name,Phone,Description,Customer\r\nmia@beta.example,,,,,Beta\r\n"
    );
    let customers = export(&ann, "/customers").await;
    assert!(customers.contains("toolbar,Users,Inner customers,Devices,Assets,Created\r\nBeta,"), "{customers}");
    assert!(customers.contains(",1,1,1,0,"), "{customers}");
    assert_eq!(names(&export(&ann, "/administrators").await), [acme.email.as_str()]);
}

/// What "Device 12" is sorted by: its word, then its number.
fn by_value(name: &str) -> (String, Option<u32>) {
    let (word, number) = name.split_once(' ').unwrap_or((name, ""));
    (word.to_lowercase(), number.parse().ok())
}

#[actix_web::test]
async fn a_long_list_is_exported_whole_and_in_its_order() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    records.add_branch(&root, 1_200);
    records.add_devices("Acme", 3_300);
    for (list, n) in [
        ("/devices/export", 4_500),
        ("/devices/export?sort=name", 4_500),
        ("/devices/export?sort=-type", 4_500),
        ("/devices/export?sort=customer", 4_500),
        ("/devices/export?sort=-customer", 4_500),
        ("/devices/export?assigned=no&sort=label", 3_300),
        ("/devices/export?q=free&sort=name", 3_300),
        ("/devices/export?q=device&sort=customer", 1_200),
        ("/devices/export?customer=Root&inner=yes&sort=name", 1_200),
        ("/customers/export?inner=yes&sort=title", 1_201),
        ("/customers/export?q=branch&sort=-created", 1_200),
    ] {
        let file = ann.get(list).await.html;
        let mut found = names(&file);
        assert_eq!(found.len(), n, "{list}");
        if list.contains("sort=name") || list.contains("sort=title") {
            assert!(found.is_sorted_by_key(|name| by_value(name)), "{list}");
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), n, "{list} has rows twice");
    }
    let file = ann.get("/customers/export?inner=yes").await.html;
    assert_eq!(counts(&check(&ann, "customers", &file).await), ["0", "0", "1,201", "0"]);
}

/// The cells of a file as a spreadsheet sees them.
fn cells(file: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for c in file.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells
}

/// Texts that a spreadsheet runs, and texts that look as if they had been defused.
const CELLS: [&str; 16] = [
    "=HYPERLINK(\"http://evil.example\")",
    "+47 555",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''=1",
    "'quoted",
    "a;=1",
    "a,\"b\"",
    "＝1",
    "back\\slash > arrow",
    "🎉 ż",
    "a|=1",
    "a; '\"-1",
    "b;'=1,@x",
    "'a, 'b",
];

#[actix_web::test]
async fn what_is_exported_is_imported_elsewhere_and_exported_alike() {
    let app = App::spawn().await;
    let (acme, bolt) = (app.tenant("Acme").await, app.tenant("Bolt").await);
    let (ann, bob) = (acme.admin().await, bolt.admin().await);
    let mut parent = String::new();
    for cell in CELLS {
        let fields = [("title", cell), ("parent", id(&parent)), ("description", cell), ("city", cell), ("phone", cell)];
        let page = ann
            .submit("/customers/new", &[&fields[..], &[("country", "NO"), ("hide_home_toolbar", "yes")]].concat())
            .await;
        page.see("was added.");
        parent = page.path;
    }
    for (n, cell) in CELLS.into_iter().enumerate() {
        let description = format!("{cell}\r\n{cell}");
        let thing =
            [("name", cell), ("type", cell), ("label", cell), ("description", &description), ("customer", cell)];
        add(&ann, "/devices", &[&thing[..if n % 2 == 0 { 5 } else { 4 }]]).await;
    }
    // And any of them in a row, with quotes and commas between.
    let more = size(400, 8);
    for n in 0..more {
        let any = || CELLS[fastrand::usize(..CELLS.len())];
        let text = format!("{}{},{}", any(), ["\"", ",", "\t", "\"\""][n % 4], any());
        let (name, label) = (format!("{} {n}", any()), any().to_owned() + any());
        let thing = [("name", name.as_str()), ("type", any()), ("label", &label), ("description", &text)];
        add(&ann, "/devices", &[&thing]).await;
    }
    let customers = ann.get("/customers/export?inner=yes&sort=title").await.html;
    let devices = ann.get("/devices/export?sort=name").await.html;
    let mut live = Tally::default();
    for cell in cells(&customers).into_iter().chain(cells(&devices)) {
        live.count(!cell.starts_with(['=', '+', '-', '@', '\t', '＝']), || format!("{cell:?}"));
    }
    let n = CELLS.len();
    let all_customers = n.to_string();
    assert_eq!(counts(&import(&bob, "customers", &customers).await), [&all_customers, "0", "0", "0"]);
    let rows = (n + more).to_string();
    assert_eq!(counts(&import(&bob, "devices", &devices).await), [&rows, "0", "0", "0"]);
    let mut files = Tally::default();
    for (address, first) in
        [("/customers/export?inner=yes&sort=title", &customers), ("/devices/export?sort=name", &devices)]
    {
        files.count(importable(&bob.get(address).await.html) == importable(first), || address.to_owned());
    }
    for (person, what, file, rows) in
        [(&bob, "customers", &customers, &all_customers), (&ann, "devices", &devices, &rows)]
    {
        assert_eq!(counts(&check(person, what, file).await), ["0", "0", rows, "0"], "{what}");
    }
    let keys = Records::of(&app).number("select count(distinct search_key) from things");
    assert_eq!(keys.to_string(), rows);
    let split = formulas(&customers).len() + formulas(&devices).len();
    let opened = [&customers, &devices].into_iter().map(|file| formulas_in_libreoffice(file)).sum::<Option<usize>>();
    let by = opened.map_or_else(|| "LibreOffice left out".to_owned(), |live| format!("{live} in LibreOffice"));
    let seen = format!(
        "{} cells of {} rows exported, imported, exported again; split at commas, semicolons, tabs and bars: {} formulas, {by}; {files} of {} \
         files with another byte",
        live.tried(),
        2 * n + more,
        split,
        files.tried()
    );
    let kept = live.is_clean() && split == 0 && opened.unwrap_or(0) == 0 && files.is_clean();
    keep("CSV formula cells", &seen, "0 formulas, 0 files with another byte", kept);
}

#[actix_web::test]
async fn an_export_ends_when_nobody_receives_it_and_keeps_no_connection() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    records.add_branch(&root, 10);
    records.add_devices("Acme", 12_000);
    let ann = acme.admin().await;
    // More of them than there are connections, none of them read to its end.
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(ann.begin("/devices/export").await);
    }
    ann.get_until("/devices?q=free", "Free 1").await;
    drop(open);
    ann.get("/devices").await.see("12,010 devices");
}
