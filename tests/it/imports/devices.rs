//! Devices and assets from files.

use super::{assert_consistent, check, commit, counts, import, refusals, send};
use crate::inventory::{add, id};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn devices_are_added_changed_and_left_as_they_are() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Cellar", &beta).await;
    let old = [("name", "TH-1"), ("type", "Meter"), ("label", "Hall"), ("customer", id(&beta))];
    add(&ann, "/devices", &[&old, &[("name", "TH-2"), ("label", "Roof")]]).await;
    let file = "Name,Type,Label,Customer\nth-1,Meter,Hall,BETA farms\nTH-2,valve,Roof,cellar\nTH-3,valve,,\nTH-4,valve,,Nobody\n";
    let checked = check(&ann, "devices", file).await;
    checked.see("Nothing is imported yet. Here is what would happen.");
    // The name is written otherwise, so the first is changed as well.
    assert_eq!(counts(&checked), ["1", "2", "0", "1"]);
    assert_eq!(refusals(&checked), ["Line 5 There is no customer Nobody"]);
    assert_eq!(ann.get("/devices").await.rows(), ["TH-2", "TH-1"]);

    let done = commit(&ann, &checked).await;
    done.see("3 rows were imported.");
    assert_eq!(counts(&done), ["1", "2", "0", "1"]);
    let list = ann.get("/devices?sort=name").await;
    assert_eq!(list.rows(), ["th-1", "TH-2", "TH-3"]);
    assert_eq!(list.cells("TH-2")[1..4], ["valve", "Roof", "Cellar"]);
    assert_eq!(ann.get(&format!("{beta}/devices?inner=yes&sort=name")).await.rows(), ["th-1", "TH-2"]);
    assert_eq!(ann.get("/devices?assigned=no").await.rows(), ["TH-3"]);
    assert_consistent(&app);

    let again = check(&ann, "devices", file).await;
    assert_eq!(counts(&again), ["0", "0", "3", "1"]);
    again.see("nothing would change");
}

#[actix_web::test]
async fn a_column_that_is_missing_leaves_what_is_stored_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let thing =
        [("name", "B-1"), ("type", "building"), ("label", "Old"), ("description", "Kept"), ("customer", id(&beta))];
    let path = add(&ann, "/assets", &[&thing]).await.remove(0);
    let done = import(&ann, "assets", "Label,Name\nNew,B-1\n,B-2\n").await;
    assert_eq!(counts(&done), ["1", "1", "0", "0"]);
    let page = ann.get(&path).await;
    assert_eq!((page.value("#f-label"), page.value("#f-type")), ("New".into(), "building".into()));
    assert_eq!(page.one("#f-description").trim(), "Kept");
    assert_eq!(ann.get(&format!("{beta}/assets")).await.rows(), ["B-1"]);
    assert_eq!(ann.get("/assets").await.cells("B-2")[1], "default");
    assert_eq!(Records::of(&app).number("select count(*) from things where kind = 'device'"), 0);
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_name_that_comes_twice_is_refused_with_both_lines() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let done = import(&ann, "devices", "Name,Label\nA,1\nB,2\n a ,3\nC,4\nÅ,5\nå,6\n").await;
    assert_eq!(counts(&done), ["4", "0", "0", "2"]);
    assert_eq!(refusals(&done), ["Line 4 Line 2 has the same name, “a”", "Line 7 Line 6 has the same name, “å”"]);
    assert_eq!(ann.get("/devices?sort=name").await.cells("A")[2], "1");
}

#[actix_web::test]
async fn refused_rows_are_corrected_and_imported_again() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let done = import(&ann, "devices", "Name;Customer;Note\r\nA;Beta;=1+1\r\nB;;\r\nC;\"Ga;mma\";x\r\n").await;
    assert_eq!(counts(&done), ["1", "0", "0", "2"]);
    let file = ann.get(&done.href("Download refused rows")).await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"rows-refused.csv\"");
    assert_eq!(
        file.html,
        "\u{feff}Name;Customer;Note;Reason\r\nA;Beta;'=1+1;There is no customer Beta\r\n\
         C;\"Ga;mma\";x;There is no customer Ga\u{3b}mma\r\n"
            .replace("no customer Ga;mma", "\u{0}")
            .replace("There is \u{0}", "\"There is no customer Ga;mma\"")
    );
    acme.customer("Beta").await;
    acme.customer("Delta").await;
    let corrected = file.html.replace("\"Ga;mma\"", "Delta");
    let page = send(&ann, "devices", corrected.as_bytes()).await;
    page.see("Not imported: Note.");
    let page = ann.fill_and_press(&page, &[], "Start the dry run").await;
    let done = commit(&ann, &ann.get_until(&page.path, "Checked").await).await;
    assert_eq!(counts(&done), ["2", "0", "0", "0"]);
    assert_eq!(ann.get("/devices?sort=name").await.rows(), ["A", "B", "C"]);
    // What is refused twice says so once.
    let again = check(&ann, "devices", &file.html).await;
    let file = ann.get(&again.href("Download refused rows")).await;
    assert_eq!(file.html.lines().next(), Some("\u{feff}Name;Customer;Note;Reason"));
}

#[actix_web::test]
async fn many_devices_of_many_customers_are_counted_as_they_are() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    Records::of(&app).add_branch(&root, 300);
    let row = |n: usize, label: &str| format!("D-{n},type {},{label},Branch {}\n", n % 7, n % 300 + 1);
    let file: String = (0..1_500).map(|n| row(n, "")).collect();
    let done = import(&ann, "devices", &format!("Name,Type,Label,Customer\n{file}")).await;
    assert_eq!(counts(&done), ["1,500", "0", "0", "0"]);
    assert_consistent(&app);
    // Every third moves to the top, every other is called otherwise.
    let moved = |n: usize| if n.is_multiple_of(3) { format!("D-{n},x,y,Root\n") } else { row(n, "new") };
    let file: String = (0..1_500).map(moved).collect();
    let done = import(&ann, "devices", &format!("Name,Type,Label,Customer\n{file}")).await;
    assert_eq!(counts(&done), ["0", "1,500", "0", "0"]);
    assert_consistent(&app);
    ann.get(&format!("{root}/devices")).await.see("500 devices, 1,500 with its inner customers");
}

#[actix_web::test]
async fn an_import_is_cancelled_between_two_slices_and_what_was_done_stays() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let file: String = (0..3_000).map(|n| format!("D-{n}\n")).collect();
    let checked = check(&ann, "devices", &format!("Name\n{file}")).await;
    let mut records = Records::of(&app);
    records.stop_work();
    let page = ann.press(&checked, "Import 3,000 rows").await;
    let page = ann.get_until(&page.path, "The last attempt failed. It will be retried automatically.").await;
    assert_eq!(page.one(".pill"), "Importing");
    ann.get("/imports").await.see("Importing");
    let cancelled = ann.press(&page, "Cancel").await;
    cancelled
        .see_path(&page.path)
        .see("Importing devices from rows.csv was cancelled.")
        .see("Changes made so far were kept");
    records.let_work();
    assert_eq!(records.number("select count(*) from things"), 0);
    assert_eq!(counts(&import(&ann, "devices", &format!("Name\n{file}")).await), ["3,000", "0", "0", "0"]);
}
