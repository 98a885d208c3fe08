//! Administrators see where their users are signed in, and sign them out.

use crate::support::app::{App, PASSWORD, Setup};

#[actix_web::test]
async fn an_administrator_signs_a_user_out_of_one_browser_or_everywhere() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let laptop = acme.user(&beta, "mia@beta.example").await;
    let phone = app.stranger();
    let (action, form) = phone.get("/sign-in").await.filled(&[("email", "mia@beta.example"), ("password", PASSWORD)]);
    let iphone = [("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605.1")];
    phone.request(reqwest::Method::POST, &action, Some(&form), &iphone).await.see_status(303);
    let ann = acme.admin().await;
    let user = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    let page = ann.get(&user).await;
    page.see("Safari on iPhone Signed in just now from 127.0.0.1, last seen just now").see("Firefox on Linux");
    assert!(!page.text().contains("This one"));

    ann.press(&page, "Sign out Safari on iPhone").await.see_path(&user).see("was signed out of Safari on iPhone.");
    assert_eq!(phone.get("/home").await.h1(), "Sign in");
    laptop.get("/home").await.see_path("/home");
    ann.press(&page, "Sign out Safari on iPhone").await.see_refusal("That session had ended already.");
    phone.sign_in("mia@beta.example", PASSWORD).await.see_path("/home");
    ann.press(&ann.get(&user).await, "Sign out everywhere").await.see("mia@beta.example was signed out everywhere.");
    for browser in [&laptop, &phone] {
        assert_eq!(browser.get("/home").await.h1(), "Sign in");
    }
    ann.get(&user).await.see("Not signed in anywhere");
}

#[actix_web::test]
async fn administrators_are_signed_out_alike_also_by_themselves() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (ann, other) = (acme.admin().await, acme.admin().await);
    let own = ann.get("/administrators").await.href("admin@acme.example");
    ann.get(&own).await.see("This one");
    ann.press(&ann.get(&own).await, "Sign out everywhere").await.see_path("/sign-in").see("You are signed out.");
    assert_eq!(other.get("/customers").await.h1(), "Sign in");
    // On one's own account, too.
    let (ann, other) = (acme.admin().await, acme.admin().await);
    ann.press(&ann.get("/account").await, "Sign out everywhere").await.see_path("/sign-in");
    assert_eq!(other.get("/customers").await.h1(), "Sign in");
}

#[actix_web::test]
async fn where_somebody_is_comes_from_a_trusted_proxy_only() {
    for (trusted, seen) in [("", "127.0.0.1"), ("127.0.0.0/8", "198.51.100.7"), ("10.0.0.0/8", "127.0.0.1")] {
        let app = App::start(Setup { trusted_proxies: trusted, ..Setup::default() }).await;
        let acme = app.tenant("Acme").await;
        let ann = app.stranger();
        let (action, form) = ann.get("/sign-in").await.filled(&[("email", &acme.email), ("password", PASSWORD)]);
        let forwarded = [("x-forwarded-for", "203.0.113.1, 198.51.100.7")];
        ann.request(reqwest::Method::POST, &action, Some(&form), &forwarded).await.see_status(303);
        ann.get("/account").await.see(&format!("Signed in just now from {seen},"));
    }
}
