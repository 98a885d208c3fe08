//! Deleting customers that have devices and assets: those return to the tenant.

use super::{add, add_named, assert_consistent, id};
use crate::support::app::App;

#[actix_web::test]
async fn what_is_assigned_returns_to_the_tenant_and_is_counted_first() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    let beta = acme.customer_under("Beta", &top).await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    let paths = add_named(&ann, &beta, ["One"]).await;
    add_named(&ann, &gamma, ["Two", "Three"]).await;
    add_named(&ann, &top, ["Stays"]).await;
    add(&ann, "/assets", &[&[("name", "Mill"), ("customer", id(&gamma))]]).await;
    let asked = ann.get(&format!("{beta}/delete")).await;
    let told = [
        "1 inner customer will be deleted",
        "3 devices will return to the tenant",
        "1 asset will return to the tenant",
    ];
    assert_eq!(asked.all(".counts li"), told);
    let page = ann.press(&asked, "Delete customer").await;
    assert_eq!(page.see_status(422).error("confirm"), "Type the title, Beta, to confirm");
    let edited = ann.get(&paths[0]).await;
    ann.send(&page, &[("confirm", "beta")]).await.see("Beta was deleted.");
    let list = ann.get("/devices?sort=name").await;
    list.see("4 devices, 3 not assigned");
    assert_eq!(list.cells("One")[3], "Not assigned");
    assert_eq!(ann.get("/assets?assigned=no").await.rows(), ["Mill"]);
    ann.get(&format!("{top}/devices?inner=yes")).await.see("1–1 of 1").see_no("with its inner customers");
    // Whoever had it open learns that it changed.
    ann.send(&edited, &[("label", "x")]).await.see_status(422).see("Choose a customer that exists");
    assert_consistent(&app);
    // A customer with one device alone must be named, too.
    let asked = ann.get(&format!("{top}/delete")).await;
    assert_eq!(asked.all(".counts li"), ["1 device will return to the tenant"]);
    ann.send(&asked, &[("confirm", "Top")]).await.see("Top was deleted.");
    assert_consistent(&app);
}

#[actix_web::test]
async fn several_customers_one_under_the_other_free_their_devices_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    let alpha = acme.customer_under("Alpha farm", &top).await;
    let middle = acme.customer_under("Middle", &alpha).await;
    let beta = acme.customer_under("Beta farm", &middle).await;
    let other = acme.customer_under("Other farm", &top).await;
    for (n, customer) in [&top, &alpha, &middle, &beta, &other].into_iter().enumerate() {
        add_named(&ann, customer, [format!("Device {n}a"), format!("Device {n}b")]).await;
    }
    let found = ann.get("/customers?q=farm").await;
    let asked = ann.fill_and_press(&found, &[("all", "yes")], "Delete").await;
    assert_eq!(asked.all(".counts li"), ["1 inner customer will be deleted", "8 devices will return to the tenant"]);
    ann.send(&asked, &[("confirm", "3")]).await.see("3 customers were deleted.");
    ann.get("/devices").await.see("10 devices, 8 not assigned");
    ann.get(&format!("{top}/devices?inner=yes")).await.see("1–2 of 2");
    assert_consistent(&app);
}
