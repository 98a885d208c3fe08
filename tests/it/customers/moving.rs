//! Moving a customer under another parent, or to the top.

use super::{add, add_titled, colleague, id, token};
use crate::support::actor::Actor;
use crate::support::app::App;

/// How many inner customers the tab of a customer says.
async fn inner(person: &Actor, path: &str) -> String {
    person.get(path).await.all(".tabs a").remove(2)
}

#[actix_web::test]
async fn a_moved_customer_takes_its_branch_along_and_the_counts_follow() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let [alpha, beta] = &add_titled(&ann, ["Alpha", "Beta"]).await[..] else { panic!("two") };
    let gamma = acme.customer_under("Gamma", alpha).await;
    let delta = acme.customer_under("Delta", &gamma).await;

    let moved = ann.submit(&gamma, &[("parent", id(beta))]).await;
    moved.see("Gamma was saved.");
    assert_eq!(moved.all(".crumbs a"), ["Customers", "Beta"]);
    assert_eq!(ann.get(&delta).await.all(".crumbs a"), ["Customers", "Beta", "Gamma"]);
    assert_eq!(
        (inner(&ann, alpha).await, inner(&ann, beta).await),
        ("Inner customers 0".into(), "Inner customers 1".into())
    );
    assert_eq!(ann.get(&format!("{beta}/customers")).await.rows(), ["Gamma"]);
    ann.get(beta).await.see("inner customer (2 at all levels) 1");
    ann.get("/customers").await.see("2 customers (4 including inner customers)");
    assert_eq!(ann.get("/customers?q=delta").await.all(".sub"), ["Beta / Gamma"]);

    let moved = ann.submit(&gamma, &[("parent", "")]).await;
    assert_eq!(moved.see("Gamma was saved.").all(".crumbs a"), ["Customers"]);
    assert_eq!(inner(&ann, beta).await, "Inner customers 0");
    let list = ann.get("/customers").await;
    assert_eq!(
        (list.rows(), list.one(".pager p")),
        (["Gamma", "Beta", "Alpha"].map(String::from).into(), "1–3 of 3".into())
    );
    list.see("3 customers (4 including inner customers)");

    ann.submit(beta, &[("parent", id(&delta))]).await.see("Beta was saved.");
    ann.get("/customers").await.see("2 customers (4 including inner customers)").see("1–2 of 2");
    assert_eq!(inner(&ann, &delta).await, "Inner customers 1");
    // Saved where it stands already, nothing moves.
    ann.submit(beta, &[("city", "Lyon")]).await.see("Beta was saved.");
    assert_eq!(inner(&ann, &delta).await, "Inner customers 1");
}

#[actix_web::test]
async fn a_parent_of_the_own_branch_is_told_with_everything_else_that_is_wrong() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    let beta = acme.customer_under("Beta", &alpha).await;
    acme.customer("Omega").await;
    let (action, fields) = ann.get(&alpha).await.filled(&[("title", "omega"), ("parent", id(&beta))]);
    let taken = "A customer with this title already exists";
    for (email, wrong) in [("", 2), ("beta", 3)] {
        let mut fields = fields.clone();
        fields.retain(|(name, _)| name != "email");
        fields.push(("email".into(), email.into()));
        let page = ann.post(&action, &fields).await;
        assert_eq!((page.status, page.all("[data-error-summary] li").len()), (422, wrong));
        assert_eq!(page.error("title"), taken);
        assert!(page.error("parent").starts_with("Choose another parent customer"), "{}", page.error("parent"));
    }
}

#[actix_web::test]
async fn a_customer_is_never_placed_under_itself_or_its_branch() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    let beta = acme.customer_under("Beta", &alpha).await;
    let gamma = acme.customer_under("Gamma", &beta).await;
    acme.customer("Omega").await;
    let form = ann.get(&beta).await;
    assert_eq!(form.all("#f-parent option"), ["None", "Alpha", "Omega"], "what cannot be is not offered");
    for under in [&beta, &gamma] {
        let page = ann.send(&form, &[("parent", id(under)), ("city", "Lyon")]).await;
        page.see_status(422);
        let words =
            "Choose another parent customer; a customer cannot be placed under itself or one of its inner customers";
        assert_eq!(page.error("parent"), words);
        assert_eq!(page.value("#f-city"), "Lyon");
    }
    for title in ["Beta", "gamma"] {
        assert!(ann.send(&form, &[("parent", title)]).await.error("parent").contains("under itself"));
    }
    assert_eq!(ann.get(&gamma).await.all(".crumbs a"), ["Customers", "Alpha", "Beta"]);
    ann.get("/customers").await.see("2 customers (4 including inner customers)");
}

