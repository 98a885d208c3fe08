//! Assigning devices to a customer and taking them back, from the customer's own pages.

use super::{add_named, assert_consistent, id, post};
use crate::support::app::App;

#[actix_web::test]
async fn devices_are_chosen_among_those_that_are_not_assigned() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer("Gamma").await;
    let none = ann.get(&format!("{beta}/assets/assign")).await;
    none.see("No assets yet").see_no("All assets are assigned");
    assert_eq!(none.href("Add asset"), format!("/assets/new?customer={}", id(&beta)));
    let free = add_named(&ann, "", ["Free 1", "Free 2", "Other"]).await;
    let taken = add_named(&ann, &gamma, ["Free but taken"]).await.remove(0);
    let page = ann.get(&ann.get(&format!("{beta}/devices")).await.href("Assign devices")).await;
    assert_eq!((page.h1(), page.rows().len()), ("Assign devices".into(), 3));
    assert_eq!(page.all(".crumbs a"), ["Customers", "Beta"]);
    let found = ann.get(&format!("{beta}/devices/assign?q=free")).await;
    assert_eq!(found.rows(), ["Free 2", "Free 1"]);
    let after = ann.fill_and_press(&found, &[("ids", id(&free[0])), ("ids", id(&free[2]))], "Assign").await;
    after.see_path(&format!("{beta}/devices")).see("2 devices were assigned to Beta.");
    assert_eq!(after.rows(), ["Other", "Free 1"]);
    // Whoever came from a list that was sorted gets back to it.
    let sorted = format!("{beta}/devices?sort=name");
    let choose = ann.get(&ann.get(&sorted).await.href("Assign devices")).await;
    ann.press(&choose, "Assign").await.see_path(&sorted).see_refusal("Nothing was selected");
    // One that has been given to another meanwhile is theirs; it is taken over only from the list of all.
    ann.fill_and_press(&found, &[("ids", id(&free[1]))], "Assign").await.see("Free 2 was assigned to Beta.");
    let page = ann.get(&format!("{beta}/devices/assign")).await;
    page.see("All devices are assigned");
    let token = ann.token().await;
    let again = post(&ann, &token, &format!("{beta}/devices"), &[("ids", id(&taken))]).await;
    assert_eq!(again.location(), format!("{beta}/devices"));
    ann.get(&format!("{beta}/devices")).await.see_refusal("Nothing was selected, so no device was changed.");
    assert_eq!(ann.get("/devices").await.cells("Free but taken")[3], "Gamma");
    post(&ann, &token, &format!("{beta}/devices"), &[("ids", "nobody")]).await.see_status(303);
    let elsewhere = format!("/customers/{}/devices", "01900000-0000-7000-8000-000000000000");
    post(&ann, &token, &elsewhere, &[("ids", id(&free[0]))]).await.see_status(404);
    ann.get(&elsewhere.replace("devices", "devices/assign")).await.see_status(404);
    assert_consistent(&app);
}

#[actix_web::test]
async fn all_that_match_are_assigned_after_their_number_was_said() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    add_named(&ann, "", (0..12).map(|n| format!("Meter {n}"))).await;
    add_named(&ann, "", ["Valve"]).await;
    let found = ann.get(&format!("{beta}/devices/assign?q=meter&size=10")).await;
    let asked = ann.fill_and_press(&found, &[("all", "yes")], "Assign").await;
    assert_eq!(asked.h1(), "Assign 12 devices");
    asked.see("They are assigned to Beta.");
    ann.get(&format!("{beta}/devices")).await.see("No devices assigned");
    ann.press(&asked, "Assign").await.see("12 devices were assigned to Beta.").see("12 devices");
    assert_eq!(ann.get("/devices?assigned=no").await.rows(), ["Valve"]);
    assert_consistent(&app);
}

#[actix_web::test]
async fn a_device_is_unassigned_from_its_row() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    add_named(&ann, &gamma, ["One", "Two"]).await;
    let list = ann.get(&format!("{beta}/devices?inner=yes&sort=name")).await;
    let after = ann.press(&list, "Unassign device").await;
    after.see_path(&format!("{beta}/devices?inner=yes&sort=name")).see("One was unassigned.");
    assert_eq!(after.rows(), ["Two"]);
    ann.press(&list, "Unassign device").await.see("Nothing was changed: One was not assigned.");
    assert_eq!(ann.get("/devices?assigned=no").await.rows(), ["One"]);
    assert_consistent(&app);
}
