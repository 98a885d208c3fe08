//! The details of a customer: what they show, and saving them.

use super::{add, add_titled, colleague, id};
use crate::support::app::App;

#[actix_web::test]
async fn saving_changes_what_was_changed_and_nothing_else() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let beta = add(
        &ann,
        &[&[("title", "Beta"), ("city", "Lyon"), ("country", "FR"), ("phone", "+33 1"), ("description", "One\r\nTwo")]],
    )
    .await
    .remove(0);
    let page = ann.submit(&beta, &[("title", " Beta Farms "), ("city", ""), ("email", "o@beta.example")]).await;
    page.see_path(&beta).see("Beta Farms was saved.");
    for (field, value) in [
        ("title", "Beta Farms"),
        ("city", ""),
        ("email", "o@beta.example"),
        ("country", "FR"),
        ("phone", "+33 1"),
        ("description", "One\nTwo"),
    ] {
        assert_eq!(page.value(&format!("#f-{field}")), value);
    }
    let row = ann.get("/customers").await.row("Beta Farms");
    assert!(row.contains("o@beta.example") && row.contains("France") && !row.contains("Lyon"), "{row}");
    for (term, hits) in [("farms", 1), ("o@beta", 1), ("lyon", 0), ("two", 1)] {
        assert_eq!(ann.get(&format!("/customers?q={term}")).await.rows().len(), hits, "{term}");
    }
    // Its own title in another case is no other's.
    ann.submit(&beta, &[("title", "BETA farms")]).await.see("BETA farms was saved.");
    // Saving what nobody changed is no conflict.
    ann.submit(&beta, &[]).await.see("Nothing was changed: BETA farms is as before.");
}

#[actix_web::test]
async fn the_details_say_who_did_what_and_when() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let page = ann.get(&beta).await;
    assert_eq!(page.all(".facts dd"), ["just now by you", "just now by you"]);
    assert_eq!(page.one("#id"), id(&beta));
    let bob = colleague(&app, &ann, "Bob", "Berg").await;
    let page = bob.get(&beta).await;
    assert_eq!(page.all(".facts dd"), ["just now by admin@acme.example", "just now by admin@acme.example"]);

    app.wait_hours(72);
    let bob = app.stranger();
    bob.sign_in("bob@berg.example", crate::support::app::PASSWORD).await.see_path("/customers");
    bob.submit(&beta, &[("city", "Lyon")]).await.see("Beta was saved.");
    let ann = acme.admin().await;
    let page = ann.get(&beta).await;
    let [created, changed] = &page.all(".facts dd")[..] else { panic!("two facts") };
    assert!(created.ends_with(" by you") && !created.starts_with("just now"), "{created}");
    assert_eq!(changed, "just now by Bob Berg");
    let exact = page.attributes(".facts time", "title");
    assert!(exact.iter().all(|time| time.ends_with(" UTC")), "{exact:?}");
    ann.set_cookie("tz", "Asia/Tokyo");
    let exact = ann.get(&beta).await.attributes(".facts time", "title");
    assert!(exact.iter().all(|time| time.ends_with(" JST")), "{exact:?}");

    // Who is gone did it all the same.
    let list = ann.get("/administrators").await;
    let path = list.href("Bob Berg");
    ann.submit(&format!("{path}/delete"), &[]).await.see("Bob Berg was deleted.");
    assert_eq!(ann.get(&beta).await.all(".facts dd")[1], "just now by a deleted administrator");
}

#[actix_web::test]
async fn what_is_wrong_with_a_change_is_said_at_once_and_nothing_is_saved() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let beta = add_titled(&ann, ["Gamma", "Beta"]).await.remove(1);
    let page = ann.submit(&beta, &[("title", "GAMMA"), ("email", "nowhere"), ("city", "Lyon")]).await;
    page.see_status(422).see_path(&beta);
    assert_eq!((page.title(), page.h1()), ("Error: Beta – Tenantry".into(), "Beta".into()));
    let told = ["A customer with this title already exists", "Enter an email address in the form name@example.com"];
    assert_eq!(page.all(".summary a"), told);
    assert_eq!((page.error("title"), page.error("email")), (told[0].into(), told[1].into()));
    for (field, typed) in [("title", "GAMMA"), ("email", "nowhere"), ("city", "Lyon")] {
        assert_eq!(page.value(&format!("#f-{field}")), typed);
    }
    let stored = ann.get(&beta).await;
    assert_eq!((stored.value("#f-title"), stored.value("#f-city")), ("Beta".into(), String::new()));
    let page = ann.send(&page, &[("title", "Beta 2"), ("email", "")]).await;
    page.see("Beta 2 was saved.");
    assert_eq!(page.value("#f-city"), "Lyon");
    let page = ann.send(&page, &[("title", " ")]).await;
    assert_eq!(page.see_status(422).error("title"), "Enter a title");
}

#[actix_web::test]
async fn the_longest_texts_can_be_saved_again() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let (long, description) = ("😀".repeat(255), "\"😀".repeat(1000));
    let mut fields = vec![("description", description.as_str())];
    for field in ["title", "state", "city", "zip", "address", "address2", "phone"] {
        fields.push((field, &long));
    }
    let beta = ann.submit("/customers/new", &fields).await;
    beta.see("was added.");
    let page = ann.send(&beta, &[("email", "office@beta.example")]).await;
    page.see_status(200).see("was saved.");
    assert_eq!((page.value("#f-description"), page.value("#f-email")), (description, "office@beta.example".into()));
}

#[actix_web::test]
async fn a_customer_who_is_gone_cannot_be_saved() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, bob) = (acme.admin().await, acme.admin().await);
    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let form = ann.get(&beta).await;
    bob.submit(&format!("{beta}/delete"), &[]).await.see("Beta was deleted.");
    for wrong in ["Beta", ""] {
        let kept = ann.send(&form, &[("title", wrong)]).await;
        assert_eq!(kept.see_status(404).value("#f-title"), wrong);
    }
    for page in ["", "/delete", "/customers", "/users", "/users/new"] {
        ann.get(&format!("{beta}{page}")).await.see_status(404);
    }
    ann.get("/customers").await.see("No customers yet");
}
