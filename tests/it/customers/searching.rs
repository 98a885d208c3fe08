//! Finding customers by what is typed into the search box.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{add, add_titled, id};
use crate::support::actor::{Actor, Page};
use crate::support::app::App;

async fn search(person: &Actor, term: &str) -> Page {
    let page = person.get(&format!("/customers?sort=title&q={}", utf8_percent_encode(term, NON_ALPHANUMERIC))).await;
    page.see_status(200);
    assert_eq!(page.value("#q"), term.trim(), "what was searched stays in the box");
    page
}

async fn found(person: &Actor, term: &str) -> Vec<String> {
    search(person, term).await.rows()
}

#[actix_web::test]
async fn a_search_looks_into_every_contact_field_in_any_case() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add(
        &ann,
        &[
            &[("title", "Greenhouse Group")],
            &[("title", "Mail"), ("email", "Office@GREEnhouse.example")],
            &[("title", "Phone"), ("phone", "+48 58 555-01-00")],
            &[("title", "City"), ("city", "Kraków")],
            &[("title", "Address"), ("address", "5 Długa Street")],
            &[("title", "Second line"), ("address2", "Behind the DŁUGA gate")],
            &[("title", "Zip"), ("zip", "SW1A 1AA")],
            &[("title", "Described"), ("description", "Grows tomatoes\r\nand cucumbers")],
            &[("title", "Elsewhere"), ("state", "Kujawy"), ("country", "PL")],
        ],
    )
    .await;
    for (term, titles) in [
        ("greenhouse", vec!["Greenhouse Group", "Mail"]),
        ("REENHOU", vec!["Greenhouse Group", "Mail"]),
        ("  house g  ", vec!["Greenhouse Group"]),
        ("office@", vec!["Mail"]),
        ("555-01", vec!["Phone"]),
        ("raków", vec!["City"]),
        ("KRAKÓW", vec!["City"]),
        ("krako\u{301}w", vec!["City"]),
        ("długa", vec!["Address", "Second line"]),
        ("sw1a 1aa", vec!["Zip"]),
        ("TOMATOES", vec!["Described"]),
        ("and cucumber", vec!["Described"]),
        ("kujawy poland", vec!["Elsewhere"]),
        ("krakow", vec!["City"]),
        ("dluga", vec!["Address", "Second line"]),
        ("no such thing", vec![]),
        // Two fields are not one text.
        ("group +48", vec![]),
        // Every word, in any order, wherever it is.
        ("GROUP  greenhouse", vec!["Greenhouse Group"]),
        ("example mail office", vec!["Mail"]),
        ("1aa sw1a zip", vec!["Zip"]),
        ("greenhouse nowhere", vec![]),
        // One or two letters begin a word of the title.
        ("se behind", vec!["Second line"]),
        ("li behind", vec!["Second line"]),
        ("ga behind", vec![]),
        ("5 długa", vec![]),
    ] {
        assert_eq!(found(&ann, term).await, titles, "{term}");
    }
}

#[actix_web::test]
async fn the_parts_of_a_word_but_not_the_word_are_no_hit() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let first = add_titled(&ann, ["abc, cde, efg", "An abcdefg"]).await.remove(0);
    let page = search(&ann, "abcdefg").await;
    assert_eq!(page.rows(), ["An abcdefg"]);
    page.see("1–1 of 1");
    // Nor are they among the inner customers of one.
    acme.customer_under("cde, abc, efg", &first).await;
    acme.customer_under("Other abcdefg", &first).await;
    let inner = ann.get(&format!("{first}/customers?q=abcdefg")).await;
    assert_eq!(inner.rows(), ["Other abcdefg"]);
}

#[actix_web::test]
async fn one_or_two_characters_find_titles_of_which_a_word_begins_with_them() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add(
        &ann,
        &[
            &[("title", "Beta"), ("city", "Ystad")],
            &[("title", "Bergen Farms")],
            &[("title", "Abe")],
            &[("title", "Łódź")],
            &[("title", "東京農場")],
            &[("title", "%b_")],
            &[("title", "ßig")],
        ],
    )
    .await;
    for (term, titles) in [
        ("b", vec!["%b_", "Bergen Farms", "Beta"]),
        ("BE", vec!["Bergen Farms", "Beta"]),
        ("y", vec![]),
        ("ł", vec!["Łódź"]),
        ("lo", vec!["Łódź"]),
        ("fa", vec!["Bergen Farms"]),
        ("東", vec!["東京農場"]),
        ("京農", vec!["東京農場"]),
        ("場", vec!["東京農場"]),
        ("京農場", vec!["東京農場"]),
        ("%", vec!["%b_"]),
        ("_", vec![]),
        ("ss", vec!["ßig"]),
    ] {
        assert_eq!(found(&ann, term).await, titles, "{term}");
    }
}

