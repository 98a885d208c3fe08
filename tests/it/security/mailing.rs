//! Nobody makes the server send mails to an address without end.

use std::time::Duration;

use crate::support::app::{App, PASSWORD};

const LATELY: &str = "Several mails were sent to mia@beta.example lately. The next can be sent in 10 minutes";

#[actix_web::test]
async fn an_administrator_has_three_mails_sent_to_an_address_and_then_waits() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    let list = format!("{beta}/users");
    let form = [("email", "mia@beta.example"), ("activation_method", "mail")];
    ann.submit(&format!("{list}/new"), &form).await.see("The activation mail is queued");
    let mia = ann.get(&list).await.href("mia@beta.example");
    ann.press(&ann.get(&mia).await, "Resend activation mail").await.see("A new activation mail");
    // Mails to whoever is deleted are not sent any more, so these must have gone before.
    sink.wait_for(2).await;
    // Whoever is deleted and added again is mailed no more often.
    ann.submit(&format!("{mia}/delete"), &[]).await.see("was deleted");
    ann.submit(&format!("{list}/new"), &form).await.see("The activation mail is queued");
    let mia = ann.get(&list).await.href("mia@beta.example");
    ann.press(&ann.get(&mia).await, "Resend activation mail").await.see_refusal(&format!("{LATELY}."));
    sink.wait_for(3).await;
    ann.submit(&format!("{mia}/delete"), &[]).await.see("was deleted");
    let page = ann.submit(&format!("{list}/new"), &form).await.see_status(422).text();
    assert!(page.contains(&format!("{LATELY}; or display the link")), "{page}");
    ann.get(&list).await.see_no("mia@beta.example");
    // A link can be displayed instead; another address, and another tenant, are not concerned.
    let other = app.tenant("Other").await;
    let theirs = format!("{}/users/new", other.customer("Beta").await);
    other.admin().await.submit(&theirs, &form).await.see("The activation mail is queued");
    let form = [("email", "mia@beta.example"), ("activation_method", "link")];
    ann.submit(&format!("{list}/new"), &form).await.see("was added");
    let mia = ann.get(&list).await.href("mia@beta.example");
    app.wait(Duration::from_secs(601));
    ann.press(&ann.get(&mia).await, "Resend activation mail").await.see("A new activation mail");
    assert_eq!(sink.wait_for(5).await.len(), 5);
}

#[actix_web::test]
async fn reset_mails_and_those_for_many_at_once_are_counted_alike() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    acme.invite(&beta, "jo@beta.example").await;
    let list = format!("{beta}/users");
    let mia = ann.get(&list).await.href("mia@beta.example");
    for n in 0..4 {
        let page = ann.press(&ann.get(&mia).await, "Send password reset mail").await;
        page.see(if n < 3 { "A password reset mail to mia@beta.example is queued" } else { LATELY });
    }
    let id = ann.get(&list).await.href("jo@beta.example").rsplit('/').next().unwrap().to_owned();
    for n in 0..4 {
        let token = ann.token().await;
        let form: Vec<(String, String)> = [("csrf", token), ("ids", id.clone())].map(|(n, v)| (n.into(), v)).into();
        let page = ann.post(&format!("{list}/activation-mail"), &form).await;
        let page = ann.get(&page.see_status(303).location()).await;
        if n < 3 {
            page.see("1 activation mail is queued.");
        } else {
            page.see_refusal("1 user was sent several lately, and can be sent the next in 10 minutes.");
        }
    }
    // What a stranger asks for has a budget of its own, and goes on.
    app.stranger().submit("/forgot-password", &[("email", "mia@beta.example")]).await.see("Check your email");
    app.stranger().sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
}

#[actix_web::test]
async fn what_a_user_of_a_customer_changes_again_and_again_is_slowed_down() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let mut saved = 0;
    loop {
        let name = if saved % 2 == 0 { "Mia" } else { "Maria" };
        let page = mia.submit("/account", &[("first_name", name)]).await;
        if page.status == 429 {
            break;
        }
        page.see("Your profile was saved.");
        saved += 1;
        // Every ten seconds one more, and the machine may be slow.
        assert!(saved < 400);
    }
    assert!(saved >= 300, "{saved}");
    app.wait(Duration::from_secs(11));
    mia.submit("/account", &[("first_name", "Mona")]).await.see("Your profile was saved.");
}
