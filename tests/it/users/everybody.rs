//! The list of the tenant's users, over all customers and the administrators.

use crate::inventory::walk;
use crate::support::actor::{Actor, Page};
use crate::support::app::App;
use crate::support::records::Records;

/// Adds a user whose link is displayed.
async fn add(admin: &Actor, users: &str, email: &str) {
    let form = [("email", email), ("activation_method", "link")];
    admin.submit(&format!("{users}/new"), &form).await.see("was added.");
}

fn id(page: &Page, email: &str) -> String {
    page.href(email).rsplit('/').next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn it_holds_the_users_of_all_customers_and_the_administrators() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let plant = acme.customer_under("Plant", &beta).await;
    acme.user(&beta, "mia@beta.example").await;
    acme.invite(&plant, "ola@plant.example").await;
    app.tenant("Bolt").await;
    let ann = acme.admin().await;
    let page = ann.get(&ann.get("/home").await.href("Users")).await;
    assert_eq!((page.h1(), page.path.as_str()), ("Users".into(), "/users"));
    page.see("3 users");
    let headers = ["Name", "Email", "Customer", "Role", "Status", "Last sign-in", "Created"];
    assert_eq!(page.all("thead th")[..7], headers);
    assert_eq!(page.rows(), ["ola@plant.example", "mia@beta.example", "admin@acme.example"]);
    assert_eq!(page.cells("ola@plant.example")[2..4], ["Plant", "Customer user"]);
    assert_eq!(page.cells("mia@beta.example")[2..5], ["Beta", "Customer user", "Active"]);
    assert_eq!(page.cells("admin@acme.example")[2..5], ["", "Administrator", "Active"]);
    assert_eq!(page.href_in_row("ola@plant.example", "Plant"), plant);
    // Whoever goes with a customer is in no list any more.
    ann.submit(&format!("{plant}/delete"), &[("confirm", "Plant")]).await.see("Plant was deleted.");
    assert_eq!(ann.get("/users?sort=name").await.rows(), ["admin@acme.example", "mia@beta.example"]);
    ann.get("/users").await.see("2 users");
}

#[actix_web::test]
async fn it_is_narrowed_by_role_customer_status_and_words_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.user(&beta, "mia@beta.example").await;
    acme.user(&gamma, "mia@gamma.example").await;
    acme.invite(&beta, "late@beta.example").await;
    acme.invite(&gamma, "late@gamma.example").await;
    app.wait_hours(73);
    acme.invite(&gamma, "new@gamma.example").await;
    let ann = acme.admin().await;
    for (query, found) in [
        ("role=administrator", vec!["admin@acme.example"]),
        ("role=customer_user&q=gamma", vec!["late@gamma.example", "mia@gamma.example", "new@gamma.example"]),
        ("customer=beta", vec!["late@beta.example", "mia@beta.example"]),
        ("customer=Beta&role=customer_user&status=active", vec!["mia@beta.example"]),
        ("status=expired", vec!["late@beta.example", "late@gamma.example"]),
        ("status=invited", vec!["new@gamma.example"]),
        ("status=active&q=mia", vec!["mia@beta.example", "mia@gamma.example"]),
        ("status=disabled", vec![]),
        ("mail=failed", vec![]),
        ("customer=Beta&role=administrator", vec![]),
        ("customer=Nobody", vec![]),
        (
            "role=else&status=else&mail=else&customer=",
            vec![
                "admin@acme.example",
                "late@beta.example",
                "late@gamma.example",
                "mia@beta.example",
                "mia@gamma.example",
                "new@gamma.example",
            ],
        ),
    ] {
        let page = ann.get(&format!("/users?sort=email&{query}")).await;
        assert_eq!(page.rows(), found, "{query}");
        let position = page.one(".pager p");
        let told = if found.is_empty() { String::new() } else { format!("1–{0} of {0}", found.len()) };
        assert_eq!(position, told, "{query}");
    }
    let by_id = ann.get(&format!("/users?customer={}", beta.rsplit('/').next().unwrap_or_default())).await;
    assert_eq!((by_id.rows().len(), by_id.all(".chip")), (2, vec!["Customer: Beta".to_owned()]));
    let chips = ann.get("/users?role=customer_user&customer=beta&status=active").await;
    assert_eq!(chips.all(".chip"), ["Status: Active", "Role: Customer user", "Customer: Beta"]);
    assert_eq!(chips.href("Remove the filter Role: Customer user"), "/users?customer=beta&status=active");
}

