//! The account page: one's own profile, password and sessions.

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD};

const NEW: &str = "walrus mango piano 9";

#[actix_web::test]
async fn people_change_their_name_and_phone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let page = mia.get("/account").await;
    page.see("mia@beta.example, user of Beta at Acme");
    let page = mia.send(&page, &[("first_name", " Mia "), ("last_name", "Król"), ("phone", "+48 58 1")]).await;
    page.see_path("/account").see("Your profile was saved.");
    assert_eq!(
        (page.value("#f-first_name"), page.attributes(".menu summary", "title")),
        ("Mia".into(), vec!["Mia Król".to_owned()])
    );
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("Mia Król");
    assert_eq!(ann.get(&path).await.value("#f-phone"), "+48 58 1");
    ann.get("/account").await.see("admin@acme.example, administrator of Acme");

    let wrong = [("first_name", "M\u{7}"), ("last_name", &*"k".repeat(256)), ("phone", "2")];
    let page = mia.submit("/account", &wrong).await;
    page.see_status(422).see("2 things need your attention");
    assert_eq!(page.error("first_name"), "First name has a control character at position 2; remove it");
    assert_eq!(page.error("last_name"), "Shorten last name to 255 characters; it has 256");
    assert_eq!(page.value("#f-phone"), "2");

    // Nothing else of theirs can be changed here.
    for (name, value) in [("email", "x@y.example"), ("description", "x"), ("role", "administrator"), ("phone", "3")] {
        let (action, mut form) = mia.get("/account").await.filled(&[("phone", "2")]);
        form.push((name.into(), value.into()));
        mia.post(&action, &form).await.see_status(400);
    }
    assert_eq!(mia.get("/account").await.value("#f-phone"), "+48 58 1");
}

#[actix_web::test]
async fn nothing_is_overwritten_when_an_administrator_saved_in_between() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let open = mia.get("/account").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    ann.submit(&path, &[("first_name", "Maria"), ("description", "Night shift")]).await.see("was saved");

    let page = mia.send(&open, &[("first_name", "Mia"), ("phone", "1")]).await;
    page.see_status(409).see("your profile was saved by admin@acme.example just now").see_no("Night shift");
    assert_eq!(page.all("tbody th"), ["First name", "Phone"]);
    let done = mia.send(&page, &[("first_name", "Mia"), ("phone", "1")]).await;
    done.see("Your profile was saved.");
    let details = ann.get(&path).await;
    assert_eq!(details.value("#f-first_name"), "Mia");
    assert_eq!(details.value("#f-description").trim(), "Night shift");
}

#[actix_web::test]
async fn another_password_ends_all_other_sessions_and_renews_this_one() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let phone = app.stranger();
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    let before = mia.cookie("session").unwrap();
    let change = async |current: &str, new: &str| {
        mia.submit("/account", &[("current_password", current), ("password", new)]).await
    };

    let page = change("", NEW).await;
    assert_eq!((page.status, page.error("current_password")), (422, "Enter your current password".into()));
    for wrong in ["tundra velvet oboe 8", NEW, &"x".repeat(300)] {
        let page = change(wrong, NEW).await;
        assert_eq!(page.error("current_password"), "The current password is incorrect");
    }
    let page = change("wrong", "short").await;
    page.see("2 things need your attention");
    assert!(page.error("password").starts_with("Choose a password of at least 12 characters"));
    assert!(page.attributes("input[type=password]", "value").is_empty());
    phone.get("/home").await.see_path("/home");

    change(PASSWORD, NEW).await.see_path("/account").see("Your password was changed. Your other sessions have ended.");
    phone.get("/home").await.see_path("/sign-in?next=%2Fhome");
    assert_ne!(mia.cookie("session").unwrap(), before);
    let thief = app.stranger();
    thief.set_cookie("session", &before);
    thief.get("/home").await.see_path("/sign-in?next=%2Fhome");
    assert_eq!(mia.get("/account").await.all("ul.rows li").len(), 1);
    phone.sign_in("mia@beta.example", PASSWORD).await.see_status(422);
    phone.sign_in("mia@beta.example", NEW).await.see_path("/home");
}

#[actix_web::test]
async fn another_password_ends_a_reset_link() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    app.stranger().submit("/forgot-password", &[("email", "mia@beta.example")]).await;
    let link = sink.mail_to("mia@beta.example").await.links()[0].to_owned();
    mia.submit("/account", &[("current_password", PASSWORD), ("password", NEW)]).await.see("was changed");
    app.stranger().get(&link).await.see_status(404);
}

/// Signs in with another browser, which calls itself so.
async fn with_agent(app: &App, agent: &str) -> Actor {
    let actor = app.stranger();
    let form = [("email", "mia@beta.example"), ("password", PASSWORD)];
    let (action, form) = actor.get("/sign-in").await.filled(&form);
    actor.request(Method::POST, &action, Some(&form), &[("user-agent", agent)]).await.see_status(303);
    actor
}

#[actix_web::test]
async fn people_see_their_sessions_and_sign_out_of_each() {
    let app = App::spawn().await;
    app.wait_until_noon();
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let jo = acme.user(&beta, "jo@beta.example").await;
    app.wait_hours(1);
    let phone =
        with_agent(&app, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1").await;
    let odd = with_agent(&app, "<b>My browser</b>").await;
    let page = mia.get("/account").await;
    let sessions = page.all("ul.rows li");
    assert_eq!(sessions.len(), 3, "{sessions:?}");
    for (words, when) in [
        ("Firefox on Linux", "Signed in 1 hour ago from 127.0.0.1, last seen just now"),
        ("Safari on iPhone", "Signed in just now from 127.0.0.1"),
        ("<b>My browser</b>", "Signed in just now from 127.0.0.1"),
    ] {
        let session = sessions.iter().find(|session| session.starts_with(words)).expect(words);
        assert!(session.contains(when), "{session}");
        assert_eq!(session.contains("This one"), words == "Firefox on Linux");
    }
    mia.press(&page, "Sign out Safari on iPhone").await.see("Safari on iPhone was signed out.");
    phone.get("/home").await.see_path("/sign-in?next=%2Fhome");
    odd.get("/home").await.see_path("/home");
    mia.press(&page, "Sign out Safari on iPhone").await.see_refusal("That session had ended already.");

    // Nobody ends the session of somebody else.
    let (action, mine) = page.button("Sign out <b>My browser</b>");
    let handle = mine.iter().find(|(name, _)| name == "session").unwrap().clone();
    let token = jo.get("/account").await.button("Sign out Firefox on Linux").1;
    let mut forged: Vec<_> = token.into_iter().filter(|(name, _)| name == "csrf").collect();
    forged.push(handle);
    jo.post(&action, &forged).await;
    jo.get("/account").await.see_refusal("That session had ended already.");
    odd.get("/home").await.see_path("/home");

    mia.press(&page, "Sign out Firefox on Linux").await.see_path("/sign-in").see("You are signed out.");
    assert_eq!(mia.cookie("session"), None);
}

#[actix_web::test]
async fn sessions_that_are_over_are_not_shown() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    app.wait_hours(8);
    mia.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    assert_eq!(mia.get("/account").await.all("ul.rows li").len(), 1);
}
