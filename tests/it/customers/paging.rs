//! Pages of the list of customers: their places, their sizes, and that they hold while rows come and go.

use reqwest::Method;

use super::{add_titled, id};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

/// Titles from the newest to the oldest.
fn numbered(numbers: impl DoubleEndedIterator<Item = usize>) -> Vec<String> {
    numbers.rev().map(|n| format!("Customer {n:03}")).collect()
}

async fn sixty(person: &Actor) -> Vec<String> {
    let mut titles = numbered(1..61);
    titles.reverse();
    add_titled(person, titles).await
}

fn position(page: &Page) -> String {
    page.one(".pager p")
}

#[actix_web::test]
async fn pages_lead_forward_and_back_and_say_where_they_are() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    sixty(&ann).await;
    for sort in ["", "?sort=-title", "?sort=-city", "?sort=-users"] {
        let first = ann.get(&format!("/customers{sort}")).await;
        assert_eq!((first.rows(), position(&first)), (numbered(36..61), "1–25 of 60".into()), "{sort}");
        assert_eq!(first.link("Previous"), None);
        let second = ann.get(&first.href("Next")).await;
        assert_eq!((second.rows(), position(&second)), (numbered(11..36), "26–50 of 60".into()));
        let third = ann.get(&second.href("Next")).await;
        assert_eq!((third.rows(), position(&third)), (numbered(1..11), "51–60 of 60".into()));
        assert_eq!(third.link("Next"), None);
        let back = ann.get(&third.href("Previous")).await;
        assert_eq!((back.rows(), position(&back)), (numbered(11..36), "26–50 of 60".into()));
        let start = ann.get(&back.href("Previous")).await;
        assert_eq!((start.rows(), position(&start)), (numbered(36..61), "1–25 of 60".into()));
        assert_eq!(start.link("Previous"), None);
        assert_eq!(ann.get(&start.href("Next")).await.rows(), numbered(11..36));
    }
    let up = ann.get("/customers?sort=title&size=50").await;
    assert_eq!(up.rows(), numbered(1..51).into_iter().rev().collect::<Vec<_>>());
    let rest = ann.get(&up.href("Next")).await;
    assert_eq!((rest.rows().len(), position(&rest)), (10, "51–60 of 60".into()));
}

#[actix_web::test]
async fn the_page_size_is_kept_for_every_list() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let first = sixty(&ann).await.remove(0);
    let current = |page: &Page| page.all(".sizes [aria-current]");
    let page = ann.get("/customers").await;
    assert_eq!(
        (page.all(".sizes a"), current(&page)),
        (["10", "25", "50", "100"].map(String::from).into(), vec!["25".to_owned()])
    );
    let ten = ann.get(&page.href("10 rows")).await;
    assert_eq!((ten.rows(), position(&ten)), (numbered(51..61), "1–10 of 60".into()));
    let next = ann.get(&ten.href("Next")).await;
    assert_eq!((next.rows(), position(&next)), (numbered(41..51), "11–20 of 60".into()));
    assert_eq!(current(&ann.get("/customers").await), ["10"]);

    for n in 0..12 {
        acme.customer_under(&format!("Inner {n}"), &first).await;
    }
    let inner = ann.get(&format!("{first}/customers")).await;
    assert_eq!((inner.rows().len(), position(&inner)), (10, "1–10 of 12".into()));
    let all = ann.get(&inner.href("100 rows")).await;
    assert_eq!((all.rows().len(), position(&all)), (12, "1–12 of 12".into()));
    assert_eq!((all.link("Previous"), all.link("Next")), (None, None));
    // A link that somebody sent is looked at, not taken over.
    for (from, kept) in [("cross-site", "100"), ("none", "100"), ("same-origin", "50")] {
        let headers = [("sec-fetch-site", from)];
        let page = ann.request(Method::GET, "/customers?size=50", None, &headers).await;
        assert_eq!(current(&page), ["50"]);
        assert_eq!(current(&ann.get("/customers").await), [kept], "{from}");
    }
    ann.get("/customers?size=100").await;
    // Another browser of the same person has a choice of its own.
    assert_eq!(ann.get("/customers").await.rows().len(), 60);
    assert_eq!(acme.admin().await.get("/customers").await.rows().len(), 25);
}

#[actix_web::test]
async fn what_an_address_does_not_mean_is_skipped_parts() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    sixty(&ann).await;
    for nonsense in [
        "sort=nonsense",
        "sort=-",
        "sort=--title",
        "sort=search_key",
        "size=7",
        "size=-1",
        "size=1000000",
        "size=ten",
        "size=",
        "q=",
        "q=%20%09",
        "after=",
        "before=",
        "other=7&status=active",
        "%FF=%FE&=&&=x",
    ] {
        let page = ann.get(&format!("/customers?{nonsense}")).await;
        page.see_status(200).see_no("was not understood");
        assert_eq!((page.rows(), position(&page)), (numbered(36..61), "1–25 of 60".into()), "{nonsense}");
    }
    for nonsense in [
        "/customers/new?parent=%FF",
        "/customers/new?parent=nobody",
        "/customers/new?parent=a&parent=b",
        "/customers/new?other",
    ] {
        let page = ann.get(nonsense).await;
        assert_eq!(page.see_status(200).value("#f-parent"), "", "{nonsense}");
    }
    for nonsense in ["/customers/suggestions", "/customers/suggestions?q=a&q=b", "/customers/suggestions?q=%00%FF"] {
        ann.get(nonsense).await.see_status(200);
    }
    for nobody in ["7", "%00", "%FF", "..%2F", "01900000-0000-7000-8000-000000000000", "' or 1=1 --", "customers"] {
        for page in ["", "/delete", "/customers", "/users"] {
            let page = ann.get(&format!("/customers/{nobody}{page}")).await;
            page.see_status(404).see("Page not found");
        }
    }
}

