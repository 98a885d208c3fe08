//! Making a dashboard step by step, without a script, and what becomes of it when two people do.

use super::{add, tiles};
use crate::support::app::App;

#[actix_web::test]
async fn a_dashboard_is_built_step_by_step_and_keeps_what_was_typed() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let page = ann.get("/dashboards/new").await;
    page.see("No widgets yet");
    let page = ann.fill_and_press(&page, &[("title", "Overview"), ("add", "number")], "Add widget").await;
    page.see_status(200).see("1. Number tile");
    assert_eq!(page.value("#f-title"), "Overview");
    let page = ann.fill_and_press(&page, &[("setting_1", "users"), ("add", "note")], "Add widget").await;
    let note = [("setting_2", "Hello,\nworld"), ("title_2", "Welcome"), ("width_2", "4")];
    let page = ann.fill_and_press(&page, &note, "Move up Note").await;
    page.see("1. Note: Welcome").see("2. Number tile Users, 1 of 4 columns");
    assert_eq!(page.value("#f-setting_1").trim_start_matches('\n'), "Hello,\nworld");
    assert_eq!(page.value("#f-setting_2"), "users");
    assert_eq!(page.attributes("fieldset[autofocus] input[type=hidden]", "value"), ["note"]);
    let page = ann.fill_and_press(&page, &[("add", "devices_by_type")], "Add widget").await;
    // What can be shown is shown beside it, also before it is saved.
    assert_eq!(tiles(&page), ["Welcome", "Users", "Devices by type"]);
    let page = ann.fill_and_press(&page, &[("title_1", "Hello"), ("step", "preview")], "Add widget").await;
    assert_eq!(tiles(&page), ["Hello", "Users", "Devices by type"]);
    let page = ann.fill_and_press(&page, &[("title_1", "Welcome"), ("step", "preview")], "Add widget").await;
    let page = ann.press(&page, "Remove Number tile").await;
    page.see("1. Note").see("2. Devices by type").see_no("Number tile 3");
    let page = ann.press(&page, "Move down Welcome").await;
    page.see("1. Devices by type").see("2. Note");
    assert!(
        ann.get("/dashboards").await.text().contains("No dashboards yet"),
        "nothing is saved before it is asked for"
    );

    let page = ann.press(&page, "Add").await;
    page.see("Overview was added.").see("Hello, world").see("No devices yet.");
    assert_eq!(tiles(&page), ["Devices by type", "Welcome"]);
    assert_eq!(page.attributes(".tile", "class"), ["panel tile w2", "panel tile w4"]);

    let edit = ann.get(&page.href("Edit")).await;
    assert_eq!(edit.value("#f-title_2"), "Welcome");
    let page = ann.fill_and_press(&edit, &[("title", "Other"), ("title_1", "Kinds")], "Save").await;
    page.see("Other was saved.");
    assert_eq!(tiles(&page), ["Kinds", "Welcome"]);
}

#[actix_web::test]
async fn whatever_is_wrong_is_said_at_once_beside_its_field() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let page = ann.get("/dashboards/new").await;
    let page = ann.fill_and_press(&page, &[("add", "note")], "Add widget").await;
    let long = "x".repeat(101);
    let page = ann.fill_and_press(&page, &[("title_1", &long)], "Add").await;
    page.see_status(422).see("3 things need your attention");
    assert_eq!(page.error("title"), "Enter a title");
    assert_eq!(page.error("title_1"), "Shorten title to 100 characters; it has 101");
    assert_eq!(page.error("setting_1"), "Enter the text of the note");
    assert_eq!(page.value("#f-title_1"), long);
}

#[actix_web::test]
async fn a_dashboard_has_room_for_so_many_widgets() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let widgets = [("number", "", "devices"); 24];
    let at = add(&ann, "Full", &widgets).await;
    let page = ann.get(&format!("{at}/edit")).await;
    page.see("24. Number tile").see("at most 24 widgets");
    assert!(!page.has_button("Add widget"));
}

#[actix_web::test]
async fn two_who_edit_at_once_lose_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let at = add(&ann, "Overview", &[("note", "One", "first")]).await;
    let (anns, bobs) = (ann.get(&format!("{at}/edit")).await, bob.get(&format!("{at}/edit")).await);
    ann.fill_and_press(&anns, &[("title", "By Ann"), ("setting_1", "Ann's")], "Save").await.see("By Ann was saved.");
    let bobs = bob.fill_and_press(&bobs, &[("add", "number")], "Add widget").await;
    let page = bob.fill_and_press(&bobs, &[("description", "By Bob")], "Save").await;
    page.see_status(409).see("Someone else saved in between").see("Ann's").see("Number tile");
    assert!(ann.get(&at).await.text().contains("Ann's"), "nothing was overwritten");
    // What nobody else touched is proposed as one has it.
    let page = bob.press(&page, "Save").await;
    page.see("By Ann was saved.").see("By Bob").see("first");
    assert_eq!(tiles(&page), ["One", "Devices"]);
}

#[actix_web::test]
async fn a_copy_has_the_same_widgets_and_is_another_dashboard() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let at = add(&ann, "Overview", &[("note", "One", "first"), ("number", "", "assets")]).await;
    let page = ann.get(&at).await;
    let copy = ann.press(&page, "Copy").await;
    copy.see("Overview was copied; this is the copy.");
    assert_eq!((copy.h1(), tiles(&copy)), ("Copy of Overview".into(), tiles(&page)));
    assert_ne!(copy.path, at);
    ann.press(&ann.get(&format!("{at}/delete")).await, "Delete dashboard").await.see("Overview was deleted.");
    ann.get(&at).await.see_status(404);
    ann.get(&copy.path).await.see("first");
}

#[actix_web::test]
async fn a_form_sent_twice_adds_one() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let page = ann.get("/dashboards/new").await;
    let answers = ann.send_at_once(&page, &[("title", "Overview")], 5).await;
    let first = answers[0].location();
    assert!(answers.iter().all(|answer| answer.status == 303 && answer.location() == first));
    assert_eq!(ann.get("/dashboards").await.rows(), ["Overview"]);
}
