//! Where customer users land: their customer, its inner customers, and who to ask.

use std::time::Duration;

use crate::support::app::App;
use crate::support::smtp::Mode;

#[actix_web::test]
async fn a_customer_user_sees_their_customer_its_inner_customers_and_who_to_ask() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let form = [
        ("title", "Beta"),
        ("address", "Mill Lane 3"),
        ("address2", "Floor 2"),
        ("zip", "80-001"),
        ("city", "Gdańsk"),
        ("country", "PL"),
        ("email", "office@beta.example"),
        ("phone", "+48 58 1"),
    ];
    let beta = ann.submit("/customers/new", &form).await.path;
    let plant = acme.customer_under("Plant", &beta).await;
    acme.customer_under("Depot", &beta).await;
    acme.customer_under("Cellar", &acme.customer_under("Hall", &plant).await).await;
    acme.customer("Gamma").await;
    ann.submit("/account", &[("first_name", "Ann"), ("last_name", "Lee")]).await;

    let mia = acme.user(&beta, "mia@beta.example").await;
    let home = mia.get("/home").await;
    assert_eq!((home.h1(), home.title()), ("Beta".into(), "Home – Tenantry".into()));
    home.see("A customer of Acme").see("4 at all levels");
    home.see("Mill Lane 3 Floor 2 80-001 Gdańsk Poland").see("office@beta.example").see("+48 58 1");
    assert_eq!(home.all("ul.rows li"), ["Depot", "Plant 1 inner customer"]);
    assert_eq!(home.all("nav .contact"), ["Contact Ann Lee admin@acme.example"]);
    home.see_no("Gamma").see_no("Cellar");
    assert_eq!(home.href("admin@acme.example"), "mailto:admin@acme.example");
    assert_eq!(home.all("nav.side li"), ["Home", "Devices", "Assets", "Dashboards", "Inner customers", "Account"]);
    mia.get("/").await.see_path("/home");

    let id = plant.rsplit('/').next().unwrap();
    ann.submit("/devices/new", &[("name", "Valve"), ("customer", id)]).await.see("was added.");
    let figures = mia.get("/home").await.all(".figures div");
    assert_eq!(figures, ["device 1", "assets 0", "inner customers 4", "user 1"]);

    let jo = acme.user(&plant, "jo@plant.example").await;
    let home = jo.get("/home").await;
    home.see_no("Beta").see_no("Depot").see_no("Gdańsk").see("2 at all levels");
    assert_eq!(home.all(".figures dd"), ["1", "0", "2", "1"]);
    assert_eq!((home.h1(), home.all("ul.rows li")), ("Plant".into(), vec!["Hall 1 inner customer".into()]));
}

#[actix_web::test]
async fn only_administrators_who_can_be_reached_are_named() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let invite = async |email: &str| {
        let form = [("email", email), ("activation_method", "link")];
        ann.submit("/administrators/new", &form).await.value("#link")
    };
    invite("invited@acme.example").await;
    let bob = invite("bob@acme.example").await;
    app.stranger().submit(&bob, &[("password", crate::support::app::PASSWORD)]).await.see_path("/customers");
    let path = ann.get("/administrators").await.href("bob@acme.example");
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let contacts = async || mia.get("/home").await.all("nav .contact a");
    assert_eq!(contacts().await, ["bob@acme.example", "admin@acme.example"]);
    mia.get("/home").await.see("Beta has no inner customers.");
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");
    assert_eq!(contacts().await, ["admin@acme.example"]);
}

#[actix_web::test]
async fn customer_users_have_nothing_but_what_is_theirs() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    for path in ["/customers", "/customers/new", &beta, "/administrators", "/devices/new", "/nowhere"] {
        mia.get(path).await.see_status(404).see("Page not found");
    }
    app.stranger().get("/home").await.see_path("/sign-in?next=%2Fhome");
}

