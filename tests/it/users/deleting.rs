//! Deleting users, one or several, and inviting several again.

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn a_user_is_deleted_after_a_question() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    let link = acme.invite(&beta, "jo@beta.example").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    assert_eq!(count_of_users(&ann).await, "2");

    let list = ann.get(&users).await;
    let question = ann.get(&list.href_in_row("mia@beta.example", "Delete user: mia@beta.example")).await;
    assert_eq!(question.h1(), "Delete mia@beta.example?");
    question.see("mia@beta.example is signed out everywhere and can no longer sign in.").see("cannot be reversed");
    assert_eq!(ann.get(&question.href("Cancel")).await.h1(), "mia@beta.example");
    ann.press(&question, "Delete user").await.see_path(&users).see("mia@beta.example was deleted.");
    mia.get("/home").await.see_path("/sign-in?next=%2Fhome");
    mia.sign_in("mia@beta.example", PASSWORD).await.see_status(422);
    ann.press(&question, "Delete user").await.see_status(404);
    assert_eq!(count_of_users(&ann).await, "1");

    ann.press(&ann.get(&format!("{}/delete", list.href("jo@beta.example"))).await, "Delete user").await;
    app.stranger().get(&link).await.see_status(404).see("This activation link does not work");
    assert_eq!(count_of_users(&ann).await, "0");
    // The address is free again.
    acme.user(&beta, "mia@beta.example").await;
}

/// The users of the only customer, as the list of customers counts them.
async fn count_of_users(admin: &Actor) -> String {
    admin.get("/customers").await.one("td.num")
}

/// Posts the list's form with chosen rows, as its buttons do.
async fn choose(admin: &Actor, list: &Page, button: &str, more: &[(&str, &str)]) -> Page {
    let (action, mut fields) = list.button(button);
    fields.extend(more.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    let answer = admin.post(&action, &fields).await;
    match answer.headers.get("location") {
        Some(to) => admin.get(to.to_str().unwrap()).await,
        None => answer,
    }
}

fn id(list: &Page, email: &str) -> String {
    list.href(email).rsplit('/').next().unwrap().to_owned()
}

#[actix_web::test]
async fn several_users_are_deleted_after_one_question() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    for email in ["a@beta.example", "b@beta.example", "c@beta.example", "d@beta.example"] {
        acme.invite(&beta, email).await;
    }
    let gamma = acme.customer("Gamma").await;
    acme.invite(&gamma, "g@gamma.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&users).await;
    let elsewhere = id(&ann.get(&format!("{gamma}/users")).await, "g@gamma.example");
    let (a, b) = (id(&list, "a@beta.example"), id(&list, "b@beta.example"));

    choose(&ann, &list, "Delete", &[]).await.see_refusal("No users were selected, so none was deleted.");
    choose(&ann, &list, "Delete", &[("ids", "nonsense"), ("ids", &elsewhere)])
        .await
        .see_refusal("No users were selected");
    let question = choose(&ann, &list, "Delete", &[("ids", &a), ("ids", &b), ("ids", &elsewhere)]).await;
    assert_eq!(question.h1(), "Delete 2 users?");
    assert_eq!(ann.get(&users).await.rows().len(), 4);
    ann.press(&question, "Delete users").await.see_path(&users).see("2 users were deleted.");
    assert_eq!(ann.get(&users).await.rows(), ["d@beta.example", "c@beta.example"]);
    let one = choose(&ann, &list, "Delete", &[("ids", &a), ("ids", &id(&list, "c@beta.example"))]).await;
    assert_eq!(one.h1(), "Delete c@beta.example?");
    ann.press(&one, "Delete user").await.see("c@beta.example was deleted.");
    assert_eq!(ann.get(&format!("{gamma}/users")).await.rows(), ["g@gamma.example"]);
}

#[actix_web::test]
async fn all_that_match_are_deleted_and_no_others() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    for n in 0..12 {
        acme.invite(&beta, &format!("old{n}@beta.example")).await;
    }
    acme.invite(&beta, "new@beta.example").await;
    acme.user(&beta, "old-active@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&format!("{beta}/users?size=10&q=old&status=invited")).await;
    assert_eq!((list.rows().len(), list.one(".pager p")), (10, "1–10 of 12".into()));
    let question = choose(&ann, &list, "Delete", &[("all", "yes")]).await;
    assert_eq!(question.h1(), "Delete 12 users?");
    ann.press(&question, "Delete users").await.see("12 users were deleted.");
    assert_eq!(ann.get(&format!("{beta}/users")).await.rows(), ["old-active@beta.example", "new@beta.example"]);
    assert_eq!(count_of_users(&ann).await, "2");
}

#[actix_web::test]
async fn several_users_are_invited_again() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let users = format!("{beta}/users");
    acme.user(&beta, "active@beta.example").await;
    acme.invite(&beta, "a@beta.example").await;
    acme.invite(&beta, "b@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&users).await;
    choose(&ann, &list, "Resend activation mail", &[])
        .await
        .see_refusal("No users were selected, so no mail was sent.");
    let chosen = [("ids", &*id(&list, "a@beta.example")), ("ids", &*id(&list, "active@beta.example"))];
    let page = choose(&ann, &list, "Resend activation mail", &chosen).await;
    page.see("1 activation mail is queued; 1 user does not need one.");
    assert_eq!(sink.wait_for(1).await[0].to, ["a@beta.example"]);

    choose(&ann, &list, "Resend activation mail", &[("all", "yes")])
        .await
        .see("2 activation mails are queued; 1 user does not need one.");
    let mails = sink.wait_for(3).await;
    assert_eq!(mails.len(), 3);
    let mut links = Vec::new();
    for mail in &mails {
        links.push((mail.to[0].as_str(), app.stranger().get(mail.links()[0]).await.status));
    }
    links.sort_unstable();
    assert_eq!(links, [("a@beta.example", 200), ("a@beta.example", 404), ("b@beta.example", 200)]);
}
