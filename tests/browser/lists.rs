//! Lists: searching while typing, selecting rows, and acting on them.

use fantoccini::key::Key;

use crate::support::actor::Actor;
use crate::support::app::App;
use crate::{see_no_complaints, signed_in};

const SEARCH: &str = "Search title, email, phone, city, address";

/// Adds customers without opening the form for each.
async fn many(admin: &Actor, titles: impl Iterator<Item = String>) {
    let form = admin.get("/customers/new").await;
    for title in titles {
        let (action, mut fields) = form.filled(&[("title", &title)]);
        fields.retain(|(name, _)| name != "form_id");
        admin.post(&action, &fields).await.see_status(303);
    }
}

#[actix_web::test]
async fn a_list_answers_as_one_types() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Harbour Depot", &beta).await;
    acme.customer("Harbour Museum").await;
    acme.customer("Cobalt Logistics").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.see("Cobalt Logistics").await;
    ada.see_no("Harbour Depot").await;

    ada.fill(SEARCH, "harbour").await;
    ada.see_no("Cobalt Logistics").await;
    ada.see("Harbour Museum").await;
    // A hit below the top says where it is.
    ada.see("Harbour Depot\nBeta Farms").await;
    assert_eq!(ada.path().await, "/customers?q=harbour");
    assert_eq!(ada.focused().await, SEARCH);

    ada.type_text(" m").await;
    ada.see_no("Harbour Depot").await;
    ada.click("Title").await;
    ada.see_no("Harbour Depot").await;
    assert_eq!(ada.path().await, "/customers?q=harbour+m&sort=title");

    ada.fill(SEARCH, "zebra").await;
    ada.see("Nothing matches “zebra”").await;
    ada.click("Clear the search").await;
    ada.see("Cobalt Logistics").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn control_k_finds_everything_from_anywhere() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    acme.customer("Cobalt Logistics").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto("/account").await;
    ada.type_text(&(Key::Control + "k")).await;
    assert_eq!(ada.focused().await, "Find a customer, user or device");
    ada.type_text("beta").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Search").await;
    ada.see("Beta Farms").await;
    ada.see_no("Cobalt Logistics").await;
    ada.fill("Search everything", "cobalt").await;
    ada.see("Cobalt Logistics").await;
    ada.see_no("Beta Farms").await;
    ada.click("All customers that match").await;
    ada.see_h1("Customers").await;
    ada.see("1–1 of 1").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn a_status_chosen_filters_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "active@beta.example").await;
    acme.invite(&beta, "invited@beta.example").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto(&format!("{beta}/users")).await;
    ada.choose("Status", "Active").await;
    ada.see_no("invited@beta.example").await;
    ada.see("active@beta.example").await;
    assert!(ada.path().await.ends_with("?status=active"));
}

#[actix_web::test]
async fn selected_rows_are_deleted_together() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    for title in ["Beta", "Cobalt", "Delta", "Elm"] {
        acme.customer(title).await;
    }
    let ada = signed_in(&app, &acme.email).await;
    ada.see_no("selected").await;

    ada.tick("Select Elm").await;
    ada.see("1 selected").await;
    ada.tick("Select Cobalt").await;
    ada.see("2 selected").await;
    ada.click("Clear").await;
    ada.see_no("selected").await;

    ada.tick("Select Cobalt").await;
    ada.tick("Select Delta").await;
    ada.click("Delete").await;
    ada.see_h1("Delete 2 customers?").await;
    ada.fill("Type the number of customers to confirm", "2").await;
    ada.click("Delete customers").await;
    ada.see("2 customers were deleted.").await;
    ada.see("Beta").await;
    ada.see("Elm").await;
    ada.see_no("Cobalt").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn all_that_match_are_selected_beyond_the_page() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Keep me").await;
    many(&acme.admin().await, (1..=1_030).map(|n| format!("Meter {n}"))).await;
    let ada = signed_in(&app, &acme.email).await;
    ada.fill(SEARCH, "meter").await;
    ada.see("1–25 of 1,000+").await;
    ada.tick("Select this page").await;
    ada.see("25 selected").await;
    ada.tick("Select all that match").await;
    ada.see("All that match are selected").await;
    // Whoever takes one row out does not mean all any more.
    ada.untick("Select Meter 1030").await;
    ada.see("24 selected").await;
    ada.see_no("that match").await;
    ada.tick("Select this page").await;
    ada.tick("Select all that match").await;
    ada.click("Delete").await;
    ada.see_h1("Delete 1,030 customers?").await;
    ada.fill("Type the number of customers to confirm", "1030").await;
    ada.click("Delete customers").await;
    ada.see_h1("Deleting 1,030 customers").await;
    ada.see("1,030 customers were deleted.").await;
    ada.click("Back to Customers").await;
    ada.see("Keep me").await;
    ada.see("1–1 of 1").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn a_parent_is_suggested_among_many() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Greenhouse North", &beta).await;
    many(&acme.admin().await, (1..=200).map(|n| format!("Meter {n}"))).await;
    let ada = signed_in(&app, &acme.email).await;
    ada.click("Add customer").await;
    ada.fill("Title", "Boiler room").await;
    ada.fill("Parent customer", "house").await;
    let option = "datalist option[value='Greenhouse North'][label='Beta Farms / Greenhouse North']";
    ada.client().wait().for_element(fantoccini::Locator::Css(option)).await.unwrap();
    ada.fill("Parent customer", "Greenhouse North").await;
    ada.click("Add").await;
    ada.see("Boiler room was added.").await;
    ada.see("Greenhouse North").await;
    see_no_complaints(&ada).await;
}
