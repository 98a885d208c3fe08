//! Nobody is sent elsewhere: no redirect leaves the site, and no name that a request claims for the site gets into a
//! page, a redirect or a mail.

use reqwest::Method;
use url::Url;

use super::table::CALLS;
use super::world::Side;
use super::{owner, table};
use crate::support::actor::Page;
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::promise::keep;
use crate::support::smtp::{Security, Sink};

/// Where a page might be talked into sending somebody.
const ELSEWHERE: [&str; 36] = [
    "https://evil.example",
    "https://evil.example/customers",
    "http:evil.example",
    "https:/evil.example",
    "https:evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "\u{0}//evil.example",
    "/\u{0}/evil.example",
    "javascript:alert(1)",
    "data:text/html,evil.example",
    "//evil.example@127.0.0.1",
    "//127.0.0.1@evil.example",
    "@evil.example",
    ".evil.example",
    ":80@evil.example",
    "/%0d%0alocation:%20https://evil.example",
    "/\u{2f}evil.example",
    "\u{ff0f}\u{ff0f}evil.example",
    "/\u{3002}evil.example//",
    "https://evil。example",
    "evil.example",
    "?next=//evil.example",
    "#//evil.example",
];

/// Fails unless the browser that follows an answer stays on the site.
#[track_caller]
fn assert_stays(answer: &Page, base: &str, what: &str) {
    for name in ["location", "x-location", "refresh", "content-location", "link"] {
        let Some(to) = answer.headers.get(name) else { continue };
        let to = to.to_str().unwrap_or_else(|_| panic!("{what}: {name} is {to:?}"));
        let led = Url::parse(base).unwrap().join(to).unwrap();
        assert_eq!(led.origin(), Url::parse(base).unwrap().origin(), "{what}: {name}: {to}");
        assert!(to.starts_with('/'), "{what}: {name}: {to}");
    }
}

#[actix_web::test]
async fn signing_in_never_leads_to_another_site() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    for next in ELSEWHERE {
        let stranger = app.stranger();
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = stranger.get(&format!("/sign-in?next={query}")).await;
        assert_stays(&page, &app.base, next);
        for kept in page.attributes("input[name=next]", "value") {
            assert!(!kept.contains("evil.example") || kept.starts_with("/%"), "{next:?} is kept as {kept:?}");
        }
        let (action, mut form) = page.filled(&[("email", &acme.email), ("password", PASSWORD)]);
        form.retain(|(name, _)| name != "next");
        form.push(("next".into(), next.into()));
        for headers in [&[][..], &[("x-tenantry-dialog", "1")]] {
            let answer = app.stranger().request(Method::POST, &action, Some(&form), headers).await;
            assert_stays(&answer, &app.base, next);
        }
        let answer = stranger.post(&action, &form).await;
        assert_eq!(answer.status, 303, "{next:?}: {}", answer.text());
        assert_stays(&answer, &app.base, next);
    }
    let seen = format!("{} addresses to come back to, 4 answers each; 0 led away", ELSEWHERE.len());
    keep("No open redirect", &seen, "0", true);
}

#[actix_web::test]
async fn signing_in_leads_to_the_page_that_was_asked_for() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    for address in [beta.as_str(), "/customers?q=a%20b&sort=-title", "/administrators"] {
        let stranger = app.stranger();
        let page = stranger.get(address).await;
        let entered = stranger.send(&page, &[("email", &acme.email), ("password", PASSWORD)]).await;
        entered.see_path(address).see_status(200);
    }
}

#[actix_web::test]
async fn no_name_that_a_request_claims_for_the_site_is_repeated() {
    let claims: [&[(&str, &str)]; 6] = [
        &[("host", "evil.example")],
        &[("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")],
        &[("forwarded", "host=evil.example;proto=https;for=evil.example")],
        &[("x-forwarded-server", "evil.example"), ("x-forwarded-for", "evil.example"), ("x-real-ip", "evil.example")],
        &[("x-original-url", "//evil.example/"), ("x-rewrite-url", "//evil.example/")],
        &[("referer", "https://evil.example/sign-in"), ("host", "evil.example:443")],
    ];
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let mut answers = 0;
    for headers in claims {
        for one in CALLS.iter().filter(|one| one.method() == "GET") {
            let stranger = app.stranger();
            for actor in [&stranger, owner(one, &side, &stranger)] {
                let answer = actor.request(Method::GET, &one.of(&side).0, None, headers).await;
                assert_unseen(&answer, one);
                assert_stays(&answer, &app.base, one.route);
                answers += 1;
            }
        }
        for address in ["//evil.example/customers", "/\\evil.example", "/no/such/page"] {
            let answer = side.admin.request(Method::GET, address, None, headers).await;
            assert_stays(&answer, &app.base, address);
        }
        // A form of somebody whose session ended: the page it came from is what they go back to.
        let stranger = app.stranger();
        let headers = [headers, &[("origin", "")]].concat();
        let answer = stranger.request(Method::POST, "/customers", Some(&[]), &headers).await;
        assert_stays(&answer, &app.base, "a form");
        assert!(!answer.html.contains("evil.example"));
    }
    let seen = format!("{answers} answers to {} claims of another host; 0 repeated it", claims.len());
    keep("No foreign host in a link", &seen, "0", answers > 100);
}

#[track_caller]
fn assert_unseen(answer: &Page, one: &table::Call) {
    let headers = format!("{:?}", answer.headers);
    assert!(!answer.html.contains("evil.example"), "{}: {}", one.route, answer.html);
    assert!(!headers.contains("evil.example"), "{}: {headers}", one.route);
}

#[actix_web::test]
async fn links_in_mails_lead_to_the_public_url_whatever_a_request_claims() {
    let sink = Sink::start(Security::None);
    let public_url = Some("https://tenantry.example".to_owned());
    let app = App::start(Setup { smtp_url: Some(sink.url()), public_url, ..Setup::default() }).await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let claims = [("origin", ""), ("host", "evil.example"), ("x-forwarded-host", "evil.example")];

    let ask = ann.get("/forgot-password").await;
    let (action, form) = ask.filled(&[("email", &acme.email)]);
    ann.request(Method::POST, &action, Some(&form), &claims).await.see("Look into your mail");
    let reset = sink.mail_to(&acme.email).await;
    let form = ann.get("/administrators/new").await;
    let (action, form) = form.filled(&[("email", "bob@acme.example"), ("activation_method", "mail")]);
    assert_eq!(ann.request(Method::POST, &action, Some(&form), &claims).await.status, 303);
    let invitation = sink.mail_to("bob@acme.example").await;
    for (mail, path) in [(reset, "reset-password"), (invitation, "activate")] {
        assert!(!mail.raw.contains("evil.example") && !mail.html.as_ref().unwrap().contains("evil.example"));
        assert!(!mail.links().is_empty());
        for link in mail.links() {
            assert!(link.starts_with(&format!("https://tenantry.example/{path}/")), "{link}");
        }
    }
}
