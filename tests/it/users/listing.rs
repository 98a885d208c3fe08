//! The list of a customer's users: what it shows, searching, filtering, sorting, and its pages.

use crate::support::actor::{Actor, Page};
use crate::support::app::App;

/// Adds a user with a name, whose link is displayed.
async fn add(admin: &Actor, users: &str, email: &str, first: &str, last: &str) {
    let form = [("email", email), ("first_name", first), ("last_name", last), ("activation_method", "link")];
    admin.submit(&format!("{users}/new"), &form).await.see("was added.");
}

#[actix_web::test]
async fn the_list_tells_name_address_status_last_sign_in_and_creation() {
    let app = App::spawn().await;
    app.wait_until_noon();
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    acme.invite(&beta, "late@beta.example").await;
    app.wait_hours(73);
    acme.user(&beta, "mia@beta.example").await;
    acme.user(&beta, "off@beta.example").await;
    acme.invite(&beta, "new@beta.example").await;
    let ann = acme.admin().await;
    let off = ann.get(&ann.get(&users).await.href("off@beta.example")).await;
    ann.press(&off, "Disable user").await.see("off@beta.example was disabled and signed out everywhere.");
    app.wait_hours(2);

    let ann = acme.admin().await;
    let page = ann.get(&users).await;
    assert_eq!(page.h1(), "Beta");
    assert_eq!(page.all("thead th")[..5], ["Name", "Email", "Status", "Last sign-in", "Created"]);
    for (email, status, seen, created) in [
        ("new@beta.example", "Invited, expires in 3 days", "–", "2 hours ago"),
        ("off@beta.example", "Disabled", "2 hours ago", "2 hours ago"),
        ("mia@beta.example", "Active", "2 hours ago", "2 hours ago"),
    ] {
        assert_eq!(page.cells(email), [email, email, status, seen, created]);
    }
    assert_eq!(page.cells("late@beta.example")[2..4], ["Invitation expired", "–"]);

    for (status, found) in [
        ("invited", "new@beta.example"),
        ("expired", "late@beta.example"),
        ("active", "mia@beta.example"),
        ("disabled", "off@beta.example"),
    ] {
        let page = ann.get(&format!("{users}?status={status}")).await;
        assert_eq!(page.rows(), [found]);
        assert_eq!(page.value("select[name=status]"), status);
    }
    let late = ann.get(&format!("{users}?status=expired&sort=name")).await;
    assert_eq!(late.all(".chip"), ["Status: Invitation expired"]);
    assert_eq!(late.href("Remove the filter Status: Invitation expired"), format!("{users}?sort=name"));
    let all = ann.get(&format!("{users}?status=else")).await;
    assert_eq!((all.rows().len(), all.all(".chip").len()), (4, 0));
    let both = ann.get(&format!("{users}?status=active&q=off")).await;
    both.see("Nothing matches “off”");
    assert_eq!(ann.get(&both.href("Clear the search")).await.rows().len(), 4);
}

#[actix_web::test]
async fn names_and_addresses_are_searched_without_regard_to_case() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    let users = format!("{beta}/users");
    let ann = acme.admin().await;
    add(&ann, &users, "mia@beta.example", "Mia", "Król").await;
    add(&ann, &users, "o_o@beta.example", "100% Ola", "").await;
    add(&ann, &users, "jonas@else.example", "Jonas", "DeVries").await;
    add(&ann, &format!("{gamma}/users"), "mia@gamma.example", "Mia", "Berg").await;
    for (q, found) in [
        ("mia", vec!["Mia Król"]),
        ("a kró", vec!["Mia Król"]),
        ("KRÓL", vec!["Mia Król"]),
        ("k", vec!["Mia Król"]),
        (" jonas ", vec!["Jonas DeVries"]),
        ("@BETA", vec!["100% Ola", "Mia Król"]),
        ("%", vec!["100% Ola"]),
        ("_", vec!["100% Ola"]),
        ("\\", vec![]),
        ("' or 1=1 --", vec![]),
        ("example", vec!["Jonas DeVries", "100% Ola", "Mia Król"]),
        ("król example  mia", vec!["Mia Król"]),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let page = ann.get(&format!("{users}?q={query}")).await;
        assert_eq!(page.rows(), found, "{q}");
        assert_eq!(page.value("#q"), q.trim());
    }
}

