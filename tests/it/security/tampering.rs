//! Requests that no page of ours makes: bent cookies, odd paths and methods, more than fits, and values that databases
//! choke on. They are refused like any other; none of them is a fault.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;

use super::assignment::own_fields;
use super::table::CALLS;
use super::world::Side;
use super::{call_with, owner};
use crate::support::actor::{Actor, Fields};
use crate::support::app::{App, PASSWORD};
use crate::support::records::Records;

/// Texts that somebody's database, parser or arithmetic has choked on.
fn odd_texts() -> Vec<String> {
    let mut odd: Vec<String> = [
        "\0",
        "\u{1}\u{7f}\u{9f}",
        "-1",
        "9223372036854775808",
        "' or 1=1 --",
        "_%\\",
        "\" OR \"*",
        "\u{10ffff}\u{fffe}",
        "🏳\u{fe0f}\u{200d}🌈e\u{301}\u{301}\u{301}",
        "ǅßſİ",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "{\"title\":[]}",
        "../../../../etc/passwd",
    ]
    .map(str::to_owned)
    .into();
    odd.push("x".repeat(55_000));
    odd.push("🎉".repeat(5_000));
    odd
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[actix_web::test]
async fn no_typed_value_is_a_fault() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    for one in CALLS.iter().filter(|one| one.method() == "POST" && one.route != "POST /sign-out") {
        let stranger = app.stranger();
        let actor = owner(one, &side, &stranger);
        let token = actor.token().await;
        let (address, form) = one.of(&side);
        let mut names: Vec<&str> = own_fields(one).to_vec();
        names.extend(form.iter().map(|(name, _)| name.as_str()).filter(|name| !own_fields(one).contains(name)));
        for odd in odd_texts() {
            // A new password would renew the session.
            for name in names.iter().filter(|name| **name != "password") {
                // Nothing is confirmed, so that there is something to ask for until the end.
                let others = form.iter().filter(|(known, _)| known != name && !known.starts_with("confirm"));
                let mut form: Fields = others.filter(|(known, _)| known != "asked").cloned().collect();
                form.push(((*name).to_owned(), odd.clone()));
                let answer = call_with(actor, one, &(address.clone(), form), &token).await;
                let shown: String = odd.chars().take(30).collect();
                let read = answer.status < 500 && answer.status != 403;
                assert!(read, "{} {name}={shown:?}: {} {}", one.route, answer.status, answer.text());
            }
        }
    }
}

#[actix_web::test]
async fn no_address_is_a_fault() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    for (n, one) in CALLS.iter().filter(|one| one.method() == "GET").enumerate() {
        let stranger = app.stranger();
        let actor = owner(one, &side, &stranger);
        let (address, _) = one.of(&side);
        let path = address.split('?').next().unwrap();
        let raw = ["%00", "%ff", "%c3%28", "%", "%ed%a0%80", "%u0000", "+", "%2e%2e%2f"].map(str::to_owned);
        // Each address gets a third of the texts, and each text a third of the addresses.
        for odd in odd_texts().iter().map(|odd| encoded(odd)).chain(raw).skip(n % 3).step_by(3) {
            let queries: &[&str] = &["q", "sort", "size", "after", "before", "status", "parent", "next"];
            for query in if odd.len() < 200 { [queries, &[]] } else { [&queries[..1], &queries[6..7]] } {
                let query = query.iter().map(|name| format!("{name}={odd}")).collect::<Vec<_>>().join("&");
                let answer = actor.request(Method::GET, &format!("{path}?{query}"), None, &[]).await;
                assert!(answer.status < 500, "{path}?{query:.60}: {}", answer.text());
            }
            let answer = actor.request(Method::GET, &format!("{path}/{odd}"), None, &[]).await;
            assert!(answer.status < 500, "{path}/{odd:.40}: {}", answer.text());
            if one.route.contains('{') {
                let pattern = one.route.split(' ').next_back().unwrap().split('/');
                let parts = path.split('/').zip(pattern);
                let bent = parts.map(|(part, pattern)| if pattern.starts_with('{') { odd.as_str() } else { part });
                let bent = bent.collect::<Vec<_>>().join("/");
                let answer = actor.request(Method::GET, &bent, None, &[]).await;
                assert!(answer.status == 404 || answer.status == 414 || answer.status == 431, "{bent:.60}");
            }
        }
        let twice = format!("{path}?q=a&q=b&next=a&next=b&parent=a&parent=b");
        let answer = actor.request(Method::GET, &twice, None, &[]).await;
        assert!([200, 303, 404].contains(&answer.status), "{twice}: {}", answer.text());
        let file = ["/export", "/refused", "/templates/{what}"].iter().any(|end| one.route.ends_with(end));
        let ours = ["", "<!doctype html>", "[", "{"]
            .iter()
            .any(|start| answer.html.starts_with(start) && (!start.is_empty() || answer.html.is_empty()));
        let ours = ours || file;
        assert!(ours, "{twice}: {}", answer.html);
    }
}

