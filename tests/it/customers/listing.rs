//! The list of customers: its order, its totals, and what it says when it is empty.

use super::{add, add_titled};
use crate::support::actor::Page;
use crate::support::app::App;

/// The column that the list is sorted by, and how.
fn sorted_by(page: &Page) -> (String, String) {
    let how = page.attributes("thead [aria-sort]", "aria-sort");
    assert_eq!(how.len(), 1, "sorted by one column");
    (page.one("thead [aria-sort]"), how[0].clone())
}

#[actix_web::test]
async fn every_column_sorts_both_ways_and_newest_first_is_usual() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let paths = add(
        &ann,
        &[
            &[("title", "delta"), ("email", "b@x.example"), ("city", "łódź"), ("country", "AT")],
            &[("title", "Alpha"), ("email", "C@x.example"), ("city", "Aachen"), ("country", "SE")],
            &[("title", "Čedok"), ("email", "a@x.example"), ("city", "zürich"), ("country", "CH")],
            &[("title", "beta"), ("city", "Bergen"), ("country", "DE")],
        ],
    )
    .await;
    for (path, users) in [(0, 1), (1, 3), (3, 2)] {
        for n in 0..users {
            acme.invite(&paths[path], &format!("user{n}@{path}.example")).await;
        }
    }
    let list = ann.get("/customers").await;
    assert_eq!(list.rows(), ["beta", "Čedok", "Alpha", "delta"]);
    assert_eq!(sorted_by(&list), ("Created".into(), "descending".into()));
    // Letters with accents beside those without; countries by their names, not by their codes.
    for (column, ascending, first_click) in [
        ("Title", ["Alpha", "beta", "Čedok", "delta"], "ascending"),
        ("Email", ["beta", "Čedok", "delta", "Alpha"], "ascending"),
        ("City", ["Alpha", "beta", "delta", "Čedok"], "ascending"),
        ("Country", ["delta", "beta", "Alpha", "Čedok"], "ascending"),
        ("Users", ["Čedok", "delta", "beta", "Alpha"], "descending"),
        ("Created", ["delta", "Alpha", "Čedok", "beta"], "ascending"),
    ] {
        let mut page = list.clone();
        let mut way = first_click;
        for _ in 0..2 {
            page = ann.get(&page.href(column)).await;
            let mut wanted = ascending;
            if way == "descending" {
                wanted.reverse();
            }
            assert_eq!(page.rows(), wanted, "{column} {way}");
            assert_eq!(sorted_by(&page), (column.into(), way.into()));
            way = if way == "ascending" { "descending" } else { "ascending" };
        }
    }
}

#[actix_web::test]
async fn equal_values_stay_in_the_order_of_their_creation_over_pages() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let customers: Vec<_> = (10..40).map(|n| (format!("Customer {n}"), if n % 2 == 0 { "Lyon" } else { "" })).collect();
    let forms: Vec<_> = customers.iter().map(|(title, city)| [("title", title.as_str()), ("city", city)]).collect();
    add(&ann, &forms.iter().map(|form| &form[..]).collect::<Vec<_>>()).await;
    let named = |numbers: &mut dyn Iterator<Item = usize>| -> Vec<String> {
        numbers.map(|n| format!("Customer {n}")).collect()
    };
    let upwards = named(&mut (11..40).step_by(2).chain((10..40).step_by(2)));
    let downwards: Vec<_> = upwards.iter().rev().cloned().collect();
    for (sort, wanted) in [("city", upwards), ("-city", downwards)] {
        let mut page = ann.get(&format!("/customers?size=10&sort={sort}")).await;
        let mut seen = page.rows();
        for _ in 0..2 {
            page = ann.get(&page.href("Next")).await;
            seen.extend(page.rows());
        }
        assert_eq!(seen, wanted, "{sort}");
        for at in [1, 0] {
            page = ann.get(&page.href("Previous")).await;
            assert_eq!(page.rows(), wanted[at * 10..][..10], "{sort} back");
        }
    }
}

#[actix_web::test]
async fn the_list_shows_the_top_level_and_counts_what_is_under_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha").await;
    ann.get("/customers").await.see("1 customer").see_no("including inner customers");
    acme.customer("Omega").await;
    let beta = acme.customer_under("Beta", &alpha).await;
    acme.customer_under("Gamma", &alpha).await;
    let delta = acme.customer_under("Delta", &beta).await;
    acme.invite(&delta, "dan@delta.example").await;
    acme.invite(&alpha, "ada@alpha.example").await;

    let list = ann.get("/customers").await;
    list.see("2 customers (5 including inner customers)");
    assert_eq!((list.rows(), list.one(".pager p")), (vec!["Omega".to_owned(), "Alpha".into()], "1–2 of 2".into()));
    assert!(list.all(".sub").is_empty(), "nothing stands above the top level");

    let inner = ann.get(&list.href_in_row("Alpha", "Inner customers: Alpha")).await;
    inner.see_path(&format!("{alpha}/customers")).see("3 inner customers at all levels");
    assert_eq!((inner.rows(), inner.one(".pager p")), (vec!["Gamma".to_owned(), "Beta".into()], "1–2 of 2".into()));
    assert_eq!(
        inner.all(".tabs a"),
        ["Details", "Users 1", "Inner customers 2", "Devices 0", "Assets 0", "Dashboards 0", "Audit log"]
    );
    let details = ann.get(&alpha).await;
    details.see("user, 2 with inner customers 1").see("inner customers (3 at all levels) 2");
    let deepest = ann.get(&ann.get(&inner.href("Beta")).await.href("Inner customers 1")).await;
    assert_eq!(deepest.rows(), ["Delta"]);
    assert_eq!(deepest.all(".crumbs a"), ["Customers", "Alpha"]);
    deepest.see_no("at all levels");
    let users = ann.get(&deepest.href_in_row("Delta", "Manage customer users: Delta")).await;
    users.see_path(&format!("{delta}/users")).see("dan@delta.example");
}

#[actix_web::test]
async fn an_empty_list_says_what_it_is_for() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let list = ann.get("/customers").await;
    list.see("No customers yet").see("A customer is a business, a person or a division");
    assert_eq!(list.href("Add customer"), "/customers/new");
    assert!(list.all("main input[type=search]").is_empty() && list.all("table").is_empty());
    let searched = ann.get("/customers?q=beta").await;
    searched
        .see("Nothing matches “beta”")
        .see("Words of one or two letters are found only where a word of the title begins with them.");
    assert_eq!((searched.href("Clear the search"), searched.value("#q")), ("/customers".into(), "beta".into()));

    let beta = add_titled(&ann, ["Beta"]).await.remove(0);
    let inner = ann.get(&format!("{beta}/customers")).await;
    inner.see("No inner customers").see("An inner customer belongs to this one");
    assert!(inner.link("Add inner customer").is_some());
    let searched = ann.get(&format!("{beta}/customers?q=x")).await;
    searched.see("Nothing matches “x”").see("of these inner customers were searched.");
    assert_eq!(searched.href("Clear the search"), format!("{beta}/customers"));
}
