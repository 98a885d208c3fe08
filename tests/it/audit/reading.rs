//! Finding entries: of the tenant, of a customer, of a user; narrowed, page by page, and as a file.

use super::{newest, said};
use crate::support::actor::Page;
use crate::support::app::App;

#[actix_web::test]
async fn a_customer_has_its_own_log_and_so_has_a_user() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (beta, other) = (acme.customer("Beta").await, acme.customer("Other").await);
    let jo = acme.user(&beta, "jo@beta.example").await;
    jo.submit("/account", &[("first_name", "Jo")]).await;
    let beta_id = beta.rsplit('/').next().unwrap();
    let device = ann.submit("/devices/new", &[("name", "Meter"), ("customer", beta_id)]).await.path;
    let other_id = other.rsplit('/').next().unwrap();
    ann.submit(&device, &[("customer", other_id)]).await.see("was saved");

    let details = ann.get(&beta).await;
    let log = ann.get(details.attributes(".tabs a", "href").last().unwrap()).await;
    assert_eq!(log.h1(), "Beta");
    assert_eq!(
        said(&log),
        [
            // Whoever loses something learns of it.
            "admin@acme.example changed device Meter",
            "admin@acme.example added device Meter",
            "jo@beta.example changed user Jo (jo@beta.example)",
            "jo@beta.example activated their user",
            "admin@acme.example added user jo@beta.example",
            "admin@acme.example added customer Beta",
        ]
    );
    assert_eq!(said(&ann.get(&format!("{other}/audit")).await).len(), 2);

    let user = ann.get(&format!("{beta}/users")).await.href("Jo");
    let log = ann.get(&format!("{user}/audit")).await;
    assert_eq!(log.h1(), "Audit log of Jo");
    assert_eq!(said(&log).len(), 3);
    // What is gone keeps its entries.
    ann.submit(&format!("{device}/delete"), &[]).await.see("was deleted");
    let log = ann.get("/audit").await;
    assert_eq!(said(&log)[0], "admin@acme.example deleted device Meter");
    assert_eq!(log.link("Meter"), None);
    assert!(log.link("Other").is_some());
}

#[actix_web::test]
async fn the_log_is_narrowed_by_who_what_and_when() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "jo@beta.example").await;
    ann.submit("/devices/new", &[("name", "Beta meter")]).await.see("was added");
    let count = async |query: &str| said(&ann.get(&format!("/audit?{query}")).await).len();
    assert_eq!(count("who=JO%40beta.example").await, 1);
    assert_eq!(count("who=operator").await, 1);
    assert_eq!(count("kind=device").await, 1);
    assert_eq!(count("action=add&kind=customer").await, 1);
    assert_eq!(count("q=beta").await, 4); // the customer, its user twice, the device
    assert_eq!(count("q=beta&kind=device&who=admin%40acme.example&action=add").await, 1);
    assert_eq!((count("q=meter++beta").await, count("q=meter+nowhere").await), (1, 0));
    assert_eq!(count("q=beta&kind=asset").await, 0);
    assert_eq!(count("from=2999-01-01").await, 0);
    assert_eq!(count("to=2001-01-01").await, 0);
    assert_eq!(count("from=2001-01-01&to=2999-01-01&kind=device").await, 1);
    // What cannot be read narrows nothing.
    let all = count("").await;
    assert_eq!(count("from=yesterday&kind=nonsense&action=%00").await, all);
    // Each filter in force is said, and leads to the log without it.
    let log = ann.get("/audit?q=beta&who=jo%40beta.example&kind=user&from=2001-01-01&to=yesterday").await;
    let rest = "/audit?q=beta&who=jo%40beta.example";
    assert_eq!(log.href("Remove the filter Users"), format!("{rest}&from=2001-01-01&to=yesterday"));
    assert_eq!(log.href("Remove the filter From 1 Jan 2001"), format!("{rest}&kind=user&to=yesterday"));
    assert_eq!(
        log.href("Remove the filter By jo@beta.example"),
        "/audit?q=beta&kind=user&from=2001-01-01&to=yesterday"
    );
    log.see("From 1 Jan 2001").see_no("To yesterday");
    // Periods that are often asked for keep the other filters.
    let month = ann.get(&log.href("Last 30 days")).await;
    assert!(month.path.starts_with("/audit?q=beta&who=jo%40beta.example&kind=user&from="), "{}", month.path);
    assert_eq!(said(&month).len(), 1);
    ann.get("/audit?q=nothing").await.see("Nothing matches “nothing”");
    let log = ann.get(&format!("{beta}/audit?kind=user&action=activate")).await;
    assert_eq!(said(&log), ["jo@beta.example activated their user"]);

    // Days go on. (Which entries are of a day is told by their ids, which in these tests are later than their moments.)
    let since = |page: &Page, period: &str| page.href(period).split_once("from=").unwrap().1.to_owned();
    let periods = ["Last 30 days", "Last 7 days", "Today"].map(|period| since(&log, period));
    assert!(periods.is_sorted() && periods[0] != periods[1] && periods[1] != periods[2], "{periods:?}");
    app.wait_hours(8 * 24);
    let later = acme.admin().await.get("/audit").await;
    assert!(since(&later, "Last 7 days") > periods[2], "{periods:?}");
}

