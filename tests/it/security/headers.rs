//! What every answer carries, whatever its status: the headers that keep browsers safe, and cookies that scripts and
//! other sites never see.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use tenantry::app::routes::MAP;
use tenantry::app::routes::Who;

use super::table::CALLS;
use super::world::Side;
use super::{call, owner};
use crate::support::actor::{Fields, Page};
use crate::support::app::{App, Setup};
use crate::support::promise::{Tally, keep};
use crate::support::records::Records;

const POLICY: &str = "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'";

fn header<'a>(answer: &'a Page, name: &str) -> &'a str {
    let mut values = answer.headers.get_all(name).iter();
    let value = values.next().map_or("", |value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// Fails unless an answer is protected; `https` says how the site is reached.
#[track_caller]
pub fn assert_protected(answer: &Page, https: bool, what: &str) {
    let faults = faults(answer, https, what);
    assert!(faults.is_empty(), "{what} ({}): {}", answer.status, faults.join(", "));
}

/// What an answer lacks, or has too much.
fn faults(answer: &Page, https: bool, what: &str) -> Vec<String> {
    let immutable = what.starts_with("GET /static/") && answer.status == 200;
    let expected = [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", if https { "max-age=31536000; includeSubDomains" } else { "" }),
        ("cache-control", if immutable { "public, max-age=31536000, immutable" } else { "no-store" }),
        ("server", ""),
        ("access-control-allow-origin", ""),
    ];
    let wrong = expected.into_iter().filter(|(name, value)| header(answer, name) != *value);
    let mut faults: Vec<String> = wrong.map(|(name, _)| format!("{name} is {:?}", header(answer, name))).collect();
    if header(answer, "x-request-id").is_empty() {
        faults.push("no request id".into());
    }
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        let parts: Vec<String> = cookie.split(';').map(|part| part.trim().to_lowercase()).collect();
        let has = |part: &str| parts.iter().any(|known| known == part);
        let safe = has("httponly") && has("samesite=lax") && has("path=/") && has("secure") == https;
        let bound = cookie.starts_with("__Host-") == https && !parts.iter().any(|part| part.starts_with("domain"));
        if !safe || !bound {
            faults.push(format!("it sets {cookie}"));
        }
    }
    faults
}

/// Every status that the routes were seen to answer with.
#[derive(Default)]
struct Seen(BTreeMap<String, BTreeSet<u16>>, Tally);

impl Seen {
    #[track_caller]
    fn note(&mut self, route: &str, answer: &Page, https: bool) {
        let faults = faults(answer, https, route);
        self.1.count(faults.is_empty(), || format!("{route} ({}): {}", answer.status, faults.join(", ")));
        assert!(answer.status < 500, "{route}: {}", answer.text());
        self.0.entry(route.to_owned()).or_default().insert(answer.status);
    }
}

/// What is refused before anything is looked at, or because of what was typed.
async fn refused(seen: &mut Seen, app: &App, side: &Side, https: bool) {
    for one in CALLS {
        let stranger = app.stranger();
        let actor = owner(one, side, &stranger);
        let (address, form) = one.of(side);
        seen.note(one.route, &call(&stranger, one, &(address.clone(), form.clone())).await, https);
        if one.route != "POST /sign-out" {
            seen.note(one.route, &call(&side.people["customer"], one, &(address.clone(), form.clone())).await, https);
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
            let answer = actor.request(method.clone(), &address, None, &[]).await;
            assert_eq!(answer.status, 404, "{method} {address}");
            seen.note(one.route, &answer, https);
        }
        if one.method() == "GET" {
            let head = actor.request(Method::HEAD, &address, None, &[]).await;
            assert!(head.html.is_empty());
            seen.note(one.route, &head, https);
            continue;
        }
        seen.note(one.route, &actor.post(&address, &form).await, https);
        let with = |name: &str, value: String| (address.clone(), vec![(name.to_owned(), value)]);
        seen.note(one.route, &call(actor, one, &with("no_such_field", "1".into())).await, https);
        seen.note(one.route, &call(actor, one, &with("title", "a".repeat(140_000))).await, https);
        let json = [("content-type", "application/json")];
        seen.note(one.route, &actor.request(Method::POST, &address, None, &json).await, https);
        if !["POST /sign-out", "POST /users/{id}/delete"].contains(&one.route) {
            seen.note(one.route, &call(actor, one, &(address.clone(), Fields::new())).await, https);
        }
    }
}

