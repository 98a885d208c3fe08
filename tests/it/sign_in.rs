//! Signing in and out: the same answer whatever was wrong, where one lands, and several tenants with one address.

use crate::support::actor::{Actor, at_once};
use crate::support::app::{App, PASSWORD};
use crate::support::records::Records;

#[actix_web::test]
async fn the_answer_is_the_same_whatever_was_wrong() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "known@beta.example").await;
    acme.user(&beta, "disabled@beta.example").await;
    acme.invite(&beta, "invited@beta.example").await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("disabled@beta.example");
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");

    let attempt = async |email: &str, password: &str| {
        let stranger = app.stranger();
        let (action, form) = stranger.get("/sign-in").await.filled(&[("email", email), ("password", password)]);
        let answer = stranger.post(&action, &form).await;
        assert_eq!(answer.value("#f-email"), email);
        assert!(password.is_empty() || !answer.html.contains(password), "the password is in the page");
        answer.see_status(422).see("The email address and the password do not match a user who can sign in.");
        answer.but_for_chance().replace(&format!("value=\"{email}\""), "value=\"\"")
    };
    let unknown = attempt("nobody@beta.example", PASSWORD).await;
    for (email, password) in [
        ("known@beta.example", "tundra velvet oboe 8"),
        ("known@beta.example", "TUNDRA VELVET OBOE 7"),
        ("known@beta.example", " tundra velvet oboe 7"),
        ("known@beta.example", ""),
        ("disabled@beta.example", PASSWORD),
        ("disabled@beta.example", "tundra velvet oboe 8"),
        ("invited@beta.example", PASSWORD),
        ("invited@beta.example", ""),
        ("", ""),
        ("not an address", PASSWORD),
        ("%@beta.example", PASSWORD),
        ("admin@acme.example", "x".repeat(5000).as_str()),
    ] {
        // The length of the address is all that may differ.
        let told = attempt(email, password).await;
        let length = |answer: &str| answer.replace(char::is_numeric, "");
        assert_eq!(length(&told), length(&unknown), "{email:?} {password:?}");
    }
    app.stranger().sign_in(" KNOWN@beta.example ", PASSWORD).await.see_path("/home");
}

#[actix_web::test]
async fn one_lands_where_one_was_going() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ann = app.stranger();
    let asked = ann.get(&format!("{beta}/users?q=a+b&sort=name")).await;
    assert_eq!(asked.h1(), "Sign in");
    let form = [("email", acme.email.as_str()), ("password", PASSWORD)];
    ann.send(&asked, &form).await.see_path(&format!("{beta}/users?q=a+b&sort=name"));
    // Also after a mistake.
    let ann = app.stranger();
    let asked = ann.get(&beta).await;
    let refused = ann.send(&asked, &[("email", &acme.email), ("password", "wrong")]).await;
    ann.send(&refused, &form).await.see_path(&beta);
    // Whoever is signed in goes on.
    ann.get("/sign-in").await.see_path("/customers");
    ann.get("/").await.see_path("/customers");
    app.stranger().get("/").await.see_path("/sign-in");
}

#[actix_web::test]
async fn nobody_is_sent_to_another_site() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/%0d%0aLocation:%20https://evil.example",
        "/\r\nlocation: https://evil.example",
        "javascript:alert(1)",
        "customers",
        " /customers",
        "/customers@evil.example:80/../..//evil.example",
    ] {
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        for forged in [false, true] {
            let ann = app.stranger();
            let page = ann.get(&format!("/sign-in?next={query}")).await;
            let (action, mut form) = page.filled(&[("email", &acme.email), ("password", PASSWORD)]);
            if forged {
                form.retain(|(name, _)| name != "next");
                form.push(("next".into(), next.into()));
            }
            let answer = ann.post(&action, &form).await;
            let to = answer.see_status(303).headers["location"].to_str().unwrap();
            let seen = url::Url::parse(&app.base).unwrap().join(to).unwrap();
            assert!(seen.as_str().starts_with(&format!("{}/", app.base)), "{next:?} leads to {to:?}");
            assert!(to.starts_with('/') && !to.starts_with("//"), "{next:?} leads to {to:?}");
        }
    }
}

async fn enter(actor: &Actor, email: &str, tenant: &str) -> String {
    let page = actor.sign_in(email, PASSWORD).await;
    assert_eq!(page.h1(), "Choose a tenant");
    actor.press(&page, tenant).await.path
}

#[actix_web::test]
async fn whoever_belongs_to_several_tenants_chooses() {
    let app = App::spawn().await;
    let (acme, other, third) =
        (app.tenant("Acme").await, app.tenant("Other").await, app.tenant_of("Third", "mia@beta.example").await);
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let link = other.invite(&other.customer("Beta").await, "MIA@beta.example").await;

    let mia = app.stranger();
    let page = mia.sign_in("mia@beta.example", PASSWORD).await;
    page.see("Your address and password belong to more than one.");
    assert_eq!(page.all("main li button"), ["Third Administrator", "Acme Customer user"]);
    assert_eq!(enter(&mia, "mia@beta.example", "Acme Customer user").await, "/home");
    mia.get("/home").await.see("A customer of Acme");
    let mia = app.stranger();
    assert_eq!(enter(&mia, "mia@beta.example", "Third Administrator").await, "/customers");

    // The password counts: with another one in the third tenant there is nothing to choose.
    app.stranger().submit(&link, &[("password", "walrus mango piano 9")]).await.see_path("/home");
    app.stranger().sign_in("mia@beta.example", "walrus mango piano 9").await.see_path("/home").see("customer of Other");
    drop(third);
}

