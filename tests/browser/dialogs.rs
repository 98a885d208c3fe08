//! Pages that open in a dialog over the one they were called from.

use fantoccini::key::Key;
use serde_json::json;

use crate::chromium::Browser;
use crate::support::app::App;
use crate::{see_no_complaints, signed_in};

#[actix_web::test]
async fn an_error_stays_in_the_dialog_with_all_that_was_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;

    ada.click("Add customer").await;
    ada.fill("Description", "First line\nof two").await;
    ada.fill("Email", "nobody").await;
    ada.click("Add").await;
    ada.see("2 things need your attention").await;
    ada.see("Enter a title").await;
    assert_eq!(ada.path().await, "/customers");
    assert_eq!(ada.title().await, "Error: Add customer – Tenantry");
    assert_eq!(ada.value("Email").await, "nobody");
    assert_eq!(ada.value("Description").await, "First line\nof two");
    assert_eq!(ada.focused().await, "2 things need your attention");

    ada.click("Enter an email address in the form name@example.com").await;
    assert_eq!(ada.focused().await, "Email");
    ada.fill("Email", "office@beta.example").await;
    ada.fill("Title", "beta").await;
    ada.click("Add").await;
    ada.see("A customer with this title already exists").await;
    ada.fill("Title", "Beta Farms").await;
    ada.click("Add").await;
    ada.see("Beta Farms was added.").await;
    assert!(ada.path().await.starts_with("/customers/"));
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn add_and_add_another_keeps_the_dialog_open() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ada = signed_in(&app, &acme.email).await;

    ada.click("Add customer").await;
    ada.fill("Title", "Beta").await;
    ada.click("Add and add another").await;
    ada.see("Beta was added.").await;
    ada.see_h1("Add customer").await;
    assert_eq!(ada.value("Title").await, "");
    ada.fill("Title", "Gamma").await;
    ada.click("Add and add another").await;
    ada.see("Gamma was added.").await;
    ada.click("Close").await;
    ada.see_h1("Customers").await;
    ada.see("2 customers").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn the_focus_goes_in_stays_in_and_returns() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;

    ada.click("Delete customer: Beta").await;
    ada.see_h1("Delete Beta?").await;
    assert_eq!(ada.focused().await, "Cancel");
    for _ in 0..8 {
        ada.press(Key::Tab).await;
        assert!(in_dialog_or_browser(&ada).await, "the focus left the dialog for {:?}", ada.focused().await);
    }
    ada.press(Key::Escape).await;
    ada.see_h1("Customers").await;
    assert_eq!(ada.focused().await, "Delete customer: Beta");
    assert_eq!(ada.title().await, "Customers – Tenantry");
    see_no_complaints(&ada).await;
}

/// Past its last control the focus leaves the page for the browser's own, and comes back.
async fn in_dialog_or_browser(browser: &Browser) -> bool {
    let script = "const at = document.activeElement; return at === document.body || !!at.closest('dialog')";
    browser.client().execute(script, vec![]).await.unwrap().as_bool().unwrap()
}

#[actix_web::test]
async fn what_was_typed_is_not_thrown_away_without_a_question() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;

    ada.click("Add customer").await;
    ada.fill("Title", "Gamma").await;
    ada.press(Key::Escape).await;
    assert_eq!(ada.client().get_alert_text().await.unwrap(), "Discard what you typed?");
    ada.client().dismiss_alert().await.unwrap();
    assert_eq!(ada.value("Title").await, "Gamma");
    ada.click("Cancel").await;
    ada.client().accept_alert().await.unwrap();
    ada.see_h1("Customers").await;

    ada.click("Add customer").await;
    assert_eq!(ada.value("Title").await, "", "a dialog that is opened again is empty");
    ada.click("Cancel").await;
    ada.see_h1("Customers").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn a_session_that_ended_leads_to_the_sign_in_and_back() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.client().delete_all_cookies().await.unwrap();
    ada.click("Add customer").await;
    ada.see_h1("Sign in").await;
    ada.fill("Email", &acme.email).await;
    ada.fill("Password", crate::PASSWORD).await;
    ada.click("Sign in").await;
    ada.see_h1("Add customer").await;
    assert_eq!(ada.path().await, "/customers/new");
}

#[actix_web::test]
async fn a_server_out_of_reach_loses_nothing_that_was_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.click("Add customer").await;
    ada.fill("Title", "Beta").await;
    reach(&ada, false).await;
    ada.click("Add").await;
    ada.see("The server did not answer. What you typed is still here: try again.").await;
    assert_eq!(ada.value("Title").await, "Beta");
    reach(&ada, true).await;
    ada.click("Add").await;
    ada.see("Beta was added.").await;
}

async fn reach(browser: &Browser, online: bool) {
    browser.devtools("Network.enable", json!({})).await;
    let conditions = json!({ "offline": !online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.emulateNetworkConditions", conditions).await;
}
