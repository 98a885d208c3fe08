//! A dashboard is built, made a home, and seen by the customer's user.

use crate::chromium::{Browser, Setup};
use crate::support::app::{App, PASSWORD};
use crate::{see_no_complaints, signed_in, signed_in_with};

#[actix_web::test]
async fn with_scripts_a_dashboard_becomes_a_home() {
    journey(Setup::default()).await;
}

#[actix_web::test]
async fn on_a_dark_phone_without_scripts_a_dashboard_becomes_a_home() {
    journey(Setup { scripts: false, dark: true, size: (320, 640) }).await;
}

async fn journey(setup: Setup) {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Beta North", &beta).await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    app.stranger().submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
    let ada = signed_in_with(&app, &acme.email, setup).await;
    build(&ada).await;
    ada.see_h1("Operations").await;
    ada.see("Hello, fields").await;
    see_no_sideways_scroll(&ada).await;
    ada.goto(&beta).await;
    ada.choose("Home dashboard", "Operations").await;
    ada.click("Save").await;
    ada.see("Beta Farms was saved.").await;

    let mia = signed_in(&app, "mia@beta.example").await;
    mia.goto("/home").await;
    mia.see_h1("Operations").await;
    mia.see("Hello, fields").await;
    mia.see("Beta North").await;
    mia.click("Dashboards").await;
    mia.see_h1("Dashboards").await;
    mia.click("Operations").await;
    mia.see("Hello, fields").await;
    see_no_complaints(&ada).await;
    see_no_complaints(&mia).await;
}

async fn build(ada: &Browser) {
    ada.goto("/dashboards").await;
    ada.see("No dashboards yet").await;
    ada.click("Add the first dashboard").await;
    ada.see_h1("Add dashboard").await;
    ada.fill("Title", "Operations").await;
    ada.choose("Add a widget", "Note").await;
    ada.click("Add widget").await;
    ada.see("1. Note").await;
    ada.fill("Text", "Hello, fields").await;
    ada.choose("Add a widget", "Inner customers by size").await;
    ada.click("Add widget").await;
    ada.see("2. Inner customers by size").await;
    ada.click("Move up Inner customers by size").await;
    ada.see("2. Note").await;
    // What was typed is kept, and shown beside it.
    ada.see("Hello, fields").await;
    ada.click("Add").await;
    ada.see("Operations was added.").await;
}

async fn see_no_sideways_scroll(browser: &Browser) {
    let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.client().execute(wide, vec![]).await.unwrap(), serde_json::json!(false));
}
