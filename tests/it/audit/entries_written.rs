//! What leaves an entry, and what it says.

use diesel::RunQueryDsl as _;

use super::{fields, newest, said};
use crate::security::table::CALLS;
use crate::security::world::Side;
use crate::security::{call, owner};
use crate::support::app::{App, PASSWORD};
use crate::support::promise::{Tally, keep};
use crate::support::records::Records;

/// Rows that people change: without the log itself, what the server keeps for itself, and what workers do meanwhile.
fn changed_by_people(records: &mut Records) -> Vec<String> {
    let passing = ["audit_", "form_posts ", "jobs ", "link_secrets ", "mails ", "tenant_counts "];
    let rows = records.all();
    rows.lines().iter().filter(|row| !passing.iter().any(|table| row.starts_with(table))).cloned().collect()
}

#[actix_web::test]
async fn every_address_that_changes_something_leaves_one_entry() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut records = Records::of(&app);
    let (mut changing, mut idle) = (Tally::default(), Tally::default());
    let told = "select count(*) from audit_entries where action not in ('go_on', 'finish', 'fail')";
    // What is done meanwhile has entries of its own.
    records.stop_work();
    // Whoever looks as somebody else changes nothing until that ends, and whoever signs out can do nothing more.
    let last_ones = ["POST /users/{id}/impersonation", "POST /impersonation/end", "POST /sign-out"];
    let mut posts: Vec<_> = CALLS.iter().filter(|one| one.method() == "POST").collect();
    posts.sort_by_key(|one| last_ones.iter().position(|last| *last == one.route));
    for one in posts {
        let stranger = app.stranger();
        let (address, form) = one.of(&side);
        let what = format!("{} {address} {form:?}", one.route);
        let person = owner(one, &side, &stranger);
        // What is not seen for a minute is noted when it is; so is whoever has no session yet.
        person.get("/account").await;
        let before = (changed_by_people(&mut records), records.number(told));
        let answer = call(person, one, &(address, form)).await;
        assert!(answer.status < 500, "{what}: {}", answer.text());
        let after = (changed_by_people(&mut records), records.number(told));
        let n = after.1 - before.1;
        let several = ["/users/delete", "/users/activation-mail", "/dashboards/delete"];
        if before.0 == after.0 {
            let mails_only = one.route.ends_with("-mail");
            idle.count(n == 0 || mails_only, || format!("{what} left {n}"));
        } else {
            let right = n == 1 || n > 1 && several.iter().any(|end| one.route.ends_with(end));
            changing.count(right, || format!("{what} left {n}"));
        }
    }
    let seen = format!(
        "calls of every form: {} changed something, {changing} of them without their entry; {} changed nothing, {idle} of \
         them left one",
        changing.tried(),
        idle.tried()
    );
    let kept = changing.is_clean() && idle.is_clean() && changing.tried() > 40;
    keep("Every change leaves one entry in the audit log", &seen, "0 without, 0 too many", kept);
}

/// An error of any kind, for a transaction of the test's own.
#[derive(Debug)]
struct Fault(String);

impl<T: std::error::Error> From<T> for Fault {
    fn from(error: T) -> Self {
        Self(error.to_string())
    }
}

#[actix_web::test]
async fn a_change_that_forgets_its_entry_is_undone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.customer("Beta").await;
    let rename = "update customers set title = 'Gamma'";
    let forgot = app.shared.db.write(move |writing| {
        diesel::sql_query(rename).execute(&mut **writing)?;
        Ok::<_, Fault>(())
    });
    let fault = forgot.await.unwrap_err();
    assert!(fault.0.contains("left no entry"), "{fault:?}");
    let mut records = Records::of(&app);
    assert_eq!(records.lines("select title as line from customers"), ["Beta"]);

    // Reading, and looking for what is not there, is no change.
    let looked = app.shared.db.write(|writing| {
        diesel::sql_query("delete from customers where title = 'nobody'").execute(&mut **writing)?;
        Ok::<_, Fault>(())
    });
    looked.await.unwrap();
    // What the server keeps for itself has a door of its own.
    let noted = app.shared.db.write_unaudited(move |conn| {
        diesel::sql_query(rename).execute(conn)?;
        Ok::<_, Fault>(())
    });
    noted.await.unwrap();
    assert_eq!(records.lines("select title as line from customers"), ["Gamma"]);
}

#[actix_web::test]
async fn an_entry_says_who_did_what_from_where_and_how_it_was_before() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    ann.submit("/account", &[("first_name", "Ann"), ("last_name", "Lee")]).await;
    let parent = acme.customer("Parent").await;
    let parent_id = parent.rsplit('/').next().unwrap();
    let beta = ann.submit("/customers/new", &[("title", "Beta"), ("city", "Oslo"), ("country", "NO")]).await.path;

    let page = newest(&ann).await;
    assert_eq!(page.h1(), "Ann Lee added customer Beta");
    assert_eq!(fields(&page), ["Title Beta", "Country Norway", "City Oslo"]);
    page.see("admin@acme.example").see("127.0.0.1").see("Firefox on Linux");

    ann.submit(&beta, &[("title", "Beta Farms"), ("city", ""), ("parent", parent_id)]).await.see("was saved");
    let page = newest(&ann).await;
    assert_eq!(page.h1(), "Ann Lee changed customer Beta Farms");
    assert_eq!(fields(&page), ["Title Beta Beta Farms", "Parent customer – Parent", "City Oslo –"]);

    ann.submit(&format!("{beta}/delete"), &[]).await.see("was deleted");
    let page = newest(&ann).await;
    assert_eq!(page.h1(), "Ann Lee deleted customer Beta Farms");
    assert_eq!(page.link("Beta Farms"), None);
    assert_eq!(fields(&page)[0], "Title Beta Farms");
}

