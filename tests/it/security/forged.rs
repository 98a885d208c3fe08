//! Requests that do not come from a page of the person's own session: every form of the product, sent in every way
//! that another site, another session or nobody could send it.

use tenantry::app::routes::Who;

use super::owner;
use super::table::{CALLS, who};
use super::world::Side;
use crate::support::actor::{Actor, Fields, Page};
use crate::support::app::{App, Setup};
use crate::support::promise::{Tally, keep};
use crate::support::records::Records;

/// What a browser says of where a request comes from; none of it is a page of ours.
const ELSEWHERE: [&[(&str, &str)]; 9] = [
    &[("origin", ""), ("sec-fetch-site", "cross-site")],
    &[("origin", ""), ("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
    &[("origin", "null")],
    &[("origin", "null"), ("sec-fetch-site", "none")],
    &[("origin", "http://127.0.0.1:1")],
    &[("origin", "file://")],
];
const NO_BROWSER: &[(&str, &str)] = &[("origin", "")];

fn with_tokens(form: &Fields, tokens: &[&str]) -> Fields {
    let tokens = tokens.iter().map(|token| ("csrf".to_owned(), (*token).to_owned()));
    form.iter().cloned().chain(tokens).collect()
}

async fn send(actor: &Actor, address: &str, form: &Fields, headers: &[(&str, &str)]) -> Page {
    actor.request(reqwest::Method::POST, address, Some(form), headers).await
}

#[actix_web::test]
async fn no_form_is_accepted_from_another_site_or_with_anothers_token() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let (visitor, other_visitor) = (app.stranger(), app.stranger());
    let mut records = Records::of(&app);
    let visit = other_visitor.token().await;
    let other_session = side.people["customer"].token().await;
    let (admin, mine) = (side.admin.token().await, visitor.token().await);
    let before = records.all();
    let (mut forms, mut accepted, mut changed) = (0, Tally::default(), Tally::default());
    for call in CALLS.iter().filter(|call| call.method() == "POST") {
        let actor = owner(call, &side, &visitor);
        let (right, other_session) = match who(call) {
            Who::Anyone => (mine.as_str(), other_session.as_str()),
            Who::CustomerUser => (other_session.as_str(), admin.as_str()),
            _ => (admin.as_str(), other_session.as_str()),
        };
        let (address, form) = call.of(&side);
        let mut tried = Vec::new();
        for headers in ELSEWHERE {
            tried.push((format!("{headers:?}"), send(actor, &address, &with_tokens(&form, &[right]), headers).await));
        }
        let bent = format!("{}{}", &right[1..], &right[..1]);
        let tokens: [&[&str]; 8] =
            [&[], &[""], &["nonsense"], &["AAAA"], &[&bent], &[other_session], &[&visit], &[right, right]];
        for tokens in tokens {
            let form = with_tokens(&form, tokens);
            tried.push((format!("tokens {tokens:?}"), send(actor, &address, &form, &[]).await));
            tried.push((format!("tokens {tokens:?}, no browser"), send(actor, &address, &form, NO_BROWSER).await));
        }
        forms += 1;
        for (how, answer) in tried {
            let refused = answer.status == 403 && answer.h1() == "This form cannot be used any more";
            accepted.count(refused, || format!("{} with {how}: {}", call.route, answer.status));
        }
        changed.count(before == records.all(), || call.route.to_owned());
    }
    let all = accepted.tried();
    let seen = format!(
        "{forms} forms sent {all} times from elsewhere or with a wrong token: {accepted} accepted, {changed} changed rows"
    );
    let kept = accepted.is_clean() && changed.is_clean() && all == forms * (ELSEWHERE.len() + 16);
    keep("No forged request is accepted", &seen, "0 accepted, 0 changed rows", kept);
}

#[actix_web::test]
async fn a_client_that_is_no_browser_may_send_forms_with_the_right_token() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let fields = vec![("title".to_owned(), "Beta Farms".to_owned())];
    let answer = send(&ann, "/customers", &with_tokens(&fields, &[&ann.token().await]), NO_BROWSER).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(ann.get("/customers").await.rows(), ["Beta Farms"]);
}

#[actix_web::test]
async fn pages_behind_a_proxy_are_ours_by_the_public_url() {
    let public_url = Some("https://tenantry.example".into());
    let app = App::start(Setup { public_url, ..Setup::default() }).await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let fields = |title: &str| vec![("title".to_owned(), title.to_owned())];
    let token = ann.token().await;
    let ours = [("origin", "https://tenantry.example"), ("sec-fetch-site", "same-origin")];
    assert_eq!(send(&ann, "/customers", &with_tokens(&fields("Beta"), &[&token]), &ours).await.status, 303);
    for origin in ["http://tenantry.example", "https://tenantry.example.evil.example", "https://tenantry.example:8443"]
    {
        let answer = send(&ann, "/customers", &with_tokens(&fields("Gamma"), &[&token]), &[("origin", origin)]).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    assert_eq!(ann.get("/customers").await.rows(), ["Beta"]);
}

#[actix_web::test]
async fn a_token_ends_with_its_session() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let old = ann.token().await;
    ann.press(&ann.get("/customers").await, "Sign out").await.see("You are signed out.");
    ann.sign_in(&acme.email, crate::support::app::PASSWORD).await.see_path("/customers");
    let fields = vec![("title".to_owned(), "Beta".to_owned())];
    assert_eq!(send(&ann, "/customers", &with_tokens(&fields, &[&old]), &[]).await.status, 403);
}
