//! Devices: giving many of them to a customer.

use crate::chromium::Setup;
use crate::support::app::App;
use crate::support::records::Records;
use crate::{see_no_complaints, signed_in, signed_in_with};

#[actix_web::test]
async fn all_that_match_are_assigned_to_a_customer() {
    journey(Setup::default()).await;
}

#[actix_web::test]
async fn all_that_match_are_assigned_on_a_phone_without_scripts() {
    journey(Setup { scripts: false, dark: true, size: (320, 640) }).await;
}

async fn journey(setup: Setup) {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    acme.user(&beta, "mia@beta.example").await;
    Records::of(&app).add_devices("Acme", 30);
    let scripts = setup.scripts;
    let ada = signed_in_with(&app, &acme.email, setup).await;
    ada.goto("/devices?q=free").await;
    ada.see("1–25 of 30").await;
    if scripts {
        ada.tick("Select this page").await;
        ada.see("25 selected").await;
    }
    ada.tick("Select all 30 that match").await;
    ada.click("Assign to customer").await;
    ada.see_h1("Assign 30 devices").await;
    if scripts {
        ada.fill("Customer", "Beta Farms").await;
    } else {
        ada.choose("Customer", "Beta Farms").await;
    }
    ada.click("Assign").await;
    ada.see("30 devices were assigned to Beta Farms.").await;
    see_no_complaints(&ada).await;

    let mia = signed_in(&app, "mia@beta.example").await;
    mia.goto("/devices").await;
    mia.see("1–25 of 30").await;
    mia.see("Free 30").await;
    see_no_complaints(&mia).await;
}
