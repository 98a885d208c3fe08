//! Adding a customer: what may be typed, what is stored, and what is said when it cannot be.

use super::{add_titled, id};
use crate::support::app::App;

const FIELDS: [(&str, &str); 10] = [
    ("title", "Beta Farms"),
    ("description", "Greenhouses north of the river"),
    ("country", "PL"),
    ("state", "Pomorskie"),
    ("city", "Gdańsk"),
    ("zip", "80-001"),
    ("address", "Długa 5"),
    ("address2", "2nd floor"),
    ("phone", "+48 (58) 555 01 00 ext. 7"),
    ("email", "office@beta.example"),
];

#[actix_web::test]
async fn every_field_is_stored_without_the_spaces_around_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    ann.get("/customers").await.see("No customers yet");
    let parent = acme.customer("Alpha").await;

    let spaced =
        FIELDS.map(|(name, value)| (name, if name == "country" { value.into() } else { format!(" \t{value}\u{a0} ") }));
    let mut typed: Vec<(&str, &str)> = spaced.iter().map(|(name, value)| (*name, value.as_str())).collect();
    typed.push(("parent", id(&parent)));
    let page = ann.submit("/customers/new", &typed).await;
    page.see("Beta Farms was added.");
    assert_eq!(page.h1(), "Beta Farms");
    for (name, value) in FIELDS {
        assert_eq!(page.value(&format!("#f-{name}")), value, "{name}");
    }
    assert_eq!(page.value("#f-parent"), id(&parent));
    assert_eq!(page.all(".crumbs a"), ["Customers", "Alpha"]);

    let list = ann.get(&format!("{parent}/customers")).await;
    assert_eq!(list.rows(), ["Beta Farms"]);
    assert_eq!(list.href("Beta Farms"), page.path);
    let row = list.row("Beta Farms");
    for cell in ["office@beta.example", "Gdańsk", "Poland", "just now"] {
        assert!(row.contains(cell), "no {cell} in {row}");
    }
}

#[actix_web::test]
async fn only_the_title_is_required_and_the_form_says_so() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let form = ann.get("/customers/new").await;
    form.see("* means the field is required.");
    let labels = form.all("main label");
    let marked: Vec<_> = labels.iter().filter(|label| label.contains('*')).collect();
    assert_eq!(marked, ["Title *"]);
    assert_eq!(form.attributes("main [required]", "name"), ["title"]);

    let page = ann.send(&form, &[("title", "")]).await;
    page.see_status(422).see_path("/customers");
    assert_eq!(page.error("title"), "Enter a title");
    for spaces in ["   ", "\t", "\u{a0}\u{3000}"] {
        assert_eq!(ann.send(&form, &[("title", spaces)]).await.error("title"), "Enter a title", "{spaces:?}");
    }
    ann.get("/customers").await.see("No customers yet");
    ann.send(&form, &[("title", "B")]).await.see("B was added.");
}

#[actix_web::test]
async fn a_field_holds_255_characters_of_any_script_and_no_more() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for (field, name) in [
        ("title", "title"),
        ("state", "state / Province"),
        ("city", "city"),
        ("zip", "zip / Postal code"),
        ("address", "address"),
        ("address2", "address 2"),
        ("phone", "phone"),
    ] {
        for letter in ["x", "ł", "😀"] {
            let (longest, longer) = (letter.repeat(255), letter.repeat(256));
            let mut typed = vec![("title", "Beta"), (field, longer.as_str())];
            typed.retain(|(name, value)| *name != field || *value == longer);
            let page = ann.submit("/customers/new", &typed).await;
            page.see_status(422);
            assert_eq!(page.error(field), format!("Shorten {name} to 255 characters; it has 256"));
            assert_eq!(page.value(&format!("#f-{field}")), longer, "what was typed is still there");

            let title = format!("{field} {letter}");
            let typed =
                if field == "title" { vec![(field, &longest)] } else { vec![("title", &title), (field, &longest)] };
            let typed: Vec<(&str, &str)> = typed.into_iter().map(|(name, value)| (name, value.as_str())).collect();
            let page = ann.submit("/customers/new", &typed).await;
            page.see_status(200).see(" was added.");
            assert_eq!(page.value(&format!("#f-{field}")), longest);
        }
    }
}

#[actix_web::test]
async fn a_description_holds_2000_characters_and_a_line_break_is_one() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let line = "nine char\r\n"; // as browsers send it
    let longest = format!("{}\u{1F69C}1234567\t", line.repeat(199)) + "x";
    let longer = format!("{longest}y");
    let page = ann.submit("/customers/new", &[("title", "Beta"), ("description", &longer)]).await;
    page.see_status(422);
    assert_eq!(page.error("description"), "Shorten description to 2,000 characters; it has 2,001");
    assert_eq!(page.value("#f-description"), longer.replace("\r\n", "\n"));
    let page = ann.submit("/customers/new", &[("title", "Beta"), ("description", &format!(" {longest}\r\n"))]).await;
    page.see("Beta was added.");
    assert_eq!(page.value("#f-description"), longest.replace("\r\n", "\n").replace('\t', " "));
}

