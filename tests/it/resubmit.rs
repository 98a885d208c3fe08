//! What is typed while a session ends is not lost.

use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn a_form_sent_after_the_session_ended_comes_back_after_signing_in() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let form = ann.get("/customers/new").await;
    app.wait_hours(2);

    let typed = [("title", "Beta Farms"), ("city", "Gdańsk"), ("country", "PL"), ("zip", "80-001")];
    let asked = ann.send(&form, &typed).await;
    asked.see_status(401).see("Your session had ended").see("what you typed is kept");
    let back = ann.send(&asked, &[("email", &acme.email), ("password", PASSWORD)]).await;
    back.see("Your changes are still here").see("Title Beta Farms").see("City Gdańsk");
    back.see("Country Poland").see("Zip / Postal code 80-001");

    ann.press(&back, "Save").await.see("Beta Farms was added.");
    assert_eq!(ann.get("/customers").await.rows(), ["Beta Farms"]);
}

#[actix_web::test]
async fn a_wrong_password_in_between_loses_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let form = ann.get("/customers/new").await;
    app.wait_hours(2);

    let asked = ann.send(&form, &[("title", "Beta Farms")]).await;
    let again = ann.send(&asked, &[("email", &acme.email), ("password", "not this one")]).await;
    again.see_status(422);
    ann.send(&again, &[("email", &acme.email), ("password", PASSWORD)]).await.see("Title Beta Farms");
}

#[actix_web::test]
async fn what_another_site_sends_is_not_kept() {
    let app = App::spawn().await;
    app.tenant("Acme").await;
    let stranger = app.stranger();
    let fields = [("title".to_owned(), "Evil".to_owned())];
    let forged = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let page = stranger.request(reqwest::Method::POST, "/customers", Some(&fields), &forged).await;
    assert!(!page.html.contains("Evil") && !page.html.contains("kept"), "{}", page.html);
    assert_ne!(page.status, 401);
}

#[actix_web::test]
async fn a_password_is_not_kept() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let account = ann.get("/account").await;
    app.wait_hours(2);
    let asked = ann.send(&account, &[("current_password", PASSWORD), ("password", "opal lantern fjord 3")]).await;
    asked.see_status(401).see_no("is kept");
    ann.send(&asked, &[("email", &acme.email), ("password", PASSWORD)]).await.see_path("/customers");
}

#[actix_web::test]
async fn rows_that_were_chosen_are_still_chosen_after_signing_in() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.customer("Delta").await;
    let ann = acme.admin().await;
    let token = ann.token().await;
    app.wait_hours(2);
    let id = |path: &str| ("ids".to_owned(), path.rsplit('/').next().unwrap().to_owned());
    let asked = ann.post("/customers/delete", &[id(&beta), id(&gamma), ("csrf".to_owned(), token)]).await;
    asked.see_status(401).see("what you typed is kept");
    let back = ann.send(&asked, &[("email", &acme.email), ("password", PASSWORD)]).await;
    ann.press(&back, "Save").await.see("Delete 2 customers?");
}

#[actix_web::test]
async fn a_file_is_chosen_again_on_the_page_it_was_sent_from() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    app.wait_hours(2);
    let body = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"d.json\"\r\n\r\n{}\r\n--b--\r\n";
    let answer = ann.post_body("/dashboards/import", "multipart/form-data; boundary=b", body.into()).await;
    answer.see_status(303);
    assert!(answer.location().starts_with("/sign-in?next="), "{}", answer.location());
}

#[actix_web::test]
async fn what_was_typed_goes_back_to_whoever_typed_it_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let invited = [("email", "bob@acme.example"), ("activation_method", "link")];
    let link = acme.admin().await.submit("/administrators/new", &invited).await.value("#link");
    app.stranger().submit(&link, &[("password", PASSWORD)]).await;
    for (other, start) in [("mia@beta.example", "/home"), ("bob@acme.example", "/customers")] {
        let ann = acme.admin().await;
        let form = ann.get(&beta).await;
        // Whether the session ran out or was ended in another tab.
        if start == "/home" {
            app.wait_hours(2);
        } else {
            ann.press(&ann.get("/account").await, "Sign out").await;
        }
        let asked = ann.send(&form, &[("title", "Beta"), ("description", "Words of Ann")]).await;
        asked.see_status(401).see("what you typed is kept");
        let entered = ann.send(&asked, &[("email", other), ("password", PASSWORD)]).await;
        entered.see_path(start).see_no("still here");
        assert!(!entered.html.contains("Words of Ann"));
    }
}

#[actix_web::test]
async fn a_form_of_an_earlier_session_of_the_same_person_can_be_sent_again() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let form = ann.get("/customers/new").await;
    // In another tab.
    ann.press(&ann.get("/account").await, "Sign out").await;
    ann.sign_in(&acme.email, PASSWORD).await.see_path("/customers");

    let back = ann.send(&form, &[("title", "Gamma"), ("city", "Gdańsk")]).await;
    back.see_status(403).see("Your changes are still here").see("City Gdańsk");
    ann.press(&back, "Save").await.see("Gamma was added.");

    ann.press(&ann.get("/account").await, "Sign out").await;
    ann.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    let refused = ann.send(&form, &[("title", "Delta"), ("city", "Gdańsk")]).await;
    assert!(refused.status == 404 && !refused.html.contains("Gdańsk"), "{}", refused.text());
}