#[actix_web::test]
async fn a_place_that_is_not_of_this_list_is_its_first_page_with_a_notice() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let first = sixty(&ann).await.remove(0);
    acme.customer_under("Inner", &first).await;
    let next = ann.get("/customers").await.href("Next");
    let cursor = next.split_once("after=").unwrap().1;
    let flipped = cursor.replacen(&cursor[..1], if cursor.starts_with('A') { "B" } else { "A" }, 1);
    let places = [
        format!("/customers?after={}", &cursor[..cursor.len() - 1]),
        format!("/customers?after={}", &cursor[1..]),
        format!("/customers?after={cursor}{cursor}"),
        format!("/customers?after={flipped}"),
        "/customers?before=nonsense".into(),
        "/customers?after=%00%FF".into(),
        format!("/customers?sort=created&after={cursor}"),
        format!("/customers?sort=title&after={cursor}"),
        format!("/customers?q=Customer&after={cursor}"),
        format!("{first}/customers?after={cursor}"),
    ];
    for place in places {
        let page = ann.get(&place).await;
        page.see_status(200).see("This page link is no longer valid. Showing the first page.");
        assert!(position(&page).starts_with("1–"), "{place}");
    }
    // A place in the same list of another tenant is a place among one's own rows.
    let bob = app.tenant("Bolt").await.admin().await;
    add_titled(&bob, ["Older"]).await;
    let page = bob.get(&next).await;
    assert!(!page.html.contains("Customer 0"), "nothing of the other tenant");
    // One that was put together by hand may lie anywhere.
    let page = ann.get(&format!("/customers?before={cursor}")).await;
    assert_eq!(page.see_status(200).rows(), numbered(37..61));
}

#[actix_web::test]
async fn a_page_goes_on_where_the_one_before_ended_while_rows_come_and_go() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let bob = acme.admin().await;
    let paths = sixty(&ann).await;
    let first = ann.get("/customers").await;
    let newer: Vec<String> = (61..66).map(|n| format!("Customer {n:03}")).collect();
    add_titled(&bob, newer).await;
    for n in [61, 36, 30] {
        if let Some(path) = paths.get(n - 1) {
            bob.submit(&format!("{path}/delete"), &[]).await.see("was deleted.");
        }
    }
    // The row that the first page ended with is gone, and one of the second.
    let second = ann.get(&first.href("Next")).await;
    assert_eq!(second.rows(), numbered((10..30).chain(31..36)));
    assert_eq!(position(&second), "26–50 of 63");
    let back = ann.get(&second.href("Previous")).await;
    assert_eq!(back.rows(), numbered((37..61).chain(61..62)));
    let start = ann.get(&back.href("Previous")).await;
    assert_eq!((start.rows(), position(&start)), (numbered(62..66), "1–4 of 63".into()));
    let on = ann.get(&start.href("Next")).await;
    assert_eq!((on.rows(), position(&on)), (numbered((37..61).chain(61..62)), "5–29 of 63".into()));
}

#[actix_web::test]
async fn a_page_whose_rows_are_all_gone_is_the_first_page_with_a_notice() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let paths = add_titled(&ann, (1..12).map(|n| format!("Customer {n:03}"))).await;
    let next = ann.get("/customers?size=10").await.href("Next");
    assert_eq!(ann.get(&next).await.rows(), ["Customer 001"]);
    let previous = ann.get(&next).await.href("Previous");
    ann.submit(&format!("{}/delete", paths[0]), &[]).await.see("was deleted.");
    let page = ann.get(&next).await;
    page.see_no("No customers yet").see("The rows of that page are gone, so the first page is shown.");
    assert_eq!((page.rows(), position(&page)), (numbered(2..12), "1–10 of 10".into()));
    let page = ann.get(&previous).await;
    assert_eq!((page.rows(), position(&page)), (numbered(2..12), "1–10 of 10".into()));

    let searched = ann.get("/customers?q=cust&size=10").await;
    assert_eq!((searched.rows(), searched.link("Next")), (numbered(2..12), None));
    let fields: Vec<(&str, &str)> = paths[1..].iter().map(|path| ("ids", id(path))).collect();
    let asked = ann.fill_and_press(&page, &fields, "Delete").await;
    ann.send(&asked, &[("confirm", "10")]).await.see("10 customers were deleted.").see("No customers yet");
    for gone in [next, previous] {
        ann.get(&gone).await.see_status(200).see("No customers yet");
    }
}
