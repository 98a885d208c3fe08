//! What an administrator does about a user's access: links, mails, disabling, enabling.

use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn the_details_offer_what_fits_the_status() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "late@beta.example").await;
    app.wait_hours(73);
    acme.invite(&beta, "new@beta.example").await;
    acme.user(&beta, "mia@beta.example").await;
    acme.user(&beta, "off@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&format!("{beta}/users")).await;
    ann.press(&ann.get(&list.href("off@beta.example")).await, "Disable user").await.see("was disabled");

    let invite = ["Display activation link", "Resend activation mail", "View as user", "Disable user"];
    for (email, status, offered) in [
        ("new@beta.example", "Invited, expires in 3 days", invite.to_vec()),
        ("late@beta.example", "Invitation expired", invite.to_vec()),
        ("mia@beta.example", "Active", vec!["View as user", "Send password reset mail", "Disable user"]),
        ("off@beta.example", "Disabled", vec!["Enable user"]),
    ] {
        let page = ann.get(&list.href(email)).await;
        assert_eq!(page.one(".head .pill"), status, "{email}");
        assert_eq!(page.all("aside button"), offered, "{email}");
        page.href("Delete user");
    }
}

#[actix_web::test]
async fn what_does_not_fit_the_status_is_not_done() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "jo@beta.example").await;
    acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&format!("{beta}/users")).await;
    let (jo, mia) = (list.href("jo@beta.example"), list.href("mia@beta.example"));
    let (waiting, active) = (ann.get(&jo).await, ann.get(&mia).await);
    // Pages from before somebody changed it, sent late.
    let link = waiting.button("Display activation link").1;
    let post = async |path: String, words: &str| {
        let answer = ann.post(&path, &link).await;
        ann.get(answer.headers["location"].to_str().unwrap()).await.see_refusal(words);
    };
    post(format!("{mia}/activation-link"), "mia@beta.example is already active.").await;
    post(format!("{mia}/activation-mail"), "mia@beta.example is already active.").await;
    post(format!("{jo}/reset-mail"), "jo@beta.example has no password to reset.").await;
    ann.get(&format!("{mia}/activation-link")).await.see("is already active");
    ann.press(&active, "Disable user").await.see("was disabled");
    post(format!("{mia}/reset-mail"), "mia@beta.example has no password to reset.").await;
    post(format!("{mia}/activation-link"), "mia@beta.example is already active.").await;

    let (action, mut fields) = ann.get(&mia).await.button("Enable user");
    fields.retain(|(name, _)| name != "access");
    for access in ["", "else", "ENABLED"] {
        let mut fields = fields.clone();
        fields.push(("access".into(), access.into()));
        ann.post(&action, &fields).await.see_status(400).see("access is either enabled or disabled");
    }
    assert_eq!(ann.get(&mia).await.one(".head .pill"), "Disabled");
    ann.press(&ann.get(&jo).await, "Resend activation mail").await;
    assert_eq!(sink.wait_for(1).await.len(), 1);
    sink.mail_to("jo@beta.example").await;
}

#[actix_web::test]
async fn whoever_is_disabled_is_out_at_the_next_request() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let phone = app.stranger();
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let page = ann.press(&ann.get(&path).await, "Disable user").await;
    page.see("mia@beta.example was disabled and signed out everywhere.");

    for browser in [&mia, &phone] {
        browser.get("/home").await.see_path("/sign-in?next=%2Fhome");
    }
    mia.sign_in("mia@beta.example", PASSWORD).await.see_status(422);
    ann.press(&page, "Enable user").await.see("mia@beta.example was enabled.");
    // Enabling brings nobody back: they sign in again.
    phone.get("/home").await.see_path("/sign-in?next=%2Fhome");
    mia.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
}

#[actix_web::test]
async fn the_link_of_a_disabled_user_is_dead() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "jo@beta.example").await;
    acme.user(&beta, "mia@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&format!("{beta}/users")).await;
    let (jo, mia) = (list.href("jo@beta.example"), list.href("mia@beta.example"));
    ann.press(&ann.get(&mia).await, "Send password reset mail").await;
    let reset = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let stranger = app.stranger();
    let (open, open_reset) = (stranger.get(&link).await, stranger.get(&reset).await);
    for path in [&jo, &mia] {
        ann.press(&ann.get(path).await, "Disable user").await.see("was disabled");
    }
    for (page, link) in [(open, link), (open_reset, reset)] {
        stranger.get(&link).await.see_status(404).see("link does not work");
        stranger.send(&page, &[("password", PASSWORD)]).await.see_status(404).see("link does not work");
    }
    stranger.get("/account").await.see_path("/sign-in?next=%2Faccount");
    assert_eq!(ann.get(&jo).await.one(".head .pill"), "Disabled");
}

#[actix_web::test]
async fn links_that_are_asked_for_at_the_same_moment_leave_one_that_works() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "jo@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("jo@beta.example");
    let page = ann.get(&path).await;
    let (action, fields) = page.button("Resend activation mail");
    let posts = (0..10).map(|_| {
        let (ann, action, fields) = (ann.clone(), action.clone(), fields.clone());
        async move { ann.post(&action, &fields).await.status }
    });
    assert_eq!(crate::support::actor::at_once(posts).await, [303; 10]);
    let mut works = 0;
    // Of the ten, three mails go out: the address has had enough of them for ten minutes.
    for mail in sink.wait_for(3).await {
        works += usize::from(app.stranger().get(mail.links()[0]).await.status == 200);
    }
    assert_eq!(works, 1);
}

#[actix_web::test]
async fn a_link_that_was_made_in_another_window_is_not_shown_as_somebody_elses() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.invite(&beta, "jo@beta.example").await;
    acme.invite(&beta, "eve@beta.example").await;
    let ann = acme.admin().await;
    let list = ann.get(&format!("{beta}/users")).await;
    let (jo, eve) = (list.href("jo@beta.example"), list.href("eve@beta.example"));
    let (action, fields) = ann.get(&jo).await.button("Display activation link");
    ann.post(&action, &fields).await.see_status(303);
    let page = ann.get(&format!("{eve}/activation-link")).await;
    assert!(
        page.see_status(200).html.contains("eve@beta.example") && !page.html.contains("/activate/"),
        "{}",
        page.html
    );
}
