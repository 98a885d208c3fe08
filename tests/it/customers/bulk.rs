//! Deleting several customers: those that are selected in a list, or all that match.

use super::{add_titled, id, token};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

/// Selects rows of a list by their titles and presses "Delete".
async fn delete_selected(person: &Actor, list: &Page, titles: &[&str]) -> Page {
    let ids: Vec<String> = titles.iter().map(|title| id(&list.href(title)).to_owned()).collect();
    let fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
    person.fill_and_press(list, &fields, "Delete").await
}

#[actix_web::test]
async fn selected_customers_are_deleted_when_their_number_is_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = add_titled(&ann, ["Alpha", "Beta", "Gamma", "Delta"]).await.remove(0);
    let inner = acme.customer_under("Inner", &alpha).await;
    acme.invite(&inner, "dan@inner.example").await;
    let list = ann.get("/customers").await;
    let asked = delete_selected(&ann, &list, &["Alpha", "Beta", "Delta"]).await;
    assert_eq!((asked.status, asked.h1()), (200, "Delete 3 customers?".into()));
    assert_eq!(asked.all(".counts li"), ["1 inner customer will be deleted", "1 user will be deleted and signed out"]);
    assert_eq!(asked.href("Cancel"), "/customers");
    assert_eq!(asked.one("#f-confirm-hint"), "3");
    for wrong in ["", "2", "4", "Alpha", "three"] {
        let page = ann.send(&asked, &[("confirm", wrong)]).await;
        page.see_status(422);
        assert_eq!(page.error("confirm"), "Type 3, the number of customers, to confirm");
    }
    ann.get("/customers").await.see("4 customers (5 including inner customers)");
    let after = ann.send(&asked, &[("confirm", " 3 ")]).await;
    after.see_path("/customers").see("3 customers were deleted.");
    assert_eq!((after.rows(), after.one(".pager p")), (vec!["Gamma".to_owned()], "1–1 of 1".into()));
    ann.get(&inner).await.see_status(404);
    // Sent once more, there is nothing left of it.
    ann.send(&asked, &[("confirm", "3")]).await.see_refusal("Nothing was selected, so nothing was deleted.");
}

#[actix_web::test]
async fn one_selected_customer_is_asked_about_by_its_title() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = add_titled(&ann, ["Alpha", "Beta"]).await.remove(0);
    acme.customer_under("Inner", &alpha).await;
    let asked = delete_selected(&ann, &ann.get("/customers").await, &["Beta"]).await;
    asked.see("It has no inner customers and no users.");
    assert_eq!(asked.h1(), "Delete Beta?");
    ann.press(&asked, "Delete customer").await.see("Beta was deleted.");
    let asked = delete_selected(&ann, &ann.get("/customers").await, &["Alpha"]).await;
    let page = ann.send(&asked, &[("confirm", "1")]).await;
    assert_eq!(page.see_status(422).error("confirm"), "Type the title, Alpha, to confirm");
    ann.send(&page, &[("confirm", "alpha")]).await.see("Alpha was deleted.");
    ann.get("/customers").await.see("No customers yet");
}

#[actix_web::test]
async fn a_customer_and_its_inner_one_can_be_selected_together() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root farm").await;
    let alpha = acme.customer_under("Alpha farm", &root).await;
    let beta = acme.customer_under("Beta farm", &alpha).await;
    acme.customer_under("Gamma", &beta).await;
    acme.customer_under("Delta", &root).await;
    let found = ann.get("/customers?q=farm").await;
    let asked = delete_selected(&ann, &found, &["Alpha farm", "Beta farm"]).await;
    assert_eq!(asked.all(".counts li"), ["1 inner customer will be deleted"]);
    ann.send(&asked, &[("confirm", "2")]).await.see("2 customers were deleted.");
    ann.get("/customers").await.see("1 customer (2 including inner customers)");
    ann.get(&root).await.see("inner customer 1");
    assert_eq!(ann.get(&format!("{root}/customers")).await.rows(), ["Delta"]);
}

#[actix_web::test]
async fn all_that_match_are_deleted_over_every_page_and_nothing_else() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let keep = add_titled(&ann, ["Keep"]).await.remove(0);
    add_titled(&ann, (10..22).map(|n| format!("Farm {n}"))).await;
    acme.customer_under("Inner farm", &keep).await;
    let found = ann.get("/customers?q=farm&size=10").await;
    found.see("Select all 13 that match");
    let asked = ann.fill_and_press(&found, &[("all", "yes")], "Delete").await;
    assert_eq!(asked.h1(), "Delete 13 customers?");
    assert!(asked.attributes("[name=ids]", "value").is_empty(), "they are not listed one by one");
    // One more matches by the time that it is confirmed.
    add_titled(&ann, ["Farm 99"]).await;
    let page = ann.send(&asked, &[("confirm", "13")]).await;
    assert_eq!(page.see_status(422).error("confirm"), "Type 14, the number of customers, to confirm");
    ann.send(&page, &[("confirm", "14")]).await.see("14 customers were deleted.");
    let list = ann.get("/customers").await;
    list.see("1 customer");
    assert_eq!(list.rows(), ["Keep"]);

    // Two characters match the beginnings of titles only; none at all, the top level.
    add_titled(&ann, ["Be 1", "Be 2", "Abe"]).await;
    let asked = ann.fill_and_press(&ann.get("/customers?q=be").await, &[("all", "yes")], "Delete").await;
    ann.send(&asked, &[("confirm", "2")]).await.see("2 customers were deleted.");
    assert_eq!(ann.get("/customers").await.rows(), ["Abe", "Keep"]);
    acme.customer_under("Inner", &keep).await;
    let asked = ann.fill_and_press(&ann.get("/customers").await, &[("all", "yes")], "Delete").await;
    assert_eq!((asked.h1(), asked.all(".counts li").len()), ("Delete 2 customers?".into(), 1));
    ann.send(&asked, &[("confirm", "2")]).await.see("No customers yet");
}

