//! No head of an answer is larger than what proxies read at once, whatever was asked: of a larger one nginx takes it that
//! the server is broken, and leaves the server out.

use reqwest::Method;

use super::owner;
use super::table::CALLS;
use super::world::Side;
use crate::support::actor::{Actor, Fields, Page};
use crate::support::app::{App, Setup};
use crate::support::promise::keep;

const MOST: usize = 4_096;

/// How large the head of an answer was.
fn size(answer: &Page) -> usize {
    let lines = answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    "HTTP/1.1 500 Internal Server Error\r\n\r\n".len() + lines.sum::<usize>()
}

/// Addresses that begin as this one does, each long in its own way.
fn long(address: &str) -> Vec<String> {
    let mark = if address.contains('?') { '&' } else { '?' };
    let with = |text: String| format!("{address}{mark}q={text}");
    vec![
        with("x".repeat(3_600)),
        with("%D0%B6".repeat(330)),
        with("%25".repeat(3_000)),
        format!("{address}/{}", "x".repeat(1_900)),
    ]
}

/// A form in which every text that may be long is as long as it may be, in letters of four bytes.
fn longest(form: &Fields) -> Fields {
    let longer = |name: &str, value: &str| match name {
        "title" | "name" | "label" | "first_name" | "last_name" | "type" => "🦀".repeat(250) + value,
        "q" | "next" => format!("/{value}{}", "ж".repeat(1_500)),
        _ => value.to_owned(),
    };
    form.iter().map(|(name, value)| (name.clone(), longer(name, value))).collect()
}

#[derive(Default)]
struct Seen {
    answers: usize,
    largest: (usize, String),
}

impl Seen {
    fn note(&mut self, answer: &Page, what: &str) {
        self.answers += 1;
        let size = size(answer);
        if size > self.largest.0 {
            self.largest = (size, format!("{what}, {}", answer.status));
        }
    }

    async fn ask(&mut self, who: &Actor, method: Method, address: &str, form: Option<&Fields>) {
        let referer = format!("{}/customers?q={}", who.base, "x".repeat(3_600));
        let more = [("referer", referer.as_str()), ("x-tenantry-dialog", if method == Method::GET { "" } else { "1" })];
        let answer = who.request(method, address, form.map(Vec::as_slice), &more).await;
        self.note(&answer, &address.chars().take(120).collect::<String>());
    }
}

#[actix_web::test]
async fn no_head_is_larger_than_a_proxy_reads_at_once() {
    let public_url = Some(format!("https://{}.example", "tenantry.".repeat(20).trim_end_matches('.')));
    let app = App::start(Setup { public_url, ..Setup::default() }).await;
    let side = Side::of(&app, "Akonit").await;
    let mut seen = Seen::default();
    for one in CALLS {
        let stranger = app.stranger();
        let (address, form) = one.of(&side);
        let actor = owner(one, &side, &stranger);
        if one.method() == Method::GET {
            for address in long(&address) {
                seen.ask(&stranger, Method::GET, &address, None).await;
                seen.ask(actor, Method::GET, &address, None).await;
            }
            continue;
        }
        for who in [&stranger, actor] {
            if one.route == "POST /sign-out" && std::ptr::eq(who, actor) {
                continue;
            }
            let mut form = longest(&form);
            form.push(("csrf".into(), who.token().await));
            seen.ask(who, Method::POST, &address, Some(&form)).await;
            for address in long(&address) {
                seen.ask(who, Method::POST, &address, Some(&form)).await;
            }
        }
    }
    let words = format!("{} answers, the largest head {} bytes ({})", seen.answers, seen.largest.0, seen.largest.1);
    keep("No head is larger than a proxy reads at once", &words, "≤ 4096 bytes", seen.largest.0 <= MOST);
}

#[actix_web::test]
async fn somebody_who_asked_for_a_long_address_signs_in_all_the_same() {
    let app = App::spawn().await;
    let stranger = app.stranger();
    let found = |q: &str| format!("/customers?q={q}&sort=-title");

    let short = stranger.request(Method::GET, &found("a%20b"), None, &[]).await;
    assert_eq!(short.location(), "/sign-in?next=%2Fcustomers?q=a%2520b%26sort=-title");

    let long = stranger.request(Method::GET, &found(&"%D0%B6".repeat(500)), None, &[]).await;
    assert_eq!(long.location(), "/sign-in");
}
