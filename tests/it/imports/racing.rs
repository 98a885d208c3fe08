//! Imports beside people who change the same rows: one waits for the other, and never both.

use super::{check, counts, import};
use crate::support::actor::{Actor, Page, at_once};
use crate::support::app::App;
use crate::support::paused_server::{assert_free, hold, hold_rows};

/// Adds Beta, then Gamma, and imports a file while somebody holds the rows of `held`; until those are let go, those of
/// `free` must be in nobody's hands.
async fn import_beside((app, ann): (&App, &Actor), (what, file): (&str, &str), held: &str, free: &str) -> Page {
    import(ann, "customers", "Title,Parent customer\nBeta,\nGamma,\n").await;
    let checked = check(ann, what, file).await;
    let held = hold_rows(app, held);
    let page = ann.press(&checked, &checked.all("form[action$='/commit'] button")[0]).await;
    let held = held.met(1).await;
    assert_free(app, free);
    held.release();
    ann.get_until(&page.path, "imported.").await
}

#[actix_web::test]
async fn whoever_moves_customers_is_not_waited_for_with_a_customer_in_hand() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let file = "Title,Parent customer,Description\nBeta,,on the hill\nGamma,Beta,by the river\n";
    let held = "select id from tenants";
    let done = import_beside((&app, &ann), ("customers", file), held, "select id from customers").await;
    assert_eq!(counts(&done), ["0", "2", "0", "0"]);
    ann.get("/customers?q=river").await.see("Gamma");
}

#[actix_web::test]
async fn users_are_added_to_all_their_customers_or_to_none_before_others_change_them() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    // In the file, the customer that was added last comes first.
    let file = "Email,Customer\nmia@gamma.example,Gamma\njo@beta.example,Beta\n";
    let held = "select id from customers where title = 'Beta'";
    let free = "select id from customers where title = 'Gamma'";
    let done = import_beside((&app, &ann), ("users", file), held, free).await;
    assert_eq!(counts(&done), ["2", "0", "0", "0"]);
}

#[actix_web::test]
async fn of_two_who_begin_an_import_at_the_same_moment_one_does() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let checked = check(&ann, "devices", "Name\nTH-1\n").await;
    let mut both = Vec::new();
    for person in [ann.clone(), acme.admin().await] {
        let page = person.get(&checked.path).await;
        both.push(async move { person.press(&page, "Import 1 row").await });
    }
    // The first holds the import while it begins.
    let held = hold(&app, "imports");
    let (pages, ()) = tokio::join!(at_once(both), held.release_at(2));
    let refused: Vec<&Page> = pages.iter().filter(|page| page.text().contains("had begun already")).collect();
    assert_eq!(refused.len(), 1, "{}", pages[0].text());
    ann.get_until(&checked.path, "imported.").await;
    assert_eq!(ann.get("/devices").await.rows(), ["TH-1"]);
}
