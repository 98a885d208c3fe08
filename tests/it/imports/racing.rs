//! Imports beside people who change the same rows: one waits for the other, and never both.

use super::{check, counts, import};
use crate::support::app::App;
use crate::support::held::{assert_free, hold_rows};

#[actix_web::test]
async fn whoever_moves_customers_is_not_waited_for_with_a_customer_in_hand() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    import(&ann, "customers", "Title,Parent customer\nBeta,\nGamma,\n").await;
    let file = "Title,Parent customer,Description\nBeta,,on the hill\nGamma,Beta,by the river\n";
    let checked = check(&ann, "customers", file).await;
    let held = hold_rows(&app, "select id from tenants");
    let page = ann.press(&checked, &checked.all("form[action$='/commit'] button")[0]).await;
    let held = held.met(1).await;
    assert_free(&app, "select id from customers");
    held.release();
    let done = ann.get_until(&page.path, "imported.").await;
    assert_eq!(counts(&done), ["0", "2", "0", "0"]);
    ann.get("/customers?q=river").await.see("Gamma");
}

#[actix_web::test]
async fn users_are_added_to_all_their_customers_or_to_none_before_others_change_them() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    import(&ann, "customers", "Title\nBeta\nGamma\n").await;
    // In the file, the customer that was added last comes first.
    let file = "Email,Customer\nmia@gamma.example,Gamma\njo@beta.example,Beta\n";
    let checked = check(&ann, "users", file).await;
    let held = hold_rows(&app, "select id from customers where title = 'Beta'");
    let page = ann.press(&checked, &checked.all("form[action$='/commit'] button")[0]).await;
    let held = held.met(1).await;
    assert_free(&app, "select id from customers where title = 'Gamma'");
    held.release();
    let done = ann.get_until(&page.path, "imported.").await;
    assert_eq!(counts(&done), ["2", "0", "0", "0"]);
}