#[actix_web::test]
async fn inner_customers_are_deleted_from_their_own_list() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    for title in ["Farm 1", "Farm 2", "Mill"] {
        acme.customer_under(title, &alpha).await;
    }
    acme.customer("Farm elsewhere").await;
    let address = format!("{alpha}/customers");
    let farms = format!("{address}?q=farm");
    let asked = ann.fill_and_press(&ann.get(&farms).await, &[("all", "yes")], "Delete").await;
    assert_eq!((asked.h1(), asked.href("Cancel")), ("Delete 2 customers?".into(), farms.clone()));
    let after = ann.send(&asked, &[("confirm", "2")]).await;
    after.see_path(&farms).see("2 customers were deleted.").see("Nothing matches");
    let after = ann.get(&address).await;
    assert_eq!(after.rows(), ["Mill"]);
    ann.get("/customers").await.see("2 customers (3 including inner customers)");
    let asked = ann.fill_and_press(&after, &[("all", "yes")], "Delete").await;
    assert_eq!(asked.h1(), "Delete Mill?");
    ann.press(&asked, "Delete customer").await.see_path(&address).see("Mill was deleted.").see("No inner customers");
}

#[actix_web::test]
async fn a_selection_that_means_nothing_deletes_nothing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let [alpha, _] = &add_titled(&ann, ["Alpha", "Beta"]).await[..] else { panic!("two") };
    let foreign = app.tenant("Bolt").await.customer("Foreign").await;
    let list = ann.get("/customers").await;
    ann.press(&list, "Delete").await.see_refusal("Nothing was selected, so nothing was deleted.");
    let token = token(&ann).await;
    let post = async |fields: &[(&str, &str)]| {
        let mut posted: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        posted.push(token.clone());
        ann.post("/customers/delete", &posted).await
    };
    for nobody in [id(&foreign), "nobody", "", "\0", "01900000-0000-7000-8000-000000000000"] {
        assert_eq!(post(&[("ids", nobody), ("asked", "yes"), ("confirm", "1")]).await.location(), "/customers");
    }
    for q in ["\0", "x\0y", "alp\0xx", "\u{7}nothing"] {
        let page = post(&[("all", "yes"), ("q", q), ("asked", "yes"), ("confirm", "7")]).await;
        assert!(page.status == 303 || page.status == 422, "{q:?}: {}", page.status);
    }
    for inside in ["nobody", "\0", id(&foreign), "01900000-0000-7000-8000-000000000000"] {
        let page = post(&[("all", "yes"), ("inside", inside), ("asked", "yes"), ("confirm", "2")]).await;
        assert!(page.status == 404 || page.location().ends_with("/customers"), "{inside:?}");
    }
    post(&[("asked", "yes"), ("asked", "yes")]).await.see_status(400).see("the field asked was sent twice");
    // One id many times over is one customer.
    let mut many = vec![("ids", id(alpha)); 1_100];
    let asked = post(&many).await;
    assert_eq!(asked.see_status(200).h1(), "Delete Alpha?");
    ann.get("/customers").await.see("2 customers").see("1–2 of 2");
    ann.get(&foreign).await.see_status(404);
    many.push(("asked", "yes"));
    post(&many).await.see_status(303);
    let list = ann.get("/customers").await;
    assert_eq!((list.rows(), list.one(".pager p")), (vec!["Beta".to_owned()], "1–1 of 1".into()));
    assert_eq!(app.tenant("Third").await.admin().await.get("/customers").await.rows(), [] as [String; 0]);
}

#[actix_web::test]
async fn after_deleting_the_list_is_as_it_was_searched_and_placed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    add_titled(&ann, (0..12).map(|n| format!("Quick {n}")).collect::<Vec<_>>().iter().map(String::as_str)).await;
    let first = ann.get("/customers?q=quick&sort=title&size=10").await;
    let second = ann.get(&first.href("Next")).await;
    let gone = second.rows()[1].clone();
    let asked = delete_selected(&ann, &second, &[&gone]).await;
    assert_eq!(asked.href("Cancel"), second.path);
    let after = ann.press(&asked, "Delete customer").await;
    after.see_path(&second.path).see("was deleted.");
    assert_eq!(after.rows(), second.rows()[..1]);
    // The garbage can of a row: the browser says which page it is on.
    let row = second.href_in_row(&second.rows()[0], &format!("Delete customer: {}", second.rows()[0]));
    let referer = format!("{}{}", app.base, first.path);
    let asked = ann.request(reqwest::Method::GET, &row, None, &[("referer", &referer)]).await;
    assert_eq!(asked.href("Cancel"), first.path);
    ann.press(&asked, "Delete customer").await.see_path(&first.path).see("was deleted.");
}
