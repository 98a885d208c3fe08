//! Searching devices by name, label and type.

use super::{add, id, post};
use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn names_labels_and_types_are_searched_in_any_case() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    add(
        &ann,
        "/devices",
        &[
            &[("name", "Straße 100%"), ("type", "meter_1"), ("customer", id(&beta))],
            &[("name", "Łódź \"x\" AND y"), ("label", "C:\\new")],
            &[("name", "Café"), ("label", "it's"), ("description", "hidden words")],
            &[("name", "ab"), ("label", "bab")],
        ],
    )
    .await;
    add(&app.tenant("Bolt").await.admin().await, "/devices", &[&[("name", "Straße too")]]).await;
    add(&ann, "/assets", &[&[("name", "Straße asset")]]).await;
    for (q, found) in [
        ("STRASSE", "Straße 100%"),
        ("0%", ""),
        ("00%", "Straße 100%"),
        ("r_1", "Straße 100%"),
        ("rx1", ""),
        ("łódź", "Łódź \"x\" AND y"),
        ("\"x\" and", "Łódź \"x\" AND y"),
        ("c:\\n", "Łódź \"x\" AND y"),
        ("CAFÉ", "Café"),
        ("cafe\u{301}", "Café"),
        ("it's", "Café"),
        ("hidden", ""),
        ("an", "Łódź \"x\" AND y"),
        ("AB", "ab"),
        ("ba", ""),
        ("%%%", ""),
        ("___", ""),
        ("x OR y", ""),
        ("meter_1 straße", "Straße 100%"),
        ("c:\\new   łódź and", "Łódź \"x\" AND y"),
        ("straße y", ""),
        ("łódź y", "Łódź \"x\" AND y"),
        ("\u{0}", "*"),
    ] {
        let query = url::form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
        for address in ["/devices?", "/devices?type=default&sort=name&", "/devices?sort=-customer&"] {
            let page = ann.get(&format!("{address}q={query}")).await;
            assert_eq!(page.status, 200, "{q:?}");
            let wanted = match found {
                "*" => continue,
                "Straße 100%" if address.contains("type") => "",
                found => found,
            };
            assert_eq!(page.rows().join(", "), wanted, "{q:?} in {address}");
        }
        let own = ann.get(&format!("{beta}/devices?q={query}")).await;
        assert!(own.rows().iter().all(|name| name == "Straße 100%"), "{q:?}");
    }
    ann.get("/devices?q=nowhere").await.see("Nothing matches “nowhere”").see("Clear the search");
}

/// More devices than are looked at one by one, so that rare words are found by the index of words, and common ones in the
/// order of the list.
#[actix_web::test]
async fn rare_and_common_words_are_found_among_thousands() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let top = acme.customer("Top").await;
    let beta = acme.customer_under("Beta", &top).await;
    let token = ann.token().await;
    for n in 0..2_300 {
        let name = format!("Device {n:04}");
        let label = match n {
            n if n % 2 == 0 => "common",
            n if n < 12 => "rare first",
            n if n > 2_290 => "rare last",
            1_001 => "abc, cde, efg",
            1_003 => "abcdefg",
            _ => "",
        };
        let customer = if n % 5 == 0 { "" } else { id(&beta) };
        let fields = [("name", name.as_str()), ("type", "default"), ("label", label), ("customer", customer)];
        post(&ann, &token, "/devices", &fields).await.see_status(303);
    }
    let lists = ["/devices?".to_owned(), format!("{beta}/devices?"), format!("{top}/devices?inner=yes&")];
    for list in &lists {
        let all = !list.contains("customers");
        let own = |n: &usize| all || !n.is_multiple_of(5);
        let names = |ns: Vec<usize>| ns.into_iter().map(|n| format!("Device {n:04}")).collect::<Vec<_>>();
        let rare: Vec<usize> = (0..2_300).filter(|n| n % 2 == 1 && (*n < 12 || *n > 2_290)).filter(own).collect();
        // A customer's own list has no column that says whose they are.
        for sort in ["name", "created", "type", "customer"].into_iter().filter(|sort| all || *sort != "customer") {
            let mut wanted = names(rare.clone());
            if sort == "customer" && all {
                wanted.sort_by_key(|name| !name.ends_with('5') && !name.ends_with('0'));
            }
            let page = ann.get(&format!("{list}q=RARE&sort={sort}")).await;
            assert_eq!(page.rows(), wanted, "{list} by {sort}");
            page.see(&format!("of {}", rare.len()));
            let page = ann.get(&format!("{list}q=rare+last&sort=-{sort}")).await;
            let of_last = wanted.iter().rev().filter(|name| name.as_str() > "Device 2000");
            assert_eq!(page.rows(), of_last.cloned().collect::<Vec<_>>());
            assert_eq!(ann.get(&format!("{list}q=nowhere&sort={sort}")).await.rows(), [""; 0]);
        }
        // The parts of a word, but not the word, are no hit.
        let page = ann.get(&format!("{list}q=abcdefg&sort=name")).await;
        assert_eq!(page.rows(), ["Device 1003"]);
        page.see("1–1 of 1");
        let mut page = ann.get(&format!("{list}q=common&sort=name&size=100")).await;
        let mut found = page.rows();
        while let Some(next) = page.link("Next") {
            page = ann.get(&next).await;
            found.extend(page.rows());
        }
        assert_eq!(found, names((0..2_300).filter(|n| n % 2 == 0).filter(own).collect()), "{list}");
        let short = ann.get(&format!("{list}q=de&sort=-label&size=10")).await;
        assert_eq!(short.rows()[0], "Device 2299");
    }
    let list = ann.get("/devices?q=common&size=10").await;
    let asked = ann.fill_and_press(&list, &[("all", "yes")], "Unassign").await;
    assert_eq!(asked.h1(), "Unassign 1,150 devices?");
    asked.see("920 of them belong to 1 customer, whose");
    let job = ann.send(&asked, &[("confirm", "1150")]).await;
    ann.get_until(&job.path, "920 devices were unassigned. 230 were so already.").await;
    super::assert_consistent(&app);
}

