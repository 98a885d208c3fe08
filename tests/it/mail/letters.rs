//! The letters: who writes to whom, about what, with which link; as files where no mail server is set.

use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;

use super::{customer, invite};
use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::smtp::{Mail, Security, Sink};

/// The links of the HTML part.
fn html_links(mail: &Mail) -> Vec<String> {
    let page = scraper::Html::parse_document(mail.html.as_ref().unwrap());
    let links = scraper::Selector::parse("a").unwrap();
    page.select(&links).filter_map(|link| link.attr("href").map(str::to_owned)).collect()
}

/// What a reader of the HTML part reads.
fn html_text(mail: &Mail) -> String {
    let page = scraper::Html::parse_document(mail.html.as_ref().unwrap());
    let body = page.select(&scraper::Selector::parse("body").unwrap()).next().unwrap();
    body.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Compares what a reader reads of both parts with the snapshots, whatever the address of the server, the secret of the link
/// and the time.
fn assert_letter(name: &str, mail: &Mail) {
    let filters = [
        (r"http://\S+?/(activate|reset-password)/[\w-]+", "[link to $1]"),
        (r"until [^(]{1,60}\(UTC\)", "until [time] (UTC)"),
    ];
    insta::with_settings!({ filters => filters.to_vec(), omit_expression => true }, {
        insta::assert_snapshot!(name, mail.text.as_ref().unwrap());
        insta::assert_snapshot!(format!("{name}_html"), html_text(mail));
    });
}

#[actix_web::test]
async fn an_invitation_names_who_invites_whom_into_what_and_until_when() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme & Co").await;
    let ann = acme.admin().await;
    ann.submit("/account", &[("first_name", "Ann"), ("last_name", "O'Lee <x>")]).await.see("saved");
    let users = customer(&ann, "Beta <b>Farms</b> & Söhne").await;
    let form = [("email", "mia@beta.example"), ("first_name", "Mia \"M\", the"), ("last_name", "Król")];
    ann.submit(&format!("{users}/new"), &form).await.see("was added");
    let mail = sink.mail_to("mia@beta.example").await;

    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("tenantry@example.com", &["mia@beta.example".to_owned()][..])
    );
    assert_eq!(mail.header("from"), Some("Tenantry <tenantry@example.com>"));
    assert!(mail.header("to").unwrap().ends_with("<mia@beta.example>"), "{:?}", mail.header("to"));
    assert!(mail.header("message-id").unwrap().ends_with("@example.com>"), "{:?}", mail.header("message-id"));
    assert!(mail.header("date").is_some());
    // Notes of absence are not sent back to whoever invited.
    assert_eq!(mail.header("auto-submitted"), Some("auto-generated"));
    assert!(mail.header("content-type").unwrap().starts_with("multipart/alternative"));
    assert_eq!(mail.subject, "Acme & Co: your access to the portal");
    let answers = mail_parser::MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
    let answers = answers.reply_to().unwrap().first().unwrap();
    assert_eq!((answers.name(), answers.address()), (Some("Ann O'Lee <x>"), Some(acme.email.as_str())));

    let links = mail.links();
    assert_eq!(links.len(), 1, "{links:?}");
    assert!(links[0].starts_with(&format!("{}/activate/", app.base)));
    assert_eq!(html_links(&mail), [links[0], links[0]]);
    assert_letter("invitation_of_a_customer_user", &mail);
    let html = mail.html.as_ref().unwrap();
    assert!(!html.contains("<img") && !html.contains("<script") && !html.contains("<b>Farms"), "{html}");
    app.stranger().submit(links[0], &[("password", PASSWORD)]).await.see_path("/home");

    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("was added");
    let mail = sink.mail_to("bob@acme.example").await;
    assert_letter("invitation_of_an_administrator", &mail);
    assert_eq!(mail.subject, "Acme & Co: your access as an administrator");
}

#[actix_web::test]
async fn domains_may_have_letters_of_any_script() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Ácmé 株式会社").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Zażółć").await;
    for (email, mailed) in
        [("mia@przykład.example", "mia@xn--przykad-rjb.example"), ("jo@北京.example", "jo@xn--1lq90i.example")]
    {
        invite(&ann, &users, email).await;
        let mail = sink.mail_to(mailed).await;
        assert_eq!(mail.subject, "Ácmé 株式会社: your access to the portal");
        app.stranger().submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    }
}

#[actix_web::test]
async fn a_reset_mail_tells_whose_password_and_until_when() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    acme.user(&acme.customer("Beta").await, "mia@beta.example").await;
    app.stranger().submit("/forgot-password", &[("email", "mia@beta.example")]).await;
    let mail = sink.mail_to("mia@beta.example").await;
    assert_eq!(mail.subject, "Choose a new password for Acme");
    let links = mail.links();
    assert_eq!(html_links(&mail), [links[0], links[0]]);
    assert_letter("reset_of_a_password", &mail);
}