#[actix_web::test]
async fn control_characters_are_refused_wherever_they_are_typed() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let form = ann.get("/customers/new").await;
    for control in ['\0', '\u{7}', '\u{1b}', '\n', '\r', '\u{7f}', '\u{85}'] {
        let typed = format!("ab{control}c");
        for field in ["title", "state", "city", "zip", "address", "address2", "phone", "email"] {
            let mut fields = vec![(field, typed.as_str())];
            if field != "title" {
                fields.push(("title", "Beta"));
            }
            let page = ann.send(&form, &fields).await;
            page.see_status(422);
            let error = page.error(field);
            assert!(error.ends_with("has a control character at position 3; remove it"), "{control:?}: {error}");
        }
        for field in ["country", "parent"] {
            let page = ann.send(&form, &[("title", "Beta"), (field, &typed)]).await;
            page.see_status(422);
            assert!(page.error(field).starts_with("Choose a "), "{control:?}");
        }
    }
    for control in ['\0', '\u{7}', '\u{7f}'] {
        let typed = format!("ab\ncd\t{control}");
        let page = ann.send(&form, &[("title", "Beta"), ("description", &typed)]).await;
        page.see_status(422);
        assert_eq!(page.error("description"), "Description has a control character at position 7; remove it");
    }
    ann.get("/customers").await.see("No customers yet");
}

#[actix_web::test]
async fn text_of_every_script_is_shown_as_it_was_typed() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for title in [
        "حقول المرج – مصر",
        "חוות הגליל (צפון)",
        "東京農場 𠮷野家",
        "👩🏽‍🌾 Farm 🇵🇱",
        "e\u{301} stays decomposed",
        "O’Brien & Sons \"Ltd\" <co> 'x' \\ %_",
        "ßẞ İıſ ǅ ΣΊΣΥΦΟΣ",
    ] {
        let page = ann.submit("/customers/new", &[("title", title), ("description", title), ("city", title)]).await;
        page.see(&format!("{title} was added."));
        assert_eq!(page.h1(), title);
        for field in ["title", "description", "city"] {
            assert_eq!(page.value(&format!("#f-{field}")), title);
        }
        assert!(ann.get("/customers").await.rows().contains(&title.to_owned()));
    }
}

#[actix_web::test]
async fn markup_in_a_field_is_text_on_every_page() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}&lt;";
    let typed =
        [("title", evil), ("description", "</textarea><script>alert(1)</script>"), ("city", evil), ("zip", evil)];
    let page = ann.submit("/customers/new", &typed).await;
    page.see(&format!("{evil} was added."));
    let path = page.path.clone();
    acme.customer_under("Inner", &path).await;

    for address in [
        "/customers".into(),
        "/customers?q=script".into(),
        format!("/customers?q={}", "%22%3E%3Cscript%3E"),
        "/customers/new".into(),
        path.clone(),
        format!("{path}/customers"),
        format!("{path}/delete"),
        format!("{path}/users"),
        format!("{path}/users/new"),
    ] {
        let page = ann.get(&address).await;
        page.see_status(200);
        for markup in ["<script>alert", "<img src=x"] {
            assert!(!page.html.contains(markup), "{markup} on {address}");
        }
        assert!(page.html.contains("&#60;script&#62;alert"), "{evil} is not told on {address}");
    }
    let page = ann.submit("/customers/new", &[("title", evil), ("email", evil)]).await;
    page.see_status(422);
    assert!(!page.html.contains("<script>alert"));
    assert_eq!(page.value("#f-email"), evil);
}

#[actix_web::test]
async fn a_title_is_taken_by_all_that_look_like_it() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for (title, same) in [
        ("Beta Farms", "  bETA fARMS "),
        ("Große Straße", "GROSSE STRASSE"),
        ("Łódź", "łÓDŹ\u{a0}"),
        ("Café", "CAFE\u{301}"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("Acme Ltd", "Acme \u{3000}Ltd"),
        ("Zero", "Ze\u{200b}ro\u{feff}"),
        ("ABC12", "ＡＢＣ１２"),
    ] {
        ann.submit("/customers/new", &[("title", title)]).await.see(" was added.");
        let page = ann.submit("/customers/new", &[("title", same), ("city", "Lyon")]).await;
        page.see_status(422);
        assert_eq!(page.error("title"), "A customer with this title already exists", "{same}");
        assert_eq!((page.value("#f-title"), page.value("#f-city")), (same.into(), "Lyon".into()));
    }
    assert_eq!(ann.get("/customers").await.rows().len(), 8);
    // Accents and spaces tell titles apart.
    for title in ["Grosse Strasse 2", "Cafe", "Lodz", "BetaFarms"] {
        ann.submit("/customers/new", &[("title", title)]).await.see(" was added.");
    }
    // Another tenant has titles of its own.
    let bob = app.tenant("Bolt").await.admin().await;
    bob.submit("/customers/new", &[("title", "Beta Farms")]).await.see("Beta Farms was added.");
}

