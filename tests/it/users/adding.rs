//! Adding a user, by mail and by a link that is displayed.

use std::time::{Duration, Instant};

use crate::support::app::{App, PASSWORD};
use crate::support::smtp::Mode;

#[actix_web::test]
async fn an_activation_mail_goes_to_a_new_user() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    ann.get(&users).await.see("No users yet");

    let form = [("email", "Mia@Beta.example"), ("first_name", "Mia"), ("last_name", "Król"), ("phone", "+48 58 1")];
    let page = ann.submit(&format!("{users}/new"), &form).await;
    page.see_path(&users)
        .see("Mia Król (Mia@Beta.example) was added. The activation mail is queued; its link works for 3 days, until");
    assert_eq!(page.rows(), ["Mia Król"]);
    let mail = sink.mail_to("mia@beta.example").await;
    let page = ann.get_until(&users, "Mail sent just now").await;
    assert!(page.row("Mia Król").contains("Mia@Beta.example Invited, expires in 3 days"), "{}", page.row("Mia Król"));

    let mia = app.stranger();
    mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home").see("Welcome, Mia Król.");
    assert!(ann.get(&users).await.row("Mia Król").contains("Active"));
    let details = ann.get(&page.href("Mia Król")).await;
    assert_eq!((details.value("#f-phone"), details.value("#f-last_name")), ("+48 58 1".into(), "Król".into()));
}

#[actix_web::test]
async fn a_displayed_activation_link_is_handed_over_and_no_mail_goes_out() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;

    let form = [("email", "jo@beta.example"), ("activation_method", "link")];
    let page = ann.submit(&format!("{users}/new"), &form).await;
    page.see("jo@beta.example was added.").see("It expires in 3 days").see("Send this link to jo@beta.example");
    assert!(page.one("#link-hint").starts_with("It expires in 3 days"), "{}", page.one("#link-hint"));
    assert_eq!(page.attributes("#link", "aria-describedby"), ["link-hint"]);
    let link = page.value("#link");
    assert!(link.starts_with(&format!("{}/activate/", app.base)), "{link}");
    ann.get(&page.path).await.see_no("Send this link");

    let row = ann.get(&users).await.row("jo@beta.example");
    assert!(row.contains("Invited") && !row.contains("Mail"), "{row}");
    app.stranger().submit(&link, &[("password", PASSWORD)]).await.see_path("/home");
    // Mails go out in order: had there been one, it would have come before this one.
    ann.submit(&format!("{users}/new"), &[("email", "later@beta.example")]).await;
    assert_eq!(sink.wait_for(1).await[0].to, ["later@beta.example"]);
}

#[actix_web::test]
async fn a_taken_address_is_told_with_everything_else_that_is_wrong() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let taken = "Enter another email address; a user with this one exists already, among the administrators";
    let long = "x".repeat(256);
    let wrong = [("email", " ADMIN@acme.example "), ("first_name", &*long), ("activation_method", "dove")];
    let page = ann.submit(&format!("{users}/new"), &wrong).await;
    assert_eq!((page.error("email"), page.all("[data-error-summary] li").len()), (taken.into(), 3));

    ann.submit(&format!("{users}/new"), &[("email", "mia@beta.example")]).await;
    let mia = ann.get(&users).await.href("mia@beta.example");
    let page = ann.submit(&mia, &[("email", "admin@acme.example"), ("first_name", &long)]).await;
    assert_eq!((page.error("email"), page.all("[data-error-summary] li").len()), (taken.into(), 2));
    // Her own is hers.
    let page = ann.submit(&mia, &[("email", "MIA@beta.example"), ("first_name", &long)]).await;
    assert_eq!((page.error("email"), page.all("[data-error-summary] li").len()), (String::new(), 1));
}

