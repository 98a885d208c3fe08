//! Whoever has no right to it cannot make the server compute: the costliest that fits into every request of strangers and
//! of users of a customer.

use std::time::{Duration, Instant};

use reqwest::Method;
use tenantry::app::routes::Who;

use super::table::{CALLS, Call, who};
use super::world::Side;
use crate::support::actor::{Actor, Fields};
use crate::support::app::{App, PASSWORD, Setup};
use crate::support::promise::{keep, size};

/// A password for which zxcvbn tries all substitutions, and which it would read for seconds.
pub const SUBSTITUTES: &str =
    "4@({[<69!|1+7$5%28300000000000000000000000000000000000000000000000000000000000000000000000";

/// Addresses behind which passwords are read, hashed or compared: what they take is behind the gate of hashing.
const HASHING: [&str; 5] = [
    "POST /sign-in",
    "POST /account/password",
    "POST /activate/{token}",
    "POST /reset-password/{token}",
    "POST /setup/{token}",
];

/// Something to ask of the server.
#[derive(Clone)]
struct Ask {
    actor: Actor,
    method: Method,
    address: String,
    form: Option<Fields>,
    header: (&'static str, String),
    /// Whether it takes its turn at the gate of hashing.
    hashes: bool,
}

impl Ask {
    async fn send(&self) -> u16 {
        let header = [(self.header.0, self.header.1.as_str())];
        let page = self.actor.request(self.method.clone(), &self.address, self.form.as_deref(), &header).await;
        assert!(page.status < 500 || page.status == 503, "{} {}: {}", self.method, self.address, page.text());
        page.status
    }
}

/// Texts that are costly to read in one way or another, of about so many bytes as they are posted.
fn costly(bytes: usize) -> Vec<String> {
    let full = |piece: &str, posted: usize| piece.repeat(bytes / posted);
    let all = vec![
        // Marks that are put in order, a letter that stands for eighteen, one that three take the place of in upper case.
        format!("a{}", full("\u{301}\u{327}", 12)),
        full("\u{fdfa}", 9),
        full("ΐ", 6),
        // Words, entities, steps up, brackets.
        full("a b c ", 6),
        full("<&\"", 9),
        full("/../", 6),
        full("[", 3),
        SUBSTITUTES.to_owned(),
    ];
    if size(true, false) { all } else { vec![all[0].clone(), all[3].clone(), all[7].clone()] }
}

fn asks(side: &Side, stranger: &Actor, tokens: &[(Actor, String)]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for call in CALLS.iter().filter(|call| who(call) != Who::TenantAdmin) {
        let actor = if who(call) == Who::Anyone { stranger } else { &side.people["customer"] };
        let (address, form) = call.of(side);
        let ask = Ask {
            actor: actor.clone(),
            method: call.method(),
            address: address.clone(),
            form: None,
            header: ("accept-language", String::new()),
            hashes: HASHING.contains(&call.route),
        };
        if call.method() == Method::GET {
            asks.extend(gets(&ask));
            continue;
        }
        let token = &tokens[usize::from(who(call) != Who::Anyone)].1;
        asks.extend(posts(call, &ask, &form, token));
    }
    asks
}

fn gets(ask: &Ask) -> Vec<Ask> {
    let (path, query) = ask.address.split_once('?').unwrap_or((&ask.address, ""));
    let asked: Fields = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut asks = Vec::new();
    for text in costly(6_000) {
        for name in ["q", "sort", "size", "after", "before", "next", "type", "customer"] {
            let others = asked.iter().filter(|(other, _)| other != name);
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(others)
                .append_pair(name, &text)
                .finish();
            asks.push(Ask { address: format!("{path}?{query}"), ..ask.clone() });
        }
    }
    for header in ["accept-language", "cookie", "user-agent", "x-forwarded-for", "accept-encoding", "if-none-match"] {
        let header = (header, "a=1, b;q=0.1,".repeat(400));
        asks.push(Ask { header, ..ask.clone() });
    }
    asks
}

fn posts(call: &Call, ask: &Ask, form: &Fields, token: &str) -> Vec<Ask> {
    let mut asks = Vec::new();
    let with = |more: Fields, replaced: &str| {
        let others = form.iter().filter(|(name, _)| name != replaced).cloned();
        let all = [("csrf".to_owned(), token.to_owned())].into_iter().chain(others).chain(more);
        Ask { form: Some(all.collect()), ..ask.clone() }
    };
    for text in costly(100_000) {
        // What would be done with nothing wrong in it is done by others.
        let fields = form.iter().map(|(name, _)| name.as_str()).chain(["more"]);
        for name in fields.filter(|_| call.route != "POST /sign-out") {
            asks.push(with(vec![(name.to_owned(), text.clone())], name));
        }
    }
    let wide = (0..8_000).map(|n| (format!("field{n}"), String::new()));
    asks.push(with(wide.collect(), ""));
    let doubled = (0..8_000).map(|_| ("ids".to_owned(), "1".to_owned()));
    asks.push(with(doubled.collect(), ""));
    asks
}

/// Four who ask for all of it, again and again until the good client has seen enough; how long the good client waited.
async fn beside(asks: &[Ask], good: &Actor, pages: usize) -> Vec<Duration> {
    let four: Vec<_> = (0..4)
        .map(|n| {
            let asks = asks.to_vec();
            actix_web::rt::spawn(async move {
                for ask in asks.iter().cycle().skip(n * asks.len() / 4) {
                    ask.send().await;
                }
            })
        })
        .collect();
    let mut times = Vec::new();
    for _ in 0..pages {
        for address in ["/home", "/account", "/devices"] {
            let started = Instant::now();
            good.get(address).await.see_path(address);
            times.push(started.elapsed());
        }
    }
    for one in four {
        assert!(!one.is_finished(), "one of the four gave up");
        one.abort();
    }
    times.sort();
    times
}

#[actix_web::test]
async fn the_costliest_that_anybody_may_send_costs_little_and_keeps_nobody_waiting() {
    let app = App::start(Setup { trusted_proxies: "127.0.0.1", costly_passwords: true, ..Setup::default() }).await;
    let mut side = Side::of(&app, "canary").await;
    let stranger = app.stranger();
    let person = side.people["customer"].clone();
    let tokens = [
        (stranger.clone(), stranger.get("/sign-in").await.value("input[name=csrf]")),
        (person.clone(), person.token().await),
    ];
    let asks = asks(&side, &stranger, &tokens);
    let (mut worst, mut which) = (Duration::ZERO, String::new());
    for ask in asks.iter().filter(|ask| !ask.hashes) {
        // What others do on the machine meanwhile only adds to it.
        let mut least = Duration::MAX;
        for _ in 0..size(3, 2) {
            let started = Instant::now();
            ask.send().await;
            least = least.min(started.elapsed());
        }
        if least > worst {
            worst = least;
            which = format!("{} {:.60}", ask.method, ask.address);
        }
    }

    // Whoever holds a link, and whoever knows their password, beside all of it.
    let mut hashing = Vec::new();
    let link = side.add_user("customer", "holder").await;
    let holder = app.stranger();
    let (address, form) = holder.get(&link).await.filled(&[("password", SUBSTITUTES)]);
    let plain = Ask {
        actor: holder,
        method: Method::POST,
        address,
        form: Some(form),
        header: ("accept-language", String::new()),
        hashes: true,
    };
    hashing.push(plain.clone());
    let weak = format!("{}{SUBSTITUTES}", "a".repeat(13));
    let fields = [("current_password", PASSWORD), ("password", weak.as_str())];
    let (address, form) = person.get("/account").await.filled(&fields);
    hashing.push(Ask { actor: person.clone(), address, form: Some(form), ..plain.clone() });
    let attack: Vec<Ask> = asks.iter().cloned().chain(hashing).collect();
    let ordinary: Vec<Ask> = ["/home", "/account", "/devices", "/dashboards"]
        .map(|address| Ask {
            method: Method::GET,
            address: address.into(),
            form: None,
            actor: person.clone(),
            ..plain.clone()
        })
        .into();

    let good = side.people["sibling"].clone();
    let pages = size(1_000, 20);
    let before = beside(&ordinary, &good, pages).await;
    let during = beside(&attack, &good, pages).await;
    let p99 = |times: &[Duration]| times[times.len() * 99 / 100].max(Duration::from_millis(1));
    let times = p99(&during).as_secs_f64() / p99(&before).as_secs_f64();
    let seen = format!(
        "{} requests of {} routes: the slowest without hashing took {} ms ({which}); beside 4 connections that send them \
         p99 of pages {} ms, beside 4 that read pages {} ms ({times:.1} ×)",
        asks.len(),
        CALLS.iter().filter(|call| who(call) != Who::TenantAdmin).count(),
        worst.as_millis(),
        p99(&during).as_millis(),
        p99(&before).as_millis(),
    );
    // What is promised holds for a machine that does nothing else and a program that is optimized.
    let (limit, most) = (Duration::from_millis(size(50, 1_000)), size(3.0, 30.0));
    let target =
        format!("no request over {} ms outside the hashing limit; other pages' p99 ≤ {most} ×", limit.as_millis());
    keep("Whoever has no right to it cannot make the server compute", &seen, &target, worst <= limit && times <= most);
}

#[actix_web::test]
async fn passwords_are_read_after_what_refuses_them_and_so_often_and_no_more() {
    let app = App::with_costly_passwords().await;
    let acme = app.tenant("Acme").await;
    let beta = acme.customer("Beta").await;
    let ann = acme.admin().await;
    let read = |page: &crate::support::actor::Page| page.html.contains("id=\"f-password-error\"");
    // Without the current password, or with another one, the new one is not read.
    for current in ["", "not the password"] {
        let page = ann.submit("/account", &[("current_password", current), ("password", SUBSTITUTES)]).await;
        assert_eq!((page.status, read(&page)), (422, false), "{}", page.text());
    }
    let weak = [("current_password", PASSWORD), ("password", "aaaaaaaaaaaaaaaaaa")];
    let (mut looked_at, mut page) = (0, ann.submit("/account", &weak).await);
    while page.status != 429 {
        assert_eq!((page.status, read(&page)), (422, true));
        looked_at += 1;
        // Every minute one more, and the machine may be slow.
        assert!(looked_at < 60);
        page = ann.submit("/account", &weak).await;
    }
    assert!(looked_at >= 30, "{looked_at}");
    assert!(page.error("password").starts_with("New passwords were entered too often; try again "));

    // Many with one link at once: each takes its turn, and once it was used nobody's password is read.
    let link = acme.invite(&beta, "mia@beta.example").await;
    let mia = app.stranger();
    let page = mia.get(&link).await;
    let late = app.stranger();
    let open = late.get(&link).await;
    let started = Instant::now();
    for answer in mia.send_at_once(&page, &[("password", SUBSTITUTES)], 40).await {
        assert!([303, 410].contains(&answer.status), "{}: {}", answer.status, answer.text());
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    late.send(&open, &[("password", "short")]).await.see_status(410);
}