#[actix_web::test]
async fn a_place_in_a_list_that_was_made_up_is_no_fault() {
    let app = App::spawn().await;
    let side = Side::of(&app, "Akonit").await;
    let users = format!("/customers/{}/users", side.thing("customer"));
    for path in ["/customers", "/administrators", &users] {
        for sort in ["title", "users", "created", "name", "email", "last_sign_in", "-last_sign_in", "-users"] {
            let (binding, positions) = (bound(path, sort), [0, 1, u64::MAX, u64::MAX - 1]);
            let texts: [&[u8]; 4] = [b"i", b"tzebra", b"t\0", b"t\xff"];
            let numbers = [0, 1, -1, i64::MAX, i64::MIN, i64::MAX / 1000].map(|n: i64| {
                let mut key = vec![b'n'];
                key.extend(n.to_be_bytes());
                key
            });
            for key in texts.iter().map(|text| text.to_vec()).chain(numbers) {
                for position in positions {
                    let mut cursor = binding.to_vec();
                    cursor.extend(position.to_be_bytes());
                    cursor.extend([7; 16]);
                    cursor.extend(&key);
                    let cursor = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &cursor);
                    for way in ["after", "before"] {
                        let address = format!("{path}?sort={sort}&{way}={cursor}");
                        let answer = side.admin.get(&address).await;
                        assert_eq!(answer.status, 200, "{address} ({key:?}, {position}): {}", answer.text());
                    }
                }
            }
        }
    }
}

