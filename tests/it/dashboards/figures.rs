//! What widgets show: counted over what the person looking may see.

use super::add;
use super::assigning::assign;
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

const ALL: [(&str, &str, &str); 9] = [
    ("number", "Devices", "devices"),
    ("number", "Assets", "assets"),
    ("number", "Customers", "customers"),
    ("number", "People", "users"),
    ("devices_by_type", "Types", ""),
    ("devices_over_time", "Added", "columns"),
    ("devices_over_time", "Total", "line"),
    ("newest_devices", "Newest", ""),
    ("inner_customers", "Largest", "devices"),
];

async fn device(ann: &Actor, name: &str, kind: &str, customer: &str) -> String {
    let customer = customer.trim_start_matches("/customers/");
    let fields = [("name", name), ("type", kind), ("customer", customer)];
    let page = ann.submit("/devices/new", &fields).await;
    page.see(&format!("{name} was added.")).path.clone()
}

fn numbers(page: &Page) -> Vec<String> {
    page.all(".number b")
}

/// The figures of the charts, as their tables say them.
fn figures(page: &Page, tile: &str) -> Vec<String> {
    let tile = page.all(".tile h2").iter().position(|title| title == tile).unwrap() + 1;
    page.all(&format!("[aria-labelledby=tile-{tile}] tbody tr"))
}

#[actix_web::test]
async fn figures_are_those_of_what_one_may_see_and_follow_every_change() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let outer = acme.customer("Outer").await;
    let inner = acme.customer_under("Inner", &outer).await;
    let other = acme.customer("Other").await;
    let (mia, oli) = (acme.user(&outer, "mia@outer.example").await, acme.user(&inner, "oli@inner.example").await);
    let at = add(&ann, "All", &ALL).await;
    assign(&ann, &inner, &[&at]).await;
    for (name, kind, customer) in [
        ("A", "meter", ""),
        ("B", "Meter", &outer),
        ("C", "valve", &inner),
        ("D", "valve", &inner),
        ("E", "gate", &other),
    ] {
        device(&ann, name, kind, customer).await;
    }
    let page = ann.get(&at).await;
    assert_eq!(numbers(&page), ["5", "0", "3", "2"]);
    let types: Vec<String> = figures(&page, "Types").iter().map(|line| line.to_lowercase()).collect();
    assert_eq!(types, ["meter 2", "valve 2", "gate 1"]);
    assert_eq!(figures(&page, "Largest"), ["Other 1", "Outer 1"]);
    assert_eq!(figures(&page, "Added").len(), 12);
    assert!(figures(&page, "Added")[11].ends_with(" 5") && figures(&page, "Total")[11].ends_with(" 5"));

    let page = mia.get(&at).await;
    assert_eq!(numbers(&page), ["3", "0", "1", "2"]);
    assert_eq!(figures(&page, "Types"), ["valve 2", "Meter 1"]);
    assert_eq!(figures(&page, "Largest"), ["Inner 2"]);
    assert!(figures(&page, "Total")[11].ends_with(" 3"));
    assert_eq!(page.all(".newest a"), ["D", "C", "B"]);
    page.see_no("Other");
    let page = oli.get(&at).await;
    assert_eq!(numbers(&page), ["2", "0", "0", "1"]);
    page.see("No inner customers yet.");

    // Another type, another customer, a moved customer, a deleted one.
    let devices = ann.get("/devices?q=&sort=name").await;
    let c = devices.href("C");
    ann.submit(&c, &[("type", "gate"), ("customer", inner.trim_start_matches("/customers/"))])
        .await
        .see("C was saved.");
    assert_eq!(figures(&mia.get(&at).await, "Types"), ["gate 1", "Meter 1", "valve 1"]);
    ann.submit(&inner, &[("parent", other.trim_start_matches("/customers/"))]).await.see("Inner was saved.");
    mia.get(&at).await.see_status(404);
    assign(&ann, &outer, &[&at]).await;
    assign(&ann, &other, &[&at]).await;
    assert_eq!(figures(&mia.get(&at).await, "Types"), ["Meter 1"]);
    let ora = acme.user(&other, "ora@other.example").await;
    assert_eq!(figures(&ora.get(&at).await, "Types"), ["gate 2", "valve 1"]);
    assert_eq!(numbers(&ora.get(&at).await), ["3", "0", "1", "2"]);
    let page = ann.get(&format!("{inner}/delete")).await;
    ann.send(&page, &[("confirm", "Inner")]).await.see("Inner was deleted.");
    assert_eq!(figures(&ora.get(&at).await, "Types"), ["gate 1"]);
    assert_eq!(numbers(&ora.get(&at).await), ["1", "0", "0", "1"]);
    assert_eq!(numbers(&ann.get(&at).await), ["5", "0", "2", "2"]);
}

#[actix_web::test]
async fn more_types_than_there_is_room_for_are_one_line() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for n in 0..10 {
        device(&ann, &format!("D{n}"), &format!("type {n}"), "").await;
    }
    device(&ann, "D10", "type 9", "").await;
    let at = add(&ann, "All", &[("devices_by_type", "Types", "")]).await;
    let types = figures(&ann.get(&at).await, "Types");
    assert_eq!((types.len(), types[0].as_str(), types[7].as_str()), (8, "type 9 2", "Other types 3"));
}

#[actix_web::test]
async fn a_chart_of_a_year_in_which_nothing_was_added_does_not_say_that_there_is_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    device(&acme.admin().await, "D", "meter", "").await;
    let at = add(&acme.admin().await, "All", &ALL).await;
    app.wait_hours(24 * 400);
    let page = acme.admin().await.get(&at).await;
    page.see("No devices were added in the last 12 months.").see_no("No devices yet.");
}

#[actix_web::test]
async fn long_names_are_whole_in_a_chart() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let long = "Kestrel Facilities Lisboa and Porto, southern warehouses";
    device(&ann, "D", long, "").await;
    let page = ann.get(&add(&ann, "All", &ALL).await).await;
    assert_eq!(page.all(".bars p"), [format!("{long} 1")]);
}

#[actix_web::test]
async fn charts_say_in_words_what_they_draw() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    device(&ann, "D", "<b>meter</b>", "").await;
    let at = add(&ann, "All", &ALL).await;
    let page = ann.get(&at).await;
    let labels = page.attributes("[role=img]", "aria-label");
    assert_eq!(labels[0], "Types: <b>meter</b> 1");
    assert!(labels[1].starts_with("Added: ") && labels[1].ends_with(" 1"));
    assert_eq!(page.all("details.figures-table summary").len(), labels.len());
    assert_eq!(page.all(".figures-table caption")[..2], ["Types", "Added"]);
}