#[actix_web::test]
async fn a_parent_that_is_gone_or_another_tenants_cannot_be_chosen() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let [alpha, beta] = &add_titled(&ann, ["Alpha", "Beta"]).await[..] else { panic!("two") };
    let (form, new) = (ann.get(beta).await, ann.get(&format!("/customers/new?parent={}", id(alpha))).await);
    assert_eq!(new.value("#f-parent"), id(alpha));
    ann.submit(&format!("{alpha}/delete"), &[]).await.see("Alpha was deleted.");
    let foreign = app.tenant("Bolt").await.customer("Foreign").await;
    for parent in [id(alpha), id(&foreign), "Foreign", "nobody", "\0"] {
        let page = ann.send(&form, &[("parent", parent)]).await;
        assert_eq!(page.see_status(422).error("parent"), "Choose a parent customer that exists");
        let page = ann.send(&new, &[("title", "Gamma"), ("parent", parent)]).await;
        assert_eq!(page.see_status(422).error("parent"), "Choose a parent customer that exists");
        assert_eq!(ann.get(&format!("/customers/new?parent={}", id(&foreign))).await.value("#f-parent"), "");
    }
    assert_eq!(ann.get("/customers").await.rows(), ["Beta"]);
}

/// Sends two forms at the same moment and answers what became of each.
async fn at_once(one: (&Actor, &str, &[(&str, &str)]), other: (&Actor, &str, &[(&str, &str)])) -> [u16; 2] {
    let mut sent = Vec::new();
    for (person, address, typed) in [one, other] {
        let (address, fields) = person.get(address).await.filled(typed);
        let person = person.clone();
        sent.push(async move { person.post(&address, &fields).await.status });
    }
    let (other, one) = (sent.remove(1), sent.remove(0));
    let other = actix_web::rt::spawn(other);
    [one.await, other.await.unwrap()]
}

#[actix_web::test]
async fn two_moves_at_once_never_make_a_circle() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let bob = colleague(&app, &ann, "Bob", "Berg").await;
    for round in 0..8 {
        let titles = [format!("Alpha {round}"), format!("Beta {round}")];
        let [alpha, beta] = &add_titled(&ann, &titles).await[..] else { panic!("two") };
        let mut answers = at_once((&ann, alpha, &[("parent", id(beta))]), (&bob, beta, &[("parent", id(alpha))])).await;
        answers.sort_unstable();
        assert_eq!(answers, [303, 422]);
    }
    ann.get("/customers").await.see("8 customers (16 including inner customers)").see("1–8 of 8");
}

#[actix_web::test]
async fn what_moves_out_of_a_branch_while_it_is_deleted_is_counted_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let bob = colleague(&app, &ann, "Bob", "Berg").await;
    for round in 0..8 {
        let alpha = acme.customer(&format!("Alpha {round}")).await;
        let beta = acme.customer_under(&format!("Beta {round}"), &alpha).await;
        let title = format!("Alpha {round}");
        let delete = format!("{alpha}/delete");
        let [_, deleted] = at_once((&bob, &beta, &[("parent", "")]), (&ann, &delete, &[("confirm", &title)])).await;
        assert_eq!(deleted, 303);
    }
    let list = ann.get("/customers?size=100").await;
    let left = list.rows().len();
    if left == 0 {
        list.see("No customers yet");
    } else {
        let customers = if left == 1 { "customer" } else { "customers" };
        list.see(&format!("{left} {customers} ")).see(&format!("1–{left} of {left}")).see_no("including inner");
    }
    acme.customer("Omega").await;
    assert_eq!(ann.get("/customers").await.one(".pager p"), format!("1–{} of {}", left + 1, left + 1));
}