#[actix_web::test]
async fn what_is_wrong_with_a_new_user_is_told_and_what_was_typed_is_kept() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let malformed = "Enter an email address in the form name@example.com";
    let long = "a".repeat(256);
    let cases = [
        ("email", "", "Enter an email address"),
        ("email", "   ", "Enter an email address"),
        ("email", "mia", malformed),
        ("email", "mia@", malformed),
        ("email", "mia@@beta.example", malformed),
        ("email", "mia krol@beta.example", malformed),
        ("email", "Mia <mia@beta.example>", malformed),
        ("email", "mia@beta.example, jo@beta.example", malformed),
        ("email", "mia\u{0}@beta.example", "Email has a control character at position 4; remove it"),
        ("email", "mia@beta.example\r\nBcc: x@y.example", "Email has a control character at position 17; remove it"),
        ("first_name", "Mi\u{7}a", "First name has a control character at position 3; remove it"),
        ("last_name", "Kr\nol", "Last name has a control character at position 3; remove it"),
        ("phone", "1\u{1b}2", "Phone has a control character at position 2; remove it"),
        ("description", "a\u{0}b", "Description has a control character at position 2; remove it"),
        ("first_name", &long, "Shorten first name to 255 characters; it has 256"),
        ("last_name", &long, "Shorten last name to 255 characters; it has 256"),
        ("phone", &long, "Shorten phone to 255 characters; it has 256"),
        ("description", &"ü".repeat(2001), "Shorten description to 2,000 characters; it has 2,001"),
        ("activation_method", "pigeon", "Choose how the user gets the activation link"),
    ];
    for (name, typed, words) in cases {
        let mut form = vec![("email", "mia@beta.example"), ("first_name", "Mia"), ("description", "two\nlines")];
        form.retain(|(field, _)| *field != name);
        form.push((name, typed));
        let page = ann.submit(&format!("{users}/new"), &form).await;
        assert_eq!((page.status, page.error(name)), (422, words.into()), "{name} {typed:?}");
        assert!(page.title().starts_with("Error: "), "{}", page.title());
        for (field, typed) in &form {
            // A browser shows no NUL, and neither does the parser of these tests.
            if *field != "activation_method" && !typed.contains(['\0', '\r', '\u{1b}']) {
                let shown = page.value(&format!("#f-{field}"));
                let line_ends = |text: &str| text.replace('\n', "");
                assert_eq!(line_ends(&shown), line_ends(typed), "{name}: {field}");
            }
        }
    }
    ann.get(&users).await.see("No users yet");

    let page = ann.submit(&format!("{users}/new"), &[("email", "mia"), ("phone", &long)]).await;
    page.see("2 things need your attention");
    assert_eq!(page.attributes(".summary a", "href"), ["#f-email", "#f-phone"]);
}

#[actix_web::test]
async fn a_form_that_is_sent_to_another_customer_is_another_form() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    let ann = acme.admin().await;
    let (address, form) = ann.get(&format!("{beta}/users/new")).await.filled(&[("email", "mia@beta.example")]);
    let added = ann.post(&address, &form).await.see_status(303).location();
    assert_eq!(ann.post(&address, &form).await.see_status(303).location(), added);
    let refused = ann.post(&address.replace(&beta, &gamma), &form).await;
    assert_eq!(
        refused.see_status(422).error("email"),
        "Enter another email address; a user with this one exists already, in Beta"
    );
}

#[actix_web::test]
async fn an_address_has_254_characters_at_most() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let domain = format!("{}.{}.{}", "d".repeat(63), "d".repeat(63), "d".repeat(61));
    let longest = format!("{}@{domain}", "m".repeat(64));
    assert_eq!(longest.len(), 254);
    let page = ann.submit(&format!("{users}/new"), &[("email", &format!("{longest}d"))]).await;
    assert_eq!(page.error("email"), "Shorten email address to 254 characters; it has 255");
    ann.submit(&format!("{users}/new"), &[("email", &format!(" {longest} "))]).await.see("was added.");
    assert_eq!(ann.get(&users).await.rows(), [longest]);
}

#[actix_web::test]
async fn the_longest_of_everything_is_taken_and_saved_again() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    // Each of these takes four bytes, and twelve in a form.
    let (line, area) = ("🦉".repeat(255), "🦉".repeat(2000));
    let form = [("first_name", line.as_str()), ("last_name", &line), ("phone", &line), ("description", &area)];
    let new = [&form[..], &[("email", "mia@beta.example"), ("activation_method", "link")]].concat();
    let (action, filled) = ann.get(&format!("{users}/new")).await.filled(&new);
    let answer = ann.post(&action, &filled).await;
    let set = answer.see_status(303).headers["set-cookie"].to_str().unwrap();
    assert!(set.len() < 4096, "browsers drop a cookie of {} bytes", set.len());
    let page = ann.get(answer.headers["location"].to_str().unwrap()).await;
    app.stranger().submit(&page.value("#link"), &[("password", PASSWORD)]).await.see_path("/home");
    let path = ann.get(&users).await.href(&format!("{line} {line}"));
    ann.submit(&path, &form).await.see_path(&path).see("Nothing was changed");
    let other = [("phone", "+47 1234"), ("first_name", line.as_str())];
    ann.submit(&path, &other).await.see_path(&path).see("was saved");
    assert_eq!(ann.get(&path).await.value("#f-description").trim_start(), area);
}

