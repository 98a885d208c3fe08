//! Work that does not go as it should, and who may see it.

use std::time::Duration;

use super::{delete, rows};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn work_that_fails_is_tried_again_then_says_why_and_can_be_taken_up() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let before = rows(&app);
    let farms = acme.customer_under("Beta Farms", &root).await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 150);
    records.stop_work();
    let job = delete(&ann, &farms, "Beta Farms").await.path;
    let why = "Something went wrong. Whoever runs this server finds the cause in its log.";
    let page = ann.get_until(&job, "The last attempt failed. It will be retried automatically.").await;
    page.see(why).see("0 of 451");
    // Each wait is longer than the one before.
    let mut tries = 1;
    for wait in [1, 5, 30, 120] {
        assert_eq!(records.number("select tries from jobs"), tries);
        app.wait(Duration::from_secs(wait + 1));
        tries += 1;
        while records.number("select tries from jobs") < tries {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let failed = ann.get_until(&job, "It failed.").await;
    assert_eq!(failed.see(why).see("Changes made so far were kept.").one(".pill"), "Failed");
    ann.get("/customers").await.see_no("under way").see("1 customer");
    assert_eq!(ann.get(&farms).await.status, 404, "it is deleted nevertheless");
    app.wait_hours(31 * 24);
    app.shared.tidy().await.unwrap();
    records.let_work();
    let ann = acme.admin().await;
    let failed = ann.get(&job).await;
    let page = ann.press(&failed, "Try again").await;
    page.see_path(&job).see("Deleting Beta Farms is tried again.");
    ann.get_until(&job, "Beta Farms was deleted.").await;
    before.assert_same(&rows(&app), "a branch that came and went");
    ann.press(&failed, "Try again").await.see_refusal("has not failed, so it is not tried again");
}

#[actix_web::test]
async fn work_that_ends_the_program_each_time_is_given_up() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    records.add_branch(&root, 150);
    records.stop_work();
    let job = delete(&ann, &root, "Root").await.path;
    ann.get_until(&job, "The last attempt failed").await;
    records.run("update jobs set tries = 7");
    app.wait(Duration::from_secs(5));
    ann.get_until(&job, "The server stopped unexpectedly each time.").await;
}

#[actix_web::test]
async fn work_of_a_newer_program_is_not_touched() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    records.add_branch(&root, 150);
    records.stop_work();
    let job = delete(&ann, &root, "Root").await.path;
    ann.get_until(&job, "The last attempt failed").await;
    records.run("update jobs set kind = 'paint', work = '{\"colour\":\"red\"}'");
    app.wait(Duration::from_secs(5));
    let page = ann.get_until(&job, "This version of Tenantry does not know this kind of work.").await;
    assert_eq!((page.h1(), page.one(".pill")), ("Work of another version".into(), "Failed".into()));
    ann.get("/customers").await.see_no("under way");
}

#[actix_web::test]
async fn a_job_is_its_tenants_alone_and_a_deletion_is_not_cancelled() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    records.add_branch(&root, 150);
    records.stop_work();
    let page = delete(&ann, &root, "Root").await;
    let bob = app.tenant("Bolt").await.admin().await;
    bob.get(&page.path).await.see_status(404);
    let form = vec![("csrf".into(), bob.token().await)];
    for act in ["cancel", "retry"] {
        bob.post(&format!("{}/{act}", page.path), &form).await.see_status(404);
    }
    let form = vec![("csrf".into(), ann.token().await)];
    let answer = ann.post(&format!("{}/cancel", page.path), &form).await;
    assert_eq!(answer.see_status(303).location(), page.path);
    ann.get(&page.path).await.see_refusal("Deleting Root cannot be cancelled.").see_no("It was cancelled");
    records.let_work();
    app.wait(Duration::from_secs(200));
    ann.get_until(&page.path, "Root was deleted.").await;

    // It is told for thirty days.
    app.wait_hours(29 * 24);
    app.shared.tidy().await.unwrap();
    let ann = acme.admin().await;
    ann.get(&page.path).await.see("Root was deleted.");
    app.wait_hours(2 * 24);
    app.shared.tidy().await.unwrap();
    acme.admin().await.get(&page.path).await.see_status(404);
}
