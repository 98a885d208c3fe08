//! Everything can be done without a mouse.

use fantoccini::key::Key;

use crate::chromium::{Browser, Setup};
use crate::support::app::{App, PASSWORD};
use crate::{open, see_no_complaints, signed_in_with};

/// Presses Tab until this has the focus, as who cannot use a mouse does.
async fn tab_to(browser: &Browser, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..60 {
        browser.press(Key::Tab).await;
        let focused = browser.focused().await;
        if focused == name {
            return;
        }
        passed.push(focused);
    }
    panic!("no Tab leads to {name:?}, only to {passed:?}");
}

#[actix_web::test]
async fn enter_in_a_check_box_sends_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    acme.admin()
        .await
        .submit(&format!("{users}/new"), &[("email", "mia@beta.example"), ("activation_method", "link")])
        .await;
    for scripts in [true, false] {
        let ada = signed_in_with(&app, &acme.email, Setup { scripts, ..Setup::default() }).await;
        ada.goto(&users).await;
        ada.tick("Select mia@beta.example").await;
        ada.press(Key::Enter).await;
        ada.type_text(&(Key::Control + &Key::Enter.to_string())).await;
        ada.goto(&users).await;
        ada.see("mia@beta.example").await;
        ada.see_no("Mail").await;
        see_no_complaints(&ada).await;
    }
}

#[actix_web::test]
async fn a_customer_comes_and_goes_by_keyboard_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ada = open(&app).await;
    ada.goto("/sign-in").await;
    tab_to(&ada, "Email").await;
    ada.type_text(&acme.email).await;
    ada.press(Key::Tab).await;
    assert_eq!(ada.focused().await, "Password");
    ada.type_text(PASSWORD).await;
    ada.press(Key::Enter).await;
    ada.see("No customers yet").await;

    ada.press(Key::Tab).await;
    assert_eq!(ada.focused().await, "Skip to main content");
    ada.press(Key::Enter).await;
    ada.press(Key::Tab).await;
    assert_eq!(ada.focused().await, "Add customer");
    ada.press(Key::Enter).await;
    ada.see_h1("Add customer").await;
    assert_eq!(ada.focused().await, "Title");
    ada.type_text("Beta Farms").await;
    tab_to(&ada, "Country").await;
    ada.type_text("Pol").await;
    tab_to(&ada, "City").await;
    ada.type_text("Gdańsk").await;
    ada.type_text(&(Key::Control + &Key::Enter.to_string())).await;
    ada.see("Beta Farms was added.").await;
    ada.see("Poland").await;

    ada.goto("/customers").await;
    tab_to(&ada, "Beta Farms").await;
    tab_to(&ada, "Delete customer: Beta Farms").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Delete Beta Farms?").await;
    assert_eq!(ada.focused().await, "Cancel");
    ada.type_text(&(Key::Shift + &Key::Tab.to_string())).await;
    assert_eq!(ada.focused().await, "Delete customer");
    ada.press(Key::Enter).await;
    ada.see("Beta Farms was deleted.").await;

    tab_to(&ada, "A, menu of admin@acme.example").await;
    ada.press(Key::Enter).await;
    ada.press(Key::Tab).await;
    assert_eq!(ada.focused().await, "Account");
    ada.press(Key::Escape).await;
    assert_eq!(ada.focused().await, "A, menu of admin@acme.example");
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn the_navigation_folds_away_on_a_phone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let phone = crate::Setup { size: (320, 640), ..crate::Setup::default() };
    let ada = crate::signed_in_with(&app, &acme.email, phone).await;
    ada.see_no("Administrators").await;
    ada.click("Menu").await;
    ada.see("Administrators").await;
    ada.press(Key::Escape).await;
    ada.see_no("Administrators").await;
    assert_eq!(ada.focused().await, "Menu");
    ada.press(Key::Enter).await;
    ada.click("Administrators").await;
    ada.see_h1("Administrators").await;
    see_no_complaints(&ada).await;
}