#[actix_web::test]
async fn its_pages_show_everybody_once_in_every_order_and_with_every_filter() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let customers = [acme.customer("Beta").await, acme.customer("Gamma").await, acme.customer("Delta").await];
    for n in 0..23 {
        add(&ann, &format!("{}/users", customers[n % 3]), &format!("{}@x.example", (n * 7) % 23)).await;
    }
    let emails = |page: &Page| page.all("tbody td.wide");
    for filter in ["", "&status=invited", "&role=customer_user", "&q=example&status=invited"] {
        for sort in ["name", "-name", "email", "-email", "last_sign_in", "-last_sign_in", "created", "-created"] {
            let whole = emails(&ann.get(&format!("/users?size=100&sort={sort}{filter}")).await);
            assert_eq!(whole.len(), if filter.is_empty() { 24 } else { 23 });
            let mut page = ann.get(&format!("/users?size=10&sort={sort}{filter}")).await;
            let mut seen = emails(&page);
            while let Some(next) = page.link("Next") {
                page = ann.get(&next).await;
                seen.extend(emails(&page));
            }
            assert_eq!(seen, whole, "{sort}{filter}");
            let middle = ann.get(&page.href("Previous")).await;
            assert_eq!(emails(&middle), whole[10..20], "{sort}{filter}");
        }
    }
}

#[actix_web::test]
async fn those_of_several_customers_are_mailed_and_deleted_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.invite(&beta, "late@beta.example").await;
    acme.invite(&gamma, "late@gamma.example").await;
    app.wait_hours(73);
    acme.user(&gamma, "mia@gamma.example").await;
    let ann = acme.admin().await;
    let address = "/users?status=expired&sort=email&size=10";
    let expired = ann.get(address).await;
    let after = ann.fill_and_press(&expired, &[("all", "yes")], "Resend activation mail").await;
    after.see_path(address).see("2 activation mails are queued.");
    // Nobody waits in vain any more, and the list is as it was asked for.
    assert!(ann.get(address).await.rows().is_empty());
    let all = ann.get("/users").await;
    let one = [("ids", &*id(&all, "late@beta.example"))];
    ann.fill_and_press(&all, &one, "Resend activation mail")
        .await
        .see_path("/users")
        .see("1 activation mail is queued.");
    ann.press(&ann.get("/users").await, "Resend activation mail: late@gamma.example").await.see("is queued.");

    // Whoever asks is never among all.
    let asked = ann.fill_and_press(&all, &[("all", "yes")], "Delete").await;
    asked.see("They are users of 2 customers.");
    assert_eq!(asked.h1(), "Delete 3 users?");
    let after = ann.press(&asked, "Delete users").await;
    after.see_path("/users").see("3 users were deleted.");
    assert_eq!(after.rows(), ["admin@acme.example"]);
    let oneself = [("ids", &*id(&after, "admin@acme.example"))];
    let asked = ann.fill_and_press(&after, &oneself, "Delete").await;
    ann.press(&asked, "Delete user").await.see("Nobody can delete themselves");
}

#[actix_web::test]
async fn the_number_is_typed_before_more_than_a_few_are_deleted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = acme.customer("Beta").await + "/users";
    for n in 0..26 {
        add(&ann, &users, &format!("{n}@beta.example")).await;
    }
    for list in [users.clone() + "?q=beta", "/users?customer=Beta".to_owned()] {
        let page = ann.get(&list).await;
        let asked = ann.fill_and_press(&page, &[("all", "yes")], "Resend activation mail").await;
        assert_eq!((asked.h1(), asked.href("Cancel")), ("Send 26 activation mails?".into(), list.clone()));
        assert!(asked.has_button("Send 26 activation mails"));
        let asked = ann.fill_and_press(&ann.get(&list).await, &[("all", "yes")], "Delete").await;
        let page = ann.send(&asked, &[("confirm", "25")]).await;
        assert_eq!(page.see_status(422).error("confirm"), "Type 26, the number of users, to confirm", "{list}");
        assert_eq!(page.href("Cancel"), list);
    }
    let asked = ann.fill_and_press(&ann.get("/users?q=beta").await, &[("all", "yes")], "Delete").await;
    let after = ann.send(&asked, &[("confirm", "26")]).await;
    after.see_path("/users?q=beta").see("26 users were deleted.");
    ann.get("/users").await.see("1 user");
}

