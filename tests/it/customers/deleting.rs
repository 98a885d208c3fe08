//! Deleting one customer: what is said before, what must be typed, and what goes.

use super::{add_titled, token};
use crate::support::actor::Page;
use crate::support::app::App;

/// What the question counts.
fn counts(page: &Page) -> Vec<String> {
    page.all(".counts li")
}

#[actix_web::test]
async fn a_customer_alone_is_deleted_after_one_question() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add_titled(&ann, ["Alpha", "Beta"]).await;
    let list = ann.get("/customers").await;
    let asked = ann.get(&list.href_in_row("Beta", "Delete customer: Beta")).await;
    assert_eq!((asked.h1(), asked.title()), ("Delete Beta?".into(), "Delete Beta? – Tenantry".into()));
    asked.see("It has no inner customers and no users.").see("This cannot be reversed.");
    assert!(asked.all("[name=confirm]").is_empty() && counts(&asked).is_empty());
    assert_eq!(asked.href("Cancel"), list.href("Beta"));
    assert_eq!(ann.get("/customers").await.rows(), ["Beta", "Alpha"], "asking deletes nothing");
    let after = ann.press(&asked, "Delete customer").await;
    after.see_path("/customers").see("Beta was deleted.").see("1 customer");
    assert_eq!((after.rows(), after.one(".pager p")), (vec!["Alpha".to_owned()], "1–1 of 1".into()));
    ann.get("/customers?q=beta").await.see("Nothing matches “beta”");
    ann.get(&list.href("Beta")).await.see_status(404).see("Page not found");
    ann.press(&asked, "Delete customer").await.see_status(404);
    // The title is free again.
    add_titled(&ann, ["BETA"]).await;
}

#[actix_web::test]
async fn what_goes_along_is_counted_and_the_title_must_be_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    let beta = acme.customer_under("Beta Straße", &alpha).await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    acme.customer_under("Delta", &alpha).await;
    for (customer, email) in [(&beta, "a@beta.example"), (&gamma, "b@gamma.example"), (&gamma, "c@gamma.example")] {
        acme.invite(customer, email).await;
    }
    let question = format!("{beta}/delete");
    let asked = ann.get(&question).await;
    let told = ["1 inner customer will be deleted", "3 users will be deleted and signed out"];
    assert_eq!(counts(&asked), told);
    assert_eq!(asked.one("#f-confirm-hint"), "Beta Straße");
    assert_eq!(asked.all(".crumbs a"), ["Customers", "Alpha", "Beta Straße"]);
    for wrong in ["", "Beta", "Beta Straße.", "Gamma", "yes", "\0"] {
        let page = ann.send(&asked, &[("confirm", wrong)]).await;
        page.see_status(422);
        assert_eq!(page.title(), "Error: Delete Beta Straße? – Tenantry");
        assert_eq!(page.error("confirm"), "Type the title, Beta Straße, to confirm");
        assert_eq!(
            (page.value("#f-confirm"), counts(&page)),
            (wrong.replace('\0', "\u{fffd}"), told.map(String::from).into())
        );
    }
    ann.get("/customers").await.see("1 customer (4 including inner customers)");
    // Whoever knows the address but not the question is asked as well.
    let (name, token) = token(&ann).await;
    ann.post(&question, &[(name, token)]).await.see_status(422);

    let after = ann.send(&asked, &[("confirm", "  beta STRASSE ")]).await;
    after.see_path(&format!("{alpha}/customers")).see("Beta Straße was deleted.");
    assert_eq!((after.rows(), after.all(".tabs a").remove(2)), (vec!["Delta".to_owned()], "Inner customers 1".into()));
    ann.get("/customers").await.see("1 customer (2 including inner customers)");
    for gone in [&beta, &gamma, &format!("{gamma}/users"), &question] {
        ann.get(gone).await.see_status(404);
    }
    // Their addresses are free again.
    acme.invite(&alpha, "c@gamma.example").await;
    let asked = ann.get(&format!("{alpha}/delete")).await;
    assert_eq!(counts(&asked), ["1 inner customer will be deleted", "1 user will be deleted and signed out"]);
    ann.send(&asked, &[("confirm", "Alpha")]).await.see_path("/customers").see("Alpha was deleted.");
    ann.get("/customers").await.see("No customers yet");
}

#[actix_web::test]
async fn users_of_a_deleted_branch_are_signed_out_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    let beta = acme.customer_under("Beta", &alpha).await;
    let other = acme.customer("Other").await;
    let (dan, eve, fay) = (
        acme.user(&alpha, "dan@alpha.example").await,
        acme.user(&beta, "eve@beta.example").await,
        acme.user(&other, "fay@other.example").await,
    );
    let link = acme.invite(&beta, "new@beta.example").await;
    ann.submit(&format!("{alpha}/delete"), &[("confirm", "Alpha")]).await.see("Alpha was deleted.");
    for gone in [&dan, &eve] {
        assert!(gone.get("/home").await.path.starts_with("/sign-in"));
    }
    assert_eq!(fay.get("/home").await.h1(), "Other");
    let page = dan.sign_in("dan@alpha.example", crate::support::app::PASSWORD).await;
    page.see_path("/sign-in");
    assert!(!app.stranger().get(&link).await.has_button("Activate"), "an invitation into it is void");
    assert!(app.stranger().get(&link).await.all("[name=password]").is_empty());
}

#[actix_web::test]
async fn a_customer_added_in_the_meantime_is_not_deleted_unseen() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    let asked = ann.get(&format!("{alpha}/delete")).await;
    acme.customer_under("Beta", &alpha).await;
    let page = ann.press(&asked, "Delete customer").await;
    page.see_status(422);
    assert_eq!(counts(&page), ["1 inner customer will be deleted"]);
    assert_eq!(page.error("confirm"), "Type the title, Alpha, to confirm");
    ann.send(&page, &[("confirm", "Alpha")]).await.see("Alpha was deleted.");
    ann.get("/customers").await.see("No customers yet");
}