#[actix_web::test]
async fn links_lead_to_the_public_url_whatever_a_request_says() {
    let sink = Sink::start(Security::None);
    let public = "http://tenantry.example:8443";
    let setup = Setup { smtp_url: Some(sink.url()), public_url: Some(public.into()), ..Setup::default() };
    let app = App::start(setup).await;
    let acme = app.tenant("Acme").await;
    let users = acme.customer("Beta").await + "/users";
    acme.user(users.trim_end_matches("/users"), "jo@beta.example").await;
    let ann = acme.admin().await;
    let evil = [
        ("origin", public),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
    ];
    let page = ann.get(&format!("{users}/new")).await;
    let post = async |actor: &Actor, action: &str, form: Vec<(String, String)>| {
        actor.request(Method::POST, action, Some(&form), &evil).await
    };
    let (action, form) = page.filled(&[("email", "mia@beta.example")]);
    let answer = post(&ann, &action, form).await;
    assert_eq!(answer.see_status(303).headers["location"], users.as_str());
    let (action, form) = ann.get("/forgot-password").await.filled(&[("email", "jo@beta.example")]);
    post(&ann, &action, form).await.see_status(200);
    let page = ann.get(&format!("{users}/new")).await;
    let (action, form) = page.filled(&[("email", "cy@beta.example"), ("activation_method", "link")]);
    let answer = post(&ann, &action, form).await;
    let link = ann.get(answer.headers["location"].to_str().unwrap()).await.value("#link");
    assert!(link.starts_with(&format!("{public}/activate/")), "{link}");
    for (address, path) in [("mia@beta.example", "activate"), ("jo@beta.example", "reset-password")] {
        let mail = sink.mail_to(address).await;
        assert!(mail.links()[0].starts_with(&format!("{public}/{path}/")), "{:?}", mail.links());
        assert!(!mail.raw.contains("evil"), "{}", mail.raw);
    }
}

#[actix_web::test]
async fn without_a_mail_server_mails_are_files_and_the_pages_say_so() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    let says = "No mail server is set (SMTP_URL): mails are written as files on the server.";
    ann.get(&users).await.see(says);
    ann.get("/administrators").await.see(says);
    ann.get(&format!("{users}/new")).await.see("No mail server is set: the mail is written as a file on the server.");
    invite(&ann, &users, "mia@beta.example").await;
    ann.get_until(&users, "Mail written to a file just now").await;

    let mode = std::fs::metadata(app.mail_dir()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "others can read the links");
    let files: Vec<_> = std::fs::read_dir(app.mail_dir()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].extension().unwrap(), "eml");
    let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "others can read the link");
    let bytes = std::fs::read(&files[0]).unwrap();
    let mail = mail_parser::MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("Acme: your access to the portal"));
    let text = mail.body_text(0).unwrap();
    let link = text.split_whitespace().find(|word| word.contains("/activate/")).unwrap();
    app.stranger().submit(link, &[("password", PASSWORD)]).await.see_path("/home");
    let (with_server, _sink) = App::with_mail().await;
    let ann = with_server.tenant("Acme").await.admin().await;
    ann.get("/administrators").await.see_no("No mail server");
}

#[actix_web::test]
async fn a_name_that_looks_like_an_encoded_word_arrives_as_it_was_entered() {
    let (app, sink) = App::with_mail().await;
    let word = "=?utf-8?q?=0D=0ABcc:_eve@evil.example?=";
    let acme = app.tenant_of(&format!("Acme {word}"), "ann@acme.example").await;
    let ann = acme.admin().await;
    let users = customer(&ann, "Beta").await;
    for (n, name) in
        [word, "x =?utf-8?b?DQpCY2M6IGV2ZQ==?= y", "=?utf-8?q?a?= =?utf-8?q?b?= ż", "=?", "Ann"].iter().enumerate()
    {
        ann.submit("/account", &[("first_name", name), ("last_name", "Lee")]).await.see("saved");
        let email = format!("mia{n}@beta.example");
        ann.submit(&format!("{users}/new"), &[("email", &email), ("first_name", name)]).await.see("was added");
        let mail = sink.mail_to(&email).await;
        assert_eq!(mail.subject, format!("Acme {word}: your access to the portal"));
        assert_eq!(mail.header("bcc"), None);
        let message = mail_parser::MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
        let to = message.to().unwrap().first().unwrap();
        assert_eq!((to.name(), to.address()), (Some(*name), Some(email.as_str())));
        assert!(mail.raw.lines().all(|line| line.len() <= 998 && line.is_ascii()));
        assert!(mail.links()[0].contains("/activate/"));
    }
}

#[actix_web::test]
async fn letters_say_times_in_the_zone_of_whoever_caused_them_and_are_dark_where_readers_are() {
    let (app, sink) = App::with_mail().await;
    let acme = app.tenant("Acme").await;
    let users = customer(&acme.admin().await, "Beta").await;
    let ann = acme.admin().await;
    ann.set_cookie("tz", "Europe/Berlin");
    invite(&ann, &users, "mia@beta.example").await;
    let mail = sink.mail_to("mia@beta.example").await;
    assert!(html_text(&mail).contains(" (Berlin time) and only for mia@beta.example."));
    let mia = app.stranger();
    mia.submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/home");
    let mia = app.stranger();
    mia.set_cookie("tz", "America/New_York");
    mia.submit("/forgot-password", &[("email", "mia@beta.example")]).await;
    let reset = sink.mail_to("mia@beta.example").await;
    assert!(html_text(&reset).contains(" (New York time)."), "{:?}", reset.text);
    assert_eq!(reset.header("reply-to"), None);
    for mail in [mail, reset] {
        let html = mail.html.unwrap();
        assert!(html.contains("@media (prefers-color-scheme: dark)") && html.contains("font-weight:600\">Acme</p>"));
    }
}