#[actix_web::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    acme.customer("Beta").await;
    let long = "x".repeat(300);
    let nobody = "01900000-0000-7000-8000-000000000000";
    let typed = [
        ("title", "BETA"),
        ("description", "Keep me"),
        ("parent", nobody),
        ("country", "XX"),
        ("city", &long),
        ("email", "office at beta"),
        ("phone", "Keep me, too"),
    ];
    let page = ann.submit("/customers/new", &typed).await;
    page.see_status(422);
    assert_eq!(page.title(), "Error: Add customer – Tenantry");
    assert_eq!(page.one(".summary h2"), "5 things need your attention");
    let told = [
        ("title", "A customer with this title already exists"),
        ("parent", "Choose a parent customer that exists"),
        ("email", "Enter an email address in the form name@example.com"),
        ("country", "Choose a country from the list"),
        ("city", "Shorten city to 255 characters; it has 300"),
    ];
    assert_eq!(page.all(".summary a"), told.map(|(_, words)| words));
    assert_eq!(page.attributes(".summary a", "href"), told.map(|(field, _)| format!("#f-{field}")));
    for (field, words) in told {
        assert_eq!(page.error(field), words);
        let input = format!("#f-{field}[aria-invalid=true]");
        assert_eq!(page.attributes(&input, "aria-describedby"), [format!("f-{field}-error")]);
    }
    for (field, value) in typed.iter().filter(|(field, _)| !["parent", "country"].contains(field)) {
        assert_eq!(page.value(&format!("#f-{field}")), *value);
    }
    assert_eq!(ann.get("/customers").await.rows(), ["Beta"], "nothing was stored");

    let mended = [("title", "Gamma"), ("parent", ""), ("country", "FR"), ("city", "Lyon"), ("email", "o@beta.example")];
    let page = ann.send(&page, &mended).await;
    page.see("Gamma was added.");
    assert_eq!((page.value("#f-description"), page.value("#f-phone")), ("Keep me".into(), "Keep me, too".into()));
}

#[actix_web::test]
async fn add_and_add_another_brings_an_empty_form_for_the_same_parent() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let first = ann.get("/customers/new").await;
    let second = ann.fill_and_press(&first, &[("title", "Beta"), ("city", "Lyon")], "Add and add another").await;
    second.see_path("/customers/new").see("Beta was added.");
    assert_eq!((second.value("#f-title"), second.value("#f-city")), (String::new(), String::new()));
    let third = ann.fill_and_press(&second, &[("title", "Gamma")], "Add and add another").await;
    third.see_path("/customers/new").see("Gamma was added.");
    assert_eq!(ann.get("/customers").await.rows(), ["Gamma", "Beta"]);

    let beta = ann.get("/customers").await.href("Beta");
    let form = ann.get(&ann.get(&format!("{beta}/customers")).await.href("Add inner customer")).await;
    assert_eq!(form.all(".crumbs a"), ["Customers", "Beta"]);
    let again = ann.fill_and_press(&form, &[("title", "Delta")], "Add and add another").await;
    assert_eq!(again.value("#f-parent"), id(&beta));
    ann.send(&again, &[("title", "Epsilon")]).await.see("Epsilon was added.");
    assert_eq!(ann.get(&format!("{beta}/customers")).await.rows(), ["Epsilon", "Delta"]);
    let wrong = ann.fill_and_press(&again, &[("title", "")], "Add and add another").await;
    wrong.see_status(422);
    assert!(wrong.has_button("Add and add another"));
}

#[actix_web::test]
async fn a_refused_form_still_shows_the_way_to_the_parent() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    add_titled(&ann, ["Beta"]).await;
    let beta = ann.get("/customers").await.href("Beta");
    let form = ann.get(&format!("/customers/new?parent={}", id(&beta))).await;

    let refused = ann.send(&form, &[("title", "")]).await;

    refused.see_status(422);
    assert_eq!(refused.all(".crumbs a"), ["Customers", "Beta"]);
    assert_eq!(refused.value("#f-parent"), id(&beta));
}
