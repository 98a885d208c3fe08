//! The search in the frame of every page: customers, users, devices and assets at once.

use crate::support::app::App;
use crate::support::records::Records;

#[actix_web::test]
async fn everything_that_matches_is_found_with_what_tells_it_apart() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let inner = acme.customer_under("Harbour Lights", &beta).await;
    let users = format!("{inner}/users/new");
    for (email, first) in [("light@inner.example", ""), ("mia@inner.example", "Mia Lightfoot"), ("jo@b.example", "")] {
        ann.submit(&users, &[("email", email), ("first_name", first), ("activation_method", "link")]).await;
    }
    let id = inner.rsplit('/').next().unwrap();
    let lamp = ann.submit("/devices/new", &[("name", "Lamp"), ("type", "Light"), ("customer", id)]).await;
    ann.submit("/assets/new", &[("name", "Lighthouse"), ("type", "tower")]).await.see("was added.");
    ann.submit("/devices/new", &[("name", "Valve")]).await.see("was added.");

    assert_eq!(ann.get("/home").await.attributes("form.find", "action"), ["/search"]);
    let page = ann.get("/search?q=+LIGHT+").await;
    assert_eq!(page.all("main h2"), ["Customers", "Users", "Devices", "Assets"]);
    assert_eq!(
        page.all("main .rows li"),
        [
            "Harbour Lights Beta",
            "Mia Lightfoot mia@inner.example, Harbour Lights",
            "light@inner.example Harbour Lights",
            "Lamp Light, Harbour Lights",
            "Lighthouse tower, not assigned",
        ]
    );
    assert_eq!((page.href("Harbour Lights"), page.href("Lamp")), (inner, lamp.path));
    assert!(page.href("Mia Lightfoot").starts_with("/users/"));
    for (words, rows) in [
        ("All customers that match", ["Harbour Lights"]),
        ("All devices that match", ["Lamp"]),
        ("All assets that match", ["Lighthouse"]),
    ] {
        assert_eq!(ann.get(&page.href(words)).await.rows(), rows);
    }
    let admin = ann.get("/search?q=admin@").await;
    assert_eq!(admin.all("main .rows li"), ["admin@acme.example Administrator"]);
    ann.get("/search?q=100%25").await.see("Nothing matches “100%”").see_no("only the beginnings");
    ann.get("/search?q=%00+").await.see("Search for a title, a name, an email address, a label or a type.");
}

#[actix_web::test]
async fn a_few_of_each_kind_are_shown_and_the_rest_is_one_link_away() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for n in 1..=7 {
        acme.customer(&format!("Farm {n}")).await;
    }
    let users = acme.customer("Beta").await + "/users/new";
    for n in 1..=6 {
        let email = format!("farmer{n}@beta.example");
        ann.submit(&users, &[("email", &*email), ("activation_method", "link")]).await;
    }
    let page = ann.get("/search?q=farm").await;
    assert_eq!(page.all("main .rows li").len(), 10);
    assert_eq!(ann.get(&page.href("All 7 customers that match")).await.rows().len(), 7);
    assert_eq!(ann.get(&page.href("All users that match")).await.rows().len(), 6);
    ann.get("/search?q=farmer1").await.see("farmer1@beta.example").see_no("All users that match");
}

#[actix_web::test]
async fn of_many_users_those_are_found_whose_name_or_address_begins_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = acme.customer("Beta").await + "/users/new";
    for (email, first) in [("kim@beta.example", "Sue"), ("sue@beta.example", "Kim"), ("lea@beta.example", "Joakim")] {
        ann.submit(&users, &[("email", email), ("first_name", first), ("activation_method", "link")]).await;
    }
    assert_eq!(ann.get("/search?q=KIM").await.all("main .rows li a"), ["Joakim", "Kim", "Sue"]);
    Records::of(&app).run("update tenant_counts set n = 10001 where kind = 'users'");
    assert_eq!(ann.get("/search?q=KIM").await.all("main .rows li a"), ["Kim", "Sue"]);
    assert_eq!(ann.get("/search?q=s").await.all("main .rows li a"), ["Sue", "Kim"]);
    ann.get("/search?q=akim").await.see("Nothing matches").see("only the beginnings of their names and addresses");
}
