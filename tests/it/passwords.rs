//! What a password must be, and that the page says why one is refused, wherever a password is chosen.

use crate::support::actor::{Actor, Page};
use crate::support::app::{App, PASSWORD};

const LONGEST: &str = "tundra velvet oboe 7 ";

fn refusals() -> Vec<(String, &'static str)> {
    let harder = "Choose a password that is harder to guess";
    [
        ("", "Enter a password"),
        ("k2!pQ9#vXz7", "Choose a password of at least 12 characters; this one has 11"),
        ("ü8~ü8~ü8~ü8", "Choose a password of at least 12 characters; this one has 11"),
        ("123456789012", harder),
        ("aaaaaaaaaaaaaaaa", harder),
        ("password1234", harder),
        ("qwertyuiop[]", harder),
        ("abcabcabcabcabc", harder),
        ("letmeinletmein", harder),
        ("Summer2026!!!", harder),
        ("correcthorsebatterystaple", harder),
        ("hello world 123", harder),
        ("Tenantry2026!", "Choose a password made of more than the name of this product"),
    ]
    .map(|(password, words)| (password.to_owned(), words))
    .into_iter()
    .chain([(LONGEST.repeat(13), "Choose a password of at most 256 characters; this one has 273")])
    .collect()
}

/// Posts passwords and looks what the page says of each; none is written into the page.
async fn refused(actor: &Actor, page: &Page, more: &[(&str, &str)], password: &str, words: &str) {
    let mut fields = more.to_vec();
    fields.push(("password", password));
    let answer = actor.send(page, &fields).await;
    let told = answer.error("password");
    assert!(answer.status == 422 && told.starts_with(words), "{password:?}: {} {told:?}", answer.status);
    assert!(answer.title().starts_with("Error: "), "{}", answer.title());
    assert_eq!(answer.all(".summary li").len(), 1, "{password}");
    assert!(answer.attributes("input[type=password]", "value").is_empty());
    assert!(password.is_empty() || !answer.html.contains(password), "{password:?} is in the page");
}

#[actix_web::test]
async fn every_refusal_says_why_when_a_user_is_activated() {
    let app = App::spawn().await;
    let acme = app.tenant("Northwind Grid").await;
    let beta = acme.customer("Harbour Foods").await;
    let ann = acme.admin().await;
    let form = [
        ("email", "mia.krol@beta.example"),
        ("first_name", "Mia"),
        ("last_name", "Król"),
        ("activation_method", "link"),
    ];
    let link = ann.submit(&format!("{beta}/users/new"), &form).await.value("#link");
    let mia = app.stranger();
    let page = mia.get(&link).await;
    let more = "Choose a password made of more than";
    let mut cases = refusals();
    for (password, what) in [
        ("Northwind2026!", "the name of the tenant: without those words and digits, only 1 character is left"),
        ("northwindgrid1", "the name of the tenant: without those words and digits, nothing is left"),
        ("NORTHWIND grid 26", "the name of the tenant"),
        ("HarbourFoods2026", "the name of your customer"),
        ("harbour!foods-42", "the name of your customer"),
        ("Krol2026Harbour!", "the name of your customer and your email address"),
    ] {
        refused(&mia, &page, &[], password, &format!("{more} {what}")).await;
    }
    cases.push(("\u{0}\u{1}\u{2}".into(), "Choose a password of at least 12 characters; this one has 3"));
    for (password, words) in cases {
        refused(&mia, &page, &[], &password, words).await;
    }
    mia.get(&link).await.see_status(200);
    // Any characters, up to 256 of them, and spaces at the ends count.
    let longest = format!("  {}", LONGEST.repeat(13).chars().take(252).chain("🦉\t".chars()).collect::<String>());
    assert_eq!(longest.chars().count(), 256);
    mia.send(&page, &[("password", &longest)]).await.see_path("/home");
    let again = app.stranger();
    again.sign_in("mia.krol@beta.example", longest.trim()).await.see_status(422);
    again.sign_in("mia.krol@beta.example", &longest).await.see_path("/home");
}

#[actix_web::test]
async fn the_rules_are_the_same_for_a_reset_a_change_and_the_set_up() {
    let (app, sink) = App::with_mail().await;
    let stranger = app.stranger();
    let page = stranger.get(app.setup_link.as_ref().unwrap()).await;
    let set_up = [("tenant", "Acme Grid"), ("email", "ann@acme.example"), ("first_name", "Anneliese")];
    for (password, words) in refusals() {
        refused(&stranger, &page, &set_up, &password, words).await;
    }
    refused(&stranger, &page, &set_up, "Anneliese2026!", "Choose a password made of more than your first name").await;
    refused(&stranger, &page, &set_up, "AcmeGrid2026!!", "Choose a password made of more than").await;

    let acme = app.tenant("Other").await;
    let beta = acme.customer("Beta Farms").await;
    let mia = acme.user(&beta, "mia.krol@beta.example").await;
    stranger.submit("/forgot-password", &[("email", "mia.krol@beta.example")]).await;
    let link = sink.mail_to("mia.krol@beta.example").await.links()[0].to_owned();
    let reset = stranger.get(&link).await;
    let account = mia.get("/account").await;
    let mut cases = refusals();
    cases.push(("BetaFarms2026!".into(), "Choose a password made of more than"));
    for (password, words) in cases {
        refused(&stranger, &reset, &[], &password, words).await;
        refused(&mia, &account, &[("current_password", PASSWORD)], &password, words).await;
    }
    mia.get("/home").await.see_path("/home");
    app.stranger().sign_in("mia.krol@beta.example", PASSWORD).await.see_path("/home");
}

/// However the keyboard composes a password, it is the same; one that was hashed as it was typed is good still.
#[actix_web::test]
async fn a_password_is_the_same_however_it_is_composed() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let link = acme.invite(&acme.customer("Beta").await, "mia@beta.example").await;
    let (composed, apart, wide) = ("Zürich fjörd oboe 7", "Zu\u{308}rich fjo\u{308}rd oboe 7", "Zürich fjörd oboe ７");
    let mia = app.stranger();
    mia.submit(&link, &[("password", apart)]).await.see_path("/home");
    for same in [composed, apart, wide] {
        app.stranger().sign_in("mia@beta.example", same).await.see_path("/home");
    }
    let form = [("current_password", composed), ("password", PASSWORD)];
    mia.submit("/account", &form).await.see("Your password was changed.");
}

/// A name among much else is no reason to refuse a password, and words of fewer than four letters are none.
#[actix_web::test]
async fn a_password_may_hold_a_name_among_much_else_and_its_form_names_whose_it_is() {
    let app = App::spawn().await;
    let acme = app.tenant("Northwind Grid").await;
    let link = acme.invite(&acme.customer("Harbour Foods").await, "mia@beta.example").await;
    let mia = app.stranger();
    let page = mia.get(&link).await;
    assert_eq!(page.value("form input[autocomplete=username]"), "mia@beta.example");
    mia.send(&page, &[("password", "mia northwind walrus piano")]).await.see_path("/home");
    let page = mia.get("/account").await;
    assert_eq!(page.value("form[action=\"/account/password\"] input[autocomplete=username]"), "mia@beta.example");
}