#[actix_web::test]
async fn the_choice_of_a_tenant_cannot_be_forged_or_kept() {
    let app = App::spawn().await;
    let (acme, other) =
        (app.tenant_of("Acme", "ann@acme.example").await, app.tenant_of("Other", "ann@acme.example").await);
    let foreign = app.tenant("Foreign").await;
    let ann = app.stranger();
    let page = ann.sign_in("ann@acme.example", PASSWORD).await;
    let (action, form) = page.button("Other Administrator");
    let with = |name: &str, value: &str| {
        let mut changed = form.clone();
        changed.retain(|(field, _)| field != name);
        changed.push((name.into(), value.into()));
        changed
    };
    let proof = form.iter().find(|(name, _)| name == "proof").unwrap().1.clone();
    let mut bent = proof.clone().into_bytes();
    bent[40] = if bent[40] == b'A' { b'B' } else { b'A' };
    for forged in [
        with("tenant", "0190a7c4-0000-7000-8000-000000000000"),
        with("tenant", ""),
        with("proof", &String::from_utf8(bent).unwrap()),
        with("proof", "AAAA"),
    ] {
        ann.post(&action, &forged).await.see_status(422).see("do not match a user who can sign in");
    }
    app.wait(std::time::Duration::from_secs(301));
    ann.post(&action, &form).await.see_status(422);
    ann.get("/account").await.see_path("/sign-in?next=%2Faccount");
    drop((acme, other, foreign));
}

#[actix_web::test]
async fn whoever_is_disabled_while_choosing_a_tenant_stays_out() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    acme.user(&beta, "mia@beta.example").await;
    let other = app.tenant_of("Other", "mia@beta.example").await;
    let mia = app.stranger();
    let page = mia.sign_in("mia@beta.example", PASSWORD).await;
    let ann = acme.admin().await;
    let path = ann.get(&format!("{beta}/users")).await.href("mia@beta.example");
    ann.press(&ann.get(&path).await, "Disable user").await.see("was disabled");
    mia.press(&page, "Acme Customer user").await.see_status(422).see("do not match a user who can sign in");
    ann.press(&ann.get(&path).await, "Enable user").await.see("was enabled");
    mia.get("/home").await.see_path("/sign-in?next=%2Fhome");
    drop(other);
}

#[actix_web::test]
async fn whoever_has_another_password_since_they_began_to_choose_a_tenant_stays_out() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let mia = acme.user(&beta, "mia@beta.example").await;
    let _other = app.tenant_of("Other", "mia@beta.example").await;
    let thief = app.stranger();
    let page = thief.sign_in("mia@beta.example", PASSWORD).await;
    let form = [("current_password", PASSWORD), ("password", "walrus mango piano 9")];
    mia.submit("/account", &form).await.see("Your password was changed.");
    thief.press(&page, "Acme Customer user").await.see_status(422).see("do not match a user who can sign in");
    thief.get("/home").await.see_path("/sign-in?next=%2Fhome");
}

#[actix_web::test]
async fn whoever_signs_out_is_out() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let kept = ann.cookie("session").unwrap();
    let page = ann.get("/customers").await;
    ann.press(&page, "Sign out").await.see_path("/sign-in").see("You are signed out.");
    assert_eq!(ann.cookie("session"), None);
    ann.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
    let thief = app.stranger();
    thief.set_cookie("session", &kept);
    thief.get("/customers").await.see_path("/sign-in?next=%2Fcustomers");
    // A link on another site cannot sign anybody out.
    let ann = acme.admin().await;
    ann.get("/sign-out").await.see_path("/customers");
    ann.post("/sign-out", &[]).await.see_status(403);
    ann.get("/customers").await.see_path("/customers");
}

#[actix_web::test]
async fn a_choice_of_a_tenant_is_made_once_however_often_it_is_sent() {
    let app = App::spawn().await;
    let acme = app.tenant_of("Acme", "ann@acme.example").await;
    let _other = app.tenant_of("Other", "ann@acme.example").await;
    let ann = app.stranger();
    let page = ann.sign_in("ann@acme.example", PASSWORD).await;
    let (forms, mut posts) = (["Acme Administrator", "Other Administrator"].map(|name| page.button(name)), Vec::new());
    for n in 0..40 {
        let (actor, (action, form)) = (ann.clone(), forms[n % 2].clone());
        posts.push(async move { actor.post(&action, &form).await.status });
    }
    let answers = at_once(posts).await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [303, 422].contains(status)), "{answers:?}");
    // Nor later, nor in another browser.
    for (action, form) in &forms {
        ann.post(action, form).await;
        let thief = app.stranger();
        let csrf = thief.get("/sign-in").await.value("input[name=csrf]");
        let mut form = form.clone();
        form.retain(|(name, _)| name != "csrf");
        form.push(("csrf".into(), csrf));
        thief.post(action, &form).await.see_status(422);
    }
    drop(acme);
}