#[actix_web::test]
async fn it_is_exported_as_it_is_narrowed_and_sorted() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.invite(&beta, "b@beta.example").await;
    acme.invite(&gamma, "a@gamma.example").await;
    let ann = acme.admin().await;
    let list = ann.get("/users?role=customer_user&sort=email").await;
    assert_eq!(list.href("Export"), "/users/export?role=customer_user&sort=email");
    let file = ann.get(&list.href("Export")).await.html;
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with("a@gamma.example,") && lines[1].contains(",Gamma,"), "{file}");
    assert!(lines[2].starts_with("b@beta.example,") && lines[2].contains(",Beta,"), "{file}");
}

#[actix_web::test]
async fn home_leads_to_those_who_need_attention() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    for n in 0..6 {
        acme.invite(&beta, &format!("{n}@beta.example")).await;
    }
    app.wait_hours(73);
    acme.invite(&beta, "new@beta.example").await;
    let ann = acme.admin().await;
    let page = ann.get(&ann.get("/home").await.href("6 invitations have expired")).await;
    assert_eq!((page.path.as_str(), page.rows().len()), ("/users?status=expired", 6));
}

#[actix_web::test]
async fn it_is_sorted_by_role_and_status_without_a_user_lost_or_twice() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    for n in 0..3 {
        acme.invite(&beta, &format!("late-{n}@beta.example")).await;
    }
    app.wait_hours(73);
    acme.invite(&beta, "new@beta.example").await;
    acme.user(&beta, "mia@beta.example").await;
    let mut records = Records::of(&app);
    records.add_branch(&beta, 13);
    records.run("insert into tenant_counts (tenant_id, kind, slot, n) select id, 'users', 99, 26 from tenants");
    records.run("update users set disabled_at = created_at where email like 'b-%' or email like 'late-1%'");
    let ann = acme.admin().await;
    let page = ann.get(&ann.get("/users").await.href("Status")).await;
    assert_eq!(
        (page.path.as_str(), page.cells("a-1@branch.example")[4].as_str()),
        ("/users?sort=status", "Not invited yet")
    );

    let up = walk(&ann, "/users?sort=status&size=10").await;
    assert!(up[..13].iter().all(|email| email.starts_with("a-")), "{up:?}");
    assert_eq!(up[13..16], ["late-0@beta.example", "late-2@beta.example", "new@beta.example"]);
    assert_eq!(up[16..18], ["admin@acme.example", "mia@beta.example"]);
    assert!(up[18..].iter().all(|email| email.starts_with("b-") || email == "late-1@beta.example"), "{up:?}");
    let by_role = walk(&ann, "/users?sort=role&size=10").await;
    assert_eq!((by_role[0].as_str(), by_role.len()), ("admin@acme.example", 32));
    for (sort, up) in [("status", up), ("role", by_role)] {
        let mut all = up.clone();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 32, "{sort}");
        let down = walk(&ann, &format!("/users?sort=-{sort}&size=10")).await;
        assert_eq!(down, up.into_iter().rev().collect::<Vec<_>>(), "{sort}");
        let users = walk(&ann, &format!("/users?sort={sort}&size=10&role=customer_user&status=disabled")).await;
        assert_eq!(users.len(), 14, "{sort}");
    }
    // One customer's users are all of one role, and their list has no such order.
    let list = ann.get(&format!("{beta}/users?sort=status")).await;
    assert_eq!((list.link("Status"), list.rows()[0].as_str()), (None, "mia@beta.example"));
}
