//! What makes two names the same, how they are found and sorted: one rule for everything that has a name.

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD};

async fn rows(person: &Actor, list: &str, q: &str) -> Vec<String> {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let mut rows = person.get(&format!("{list}?q={q}")).await.see_status(200).rows();
    rows.sort();
    rows
}

const NAMES: [&str; 9] = [
    "Müller Łódź",
    "François",
    "İSTANBUL",
    "Diyarbakır",
    "ＡＢＣ１２",
    "北京电力",
    "서울시",
    "O’Neill – Görlitz",
    "مُحَمَّد",
];

/// What people type who have other keyboards, and what they find.
const FOUND: [(&str, &str); 15] = [
    ("muller", "Müller Łódź"),
    ("MULLER lodz", "Müller Łódź"),
    ("mu\u{308}ller", "Müller Łódź"),
    ("francois", "François"),
    ("istanbul", "İSTANBUL"),
    ("ıstanbul", "İSTANBUL"),
    ("diyarbakir", "Diyarbakır"),
    ("DİYARBAKIR", "Diyarbakır"),
    ("abc12", "ＡＢＣ１２"),
    ("北京", "北京电力"),
    ("京电", "北京电力"),
    ("서울", "서울시"),
    ("울시", "서울시"),
    ("o'neill - gorlitz", "O’Neill – Görlitz"),
    ("محمد", "مُحَمَّد"),
];

#[actix_web::test]
async fn everything_is_found_without_accents_width_and_order() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    for name in NAMES {
        ann.submit("/customers/new", &[("title", name)]).await.see(" was added.");
        for list in ["/devices", "/assets"] {
            ann.submit(&format!("{list}/new"), &[("name", name), ("customer", "Beta")]).await.see(" was added.");
        }
        ann.submit("/dashboards/new", &[("title", name)]).await.see_status(200);
    }
    for (n, name) in NAMES.into_iter().enumerate() {
        let email = format!("user-{n}@beta.example");
        let fields = [("first_name", name), ("email", &email), ("activation_method", "link")];
        ann.submit(&format!("{beta}/users/new"), &fields).await.see(" was added.");
    }

    for (typed, name) in FOUND {
        for list in ["/customers", "/devices", "/assets", "/dashboards", &format!("{beta}/users"), "/users"] {
            assert_eq!(rows(&ann, list, typed).await, [name], "{typed} in {list}");
        }
        assert!(ann.get(&format!("/search?q={typed}")).await.text().contains(name), "{typed}");
    }
}

#[actix_web::test]
async fn names_with_numbers_and_accents_are_sorted_as_people_do() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let sorted = [
        "Ähre",
        "Ahrensburg",
        "Meter 1",
        "meter 2",
        "Meter 9b",
        "Meter 10",
        "Meter 100",
        "Österreich",
        "Škoda",
        "Zebra",
    ];
    for name in [
        "Meter 10",
        "Zebra",
        "Ähre",
        "meter 2",
        "Škoda",
        "Meter 1",
        "Österreich",
        "Meter 100",
        "Ahrensburg",
        "Meter 9b",
    ] {
        ann.submit("/customers/new", &[("title", name), ("city", name)]).await.see(" was added.");
        ann.submit("/devices/new", &[("name", name), ("label", name)]).await.see(" was added.");
        ann.submit("/dashboards/new", &[("title", name)]).await.see_status(200);
    }

    for list in [
        "/customers?sort=title",
        "/customers?sort=city",
        "/devices?sort=name",
        "/devices?sort=label",
        "/dashboards?sort=title",
    ] {
        assert_eq!(ann.get(list).await.rows(), sorted, "{list}");
        // And page by page.
        let mut page = ann.get(&format!("{list}&size=10")).await;
        let mut seen = page.rows();
        while let Some(next) = page.link("Next") {
            page = ann.get(&next).await;
            seen.extend(page.rows());
        }
        assert_eq!(seen, sorted, "{list}");
    }
    let offered = ann.get("/customers/suggestions?q=meter+1").await.html;
    let places = ["\"Meter 1\"", "\"Meter 10\"", "\"Meter 100\""].map(|title| offered.find(title));
    assert!(places.iter().all(Option::is_some) && places.is_sorted() && !offered.contains("meter 2"), "{offered}");
}

#[actix_web::test]
async fn names_that_look_alike_are_one() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for (list, field) in [("/customers", "title"), ("/devices", "name"), ("/assets", "name")] {
        ann.submit(&format!("{list}/new"), &[(field, "Acme \u{200b} Ltd 7")]).await.see("Acme Ltd 7 was added.");
        for same in ["ACME LTD 7", "Acme\u{a0}Ltd\u{3000}7", "Ac\u{ad}me Ltd 7\u{202c}", "Ａcme Ltd ７"] {
            let refused = ann.submit(&format!("{list}/new"), &[(field, same)]).await;
            assert!(
                refused.error(field).contains("exists already") || refused.error(field).contains("already exists"),
                "{same} in {list}"
            );
        }
        ann.submit(&format!("{list}/new"), &[(field, "Acme Ltd 07")]).await.see("Acme Ltd 07 was added.");
        let empty = ann.submit(&format!("{list}/new"), &[(field, "\u{200b}\u{feff} ")]).await;
        assert!(empty.error(field).starts_with("Enter a"), "{list}");
    }
    ann.submit("/dashboards/new", &[("title", "\u{200b}")]).await.see_status(422);
}

#[actix_web::test]
async fn an_international_address_is_mailed_and_signs_in_in_either_form() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let added = ann.submit(&format!("{beta}/users/new"), &[("email", "Mia@Bücher.example")]).await;
    added.see("Mia@Bücher.example");
    let mail = sink.mail_to("Mia@xn--bcher-kva.example").await;

    let mia = app.stranger();
    mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    for address in ["mia@bücher.example", "mia@xn--bcher-kva.example", "MIA@BÜCHER.EXAMPLE"] {
        app.stranger().sign_in(address, PASSWORD).await.see_path("/home");
    }
    // A browser sends the form for machines of what it shows.
    let own = ann.get(&format!("{beta}/users")).await.href("Mia@Bücher.example");
    let saved = ann.send(&ann.get(&own).await, &[("email", "Mia@xn--bcher-kva.example"), ("phone", "1")]).await;
    saved.see("was saved.").see_no("xn--");
    assert_eq!(saved.value("#f-email"), "Mia@bücher.example");
    assert_eq!(rows(&ann, &format!("{beta}/users"), "bucher").await.len(), 1);
    assert_eq!(rows(&ann, &format!("{beta}/users"), "xn--bcher").await.len(), 1);

    let refused = ann.submit(&format!("{beta}/users/new"), &[("email", "żółw@beta.example")]).await;
    assert!(refused.error("email").contains("before the @"), "{}", refused.error("email"));
}