/// A tenant that has most of all devices and one that has few, both more than are looked at one by one.
#[actix_web::test]
async fn each_of_a_large_and_a_small_tenant_finds_its_own() {
    let app = App::spawn().await;
    let (acme, bolt) = (app.tenant("Acme").await, app.tenant("Bolt").await);
    let mut records = Records::of(&app);
    for (title, n) in [("Acme", 9_000), ("Bolt", 1_500)] {
        records.add_many_devices(title, &title.to_lowercase(), "", n);
    }
    // From here on PostgreSQL knows who has most.
    records.run("analyze");
    for (tenant, title) in [(acme, "acme"), (bolt, "bolt")] {
        let admin = tenant.admin().await;
        for (q, found) in [("10123", vec!["101230", "101231", "101232"]), ("0101234", vec![]), ("1012300", vec![])] {
            let page = admin.get(&format!("/devices?q={q}&sort=name")).await;
            let found: Vec<String> = found.iter().map(|name| format!("{title}{name}")).collect();
            assert_eq!(page.rows().into_iter().take(3).collect::<Vec<_>>(), found, "{q} of {title}");
            page.see(if found.is_empty() { "Nothing matches" } else { "of 10" });
        }
        let page = admin.get(&format!("/devices?q={title}101499&sort=-name")).await;
        assert_eq!(page.rows(), [format!("{title}101499")]);
        let other = if title == "acme" { "bolt1001" } else { "acme1001" };
        admin.get(&format!("/devices?q={other}")).await.see("Nothing matches");
    }
    // Nor does one that never had any find, export or delete what others have.
    let none = app.tenant("Corn").await.admin().await;
    none.get("/devices?q=acme1001").await.see("Nothing matches");
    let file = none.get("/devices/export?q=acme1001").await;
    assert_eq!((file.status, file.html.lines().count()), (200, 1), "{}", file.html);
    let all = [("all", "yes"), ("q", "acme1001")];
    post(&none, &none.token().await, "/devices/unassignment", &all).await.see_status(303);
}

/// Devices that match stand behind thousands that do not in the order of names, and are themselves too many to be sorted.
#[actix_web::test]
async fn more_than_can_be_sorted_at_once_are_shown_newest_first() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let mut records = Records::of(&app);
    for (name, label, n) in [("a", "", 6_000), ("b", "common", 5_500), ("c", "seldom", 1_200)] {
        records.add_many_devices("Acme", name, label, n);
    }
    let told = "Too many results to sort. Showing the newest first";
    let page = ann.get("/devices?q=common&sort=name").await;
    page.see(told);
    assert_eq!((page.rows().len(), page.one("thead [aria-sort]")), (25, "Created".into()));
    let next = ann.get(&page.href("Next")).await;
    next.see_no(told).see("26–50 of");
    assert!(next.rows().iter().all(|name| name.starts_with('b') && !page.rows().contains(name)));
    // Those that are near in the order asked for, or few enough, are sorted.
    for (address, first) in [
        ("/devices?q=common&sort=-label", "b"),
        ("/devices?q=seldom&sort=-name", "c101199"),
        ("/devices?q=seldom&sort=name", "c100000"),
    ] {
        let page = ann.get(address).await;
        page.see_no(told);
        assert!(page.rows()[0].starts_with(first), "{address}: {:?}", page.rows());
    }
    ann.get("/devices?q=seldom&sort=name").await.see("1–25 of 1,200");
    let asked = ann.fill_and_press(&page, &[("all", "yes")], "Delete").await;
    assert_eq!(asked.h1(), "Delete 5,500 devices?");
}
