//! Work that goes on in the background, as one watches it.

use fantoccini::key::Key;

use crate::chromium::Setup;
use crate::support::app::App;
use crate::support::records::Records;
use crate::{see_no_complaints, signed_in, signed_in_with};

/// A tenant with a large branch, whose deletion does not begin before it is let.
async fn large_branch(app: &App) -> (String, Records) {
    let acme = app.tenant("Acme").await;
    let farms = acme.customer("Beta Farms").await;
    acme.customer("Cobalt Logistics").await;
    let mut records = Records::of(app);
    records.add_branch(&farms, 600);
    records.stop_work();
    (acme.email.clone(), records)
}

#[actix_web::test]
async fn one_watches_a_large_branch_go() {
    let app = App::spawn().await;
    let (email, mut records) = large_branch(&app).await;
    let ada = signed_in(&app, &email).await;
    ada.click_in("Beta Farms", "Delete customer: Beta Farms").await;
    ada.fill("Type the title to confirm", "Beta Farms").await;
    ada.click("Delete customer").await;
    ada.see_h1("Deleting Beta Farms").await;
    ada.see("0 of 1,801 customers and users").await;
    assert!(ada.path().await.starts_with("/jobs/"));
    ada.see("The last attempt failed. It will be retried automatically.").await;

    ada.click("Back to Customers").await;
    ada.see("Cobalt Logistics").await;
    ada.see("Work is under way: Deleting Beta Farms").await;
    ada.click("Deleting Beta Farms").await;
    ada.see_h1("Deleting Beta Farms").await;
    // The page moves by itself, and what has the focus keeps it.
    for _ in 0..40 {
        if ada.focused().await == "Back to Customers" {
            break;
        }
        ada.press(Key::Tab).await;
    }
    records.let_work();
    app.wait(std::time::Duration::from_secs(200));
    ada.see("Beta Farms was deleted.").await;
    ada.see("Done").await;
    assert_eq!(ada.focused().await, "Back to Customers");
    ada.see_no("0 of 1,801").await;
    see_no_complaints(&ada).await;
    ada.click("Back to Customers").await;
    ada.see("Cobalt Logistics").await;
    ada.see_no("Work is under way").await;
}

#[actix_web::test]
async fn one_watches_it_without_scripts() {
    let app = App::spawn().await;
    let (email, mut records) = large_branch(&app).await;
    let ada = signed_in_with(&app, &email, Setup { scripts: false, ..Setup::default() }).await;
    ada.click_in("Beta Farms", "Delete customer: Beta Farms").await;
    ada.fill("Type the title to confirm", "Beta Farms").await;
    ada.click("Delete customer").await;
    ada.see_h1("Deleting Beta Farms").await;
    ada.see("0 of 1,801 customers and users").await;
    ada.see("Refresh").await;
    records.let_work();
    app.wait(std::time::Duration::from_secs(200));
    // The browser reloads by itself, and no more once it is done.
    ada.see("Beta Farms was deleted.").await;
    ada.see_no("Refresh").await;
}