#[actix_web::test]
async fn an_address_is_unique_in_the_tenant_without_regard_to_case() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (beta, gamma) = (acme.customer("Beta").await, acme.customer("Gamma").await);
    acme.invite(&beta, "Mia.Stone@bücher.example").await;
    let ann = acme.admin().await;
    let taken = "Enter another email address; a user with this one exists already";
    for (list, email, place) in [
        (&beta, "mia.stone@xn--bcher-kva.example", "in Beta"),
        (&gamma, "MIA.STONE@BÜCHER.example", "in Beta"),
        (&gamma, " mia.stone@bu\u{308}cher.example\u{200b} ", "in Beta"),
        (&beta, &acme.email.to_uppercase(), "among the administrators"),
    ] {
        let page = ann.submit(&format!("{list}/users/new"), &[("email", email), ("first_name", "Mia")]).await;
        assert_eq!((page.status, page.error("email")), (422, format!("{taken}, {place}")), "{email}");
        assert_eq!(page.value("#f-first_name"), "Mia");
    }
    let page = ann.submit("/administrators/new", &[("email", "mia.stone@bücher.example")]).await;
    assert_eq!(page.error("email"), format!("{taken}, in Beta"));

    let other = app.tenant("Other").await;
    let theirs = other.customer("Beta").await;
    other.invite(&theirs, "mia.stone@bücher.example").await;
    assert_eq!(ann.get(&format!("{beta}/users")).await.rows().len(), 1);
    ann.get(&format!("{gamma}/users")).await.see("No users yet");
}

#[actix_web::test]
async fn doubled_and_unknown_keys_are_refused() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let page = ann.get(&format!("{users}/new")).await;
    for (name, value) in [
        ("email", "second@beta.example"),
        ("activation_method", "link"),
        ("role", "administrator"),
        ("customer_id", ""),
        ("password_hash", "x"),
        ("activated_at", "0"),
        ("tenant_id", "x"),
    ] {
        let (action, mut form) = page.filled(&[("email", "mia@beta.example")]);
        form.push((name.into(), value.into()));
        ann.post(&action, &form).await.see_status(400).see("Nothing was changed").see(name);
    }
    ann.get(&users).await.see("No users yet");
}

#[actix_web::test]
async fn a_form_sent_ten_times_at_once_adds_one_user_and_sends_one_mail() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;

    let page = ann.get(&format!("{users}/new")).await;
    let answers = ann.send_at_once(&page, &[("email", "mia@beta.example")], 10).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (303, users.as_str()));
        assert!(answer.cookie("flash").is_some_and(|flash| flash.len() > 100));
    }
    ann.get(&users).await.see("mia@beta.example was added.");

    let page = ann.get(&format!("{users}/new")).await;
    let answers = ann.send_at_once(&page, &[("email", "jo@beta.example"), ("activation_method", "link")], 10).await;
    let mut links = Vec::new();
    for answer in &answers {
        ann.set_cookie("flash", &answer.cookie("flash").unwrap());
        let shown = ann.get(answer.headers["location"].to_str().unwrap()).await;
        // The link is in one answer and kept nowhere; the others say so, and lead to where another is made.
        if shown.all("#link").is_empty() {
            shown.see("jo@beta.example was added.").see("its link was shown only once").see("Display activation link");
        } else {
            links.push(shown.value("#link"));
        }
    }
    assert_eq!(links.len(), 1, "{links:?}");
    app.stranger().submit(&links[0], &[("password", PASSWORD)]).await.see_path("/home");

    assert_eq!(ann.get(&users).await.rows(), ["jo@beta.example", "mia@beta.example"]);
    ann.submit(&format!("{users}/new"), &[("email", "last@beta.example")]).await;
    let to: Vec<String> = sink.wait_for(2).await.into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["mia@beta.example", "last@beta.example"]);
}

#[actix_web::test]
async fn another_user_can_be_added_at_once() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let mut page = ann.get(&format!("{users}/new")).await;
    for email in ["mia@beta.example", "jo@beta.example"] {
        let (action, mut form) = page.filled(&[("email", email)]);
        form.push(("again".into(), "yes".into()));
        ann.post(&action, &form).await.see_status(303);
        page = ann.get(&format!("{users}/new")).await;
        page.see(&format!("{email} was added."));
        assert_eq!(page.value("#f-email"), "");
    }
    assert_eq!(ann.get(&users).await.rows(), ["jo@beta.example", "mia@beta.example"]);
}

#[actix_web::test]
async fn adding_takes_as_long_as_ever_while_the_mail_server_hangs() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    let ann = acme.admin().await;
    let add = async |n: usize| {
        let since = Instant::now();
        ann.submit(&format!("{users}/new"), &[("email", &format!("user{n}@beta.example"))]).await.see("was added.");
        since.elapsed()
    };
    let usual = median([add(0).await, add(1).await, add(2).await, add(3).await, add(4).await]);
    sink.wait_for(5).await;

    sink.set_mode(Mode::HangAfterConnect);
    add(5).await;
    sink.wait_for_connections(2).await;
    let hanging = median([add(6).await, add(7).await, add(8).await, add(9).await, add(10).await]);
    assert!(hanging < usual * 3 + Duration::from_millis(100), "{hanging:?} instead of {usual:?}");
    ann.get(&users).await.see("user10@beta.example").see("Mail queued");
}

fn median(mut times: [Duration; 5]) -> Duration {
    times.sort();
    times[2]
}