/// What ties a cursor to its list; it is no secret, so anybody can make one up.
fn bound(path: &str, sort: &str) -> [u8; 4] {
    use sha2::Digest;
    let (column, direction) = sort.strip_prefix('-').map_or((sort, "+"), |column| (column, "-"));
    // A column that the list does not have leaves it in its usual order.
    let known: &[&str] = if path == "/customers" {
        &["title", "users", "created", "email"]
    } else {
        &["name", "email", "last_sign_in", "created"]
    };
    let (column, direction) = if known.contains(&column) { (column, direction) } else { ("created", "-") };
    let mut hash = sha2::Sha256::new();
    for part in [path, "", column, direction] {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize()[..4].try_into().unwrap()
}

/// The cookies that an answer sets, by name.
async fn cookies_of(app: &App, email: &str) -> Vec<(String, String)> {
    let stranger = app.stranger();
    let page = stranger.get("/sign-in").await;
    let (action, form) = page.filled(&[("email", email), ("password", PASSWORD)]);
    let entered = stranger.post(&action, &form).await;
    let set = page.headers.get_all("set-cookie").iter().chain(entered.headers.get_all("set-cookie"));
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[actix_web::test]
async fn bent_cookies_let_nobody_in_and_are_no_fault() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    app.tenant("Basalt").await;
    let known = cookies_of(&app, &acme.email).await;
    let foreign = cookies_of(&app, "admin@basalt.example").await;
    let value = |of: &[(String, String)], name: &str| {
        of.iter().find(|(known, _)| known.starts_with(name)).map(|(_, value)| value.clone()).unwrap()
    };
    let (session, other, visit) = (value(&known, "session"), value(&foreign, "session"), value(&known, "visit-"));
    let stranger = app.stranger();
    let open = async |cookie: String| stranger.request(Method::GET, "/customers", None, &[("cookie", &cookie)]).await;
    assert_eq!(open(format!("session={session}")).await.status, 200);

    // The key of one tenant with the signature or the tenant of another, and everything else.
    let mixed = format!("{}{}", &session[..session.len() - 60], &other[other.len() - 60..]);
    let mut bent = vec![mixed, session[1..].into(), session[..session.len() - 1].into(), format!("{session}A")];
    bent.extend([visit.clone(), session.to_uppercase(), format!(" {}", &session[4..]), "=".into(), ";".into()]);
    bent.extend((0..session.len()).step_by(7).map(|at| {
        let other = if session.as_bytes()[at] == b'a' { "b" } else { "a" };
        format!("{}{other}{}", &session[..at], &session[at + 1..])
    }));
    let mut junk: Vec<String> =
        ["", "x", "\"\"", "%", "%00", "%ff%fe", "AAAA", "a=b=c", "../../../etc/passwd"].map(str::to_owned).into();
    junk.extend(["99999999999999999999", "-1", "0", "Europe/../../etc/passwd", "UTC0", "é"].map(str::to_owned));
    junk.extend(["A".repeat(5_000), "../".repeat(1_000), "Europe%2FWarsaw".to_owned()]);
    for value in bent.iter().chain(&junk) {
        let answer = open(format!("session={value}")).await;
        assert_eq!(answer.status, 303, "session={value}: {}", answer.text());
        for name in ["flash", "size", "tz", "visit-", "visit-1", "session", "__Host-session", "__Host-flash"] {
            let answer = open(format!("session={session}; {name}={value}")).await;
            assert_eq!(answer.status, 200, "{name}={value}: {}", answer.text());
            let answer = open(format!("{name}={value}; visit-={value}")).await;
            assert!(answer.status == 303, "{name}={value}: {}", answer.text());
            let cookie = format!("{name}={value}");
            let answer = stranger.request(Method::GET, "/sign-in", None, &[("cookie", &cookie)]).await;
            assert_eq!(answer.status, 200, "{name}={value}: {}", answer.text());
        }
    }
}

/// Sends bytes and reads the answer: its first line, or nothing when the connection was closed without one.
fn exchange(app: &App, request: &str) -> String {
    let mut connection = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that refuses may close before everything was written.
    let _ = connection.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn odd_request_lines_and_too_much_are_refused_and_harm_nobody() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    let mut records = Records::of(&app);
    let before = records.all();
    let mut lines: Vec<String> = [
        "GET //customers HTTP/1.1",
        "GET /customers// HTTP/1.1",
        "GET /customers/../customers HTTP/1.1",
        "GET /customers/%2e%2e/ HTTP/1.1",
        "GET /customers%2fnew HTTP/1.1",
        "GET /customers%00 HTTP/1.1",
        "GET /customers/%00/users HTTP/1.1",
        "GET /customers;jsessionid=1 HTTP/1.1",
        "GET /static/../src/main.rs HTTP/1.1",
        "GET /static/..%2f..%2fCargo.toml HTTP/1.1",
        "GET /static//etc/passwd HTTP/1.1",
        "GET http://evil.example/customers HTTP/1.1",
        "GET * HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "TRACE / HTTP/1.1",
        "PUT /customers HTTP/1.1",
        "DELETE /customers/1 HTTP/1.1",
        "PROPFIND / HTTP/1.1",
        "get / HTTP/1.1",
        "GET / HTTP/1.0",
        "GET / HTTP/9.9",
        "GET /\u{1} HTTP/1.1",
        "GET /é HTTP/1.1",
        "nonsense",
        "",
    ]
    .map(str::to_owned)
    .into();
    lines.push(format!("GET /{} HTTP/1.1", "a".repeat(20_000)));
    lines.push(format!("GET /customers?q={} HTTP/1.1", "a".repeat(120_000)));
    lines.push(format!("GET /activate/{} HTTP/1.1", "%2e".repeat(10_000)));
    let mut requests: Vec<String> =
        lines.iter().map(|line| format!("{line}\r\nHost: a\r\nConnection: close\r\n\r\n")).collect();
    let head = "GET /sign-in HTTP/1.1\r\nConnection: close\r\n";
    requests.push(format!("{head}Host: a\r\nX-Long: {}\r\n\r\n", "a".repeat(300_000)));
    requests.push(format!("{head}Host: a\r\nCookie: session={}\r\n\r\n", "a".repeat(100_000)));
    requests.push(format!("{head}Host: a\r\n{}\r\n", "X-Many: a\r\n".repeat(2_000)));
    requests.push(format!("{head}\r\n"));
    requests.push(format!("{head}Host: a\r\nHost: b\r\n\r\n"));
    let post =
        "POST /sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    requests.push(format!("{post}Content-Length: -1\r\n\r\n"));
    requests.push(format!("{post}Content-Length: 99999999999999999999\r\n\r\n"));
    requests.push(format!("{post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    requests.push(format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n"));
    for request in &requests {
        let answer = exchange(&app, request);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).unwrap_or(0);
        assert!(status < 500, "{:.80?} was answered {answer}", request);
        assert!(!request.contains("passwd") || status == 404, "{request:.80?} was answered {answer}");
    }
    before.assert_same(&records.all(), "odd requests");
    assert_eq!(ann.get("/customers").await.status, 200);
}

#[actix_web::test]
async fn a_body_beyond_the_limit_is_refused_by_name() {
    let app = App::spawn().await;
    let acme = app.tenant("Acme").await;
    let ann = acme.admin().await;
    for length in [65_000, 5_000_000] {
        let fields = vec![("title".to_owned(), "a".repeat(length)), ("csrf".to_owned(), ann.token().await)];
        let answer = ann.post("/customers", &fields).await;
        assert_eq!(answer.status, if length > 131_072 { 413 } else { 422 }, "{}", answer.text());
    }
    see_customers(&ann).await;
    // Fields without a value take room as well.
    let token = ann.token().await;
    let fields: Vec<_> = [("csrf", token.as_str())].into_iter().chain(vec![("x", ""); 5_000]).collect();
    for address in ["/imports", "/dashboards/import"] {
        ann.upload(address, &fields, ("rows.csv", b"Name\nA\n")).await.see_status(413).see("Too much was sent");
    }
    see_customers(&ann).await;
}

async fn see_customers(ann: &Actor) {
    ann.get("/customers").await.see_status(200).see("No customers yet");
}