#[actix_web::test]
async fn what_means_something_to_a_database_is_searched_as_it_is() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let titles = [
        "100% organic",
        "100 percent organic",
        "snake_case",
        "snake case",
        "back\\slash",
        "backslash",
        "the \"best\" one",
        "the best one",
        "O'Brien",
        "star * NEAR(star)",
        "alpha OR beta",
        "col:umn - minus",
    ];
    add_titled(&ann, titles).await;
    for (term, wanted) in [
        ("100%", vec!["100% organic"]),
        ("100% o", vec!["100% organic"]),
        ("%%%", vec![]),
        ("___", vec![]),
        ("snake_", vec!["snake_case"]),
        ("e_c", vec!["snake_case"]),
        ("back\\", vec!["back\\slash"]),
        ("\\\\\\", vec![]),
        ("\"best\"", vec!["the \"best\" one"]),
        ("\"\"\"", vec![]),
        ("o'b", vec!["O'Brien"]),
        ("' or 1=1 --", vec![]),
        ("star *", vec!["star * NEAR(star)"]),
        ("sta*", vec![]),
        ("near(star)", vec!["star * NEAR(star)"]),
        ("alpha OR", vec!["alpha OR beta"]),
        ("percent OR snake", vec![]),
        ("col:umn", vec!["col:umn - minus"]),
        ("-star", vec![]),
        ("^100", vec![]),
    ] {
        assert_eq!(found(&ann, term).await, wanted, "{term}");
    }
    let page = ann.get("/customers?q=snake%00_%07case").await;
    assert_eq!(page.see_status(200).rows(), ["snake_case"], "control characters are dropped");
    let long = "x".repeat(5_000);
    let page = ann.get(&format!("/customers?q={long}")).await;
    assert_eq!(page.see_status(200).value("#q").len(), 255);
}

#[actix_web::test]
async fn a_greek_word_is_found_by_its_beginning() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add_titled(&ann, ["Σίσυφος", "ΟΔΥΣΣΕΥΣ"]).await;
    // The small sigma has another form where a word ends, and one may end while somebody types.
    for (term, title) in
        [("σίς", "Σίσυφος"), ("ΣΊΣ", "Σίσυφος"), ("σίσυφος", "Σίσυφος"), ("οδυς", "ΟΔΥΣΣΕΥΣ"), ("ευσ", "ΟΔΥΣΣΕΥΣ")]
    {
        assert_eq!(found(&ann, term).await, [title], "{term}");
    }
}

#[actix_web::test]
async fn a_search_looks_at_every_level_and_shows_the_way_to_each_hit() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let alpha = acme.customer("Alpha Farms").await;
    let beta = acme.customer_under("Beta", &alpha).await;
    acme.customer_under("Gamma farm", &beta).await;
    acme.customer("Farmland").await;
    let page = search(&ann, "farm").await;
    assert_eq!(page.rows(), ["Alpha Farms", "Farmland", "Gamma farm"]);
    assert_eq!(page.all(".sub"), ["Alpha Farms / Beta"]);
    assert_eq!(page.one(".pager p"), "1–3 of 3");
    page.see("2 customers (4 including inner customers)");
    let inner = ann.get(&format!("{alpha}/customers?q=farm")).await;
    inner.see("Nothing matches “farm”");
    for (term, rows) in [("FAR", 1), ("ga", 1), ("a", 0), ("alpha", 0)] {
        let inner = ann.get(&format!("{beta}/customers?q={term}")).await;
        assert_eq!(inner.rows().len(), rows, "{term}");
    }
    // Nothing of another tenant is found.
    let bob = app.tenant("Bolt").await.admin().await;
    search(&bob, "farm").await.see("Nothing matches “farm”");
}

#[actix_web::test]
async fn a_search_keeps_to_its_order_and_pages_at_every_level() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let (alpha, omega) = (acme.customer("Alpha").await, acme.customer("Omega").await);
    let titles: Vec<String> = (10..40).map(|n| format!("Farm {n}")).collect();
    let inner = |parent: &str, title: &str| [("title", title.to_owned()), ("parent", id(parent).to_owned())];
    let mut customers: Vec<_> = titles.iter().map(|title| inner(&alpha, title)).collect();
    customers.extend([inner(&alpha, "Mill"), inner(&omega, "Far away")]);
    let customers: Vec<_> =
        customers.iter().map(|c| c.each_ref().map(|(name, value)| (*name, value.as_str()))).collect();
    add(&ann, &customers.iter().map(|customer| &customer[..]).collect::<Vec<_>>()).await;
    let inner = format!("{alpha}/customers");
    for (list, term) in [("/customers", "farm"), (&inner, "farm"), (&inner, "fa"), (&inner, "ARM+"), (&inner, "")] {
        let of = if term.is_empty() { 31 } else { 30 };
        for (sort, descending) in [
            ("title", false),
            ("-title", true),
            ("", true),
            ("created", false),
            ("city", false),
            ("email", false),
            ("country", false),
            ("users", false),
        ] {
            let first = ann.get(&format!("{list}?size=25&sort={sort}&q={term}")).await;
            let position = first.one(".pager p");
            let mut seen = first.rows();
            assert_eq!((seen.len(), position), (25, format!("1–25 of {of}")), "{list} {term} {sort}");
            let second = ann.get(&first.href("Next")).await;
            assert_eq!(second.one(".pager p"), format!("26–{of} of {of}"));
            assert_eq!(second.value("#q"), term.trim_end_matches('+'));
            let back = ann.get(&second.href("Previous")).await;
            assert_eq!(back.rows(), seen);
            seen.extend(second.rows());
            seen.retain(|title| title != "Mill");
            if descending {
                seen.reverse();
            }
            assert_eq!(seen, titles, "{list} {term} {sort}");
        }
    }
    let sorted = ann.get("/customers?q=farm&sort=city").await;
    assert_eq!(sorted.attributes("main form[role=search] [name=sort]", "value"), ["city"]);
    assert_eq!(ann.get(&sorted.href("Email")).await.value("#q"), "farm");
}
