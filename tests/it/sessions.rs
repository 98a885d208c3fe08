//! Sessions: the cookie, how long they last, and what ends them.

use std::time::Duration;

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::promise::{keep, size};

/// Whether the browser is still signed in.
async fn is_in(actor: &Actor) -> bool {
    actor.get("/account").await.path == "/account"
}

/// A new browser that was given somebody's cookie.
fn thief(app: &App, cookie: &str) -> Actor {
    let thief = app.stranger();
    thief.set_cookie("session", cookie);
    thief
}

#[actix_web::test]
async fn signing_in_changes_the_session_and_ends_the_one_before() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let attacker = acme.user(&beta, "eve@beta.example").await;
    let planted = attacker.cookie("session").unwrap();

    let mia = app.stranger();
    for cookie in [planted.as_str(), "made-up", ""] {
        mia.set_cookie("session", cookie);
        // A page that is signed in leads on from /sign-in, so the form comes from another browser's visit.
        let visitor = app.stranger();
        let (action, form) =
            visitor.get("/sign-in").await.filled(&[("email", "mia@beta.example"), ("password", PASSWORD)]);
        let (name, visit) = visitor.visit();
        mia.set_cookie(&name, &visit);
        let answer = mia.post(&action, &form).await;
        let session = answer.see_status(303).cookie("session").unwrap();
        assert_ne!(session, cookie);
        assert!(!is_in(&thief(&app, cookie)).await);
        assert!(is_in(&thief(&app, &session)).await);
    }
    let first = mia.cookie("session").unwrap();
    // Twice in one browser: the second ends the first.
    let page = mia.get("/account").await;
    let token = page.filled(&[("phone", "")]).1.into_iter().find(|(name, _)| name == "csrf").unwrap();
    let form = [token, ("email".into(), "mia@beta.example".into()), ("password".into(), PASSWORD.into())];
    mia.post("/sign-in", &form).await.see_status(303);
    assert_ne!(mia.cookie("session").unwrap(), first);
    assert!(!is_in(&thief(&app, &first)).await);
    assert!(is_in(&mia).await);
    let mut alive = 0;
    for n in 0..size(50, 1) {
        let before = mia.cookie("session").unwrap();
        let form = [("csrf", mia.token().await), ("email", "mia@beta.example".into()), ("password", PASSWORD.into())];
        let form = form.map(|(name, value)| (name.to_owned(), value));
        mia.post("/sign-in", &form).await.see_status(303);
        assert_ne!(mia.cookie("session").unwrap(), before, "sign-in {n}");
        alive += usize::from(is_in(&thief(&app, &before)).await);
    }
    let signed_in = 4 + size(50, 1);
    let seen = format!("{signed_in} sign-ins, each with a cookie from before; {alive} of those still opened something");
    keep("Session fixation", &seen, "another cookie, the old one dead", alive == 0);
}

#[actix_web::test]
async fn a_cookie_that_was_bent_opens_nothing() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let cookie = ann.cookie("session").unwrap();
    let mut bent = Vec::new();
    for at in [0, cookie.len() / 2, cookie.len() - 1] {
        let mut bytes = cookie.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        bent.push(String::from_utf8(bytes).unwrap());
    }
    bent.extend(["x".repeat(4000), "%00".into(), cookie.chars().rev().collect()]);
    for bent in bent {
        assert!(!is_in(&thief(&app, &bent)).await, "{bent}");
    }
    assert!(is_in(&ann).await);
}

#[actix_web::test]
async fn the_cookie_is_for_this_site_alone() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let stranger = app.stranger();
    let (action, form) = stranger.get("/sign-in").await.filled(&[("email", &acme.email), ("password", PASSWORD)]);
    let answer = stranger.post(&action, &form).await;
    let set = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    for part in ["session-", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");

    // Where people come by https, the name binds it to the host, and it never travels in the open.
    let secure = Setup { public_url: Some("https://tenantry.example".into()), ..Setup::default() };
    let app = App::start(secure).await;
    let link = app.shared.add_tenant("Acme", "ann@acme.example").await.unwrap();
    let stranger = app.stranger();
    let page = stranger.get(&link).await;
    let set = page.headers.get_all("set-cookie").into_iter().map(|set| set.to_str().unwrap());
    let visit = set.filter_map(|set| set.split(';').next()).find(|set| set.starts_with("__Host-visit-")).unwrap();
    let (action, form) = page.filled(&[("password", PASSWORD)]);
    let headers = [("cookie", visit), ("origin", "https://tenantry.example")];
    let answer = stranger.request(Method::POST, &action, Some(&form), &headers).await;
    answer.see_status(303);
    let set: Vec<_> = answer.headers.get_all("set-cookie").into_iter().map(|set| set.to_str().unwrap()).collect();
    assert!(set.iter().any(|set| set.starts_with("__Host-session-")), "{set:?}");
    assert!(set.iter().all(|set| set.starts_with("__Host-") && set.contains("; Secure")), "{set:?}");
}

