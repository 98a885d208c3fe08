//! Nobody is sent elsewhere: no redirect leaves the site, and no name that a request claims for the site gets into a
//! page, a redirect or a mail.

use reqwest::Method;
use url::Url;

use super::owner;
use super::table::CALLS;
use super::world::Side;
use crate::support::actor::Page;
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::promise::{Tally, keep};
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

/// Whether the browser that follows an answer stays on the site.
fn stays(answer: &Page, base: &str) -> bool {
    let base = Url::parse(base).unwrap();
    let leads = ["location", "x-location", "refresh", "content-location", "link"];
    leads.iter().filter_map(|name| answer.headers.get(*name)).all(|to| {
        let to = to.to_str().unwrap_or_default();
        to.starts_with('/') && base.join(to).is_ok_and(|led| led.origin() == base.origin())
    })
}

#[actix_web::test]
async fn signing_in_never_leads_to_another_site() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let (mut led, mut entered) = (Tally::default(), 0);
    for next in ELSEWHERE {
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        // As a page, and as a dialog of one.
        for (headers, status, leads) in
            [(&[][..], 303, "location"), (&[("x-tenantry-dialog", "1")][..], 204, "x-location")]
        {
            let stranger = app.stranger();
            let page = stranger.get(&format!("/sign-in?next={query}")).await;
            led.count(stays(&page, &app.base), || format!("the page of {next:?}"));
            for kept in page.attributes("input[name=next]", "value") {
                let harmless = !kept.contains("evil.example") || kept.starts_with("/%");
                led.count(harmless, || format!("{next:?} is kept as {kept:?}"));
            }
            let (action, mut form) = page.filled(&[("email", &acme.email), ("password", PASSWORD)]);
            form.retain(|(name, _)| name != "next");
            form.push(("next".into(), next.into()));
            let answer = stranger.request(Method::POST, &action, Some(&form), headers).await;
            entered += usize::from(answer.status == status && answer.headers.contains_key(leads));
            led.count(stays(&answer, &app.base), || format!("signing in with {next:?}"));
        }
    }
    let seen = format!(
        "{} addresses to come back to, {entered} of {} sign-ins as a page and as a dialog led on; {led} of {} answers led \
         away",
        ELSEWHERE.len(),
        2 * ELSEWHERE.len(),
        led.tried()
    );
    keep("No open redirect", &seen, "0 led away", led.is_clean() && entered == 2 * ELSEWHERE.len());
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
    let (mut repeated, mut led) = (Tally::default(), Tally::default());
    for headers in claims {
        for one in CALLS.iter().filter(|one| one.method() == "GET") {
            let stranger = app.stranger();
            for actor in [&stranger, owner(one, &side, &stranger)] {
                let answer = actor.request(Method::GET, &one.of(&side).0, None, headers).await;
                repeated.count(!names_it(&answer), || format!("{} with {headers:?}", one.route));
                led.count(stays(&answer, &app.base), || format!("{} with {headers:?}", one.route));
            }
        }
        for address in ["//evil.example/customers", "/\\evil.example", "/no/such/page"] {
            let answer = side.admin.request(Method::GET, address, None, headers).await;
            led.count(stays(&answer, &app.base), || format!("{address} with {headers:?}"));
        }
        // A form of somebody whose session ended: the page it came from is what they go back to.
        let stranger = app.stranger();
        let headers = [headers, &[("origin", "")]].concat();
        let answer = stranger.request(Method::POST, "/customers", Some(&[]), &headers).await;
        led.count(stays(&answer, &app.base), || format!("a form with {headers:?}"));
        repeated.count(!answer.html.contains("evil.example"), || format!("a form with {headers:?}"));
    }
    let seen = format!(
        "{} claims of another host: {repeated} of {} answers repeated it, {led} of {} led there",
        claims.len(),
        repeated.tried(),
        led.tried()
    );
    let kept = repeated.is_clean() && led.is_clean() && repeated.tried() > 100;
    keep("No foreign host in a link", &seen, "0 repeated, 0 led there", kept);
}

fn names_it(answer: &Page) -> bool {
    answer.html.contains("evil.example") || format!("{:?}", answer.headers).contains("evil.example")
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
    ann.request(Method::POST, &action, Some(&form), &claims).await.see("Check your email");
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
