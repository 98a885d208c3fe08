//! Deleting more customers and users than a request has time for.

use super::{delete, rows};
use crate::inventory::walk;
use crate::support::app::{App, PASSWORD, Setup, on_postgres};
use crate::support::records::Records;

#[actix_web::test]
async fn a_large_branch_is_gone_at_once_while_its_rows_still_go() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    acme.customer_under("Stays", &root).await;
    let before = rows(&app);
    let farms = acme.customer_under("Beta Farms", &root).await;
    let inner = acme.customer_under("Inner", &farms).await;
    let mia = acme.user(&inner, "mia@inner.example").await;
    let link = acme.invite(&inner, "invited@inner.example").await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 150);
    records.stop_work();
    let user = ann.get(&format!("{inner}/users")).await.href("mia@inner.example");

    let asked = ann.get(&format!("{farms}/delete")).await;
    assert_eq!(
        asked.all(".counts li"),
        ["151 inner customers will be deleted", "302 users will be deleted and signed out"]
    );
    let job = delete(&ann, &farms, "beta farms").await;
    assert_eq!((job.h1(), job.title()), ("Deleting Beta Farms".into(), "Deleting Beta Farms – Tenantry".into()));
    job.see("Beta Farms is being deleted.").see("0 of 454 customers and users").see("by you");
    job.see("Beta Farms is in no list any more.");
    assert_eq!(
        (job.attributes("progress", "max"), job.attributes("progress", "value")),
        (vec!["454".into()], vec!["0".into()])
    );
    assert!(!job.has_button("Cancel") && job.html.contains("<noscript><meta http-equiv=\"refresh\""));

    // Its rows are there and it is nowhere.
    assert_eq!(records.number("select count(*) from users where customer_id is not null"), 302);
    let list = ann.get(&job.href("Back to Customers")).await;
    list.see("1 customer (2 including inner customers)");
    assert_eq!((list.rows(), list.href("Deleting Beta Farms")), (vec!["Root".to_owned()], job.path.clone()));
    list.see("Work is under way: Deleting Beta Farms");
    let under = ann.get(&format!("{root}/customers")).await;
    under.see("Work is under way: Deleting Beta Farms");
    assert_eq!((under.rows(), under.all(".tabs a").remove(2)), (vec!["Stays".to_owned()], "Inner customers 1".into()));
    for q in ["beta", "be", "branch", "br", "branch+1"] {
        for sort in ["-created", "title", "email", "users"] {
            ann.get(&format!("/customers?q={q}&sort={sort}")).await.see("Nothing matches");
        }
        assert_eq!(ann.get(&format!("/customers/suggestions?q={q}")).await.html, "[]");
    }
    for gone in [&farms, &inner] {
        for page in ["", "/delete", "/users", "/users/new", "/customers"] {
            ann.get(&format!("{gone}{page}")).await.see_status(404);
        }
    }
    for page in ["", "/delete", "/activation-link"] {
        ann.get(&format!("{user}{page}")).await.see_status(404);
    }

    // Its people are signed out and have no way in.
    assert!(mia.get("/home").await.path.starts_with("/sign-in"));
    mia.sign_in("mia@inner.example", PASSWORD).await.see_path("/sign-in");
    let dead = app.stranger().get(&link).await;
    assert_eq!((dead.status, dead.all("[name=password]").len()), (404, 0));

    // Titles and addresses are free.
    let page = ann.submit("/customers/new", &[("title", "Other"), ("parent", "Branch 7")]).await;
    assert_eq!(page.see_status(422).error("parent"), "Choose a parent customer that exists");
    let again = acme.customer("Beta Farms").await;
    acme.customer_under("BRANCH 7", &again).await;
    let link = acme.invite(&again, "mia@inner.example").await;
    let mia = app.stranger();
    mia.submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
    assert_eq!(mia.get("/home").await.h1(), "Beta Farms");

    records.let_work();
    app.wait_hours(1);
    let ann = acme.admin().await;
    let done = ann.get_until(&job.path, "Beta Farms was deleted.").await;
    assert_eq!((done.one(".pill"), done.all("progress").len()), ("Done".into(), 0));
    assert!(!done.html.contains("http-equiv"));
    assert_eq!(mia.get("/home").await.h1(), "Beta Farms");
    ann.get("/customers").await.see("2 customers (4 including inner customers)").see_no("under way");
    ann.submit(&format!("{again}/delete"), &[("confirm", "Beta Farms")]).await.see("Beta Farms was deleted.");
    before.assert_same(&rows(&app), "a branch that came and went");
}

#[actix_web::test]
async fn a_customer_can_be_deleted_while_one_that_was_inside_it_still_goes() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let before = rows(&app);
    let root = acme.customer("Root").await;
    let farms = acme.customer_under("Beta Farms", &root).await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 150);
    records.stop_work();
    let job = delete(&ann, &farms, "Beta Farms").await;
    let asked = ann.get(&format!("{root}/delete")).await;
    asked.see("It has no inner customers and no users.");
    ann.press(&asked, "Delete customer").await.see_path("/customers").see("Root was deleted.").see("No customers yet");
    records.let_work();
    app.wait(std::time::Duration::from_secs(200));
    ann.get_until(&job.path, "Beta Farms was deleted.").await;
    before.assert_same(&rows(&app), "two branches that came and went");
}

