//! Forgotten passwords: the same answer for every address, and a mail only to those who can use it.

use crate::support::app::{App, PASSWORD};

#[actix_web::test]
async fn the_answer_is_the_same_for_every_address_and_those_who_can_use_it_get_a_mail() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "active@beta.example").await;
    acme.user(&beta, "barred@beta.example").await;
    acme.invite(&beta, "waited@beta.example").await;
    acme.invite(&beta, "moved@beta.example").await;
    let ann = acme.admin().await;
    // Nobody was invited at this address.
    let path = ann.get(&format!("{beta}/users")).await.href("moved@beta.example");
    ann.submit(&path, &[("email", "unused@beta.example")]).await.see("was saved").see("Not invited yet");
    let path = ann.get(&format!("{beta}/users")).await.href("barred@beta.example");
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");

    let ask = async |email: &str| {
        let stranger = app.stranger();
        let (action, form) = stranger.get("/forgot-password").await.filled(&[("email", email)]);
        let answer = stranger.post(&action, &form).await;
        answer.see_status(200).see(&format!("If {email} belongs to a user, a mail")).see("30 minutes");
        answer.but_for_chance().replace(email, "")
    };
    let unknown = ask("nobody@beta.example").await;
    for email in ["barred@beta.example", "Waited@beta.example", "unused@beta.example", "ACTIVE@beta.example"] {
        assert_eq!(ask(email).await, unknown, "{email}");
    }
    let mail = sink.mail_to("active@beta.example").await;
    assert_eq!(mail.subject, "Choose a new password for Acme");
    let invitation = sink.mail_to("waited@beta.example").await;
    assert_eq!(invitation.subject, "Acme: your access to the portal");
    // Asked twice, it is sent once.
    assert_eq!(ask("waited@beta.example").await, unknown);
    assert_eq!(ask("active@beta.example").await, unknown);
    sink.mail_to("active@beta.example").await;
    let mut to: Vec<_> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["active@beta.example", "active@beta.example", "waited@beta.example"]);
    app.stranger().submit(invitation.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    // The administrator sees that it went out.
    let path = ann.get(&format!("{beta}/users")).await.href("active@beta.example");
    ann.get_until(&path, "Mail sent just now").await;
}

#[actix_web::test]
async fn an_address_in_several_tenants_gets_a_mail_for_each() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let other = app.tenant_of("Other", "mia@beta.example").await;
    let mia = app.stranger();
    mia.submit("/forgot-password", &[("email", " Mia@Beta.example ")]).await.see("Check your email");
    let mut found = Vec::new();
    for mail in sink.wait_for(2).await {
        let page = mia.get(mail.links()[0]).await;
        found.push((mail.subject.clone(), page.one(".lede")));
    }
    found.sort();
    assert_eq!(found[0].0, "Choose a new password for Acme");
    assert_eq!(found[0].1, "A new password for mia@beta.example at Acme. You will be signed out everywhere else.");
    assert_eq!(found[1].0, "Choose a new password for Other");
    // Choosing one leaves the other tenant's password alone.
    let link = sink.mails().iter().find(|mail| mail.subject.ends_with("Acme")).unwrap().links()[0].to_owned();
    mia.submit(&link, &[("password", "walrus mango piano 9")]).await.see_path("/home");
    app.stranger().sign_in("mia@beta.example", PASSWORD).await.see_path("/customers");
    drop(other);
}

#[actix_web::test]
async fn whoever_clicks_twice_is_led_to_sign_in_with_the_new_password() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let mia = app.stranger();
    mia.submit("/forgot-password", &[("email", "mia@beta.example")]).await.see("Check your email");
    let link = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    let answers = mia.send_at_once(&mia.get(&link).await, &[("password", "walrus mango piano 9")], 2).await;
    let second = answers.iter().find(|answer| answer.status == 410).expect("both took effect");
    second.see("This link has already been used").see("Sign in with that password");
    assert_eq!((second.one(".actions .main"), second.href("Sign in").as_str()), ("Sign in".into(), "/sign-in"));
    app.stranger().sign_in("mia@beta.example", "walrus mango piano 9").await.see_path("/home");
    // Where nothing was chosen, another link is what comes next.
    mia.submit("/forgot-password", &[("email", "mia@beta.example")]).await.see("Check your email");
    let link = sink.wait_for(2).await.last().unwrap().links()[0].to_owned();
    app.wait(std::time::Duration::from_secs(31 * 60));
    let expired = app.stranger().get(&link).await;
    assert_eq!(expired.see_status(410).one(".actions .main"), "Ask for another link");
}

#[actix_web::test]
async fn what_is_no_address_is_told() {
    let (app, sink) = App::with_mail().await;
    app.tenant("Acme").await;
    let stranger = app.stranger();
    for (email, words) in [
        ("", "Enter your email address"),
        ("mia", "Enter an email address in the form name@example.com"),
        ("mia\u{1}@beta.example", "Email has a control character at position 4; remove it"),
    ] {
        let page = stranger.submit("/forgot-password", &[("email", email)]).await;
        assert_eq!((page.status, page.error("email")), (422, words.into()));
        assert_eq!(page.value("#f-email"), email);
    }
    let long = format!("{}@beta.example", "m".repeat(250));
    let page = stranger.submit("/forgot-password", &[("email", &long)]).await;
    assert_eq!(page.error("email"), "Shorten email address to 254 characters; it has 263");
    assert!(sink.mails().is_empty());
}