#[actix_web::test]
async fn whatever_ends_the_sessions_of_a_user_ends_a_choice_that_is_open() {
    let app = App::spawn().await;
    let (acme, other) = (app.tenant("Acme").await, app.tenant("Other").await);
    let (beta, gamma) = (acme.customer("Beta").await, other.customer("Gamma").await);
    let ann = acme.admin().await;
    let details = async |email: &str| ann.get(&format!("{beta}/users")).await.href(email);
    for (n, button) in ["Sign out everywhere", "Disable user", "Delete user"].into_iter().enumerate() {
        let email = format!("mia{n}@beta.example");
        acme.user(&beta, &email).await;
        other.user(&gamma, &email).await;
        let mia = app.stranger();
        let page = mia.sign_in(&email, PASSWORD).await;
        let path = details(&email).await;
        match button {
            "Delete user" => ann.submit(&format!("{path}/delete"), &[]).await.see("was deleted"),
            _ => ann.press(&ann.get(&path).await, button).await.see("signed out everywhere"),
        };
        mia.press(&page, "Acme Customer user").await.see_status(422);
        mia.get("/home").await.see_path("/sign-in?next=%2Fhome");
    }
}

#[actix_web::test]
async fn choices_that_nobody_made_are_forgotten() {
    let app = App::spawn().await;
    let _acme = app.tenant_of("Acme", "ann@acme.example").await;
    let _other = app.tenant_of("Other", "ann@acme.example").await;
    let ann = app.stranger();
    ann.sign_in("ann@acme.example", PASSWORD).await.see("Choose a tenant");
    let rows = || Records::of(&app).number("select count(*) from sign_in_choices");
    app.shared.tidy().await.unwrap();
    assert_eq!(rows(), 2);
    app.wait(std::time::Duration::from_secs(301));
    app.shared.tidy().await.unwrap();
    assert_eq!(rows(), 0);
}

#[actix_web::test]
async fn a_sign_in_page_that_was_open_in_two_tabs_just_goes_on() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    let link = acme.invite(&acme.customer("Gamma").await, "jo@gamma.example").await;
    let browser = app.stranger();
    let (one, other, forgot, activation) = (
        browser.get("/sign-in").await,
        browser.get("/sign-in").await,
        browser.get("/forgot-password").await,
        browser.get(&link).await,
    );

    browser.send(&one, &[("email", &acme.email), ("password", PASSWORD)]).await.see_path("/customers");

    browser.send(&other, &[("email", &acme.email), ("password", PASSWORD)]).await.see_path("/customers");
    browser.send(&other, &[("email", "mia@beta.example"), ("password", PASSWORD)]).await.see_path("/home");
    browser.send(&forgot, &[("email", "mia@beta.example")]).await.see_status(200);
    browser.send(&activation, &[("password", PASSWORD)]).await.see_path("/home").see("Welcome, jo@gamma.example");
}

#[actix_web::test]
async fn a_browser_without_cookies_is_told_that_they_are_needed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let link = acme.invite(&acme.customer("Beta").await, "mia@beta.example").await;
    for (path, fields) in [
        ("/sign-in", vec![("email", acme.email.as_str()), ("password", PASSWORD)]),
        ("/forgot-password", vec![("email", "mia@beta.example")]),
        (&link, vec![("password", PASSWORD)]),
    ] {
        let (action, form) = app.stranger().get(path).await.filled(&fields);
        let answer = app.stranger().post(&action, &form).await;
        answer.see_status(403).see("Cookies are switched off").see("Allow cookies for this site");
        app.stranger().post(&action, &form[1..]).await.see_status(403).see_no("ookies");
    }
}

#[actix_web::test]
async fn behind_a_proxy_that_replaces_host_the_page_names_the_setting_that_is_missing() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let stranger = app.stranger();
    let (action, form) =
        stranger.get("/sign-in").await.filled(&[("email", acme.email.as_str()), ("password", PASSWORD)]);
    let send =
        async |headers: &[(&str, &str)]| stranger.request(reqwest::Method::POST, &action, Some(&form), headers).await;
    let origin = ("origin", "https://portal.example");
    let browsers: [&[(&str, &str)]; 2] =
        [&[origin, ("sec-fetch-site", "same-origin")], &[origin, ("x-forwarded-host", "portal.example")]];
    for headers in browsers {
        let answer = send(headers).await;
        answer.see_status(403).see("https://portal.example").see("TENANTRY_PUBLIC_URL").see_no("another site");
    }
    let sites: [&[(&str, &str)]; 3] =
        [&[origin], &[origin, ("sec-fetch-site", "cross-site")], &[origin, ("x-forwarded-host", "tenantry.example")]];
    for headers in sites {
        send(headers).await.see_status(403).see("sent from another site").see_no("TENANTRY_PUBLIC_URL");
    }
}