#[actix_web::test]
async fn devices_of_a_large_branch_return_to_the_tenant() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let other = acme.customer_under("Other", &root).await;
    let farms = acme.customer_under("Beta Farms", &root).await;
    let mut records = Records::of(&app);
    records.add_branch(&farms, 150);
    records.add_devices("Acme", 3);
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    records.stop_work();
    let asked = ann.get(&format!("{farms}/delete")).await;
    assert_eq!(asked.all(".counts li")[2], "150 devices will return to the tenant");
    let job = delete(&ann, &farms, "Beta Farms").await;
    job.see("0 of 601 customers, users, devices and assets");

    // The branch that stays has them no more; each is there, and nobody's.
    assert_eq!(records.number("select count(*) from things where customer_id is not null"), 150);
    let list = ann.get(&format!("{root}/devices?inner=yes")).await;
    assert_eq!(list.rows(), [] as [String; 0]);
    ann.get(&root).await.see("devices 0");
    for sort in ["name", "-name", "customer", "-customer", "created"] {
        let list = ann.get(&format!("/devices?size=100&sort={sort}")).await;
        assert_eq!(list.see("153 devices").rows().len(), 100, "{sort}");
        list.see_no("Branch");
    }
    let moved = ann.get("/devices?q=device+77").await.href("Device 77");
    let page = ann.get(&moved).await;
    assert_eq!((page.status, page.see_no("Branch").h1()), (200, "Device 77".into()));
    ann.submit(&moved, &[("customer", super::id(&other))]).await.see("Device 77 was saved.");
    let edited = ann.get("/devices?q=device+78").await.href("Device 78");
    ann.submit(&edited, &[("label", "Spare")]).await.see("Device 78 was saved.");

    records.let_work();
    app.wait(std::time::Duration::from_secs(200));
    ann.get_until(&job.path, "Beta Farms was deleted.").await;
    assert_eq!(records.wrong_numbers(), [] as [String; 0]);
    assert_eq!(ann.get(&format!("{root}/devices?inner=yes")).await.rows(), ["Device 77"]);
    assert_eq!(records.number("select count(*) from things where customer_id is null"), 152);
    ann.get("/devices?assigned=no").await.see("152");
}

#[actix_web::test]
async fn many_that_are_selected_are_deleted_with_those_inside_them() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let before = rows(&app);
    Records::of(&app).add_branch(&root, 700);
    // All of them match, at every level: most of those selected are inside others that are.
    let found = ann.get("/customers?q=branch").await;
    let asked = ann.fill_and_press(&found, &[("all", "yes")], "Delete").await;
    assert_eq!(
        (asked.h1(), asked.all(".counts li")),
        ("Delete 700 customers?".into(), vec!["1,400 users will be deleted and signed out".to_owned()])
    );
    let job = ann.send(&asked, &[("confirm", "700")]).await;
    assert_eq!(job.see("700 customers are being deleted.").h1(), "Deleting 700 customers");
    let list = ann.get("/customers").await;
    assert_eq!((list.see("1 customer").rows(), list.one(".pager p")), (vec!["Root".to_owned()], "1–1 of 1".into()));
    ann.get(&root).await.see("inner customers 0");
    let done = ann.get_until(&job.path, "700 customers were deleted.").await;
    assert_eq!(done.one(".pill"), "Done");
    before.assert_same(&rows(&app), "customers that came and went");
}

#[actix_web::test]
async fn of_two_servers_over_one_database_one_does_the_work() {
    if !on_postgres() {
        return; // SQLite has one server at a time.
    }
    let first = App::spawn().await;
    let place = Some((first.data_dir(), first.database_url()));
    let second = App::start(Setup { place, ..Setup::default() }).await;
    let acme = first.tenant("Acme").await;
    let ann = acme.admin().await;
    let mut jobs = Vec::new();
    for n in 0..4 {
        let root = acme.customer(&format!("Root {n}")).await;
        Records::of(&first).add_branch(&root, 200);
        jobs.push(delete(&ann, &root, &format!("Root {n}")).await.path);
        second.wait(std::time::Duration::ZERO);
        if n < 3 {
            // The numbers of the next branch are those of this one.
            ann.get_until(&jobs[n], "was deleted.").await;
        }
    }
    for job in &jobs {
        ann.get_until(job, "was deleted.").await;
    }
    // Had a slice been done twice, it would have been counted twice.
    let counts = "select cast(done as text) || ' of ' || cast(total as text) as line from jobs";
    assert_eq!(Records::of(&first).lines(counts), ["601 of 601"; 4]);
    assert_eq!(Records::of(&first).number("select count(*) from customers"), 0);
}

#[actix_web::test]
async fn what_a_branch_that_is_deleted_still_has_is_listed_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    let mut records = Records::of(&app);
    // More than a file's part holds.
    records.add_branch(&root, 2_500);
    records.add_devices("Acme", 5);
    records.stop_work();
    delete(&ann, &root, "root").await;
    let once = |mut names: Vec<String>| {
        names.sort();
        names.dedup();
        names.len()
    };
    for way in ["", "-"] {
        let file = ann.get(&format!("/devices/export?sort={way}customer")).await.html;
        let names: Vec<String> = file.lines().skip(1).map(str::to_owned).collect();
        assert_eq!((names.len(), once(names)), (2_505, 2_505));
        let names = walk(&ann, &format!("/devices?sort={way}customer&size=100")).await;
        assert_eq!((names.len(), once(names)), (2_505, 2_505));
    }
}