#[actix_web::test]
async fn an_administrator_is_out_after_an_hour_without_a_request_and_after_twelve_in_all() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    app.wait(Duration::from_secs(3570));
    assert!(is_in(&ann).await);
    app.wait(Duration::from_secs(3570));
    assert!(is_in(&ann).await, "a request did not prolong the session");
    app.wait(Duration::from_secs(3600));
    assert!(!is_in(&ann).await);

    let ann = acme.admin().await;
    for _ in 0..12 {
        app.wait(Duration::from_secs(3590));
        assert!(is_in(&ann).await);
    }
    app.wait(Duration::from_secs(120));
    assert!(!is_in(&ann).await, "the session lasts longer than twelve hours");
}

#[actix_web::test]
async fn a_customer_user_is_out_after_eight_hours_without_a_request_and_after_thirty_days_in_all() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    app.wait(Duration::from_secs(8 * 3600 - 30));
    assert!(is_in(&mia).await);
    app.wait_hours(8);
    assert!(!is_in(&mia).await);

    mia.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    for _ in 0..102 {
        app.wait_hours(7);
        assert!(is_in(&mia).await);
    }
    app.wait_hours(5);
    assert!(is_in(&mia).await);
    app.wait_hours(1);
    assert!(!is_in(&mia).await, "the session lasts longer than thirty days");
}

#[actix_web::test]
async fn sessions_last_as_long_as_the_settings_say() {
    let sessions = Some(["20m", "1h", "5m", "10m"]);
    let app = App::start(Setup { sessions, ..Setup::default() }).await;
    let acme = app.tenant("Acme").await;
    let mia = acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let ann = acme.admin().await;
    for minutes in [4, 4] {
        app.wait(Duration::from_secs(minutes * 60));
        assert!(is_in(&ann).await);
    }
    app.wait(Duration::from_secs(3 * 60));
    assert!(!is_in(&ann).await, "the session lasts longer than ten minutes");
    assert!(is_in(&mia).await);
    app.wait(Duration::from_secs(21 * 60));
    assert!(!is_in(&mia).await, "the session goes on after 20 minutes without a request");
}

#[actix_web::test]
async fn whoever_sends_a_form_too_late_comes_back_to_its_page_after_signing_in() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ann = acme.admin().await;
    let token = ann.get(&beta).await.value("input[name=csrf]");
    app.wait_hours(2);
    // A button: there is nothing to keep, but a page to go back to.
    let referer = format!("{}{beta}", app.base);
    let bare = [("csrf".to_owned(), token)];
    let late = ann.request(Method::POST, "/customers/delete", Some(&bare), &[("referer", &referer)]).await;
    late.see_status(401).see_no("is kept");
    let form = [("email", acme.email.as_str()), ("password", PASSWORD)];
    ann.send(&late, &form).await.see_path(&beta);
}

#[actix_web::test]
async fn whoever_is_deleted_is_out_at_the_next_request() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let jo = acme.user(&acme.customer_under("Inner", &beta).await, "jo@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let open = mia.get("/account").await;
    ann.submit(&format!("{path}/delete"), &[]).await.see("was deleted");
    assert!(!is_in(&mia).await);
    mia.send(&open, &[("phone", "1")]).await.see("Sign in");

    // And with the customer that they belonged to.
    ann.submit(&format!("{beta}/delete"), &[("confirm", "Beta")]).await;
    assert!(!is_in(&jo).await);
}

#[actix_web::test]
async fn tabs_that_are_opened_at_once_do_not_spoil_each_others_forms() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    for first in [true, false] {
        let browser = app.stranger();
        // Both are asked for before either answer has set a cookie.
        let (one, other) = tokio::join!(browser.get("/sign-in"), browser.get("/sign-in"));
        let page = if first { one } else { other };
        let form = [("email", acme.email.as_str()), ("password", PASSWORD)];
        browser.send(&page, &form).await.see_path("/customers");
    }
}

#[actix_web::test]
async fn servers_on_other_ports_of_a_host_do_not_sign_each_other_out() {
    let dir = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}", dir.path().join("tenantry.db").display());
    let beside = Setup {
        secret_key: Some("another secret key that this one test uses"),
        place: Some((dir.path().to_owned(), url)),
        ..Setup::default()
    };
    let (one, other) = (App::spawn().await, App::start(beside).await);
    let (acme, basalt) = (one.tenant("Acme").await, other.tenant("Basalt").await);
    let ann = acme.admin().await;

    // One browser: it sends what it holds to every port.
    let beside = ann.at(&other.base);
    beside.sign_in(&basalt.email, PASSWORD).await.see_path("/customers");

    ann.get("/account").await.see_path("/account").see(&acme.email);
    beside.get("/account").await.see_path("/account").see(&basalt.email);
    ann.press(&ann.get("/account").await, "Sign out").await.see("You are signed out.");
    beside.get("/account").await.see_path("/account");
}

#[actix_web::test]
async fn a_session_of_an_earlier_version_goes_on() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let earlier = app.stranger();
    earlier.set_cookie("session", &ann.cookie("session").unwrap());
    assert!(earlier.cookies().iter().any(|(name, _)| name == "session"));

    earlier.submit("/customers/new", &[("title", "Beta")]).await.see("Beta was added.");
    earlier.press(&earlier.get("/account").await, "Sign out").await.see("You are signed out.");
    assert!(!is_in(&earlier).await);
}