#[actix_web::test]
async fn among_many_customers_a_parent_is_chosen_by_its_title() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let titles: Vec<String> = (1..=200).map(|n| format!("Customer {n:03}")).collect();
    let paths = add_titled(&ann, &titles).await;
    assert_eq!(ann.get("/customers/new").await.all("#f-parent option").len(), 201);
    let beta = add(&ann, &[&[("title", "Beta"), ("parent", id(&paths[6]))]]).await.remove(0);

    let form = ann.get(&beta).await;
    assert_eq!(form.value("#f-parent"), "Customer 007");
    assert_eq!(form.attributes("#f-parent", "data-suggest-url"), ["/customers/suggestions"]);
    form.see("Leave empty for a top-level customer");
    let moved = ann.send(&form, &[("parent", "  CUSTOMER 008 ")]).await;
    assert_eq!(moved.see("Beta was saved.").all(".crumbs a"), ["Customers", "Customer 008"]);
    assert_eq!(moved.value("#f-parent"), "Customer 008");
    let page = ann.send(&moved, &[("parent", "Customer 00")]).await;
    assert_eq!(page.see_status(422).error("parent"), "Choose a parent customer that exists");
    assert_eq!(page.value("#f-parent"), "Customer 00");
    let page = ann.submit(&paths[7], &[("parent", "beta")]).await;
    assert!(page.see_status(422).error("parent").contains("cannot be placed under itself"));
    let top = ann.submit(&beta, &[("parent", "")]).await;
    assert_eq!(top.see("Beta was saved.").all(".crumbs a"), ["Customers"]);

    let new = ann.get(&format!("/customers/new?parent={}", id(&beta))).await;
    assert_eq!(new.value("#f-parent"), "Beta");
    let again = ann.fill_and_press(&new, &[("title", "Gamma")], "Add and add another").await;
    assert_eq!(again.see("Gamma was added.").value("#f-parent"), "Beta");
}

#[actix_web::test]
async fn suggestions_go_on_from_what_is_typed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha \"<b>\" 100%").await;
    acme.customer_under("Beta", &alpha).await;
    acme.customer("bergen").await;
    acme.customer("The alphabet").await;
    let suggest = async |person: &Actor, q: &str| -> Vec<(String, String)> {
        let page = person.get(&format!("/customers/suggestions?q={q}")).await;
        assert_eq!(page.see_status(200).headers["content-type"], "application/json");
        let found: serde_json::Value = serde_json::from_str(&page.html).unwrap();
        let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
        found.as_array().unwrap().iter().map(|one| (text(one, "title"), text(one, "path"))).collect()
    };
    let (a, b) = ("Alpha \"<b>\" 100%".to_owned(), "Beta".to_owned());
    let path = format!("{a} / {b}");
    assert_eq!(suggest(&ann, "be").await, [("bergen".to_owned(), "bergen".to_owned()), (b.clone(), path.clone())]);
    assert_eq!(suggest(&ann, "BETA").await, [(b, path)]);
    assert_eq!(suggest(&ann, "alpha").await, [(a.clone(), a.clone()), ("The alphabet".into(), "The alphabet".into())]);
    assert_eq!(suggest(&ann, "100%25").await, [(a.clone(), a)]);
    for nothing in ["%25", "_", "x", "%00be%00ta%00x", "\u{10ffff}"] {
        assert_eq!(suggest(&ann, nothing).await, [], "{nothing}");
    }
    add_titled(&ann, (10..30).map(|n| format!("Customer {n}"))).await;
    assert_eq!(suggest(&ann, "cust").await.len(), 10);
    assert_eq!(suggest(&ann, "").await.len(), 10);
    let bob = app.tenant("Bolt").await.admin().await;
    assert_eq!(suggest(&bob, "alpha").await, []);
    let dan = acme.user(&alpha, "dan@alpha.example").await;
    dan.get("/customers/suggestions?q=be").await.see_status(404);
    assert!(!token(&ann).await.1.is_empty(), "still signed in");
}