#[actix_web::test]
async fn every_column_sorts_both_ways() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    let ann = acme.admin().await;
    add(&ann, &users, "3@beta.example", "bob", "Singh").await;
    add(&ann, &users, "1@beta.example", "Ada", "Weber").await;
    add(&ann, &users, "2@beta.example", "", "").await;
    acme.user(&beta, "4@beta.example").await;

    let rows = async |page: &Page, header: &str| ann.get(&page.href(header)).await;
    let start = ann.get(&users).await;
    assert_eq!(start.rows(), ["4@beta.example", "2@beta.example", "Ada Weber", "bob Singh"]);
    assert_eq!(start.attributes("thead th", "aria-sort"), ["descending"]);
    let by_name = rows(&start, "Name").await;
    assert_eq!(by_name.rows(), ["2@beta.example", "4@beta.example", "Ada Weber", "bob Singh"]);
    assert_eq!(by_name.attributes("thead th", "aria-sort"), ["ascending"]);
    let back = rows(&by_name, "Name").await;
    assert_eq!(back.rows(), ["bob Singh", "Ada Weber", "4@beta.example", "2@beta.example"]);
    let by_email = rows(&back, "Email").await;
    assert_eq!(by_email.rows(), ["Ada Weber", "2@beta.example", "bob Singh", "4@beta.example"]);
    let by_sign_in = ann.get(&format!("{users}?sort=-last_sign_in")).await;
    assert_eq!(by_sign_in.rows()[0], "4@beta.example");
    assert_eq!(rows(&by_sign_in, "Last sign-in").await.rows()[3], "4@beta.example");
    let oldest = rows(&start, "Created").await;
    assert_eq!(oldest.rows(), ["bob Singh", "Ada Weber", "2@beta.example", "4@beta.example"]);
}

#[actix_web::test]
async fn pages_show_every_user_once_in_every_order() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    for n in 0..27 {
        // Names repeat, so that only the id tells some rows apart.
        add(&ann, &users, &format!("{}@beta.example", (n * 7) % 27), &format!("Ola {}", n % 4), "").await;
    }
    let first = ann.get(&users).await;
    assert_eq!((first.rows().len(), first.one(".pager p")), (25, "1–25 of 27".into()));
    let second = ann.get(&first.href("Next")).await;
    assert_eq!((second.rows().len(), second.one(".pager p"), second.link("Next")), (2, "26–27 of 27".into(), None));

    let emails = |page: &Page| page.all("tbody td.wide");
    for sort in ["name", "-name", "email", "-email", "last_sign_in", "-last_sign_in", "created", "-created"] {
        let whole = emails(&ann.get(&format!("{users}?size=100&sort={sort}")).await);
        assert_eq!(whole.len(), 27);
        let mut page = ann.get(&format!("{users}?size=10&sort={sort}")).await;
        assert_eq!(page.link("Previous"), None);
        let mut seen = emails(&page);
        while let Some(next) = page.link("Next") {
            page = ann.get(&next).await;
            seen.extend(emails(&page));
        }
        assert_eq!(seen, whole, "{sort}");
        assert_eq!(page.one(".pager p"), "21–27 of 27");
        let middle = ann.get(&page.href("Previous")).await;
        assert_eq!((emails(&middle), middle.one(".pager p")), (whole[10..20].to_vec(), "11–20 of 27".into()), "{sort}");
    }
    // The size chosen last is remembered, and a search begins on its first page.
    assert_eq!(ann.get(&format!("{users}?size=10")).await.rows().len(), 10);
    assert_eq!(ann.get(&users).await.rows().len(), 10);
    // Seven are called Ola 1; the others have a 1 in their address.
    let found = ann.get(&format!("{users}?q=ola+1")).await;
    assert_eq!(found.one(".pager p"), "1–10 of 15");
    let lost = ann.get(&format!("{users}?after=nonsense")).await;
    lost.see("This page link is no longer valid. Showing the first page.");
    assert_eq!(lost.one(".pager p"), "1–10 of 27");
}

#[actix_web::test]
async fn a_customer_that_is_not_there_has_no_list() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    for id in ["0190a7c4-0000-7000-8000-000000000000", "nonsense"] {
        let lost = ann.get(&format!("/customers/{id}/users")).await;
        lost.see_status(404).see("Page not found");
        ann.get(&format!("/customers/{id}/users/new")).await.see_status(404);
        ann.get(&format!("/users/{id}")).await.see_status(404);
    }
}