#[actix_web::test]
async fn every_answer_of_every_address_is_protected() {
    let (mut tallies, mut pairs) = (Vec::new(), Vec::new());
    for https in [false, true] {
        let public_url = https.then(|| "https://tenantry.example".to_owned());
        let app = App::start(Setup { public_url, ..Setup::default() }).await;
        let side = Side::of(&app, "Akonit").await;
        let never = Side::that_never_was(&app);
        let mut seen = Seen::default();
        refused(&mut seen, &app, &side, https).await;
        for one in CALLS.iter().filter(|one| one.route.contains("{id}")) {
            seen.note(one.route, &call(&side.admin, one, &one.of(&never)).await, https);
        }
        for one in CALLS.iter().filter(|one| one.method() == "GET" || one.route != "POST /sign-out") {
            let stranger = app.stranger();
            seen.note(one.route, &call(owner(one, &side, &stranger), one, &one.of(&side)).await, https);
        }
        for route in MAP {
            let name = format!("{} {}", route.method, route.path);
            let expected: &[u16] = match (route.method, route.who) {
                ("GET", Who::Anyone) => &[],
                ("GET", Who::SignedIn) => &[200, 303],
                ("GET", _) => &[200, 303, 404],
                (_, Who::Anyone) => &[403, 413],
                (_, Who::TenantAdmin) => &[401, 403, 404, 413],
                _ => &[401, 403, 413],
            };
            for status in expected {
                assert!(seen.0[&name].contains(status), "{name} was seen with {:?}, not {status}", seen.0[&name]);
            }
        }
        for (route, status) in [
            ("POST /customers/{id}", 409),
            ("POST /users/{id}", 409),
            ("POST /account", 409),
            ("POST /customers", 422),
            ("POST /customers/{id}", 422),
            ("POST /customers/{id}/delete", 422),
            ("POST /customers/{id}/users", 422),
            ("POST /sign-in", 422),
            ("POST /forgot-password", 422),
            ("POST /account/password", 422),
            ("POST /customers", 303),
            ("GET /setup/{token}", 404),
            ("GET /activate/{token}", 404),
        ] {
            assert!(seen.0[route].contains(&status), "{route} was seen with {:?}, not {status}", seen.0[route]);
        }
        pairs.push(seen.0.values().map(BTreeSet::len).sum::<usize>());
        tallies.push(seen.1);
    }
    let routes = MAP.len();
    let seen = format!(
        "{} answers of {routes} routes by http, {} by https, {} and {} pairs of route and status: {} and {} without one",
        tallies[0].tried(),
        tallies[1].tried(),
        pairs[0],
        pairs[1],
        tallies[0],
        tallies[1]
    );
    let kept = tallies.iter().all(Tally::is_clean) && pairs.iter().all(|pairs| *pairs > 3 * routes);
    keep("Security headers on every answer", &seen, "0 answers without one", kept);
}

#[actix_web::test]
async fn answers_of_links_and_dialogs_are_protected() {
    let app = App::spawn().await;
    let setup = app.setup_link.clone().unwrap();
    let acme = app.tenant("Acme").await;
    assert_protected(app.stranger().get(&setup).await.see_status(410), false, "a setup link that is done");
    let beta = acme.customer("Beta").await;
    let link = acme.invite(&beta, "bea@beta.example").await;
    let bea = app.stranger();
    assert_protected(bea.get(&link).await.see_status(200), false, "an activation link");
    assert_protected(&bea.submit(&link, &[("password", "short")]).await, false, "a short password");
    app.wait_hours(73);
    assert_protected(bea.get(&link).await.see_status(410), false, "an expired link");

    let ann = acme.admin().await;
    let form = vec![("title".to_owned(), "Gamma".to_owned()), ("csrf".to_owned(), ann.token().await)];
    let dialog = [("x-tenantry-dialog", "1")];
    let answer = ann.request(Method::POST, "/customers", Some(&form), &dialog).await;
    assert_protected(answer.see_status(204), false, "a dialog");
    assert!(answer.headers["x-location"].to_str().unwrap().starts_with("/customers/"));
}

#[actix_web::test]
async fn a_change_makes_browsers_forget_the_pages_they_fetched_ahead() {
    let app = App::spawn().await;
    let ann = app.tenant("Acme").await.admin().await;
    let forgets = |answer: &Page| header(answer, "clear-site-data").contains("\"prefetchCache\"");
    assert!(!forgets(&ann.get("/customers").await));
    let form = vec![("title".to_owned(), "Beta".to_owned()), ("csrf".to_owned(), ann.token().await)];
    assert!(forgets(ann.request(Method::POST, "/customers", Some(&form), &[]).await.see_status(303)));
}

#[actix_web::test]
async fn files_are_kept_for_ever_and_answers_about_missing_ones_are_not() {
    let app = App::spawn().await;
    let stranger = app.stranger();
    let page = stranger.get("/sign-in").await;
    let sources = [page.attributes("link, script", "href"), page.attributes("link, script", "src")].concat();
    assert!(sources.len() >= 3, "{sources:?}");
    for file in &sources {
        for (accepted, coding) in
            [("br, gzip", "br"), ("gzip", "gzip"), ("", "identity"), ("br;q=0, gzip;q=0", "identity")]
        {
            let answer = stranger.request(Method::GET, file, None, &[("accept-encoding", accepted)]).await;
            assert_eq!((answer.status, header(&answer, "content-encoding")), (200, coding), "{file} {accepted:?}");
            assert_eq!(header(&answer, "vary"), "accept-encoding");
            assert_protected(&answer, false, &format!("GET {file}"));
        }
    }
    let older = sources[0].replacen("/static/", "/static/0", 1);
    for missing in [older.as_str(), "/static/", "/static/x", "/static/../Cargo.toml", "/static/%2e%2e/x", "/static"] {
        let answer = stranger.get(missing).await;
        assert_protected(answer.see_status(404), false, &format!("GET {missing}"));
    }
    let answer = stranger.request(Method::POST, &sources[0], None, &[]).await;
    assert_protected(answer.see_status(404), false, "POST to a file");
}

#[actix_web::test]
async fn answers_about_faults_are_protected_and_say_nothing_of_their_cause() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let sign_in = ann.get("/account").await;
    let mut records = Records::of(&app);
    records.run("alter table form_posts rename to elsewhere");
    let answer = ann.submit("/customers/new", &[("title", "Beta")]).await;
    assert_protected(answer.see_status(500), false, "a fault");
    for word in ["form_posts", "no such table", "relation"] {
        answer.see_no(word);
    }
    records.run("alter table elsewhere rename to form_posts; alter table sessions rename to elsewhere");
    assert_protected(&ann.get("/customers").await, false, "sessions that cannot be read");
    let bob = app.stranger();
    let answer = bob.sign_in(&acme.email, crate::support::app::PASSWORD).await;
    assert!(answer.status >= 500, "{}", answer.text());
    assert_protected(&answer, false, "a session that cannot be written");
    drop(sign_in);
}