#[actix_web::test]
async fn administrators_see_what_needs_attention() {
    let app = App::spawn().await;
    app.wait_until_noon();
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let home = ann.get("/home").await;
    assert_eq!(home.h1(), "Home");
    home.see("Nothing now").see("The tenant has no home dashboard");

    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "mia@beta.example").await;
    acme.user(&beta, "ola@beta.example").await;
    ann.get("/home").await.see("Nothing now");
    app.wait_hours(73);
    let ann = acme.admin().await;
    let home = ann.get("/home").await;
    home.see("1 invitation has expired").see("expired 1 hour ago").see_no("ola@beta.example");
    ann.get(&home.href("mia@beta.example")).await.see("Invitation expired");

    // Elsewhere nothing of it is seen.
    let eve = app.tenant("Basalt").await.admin().await;
    eve.get("/home").await.see("Nothing now").see_no("mia@beta.example");
    let link = ann.press(&ann.get(&home.href("mia@beta.example")).await, "Display activation link").await;
    link.see("Activation link");
    ann.get("/home").await.see("Nothing now");
}

#[actix_web::test]
async fn administrators_see_mails_that_could_not_be_delivered() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    sink.set_mode(Mode::RefuseRecipients);
    let form = [("email", "mia@beta.example"), ("activation_method", "mail")];
    ann.submit(&format!("{beta}/users/new"), &form).await.see("mia@beta.example");
    let home = ann.get_until("/home", "1 mail could not be delivered").await;
    sink.set_mode(Mode::Accept);
    ann.press(&ann.get(&home.href("mia@beta.example")).await, "Resend activation mail").await;
    ann.get_until("/home", "Nothing now").await;
}

#[actix_web::test]
async fn administrators_see_at_once_that_mail_does_not_get_through() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let bolt = app.tenant("Bolt").await.admin().await;
    sink.set_mode(Mode::RefuseForNow);
    for email in ["mia@beta.example", "ola@beta.example"] {
        ann.submit(&format!("{beta}/users/new"), &[("email", email)]).await.see(email);
    }
    let home = ann.get_until("/home", "2 mails are not getting through").await;
    home.see("The first was queued just now").see("The mail server said: “").see("try again later");
    home.see("tenantry doctor").see_no("Nothing now").see_no("could not be delivered");
    let users = ann.get(&home.href("2 mails are not getting through")).await;
    assert_eq!((users.path.as_str(), users.rows().len()), ("/users?mail=failed", 2));
    bolt.get("/home").await.see("Nothing now").see_no("getting through");
    sink.set_mode(Mode::Accept);
    app.wait(Duration::from_secs(31));
    ann.get_until("/home", "Nothing now").await.see_no("getting through");
    assert!(ann.get("/users?mail=failed").await.rows().is_empty());
}

#[actix_web::test]
async fn administrators_see_the_tenants_home_dashboard() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    acme.customer("Beta").await;
    let form = ann.get("/dashboards/new").await;
    let fields =
        [("title", "Overview"), ("kind_1", "number"), ("width_1", "1"), ("setting_1", "customers"), ("title_1", "")];
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    fields.push(("csrf".into(), form.value("input[name=csrf]")));
    let board = ann.post("/dashboards", &fields).await.location();
    let page = ann.get(&board).await;
    ann.press(&page, "Set as tenant home").await;
    ann.get("/home").await.see("Overview").see("1 customer").see_no("has no home dashboard");
}

#[actix_web::test]
async fn a_new_tenant_is_led_through_its_first_steps() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let steps = ["Add a customer", "Add devices", "Invite a user", "Make a home dashboard"];
    let home = ann.get("/home").await;
    assert_eq!((home.all(".steps-list b"), home.all(".steps-list .done").len()), (steps.map(str::to_owned).into(), 0));
    for link in home.attributes(".steps-list a", "href") {
        ann.get(&link).await.see_status(200);
    }
    let done = async || ann.get("/home").await.all(".steps-list .done b");
    let beta = acme.customer("Beta").await;
    assert_eq!(done().await, steps[..1]);
    acme.invite(&beta, "mia@beta.example").await;
    assert_eq!(done().await, [steps[0], steps[2]]);
    ann.submit("/devices/new", &[("name", "Valve")]).await.see("was added.");
    assert_eq!(done().await, steps[..3]);
}