#[actix_web::test]
async fn what_was_emptied_has_a_before_and_an_after() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let columns = async || ann.get("/audit").await.all(".log > li:first-child .changes thead th");
    assert_eq!(columns().await, ["Field", "Value"]);
    ann.submit(&beta, &[("city", "Bergen")]).await.see("was saved");
    assert_eq!(columns().await, ["Field", "Value"]);
    ann.submit(&beta, &[("city", "")]).await.see("was saved");
    assert_eq!(columns().await, ["Field", "Before", "After"]);
    ann.submit(&format!("{beta}/delete"), &[]).await;
    assert_eq!(columns().await, ["Field", "Before"]);
}

#[actix_web::test]
async fn one_leafs_through_the_log() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for n in 1..=23 {
        acme.customer(&format!("Customer {n}")).await;
    }
    for (query, total) in
        [("size=10&kind=customer", "23"), ("size=10&kind=customer&action=add", "23+"), ("size=10&q=customer", "10+")]
    {
        let mut page = ann.get(&format!("/audit?{query}")).await;
        if !total.ends_with('+') {
            page.see(&format!("1–10 of {total}"));
        }
        let mut all = said(&page);
        while let Some(next) = page.link("Next") {
            page = ann.get(&next).await;
            all.extend(said(&page));
        }
        let expected: Vec<String> =
            (1..=23).rev().map(|n| format!("admin@acme.example added customer Customer {n}")).collect();
        assert_eq!(all, expected, "{query}");
        page.see("21–23 of 23");
        let back = ann.get(&page.href("Previous")).await;
        assert_eq!(said(&back), expected[10..20], "{query}");
    }
}

#[actix_web::test]
async fn the_log_is_exported_as_it_is_narrowed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = ann.submit("/customers/new", &[("title", "=cmd|' \"/C calc\"'!A0")]).await.path;
    ann.submit(&beta, &[("city", "Oslo")]).await.see("was saved");
    let page = ann.get("/audit?kind=customer").await;
    let file = ann.get(&page.href("Export CSV")).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.html.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{}", file.html);
    assert!(lines[0].starts_with("\u{feff}When,Who,Email,IP address"), "{}", lines[0]);
    assert!(
        lines[1].contains("Changed,Customers,\"'=cmd|' \"\"/C calc\"\"'!A0\",1,\"City: \"\"\"\" -> \"\"Oslo\"\"\""),
        "{}",
        lines[1]
    );
    assert!(lines[2].contains("admin@acme.example,127.0.0.1,"), "{}", lines[2]);
    let theirs = ann.get(&format!("{beta}/audit/export?action=add")).await;
    assert_eq!(theirs.html.split_terminator("\r\n").count(), 2, "{}", theirs.html);
}

#[actix_web::test]
async fn nothing_of_the_log_can_be_changed_by_its_addresses() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    acme.customer("Beta").await;
    let entry = newest(&ann).await.path;
    let token = ann.token().await;
    for act in ["", "/delete"] {
        let form = vec![("csrf".to_owned(), token.clone()), ("title".to_owned(), "Other".to_owned())];
        ann.post(&format!("{entry}{act}"), &form).await.see_status(404);
    }
    newest(&ann).await.see("Beta");
}
