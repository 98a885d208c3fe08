//! Saving what is so already changes nothing, leaves no entry, and says so, however often it is done.

use crate::dashboards::add as add_dashboard;
use crate::support::actor::{Actor, Fields};
use crate::support::app::App;
use crate::support::records::Records;

fn id(at: &str) -> &str {
    at.rsplit('/').next().unwrap()
}

/// A form that is sent again and again: by whom, where, and with what.
type Again<'a> = (&'a Actor, String, Fields);

/// The form on a page that has these fields, as it stands there.
async fn form<'a>(person: &'a Actor, page: &str, fields: &[&str]) -> Again<'a> {
    let page = person.get(page).await;
    let as_they_are: Vec<(&str, String)> =
        fields.iter().map(|name| (*name, page.value(&format!("main [name={name}]")))).collect();
    let as_they_are: Vec<(&str, &str)> = as_they_are.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (action, fields) = page.filled(&as_they_are);
    (person, action, fields)
}

async fn posted<'a>(person: &'a Actor, address: String, fields: &[(&str, &str)]) -> Again<'a> {
    let mut form: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    form.push(("csrf".into(), person.token().await));
    (person, address, form)
}

#[actix_web::test]
async fn every_form_that_is_saved_as_it_was_changes_nothing_and_says_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let outer = acme.customer("Outer").await;
    let beta = acme.customer_under("Beta", &outer).await;
    let board = add_dashboard(&ann, "Board", &[("note", "", "a")]).await;
    ann.submit(&beta, &[("home_dashboard", id(&board)), ("city", "Oslo")]).await.see("was saved");
    ann.press(&ann.get(&board).await, "Set as tenant home").await.see("home now");
    let mia = acme.user(&beta, "mia@beta.example").await;
    mia.submit("/account", &[("home_dashboard", id(&board))]).await.see("was saved");
    acme.invite(&beta, "leo@beta.example").await;
    let users = ann.get(&format!("{beta}/users")).await;
    let (mias, leos) = (users.href("mia@beta.example"), users.href("leo@beta.example"));
    let device = ann.submit("/devices/new", &[("name", "Meter"), ("customer", id(&beta))]).await.path;
    let asset = ann.submit("/assets/new", &[("name", "Pump")]).await.path;
    ann.press(&ann.get(&leos).await, "Disable user").await.see("was disabled");

    let all: Vec<Again<'_>> = vec![
        form(&ann, "/account", &["first_name", "last_name"]).await,
        form(&mia, "/account", &["first_name", "last_name"]).await,
        form(&mia, "/account", &["home_dashboard"]).await,
        form(&ann, &beta, &["title", "city"]).await,
        form(&ann, &outer, &["title", "city"]).await,
        form(&ann, &mias, &["email", "first_name"]).await,
        form(&ann, &device, &["name", "label"]).await,
        form(&ann, &asset, &["name", "label"]).await,
        {
            // Of the buttons that post this form only the one that saves.
            let page = ann.get(&format!("{board}/edit")).await;
            let (action, fields) = page.button("Save");
            (&ann, action, fields)
        },
        posted(&ann, format!("{leos}/access"), &[("access", "disabled")]).await,
        posted(&ann, format!("{mias}/access"), &[("access", "enabled")]).await,
        posted(&ann, format!("{board}/home"), &[("home", "yes")]).await,
        posted(&ann, format!("{board}/customers"), &[("ids", id(&beta))]).await,
        posted(&ann, format!("{board}/customers/unassignment"), &[("ids", id(&outer))]).await,
        posted(&ann, format!("{beta}/dashboards"), &[("ids", id(&board))]).await,
        posted(&ann, format!("{outer}/dashboards/unassignment"), &[("ids", id(&board))]).await,
        posted(&ann, "/devices/assignment".into(), &[("ids", id(&device)), ("to", id(&beta)), ("asked", "yes")]).await,
        posted(&ann, "/assets/unassignment".into(), &[("only", id(&asset))]).await,
    ];
    // What is not seen for a minute is noted when it is.
    mia.get("/account").await;
    let mut records = Records::of(&app);
    let before = records.all();
    for (person, action, fields) in &all {
        for _ in 0..3 {
            let answer = person.post(action, fields).await;
            answer.see_status(303);
            let page = person.get(&answer.location()).await;
            let said = page.text().to_lowercase();
            assert!(said.contains("nothing was changed"), "{action} {fields:?}: {}", page.text());
            before.assert_same(&records.all(), action);
        }
    }
}
