//! Assigning, unassigning and deleting more devices than a request has time for.

use std::time::Duration;

use super::id;
use crate::support::actor::{Actor, Page};
use crate::support::app::{App, Tenant};
use crate::support::records::Records;

/// A tenant with 900 devices that nobody has, 30 that customers under Root have, and work that does not begin yet.
async fn stopped(app: &App, acme: &Tenant<'_>) -> (Records, String) {
    let root = acme.customer("Root").await;
    let mut records = Records::of(app);
    records.add_branch(&root, 30);
    records.add_devices("Acme", 900);
    records.stop_work();
    (records, root)
}

/// Presses a button of the bulk bar for all that match, and answers the question.
async fn all(person: &Actor, list: &str, button: &str, answer: &[(&str, &str)], confirm: &str) -> Page {
    let asked = person.fill_and_press(&person.get(list).await, &[("all", "yes")], button).await;
    let page = person.fill_and_press(&asked, answer, confirm).await;
    assert!(page.path.starts_with("/jobs/"), "{}: {}", page.path, page.text());
    page
}

#[actix_web::test]
async fn all_that_match_are_assigned_in_the_background_and_it_is_said_where() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (mut records, root) = stopped(&app, &acme).await;
    let other = acme.customer_under("Other", &root).await;
    let to = [("to", id(&other))];
    let job = all(&ann, "/devices?q=free", "Assign to customer", &to, "Assign").await;
    assert_eq!((job.h1(), job.all("progress").len()), ("Assigning 900 devices to Other".into(), 1));
    job.see("Assigning 900 devices to Other has started.").see("0 of 900 devices");
    assert!(job.has_button("Cancel"));
    for list in ["/devices".to_owned(), format!("{other}/devices")] {
        let page = ann.get(&list).await;
        assert_eq!(page.see("Work is under way:").href("Assigning 900 devices to Other"), job.path);
    }
    ann.get("/assets").await.see_no("under way");
    ann.get("/customers").await.see_no("under way");
    // One that is there already by then, one that is gone, and one that was not there when it was asked for.
    let mine = ann.get("/devices?q=free+77").await.href("Free 77");
    ann.submit(&mine, &[("customer", id(&other))]).await.see("was saved");
    let gone = ann.get("/devices?q=free+88").await.href("Free 88");
    ann.submit(&format!("{gone}/delete"), &[]).await.see("Free 88 was deleted.");
    ann.submit("/devices/new", &[("name", "Free late"), ("type", "default")]).await.see("was added");
    records.let_work();
    app.wait(Duration::from_secs(200));
    let done = ann.get_until(&job.path, "898 devices were assigned to Other. 1 was so already.").await;
    assert_eq!((done.one(".pill"), done.has_button("Cancel")), ("Done".into(), false));
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    ann.get("/devices?assigned=no").await.see("1 not assigned").see("Free late");
    ann.get(&format!("{other}/devices")).await.see("1–25 of 899");
}

#[actix_web::test]
async fn what_is_cancelled_stays_as_far_as_it_came() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (mut records, _) = stopped(&app, &acme).await;
    let job = all(&ann, "/devices", "Delete", &[("confirm", "930")], "Delete devices").await;
    job.see("0 of 930 devices");
    let page = ann.press(&job, "Cancel").await;
    page.see_path(&job.path).see("Deleting 930 devices was cancelled.").see("It was cancelled after 0 of 930 devices.");
    assert_eq!((page.one(".pill"), page.html.contains("http-equiv")), ("Cancelled".into(), false));
    records.let_work();
    app.wait(Duration::from_secs(200));
    ann.get("/devices").await.see("930 devices").see_no("under way");
    ann.press(&job, "Cancel").await.see_refusal("Deleting 930 devices had ended already.");
    assert_eq!(records.number("select count(*) from things"), 930);
}

#[actix_web::test]
async fn all_of_a_branch_are_unassigned_then_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (mut records, root) = stopped(&app, &acme).await;
    records.let_work();
    let job = all(&ann, "/devices?assigned=no", "Assign to customer", &[("to", id(&root))], "Assign").await;
    ann.get_until(&job.path, "900 devices were assigned to Root.").await;
    let list = format!("{root}/devices?inner=yes");
    let job = all(&ann, &list, "Unassign", &[("confirm", "930")], "Unassign").await;
    assert_eq!(job.h1(), "Unassigning 930 devices");
    ann.get_until(&job.path, "930 devices were unassigned.").await;
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    let job = all(&ann, "/devices?q=free", "Delete", &[("confirm", "900")], "Delete devices").await;
    ann.get_until(&job.path, "900 devices were deleted.").await;
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    ann.get("/devices").await.see("30 devices");
}

#[actix_web::test]
async fn assigning_to_a_customer_that_is_deleted_meanwhile_fails_and_says_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (mut records, _) = stopped(&app, &acme).await;
    let other = acme.customer("Other").await;
    let job = all(&ann, "/devices?q=free", "Assign to customer", &[("to", id(&other))], "Assign").await;
    ann.press(&ann.get(&format!("{other}/delete")).await, "Delete customer").await.see("Other was deleted.");
    records.let_work();
    app.wait(Duration::from_secs(200));
    let page = ann.get_until(&job.path, "It failed. Other was deleted meanwhile.").await;
    assert_eq!(page.one(".pill"), "Failed");
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
}
