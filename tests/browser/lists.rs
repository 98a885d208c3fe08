//! Lists: searching while typing, selecting rows, and acting on them.

use fantoccini::key::Key;

use crate::chromium::{Browser, Setup};
use crate::support::actor::Actor;
use crate::support::app::App;
use crate::{see_no_complaints, signed_in, signed_in_with};

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
    acme.customer("Beta Depot").await;
    acme.customer("Cobalt Logistics").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.goto("/account").await;
    ada.type_text(&(Key::Control + "k")).await;
    assert_eq!(ada.focused().await, "Find anything");
    // It answers as one types; the newest is the first, and the first is chosen.
    ada.type_text("beta").await;
    ada.see("Beta Farms").await;
    ada.see_no("Cobalt Logistics").await;
    ada.press(Key::Down).await;
    ada.press(Key::Enter).await;
    ada.see_h1("Beta Farms").await;
    // Pages are found as well.
    ada.type_text(&(Key::Control + "k")).await;
    ada.type_text("log audit").await;
    ada.see("Pages").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Audit log").await;
    // Escape leaves the box, and what is not found is searched for on its page.
    ada.type_text(&(Key::Control + "k")).await;
    ada.type_text("zebra").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Search").await;
    ada.fill("Search everything", "cobalt").await;
    ada.see("Cobalt Logistics").await;
    ada.click("All customers that match").await;
    ada.see_h1("Customers").await;
    ada.see("1–1 of 1").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn without_scripts_the_search_opens_what_is_called_just_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    let ada = signed_in_with(&app, &acme.email, Setup { scripts: false, ..Setup::default() }).await;
    ada.fill("Find anything", "beta farms").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Beta Farms").await;
    ada.fill("Find anything", "beta").await;
    ada.press(Key::Enter).await;
    ada.see_h1("Search").await;
    ada.see("Beta Farms").await;
}

#[actix_web::test]
async fn the_menu_of_a_row_works_by_keyboard_and_without_scripts() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    for scripts in [true, false] {
        let ada = signed_in_with(&app, &acme.email, Setup { scripts, ..Setup::default() }).await;
        ada.see_no("Add user").await;
        ada.click("Actions: Beta Farms").await;
        ada.see("Add user").await;
        ada.press(Key::Tab).await;
        assert_eq!(ada.focused().await, "Manage customer users: Beta Farms");
        for words in ["devices", "assets", "dashboards"] {
            ada.press(Key::Tab).await;
            assert_eq!(ada.focused().await, format!("Manage customer {words}: Beta Farms"));
        }
        ada.click("Move: Beta Farms").await;
        ada.see_h1("Beta Farms").await;
        assert_eq!(ada.focused().await, "Parent customer");
        see_no_complaints(&ada).await;
    }
}

/// What is cut in the rows of the list.
async fn cut(browser: &Browser) -> serde_json::Value {
    let script = "return [...document.querySelectorAll('tbody :is(th, td), tbody :is(th, td) *')]
        .filter(it => !it.closest('.sr-only, svg, details') && getComputedStyle(it).overflowX !== 'visible'
            && it.scrollWidth > it.clientWidth).map(it => it.textContent)";
    browser.client().execute(script, vec![]).await.unwrap()
}

#[actix_web::test]
async fn no_address_and_no_title_of_a_list_is_cut() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let admin = acme.admin().await;
    let title = "Österreichische Cold Chain Genossenschaft für die Donauländer";
    let email = "facilities-and-maintenance@oesterreichische-cold-chain-genossenschaft.example";
    let form = [("title", title), ("email", email), ("city", "Klagenfurt am Wörthersee"), ("country", "GB")];
    let customer = admin.submit("/customers/new", &form).await.path;
    acme.invite(&customer, email).await;
    let ada = signed_in(&app, &acme.email).await;
    for width in [320, 768, 1024, 1280] {
        ada.resize(width, 900).await;
        for page in ["/customers", "/users", &format!("{customer}/users")] {
            ada.goto(page).await;
            ada.see(email).await;
            assert_eq!(cut(&ada).await, serde_json::json!([]), "{page} at {width}");
        }
    }
}

#[actix_web::test]
async fn on_a_phone_the_bar_of_selected_rows_is_in_sight() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    many(&acme.admin().await, (1..=20).map(|n| format!("Farm {n}"))).await;
    let ada = signed_in_with(&app, &acme.email, Setup { size: (360, 640), ..Setup::default() }).await;
    ada.tick("Select Farm 20").await;
    ada.see("1 selected").await;
    let script = "const bar = document.querySelector('[data-bulk]').getBoundingClientRect();
        return bar.top >= 0 && Math.round(bar.bottom) <= innerHeight";
    assert_eq!(ada.client().execute(script, vec![]).await.unwrap(), serde_json::json!(true));
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
async fn a_parent_is_chosen_by_typing_however_many_there_are() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta Farms").await;
    acme.customer_under("Greenhouse North", &beta).await;
    for more in [0, 200] {
        many(&acme.admin().await, (0..more).map(|n| format!("Meter {n}"))).await;
        let ada = signed_in(&app, &acme.email).await;
        ada.click("Add customer").await;
        let title = format!("Boiler room {more}");
        ada.fill("Title", &title).await;
        ada.fill("Parent customer", "house").await;
        // Not those of what was typed before.
        ada.see_suggestions(&["Greenhouse North"]).await;
        ada.press(Key::Down).await;
        ada.press(Key::Enter).await;
        assert_eq!(ada.value("Parent customer").await, "Greenhouse North");
        ada.click("Add").await;
        ada.see(&format!("{title} was added.")).await;
        ada.see("Greenhouse North").await;
        see_no_complaints(&ada).await;
    }
}

#[actix_web::test]
async fn a_title_that_nobody_has_is_refused_and_stays_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta Farms").await;
    let ada = signed_in(&app, &acme.email).await;
    ada.click("Add customer").await;
    ada.fill("Title", "Boiler room").await;
    ada.fill("Parent customer", "Beta Fa").await;
    ada.see("Beta Farms").await;
    ada.press(Key::Escape).await;
    ada.click("Add").await;
    ada.see("One thing needs your attention").await;
    assert_eq!(ada.value("Parent customer").await, "Beta Fa");
    ada.click("Clear Parent customer").await;
    ada.click("Add").await;
    ada.see("Boiler room was added.").await;
    see_no_complaints(&ada).await;
}

#[actix_web::test]
async fn what_an_input_method_composes_is_left_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let admin = acme.admin().await;
    admin.submit("/devices/new", &[("name", "One"), ("type", "メーター")]).await.see("was added.");
    let ada = signed_in(&app, &acme.email).await;
    ada.goto("/devices/new").await;
    // As a browser tells of a word that is composed: letters that are not final, then the end.
    let script = "const field = document.querySelector('[name=type]');
        window.asked = [];
        const fetched = window.fetch;
        window.fetch = (url, ...more) => { window.asked.push(String(url)); return fetched(url, ...more); };
        field.focus();
        field.dispatchEvent(new CompositionEvent('compositionstart'));
        for (const text of ['m', 'め', 'メー']) {
            field.value = text;
            field.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true, inputType: 'insertCompositionText' }));
        }";
    ada.client().execute(script, vec![]).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let asked = async || ada.client().execute("return window.asked.length", vec![]).await.unwrap();
    assert_eq!(asked().await, serde_json::json!(0));
    let end = "document.querySelector('[name=type]').dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }))";
    ada.client().execute(end, vec![]).await.unwrap();
    ada.see("1 device").await;
    assert_eq!((asked().await, ada.value("Type").await), (serde_json::json!(1), "メー".into()));
}