#[actix_web::test]
async fn what_people_do_about_signing_in_is_written_down() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let jo = acme.user(&beta, "jo@beta.example").await;
    let ann = acme.admin().await;
    jo.press(&jo.get("/account").await, "Sign out").await;
    for _ in 0..3 {
        jo.sign_in("jo@beta.example", "another password").await.see_status(422);
    }
    ann.get_until("/audit?action=sign_in_failed", "1–3 of 3").await;
    jo.sign_in("nobody@beta.example", "another password").await.see_status(422);
    jo.sign_in("jo@beta.example", PASSWORD).await.see_path("/home");
    let form = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    jo.submit("/account", &form).await.see("Your password was changed.");
    jo.submit("/forgot-password", &[("email", "jo@beta.example")]).await;
    let reset = sink.mail_to("jo@beta.example").await;
    app.stranger().submit(reset.links()[0], &[("password", PASSWORD)]).await.see_path("/home");

    let log = said(&ann.get("/audit").await);
    let theirs: Vec<&str> = log.iter().map(String::as_str).filter(|said| said.contains("jo@beta.example")).collect();
    assert_eq!(
        theirs,
        [
            "jo@beta.example reset their password",
            "Somebody sent a password reset to user jo@beta.example",
            "jo@beta.example changed their password",
            "jo@beta.example signed in",
            "Somebody failed to sign in as user jo@beta.example",
            "Somebody failed to sign in as user jo@beta.example",
            "Somebody failed to sign in as user jo@beta.example",
            "jo@beta.example signed out",
            "jo@beta.example activated their user",
            "admin@acme.example added user jo@beta.example",
        ]
    );
    assert!(!log.iter().any(|said| said.contains("nobody@")), "{log:?}");
    assert_eq!(log.last().map(String::as_str), Some("The operator added tenant Acme"));

    // So is a wrong password in an open session.
    let jo = app.stranger();
    jo.sign_in("jo@beta.example", PASSWORD).await.see_path("/home");
    jo.submit("/account", &[("current_password", "another"), ("password", "")]).await.see_status(422);
    ann.get_until("/audit?action=sign_in_failed", "1–4 of 4").await;
}

#[actix_web::test]
async fn what_is_done_to_many_at_once_has_one_entry_that_names_them() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let beta_id = beta.rsplit('/').next().unwrap();
    for name in ["Meter 1", "Meter 2", "Meter 3"] {
        ann.submit("/devices/new", &[("name", name)]).await.see("was added");
    }
    let token = ann.token().await;
    let form = [("all", "yes"), ("q", "meter"), ("asked", "yes"), ("to", beta_id), ("csrf", &token)];
    let form: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ann.post("/devices/assignment", &form).await;
    let page = newest(&ann).await;
    assert_eq!(page.h1(), "admin@acme.example assigned 3 devices");
    assert_eq!(fields(&page), ["Customer Beta"]);
    assert_eq!(page.all(".names li"), ["Meter 1", "Meter 2", "Meter 3"]);

    // To those that have it already it is not done again.
    ann.post("/devices/assignment", &form).await.see_status(303);
    assert_eq!(newest(&ann).await.h1(), "admin@acme.example assigned 3 devices");

    // What goes with a customer is named, too.
    acme.invite(&beta, "jo@beta.example").await;
    acme.customer_under("Inner", &beta).await;
    ann.submit(&format!("{beta}/delete"), &[("confirm", "Beta")]).await.see("Beta was deleted");
    let page = newest(&ann).await;
    assert_eq!(page.h1(), "admin@acme.example deleted customer Beta");
    let mut names = page.all(".names li");
    names.sort();
    let gone = ["customer Beta", "customer Inner", "device Meter 1", "device Meter 2", "device Meter 3"];
    assert_eq!(names, [&gone[..], &["user jo@beta.example"]].concat());
    page.see("Inner customers deleted 1").see("Users deleted 1").see("Devices unassigned 3");
}

#[actix_web::test]
async fn background_work_tells_its_beginning_its_parts_and_its_end() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let root = acme.customer("Root").await;
    Records::of(&app).add_branch(&root, 120);
    let job = ann.submit(&format!("{root}/delete"), &[("confirm", "Root")]).await.path;
    ann.get_until(&job, "Root was deleted").await;
    let log = said(&ann.get("/audit").await);
    assert_eq!(log[0], "admin@acme.example finished deleting Root");
    let parts = log.iter().filter(|said| said.contains("resumed deleting Root")).count();
    assert!(parts >= 1, "{log:?}");
    assert_eq!(log[parts + 1], "admin@acme.example deleted customer Root");
    // Together the parts name everything that went.
    let all =
        "select cast(sum(length(items) - length(replace(items, 'user ', '')))/5 as text) as line from audit_entries
         where action = 'go_on'";
    let users = Records::of(&app).lines(all);
    assert!(users[0].starts_with("240"), "{users:?}");
}
