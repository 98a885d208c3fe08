//! Forms: what is pointed out, warned of, copied, and asked when two people edit at once.

use fantoccini::key::Key;
use serde_json::json;

use crate::chromium::Browser;
use crate::support::app::App;
use crate::{open, see_no_complaints, signed_in};

#[actix_web::test]
async fn two_who_edit_at_once_choose_field_by_field() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    let (ada, grace) = (signed_in(&app, &acme.email).await, signed_in(&app, &acme.email).await);
    ada.goto(&beta).await;
    grace.goto(&beta).await;

    grace.fill("City", "Gdańsk").await;
    grace.fill("Phone", "+48 58 1").await;
    grace.click("Save").await;
    grace.see("Beta Farms was saved.").await;

    ada.fill("City", "Sopot").await;
    ada.fill("Zip / Postal code", "81-701").await;
    ada.click("Save").await;
    ada.see_h1("Someone else saved in between").await;
    ada.see("Nothing was overwritten").await;
    // Only they changed the phone, only we the zip: both are proposed as they are.
    let city = ada.client().find(fantoccini::Locator::Css("[aria-label='City: theirs']")).await.unwrap();
    city.click().await.unwrap();
    ada.click("Save").await;
    ada.see("Beta Farms was saved.").await;
    assert_eq!(ada.value("City").await, "Gdańsk");
    assert_eq!(ada.value("Phone").await, "+48 58 1");
    assert_eq!(ada.value("Zip / Postal code").await, "81-701");
    see_no_complaints(&ada).await;
    see_no_complaints(&grace).await;
}

#[actix_web::test]
async fn an_activation_link_is_copied() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto(&format!("{beta}/users")).await;
    ada.click("Add user").await;
    ada.fill("Email", "mia@beta.example").await;
    ada.choose("Activation method", "Display activation link").await;
    ada.click("Add").await;
    ada.see("mia@beta.example was added.").await;
    let link = ada.value("Activation link").await;
    assert!(link.starts_with(&format!("{}/activate/", app.base)), "{link}");
    ada.click("Copy").await;
    ada.see("Copied").await;
    ada.type_text(&(Key::Control + "k")).await;
    ada.type_text(&(Key::Control + "v")).await;
    assert_eq!(ada.value("Find anything").await, link);
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn a_link_is_there_to_be_copied_by_hand_without_scripts() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let setup = crate::Setup { scripts: false, ..crate::Setup::default() };
    let ada = crate::signed_in_with(&app, &acme.email, setup).await;
    ada.goto(&format!("{beta}/users/new")).await;
    ada.fill("Email", "mia@beta.example").await;
    ada.choose("Activation method", "Display activation link").await;
    ada.click("Add").await;
    ada.see("mia@beta.example was added.").await;
    assert!(ada.value("Activation link").await.contains("/activate/"));
    ada.see_no("Copy").await;
}

/// Whether the browser would ask before it leaves the page.
async fn asks_before_leaving(browser: &Browser) -> bool {
    let script = "const event = new Event('beforeunload', { cancelable: true }); return !dispatchEvent(event)";
    browser.client().execute(script, vec![]).await.unwrap().as_bool().unwrap()
}

#[actix_web::test]
async fn changes_that_are_not_saved_are_warned_of() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto(&beta).await;
    assert!(!asks_before_leaving(&ada).await);
    ada.fill("City", "Gdańsk").await;
    assert!(asks_before_leaving(&ada).await);
    ada.fill("City", "").await;
    assert!(!asks_before_leaving(&ada).await, "nothing is changed any more");

    ada.fill("Title", "").await;
    ada.click("Save").await;
    ada.see("Enter a title").await;
    assert!(asks_before_leaving(&ada).await, "what came back with an error is not saved");
    ada.fill("Title", "Beta North").await;
    ada.click("Save").await;
    ada.see("Beta North was saved.").await;
    assert!(!asks_before_leaving(&ada).await);
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn a_likely_slip_in_an_address_is_pointed_out_not_refused() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto("/customers/new").await;
    ada.fill("Title", "Beta").await;
    ada.fill("Email", "office@gmial.com").await;
    ada.press(Key::Tab).await;
    ada.see("Did you mean office@gmail.com?").await;
    ada.click("office@gmail.com").await;
    assert_eq!(ada.value("Email").await, "office@gmail.com");
    ada.see_no("Did you mean").await;
    ada.fill("Email", "office@gmial.com").await;
    ada.click("Add").await;
    ada.see("Beta was added.").await;
    assert_eq!(ada.value("Email").await, "office@gmial.com");
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn times_are_in_the_readers_zone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "mia@beta.example").await;
    let mia = open(&app).await;
    mia.devtools("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Tokyo" })).await;
    // On the first page the server does not know it yet.
    mia.goto(&link).await;
    mia.see("GMT+9").await;
    mia.see_no("UTC").await;
    mia.goto(&link).await;
    mia.see("JST").await;
    see_no_complaints(&mia).await;
}

#[actix_web::test]
async fn a_password_can_be_shown_while_it_is_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let link = acme.invite(&acme.customer("Beta").await, "mia@beta.example").await;
    let mia = open(&app).await;
    mia.goto(link.strip_prefix(&app.base).unwrap()).await;
    mia.fill("Password", "tundra velvet").await;
    let kind = async || {
        let field = mia.client().find(fantoccini::Locator::Css("#f-password")).await.unwrap();
        field.attr("type").await.unwrap().unwrap()
    };
    assert_eq!(kind().await, "password");
    mia.click("Show password").await;
    assert_eq!((kind().await.as_str(), mia.value("Password").await.as_str()), ("text", "tundra velvet"));
    mia.click("Hide password").await;
    assert_eq!(kind().await, "password");
    see_no_complaints(&mia).await;
}
