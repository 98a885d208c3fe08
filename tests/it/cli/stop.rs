//! The end: what is under way is finished first.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{serve, serve_acme};
use crate::support::promise::keep;
use crate::support::writers::Writers;

/// A request of which the server has read the head and waits for the body.
struct Begun {
    stream: BufReader<TcpStream>,
    body: String,
}

impl Begun {
    /// Sends the head of a post; the server asks for the body once it is at work on it (RFC 9110 §10.1.1).
    fn new(base: &str, path: &str, cookies: &str, body: &str) -> Self {
        let host = base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {base}\r\ncookie: {cookies}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        stream.read_line(&mut line).unwrap();
        Self { stream, body: body.into() }
    }

    /// Sends the body and reads the whole answer.
    fn finish(mut self) -> String {
        self.stream.get_mut().write_all(self.body.as_bytes()).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[actix_web::test]
async fn requests_under_way_are_answered_before_it_ends() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (serving, ann) = serve_acme(&settings).await;
    let page = ann.get("/customers/new").await;
    let cookies = format!("session={}", ann.cookie("session").unwrap());
    let encoded = |fields: &[(&str, &str)]| {
        let (_, form) = page.filled(fields);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
    };
    let begun: Vec<_> = (0..8)
        .map(|n| {
            // Each form is one of its own: sent twice it would add one customer.
            let id = format!("0190a7c4-0000-7000-8000-00000000000{n}");
            let body = encoded(&[("title", &format!("Beta {n}")), ("form_id", &id)]);
            Begun::new(&serving.base, "/customers", &cookies, &body)
        })
        .collect();
    serving.terminate();
    for begun in begun {
        let answer = begun.finish();
        assert!(answer.starts_with("HTTP/1.1 303 See Other\r\n"), "{answer}");
        assert!(answer.to_lowercase().contains("\r\nlocation: /customers/"), "{answer}");
    }
    let base = serving.base.clone();
    let ended = serving.end();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(TcpStream::connect(base.strip_prefix("http://").unwrap()).is_err());

    // What was answered is there.
    let serving = serve(&[], &settings);
    let ann = Actor::new(&serving.base);
    ann.sign_in("ann@acme.example", PASSWORD).await;
    assert_eq!(ann.get("/customers?sort=title").await.rows(), (0..8).map(|n| format!("Beta {n}")).collect::<Vec<_>>());
}

#[actix_web::test]
async fn it_ends_at_once_when_nobody_is_there() {
    let machine = Machine::new();
    let serving = serve(&[], &machine.with(&[]));
    // A connection on which nothing is under way holds nobody up.
    let browser = Actor::new(&serving.base);
    browser.get("/sign-in").await.see_status(200);
    let since = std::time::Instant::now();
    serving.terminate();
    assert_eq!(serving.end().code, Some(0));
    assert!(since.elapsed() < std::time::Duration::from_secs(5), "{:?}", since.elapsed());
}

#[actix_web::test]
async fn whoever_asks_whether_it_is_ready_loses_no_answer_when_it_stops_under_load() {
    let machine = Machine::new();
    let settings = machine.with(&[]);
    let (serving, ann) = serve_acme(&settings).await;
    ann.get("/readyz").await.see_status(200);
    let readers: Vec<_> = (0..20)
        .map(|_| {
            // Each with connections of its own, ten requests a second.
            let reader = Actor::new(&ann.base);
            reader.set_cookie("session", &ann.cookie("session").unwrap());
            actix_web::rt::spawn(async move {
                let mut statuses = Vec::new();
                // As a load balancer does: pages are asked for while it says that it is ready.
                while reader.attempt(Method::GET, "/readyz", None).await.is_ok_and(|page| page.status == 200) {
                    let page = reader.attempt(Method::GET, "/customers?size=10", None).await;
                    statuses.push(page.map_or(0, |page| page.status));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                statuses
            })
        })
        .collect();
    let writers = Writers::start(&ann, 4, "Beta").await;
    writers.until(50).await;
    let since = Instant::now();
    serving.terminate();
    let turned = ann.attempt(Method::GET, "/readyz", None).await;
    let mut statuses = Vec::new();
    for reader in readers {
        statuses.extend(reader.await.unwrap());
    }
    // It says so first, and goes on answering whoever has not heard.
    let seen = turned.map_or(0, |page| page.status);
    assert!([200, 503].contains(&seen), "{seen}");
    let late = ann.attempt(Method::GET, "/customers", None).await.unwrap();
    assert_eq!(
        (late.status, late.path.as_str(), &late.headers["connection"]),
        (200, "/customers", &"close".parse().unwrap())
    );
    assert_eq!(ann.attempt(Method::GET, "/readyz", None).await.unwrap().html, "stopping\n");
    assert_eq!(ann.attempt(Method::GET, "/healthz", None).await.unwrap().status, 200);
    let known = writers.stop().await;
    let ended = serving.end();
    let took = since.elapsed();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let titles = crate::support::records::Records::at(&machine.url()).lines("select title as line from customers");
    let lost = known.acknowledged.iter().filter(|title| !titles.contains(title)).count();
    let broken = statuses.iter().filter(|status| **status != 200).count() + known.unknown.len() + known.refused.len();
    let seen = format!(
        "{} pages and {} changes answered, {broken} broken, {lost} lost; ended in {:.1} s",
        statuses.len() - broken,
        known.acknowledged.len(),
        took.as_secs_f64()
    );
    let limit = Duration::from_secs(15);
    let kept = statuses.len() > 20 && broken == 0 && lost == 0 && took < limit;
    let target = format!("0 broken, 0 lost, `/readyz` first, exit 0 in {} s", limit.as_secs());
    keep("SIGTERM under load", &seen, &target, kept);
}
