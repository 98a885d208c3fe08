//! Clients that are slow or greedy: cut off or refused by name, while others notice nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;
use socket2::{Domain, Socket, Type};

use super::acme;
use crate::support::actor::at_once;
use crate::support::promise::{keep, size};

/// What came back, and after what time the connection was gone.
type Cut = (String, Duration);

const CUT: Duration = Duration::from_secs(15);
/// How many megabytes slow clients may take together, and how many those who send too much.
const GROWTH: u64 = 128;
const GROWTH_OF_GREEDY: u64 = 32;

fn connect(base: &str) -> TcpStream {
    let stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(400))).unwrap();
    stream
}

/// What came back on a connection until it ended, when a byte is sent each half second, and how long that took.
fn dribble(mut stream: TcpStream, bytes: &str) -> Cut {
    let (since, mut answer) = (Instant::now(), Vec::new());
    for byte in bytes.bytes().cycle() {
        let sent = stream.write_all(&[byte]);
        let mut piece = [0; 16 * 1024];
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&piece[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && sent.is_ok() => {}
            Err(_) => break,
        }
        assert!(since.elapsed() < 2 * CUT, "it is never cut off: {}", String::from_utf8_lossy(&answer));
    }
    (String::from_utf8_lossy(&answer).into_owned(), since.elapsed())
}

fn slow_head(base: &str) -> Cut {
    dribble(connect(base), "GET / HTTP/1.1\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")
}

fn slow_second_head(base: &str) -> Cut {
    let mut stream = connect(base);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    dribble(stream, "GET / HTTP/1.1\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")
}

fn slow_body(base: &str) -> Cut {
    let mut stream = connect(base);
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 4000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    dribble(stream, "email=a")
}

/// Asks for more than fits between the two, and reads nothing of it: how long until the connection is gone.
fn no_reading(base: &str) -> Cut {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address: std::net::SocketAddr = base.strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let since = Instant::now();
    // Until both sides' buffers are full: it answers no more before somebody reads.
    let ask = "GET /sign-in HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2_000);
    while stream.write_all(ask.as_bytes()).is_ok() {
        assert!(since.elapsed() < 4 * CUT, "it buffers without end");
    }
    // From here on nothing moves. A byte more is refused once it is gone.
    let since = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(500));
        match stream.write(b"G") {
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => break,
            _ => assert!(since.elapsed() < 2 * CUT, "whoever does not read is never cut off"),
        }
    }
    (String::new(), since.elapsed())
}

#[actix_web::test]
async fn slow_clients_are_cut_off_and_harm_nobody() {
    let (_machine, serving, ann) = acme(&[]).await;
    let each = size(50, 3);
    let before = serving.resident();
    serving.forget_peak();
    type Way = (&'static str, fn(&str) -> Cut);
    let ways: [Way; 4] =
        [("head", slow_head), ("second head", slow_second_head), ("body", slow_body), ("reading", no_reading)];
    let slow = ways.iter().flat_map(|way| std::iter::repeat_n(way, each)).map(|(name, way)| {
        let (base, name, way) = (serving.base.clone(), *name, *way);
        std::thread::spawn(move || (name, way(&base)))
    });
    let slow: Vec<_> = slow.collect();
    let (mut worst, mut pages) = (Duration::ZERO, 0);
    while slow.iter().any(|thread| !thread.is_finished()) {
        let since = Instant::now();
        // As a browser does, it asks again where its connection was closed as idle just then.
        let page = match ann.attempt(Method::GET, "/customers", None).await {
            Ok(page) => page,
            Err(_) => ann.get("/customers").await,
        };
        page.see_status(200).see_path("/customers");
        worst = worst.max(since.elapsed());
        pages += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut latest = (Duration::ZERO, "");
    for thread in slow {
        let (name, (answer, took)) = thread.join().unwrap();
        match name {
            "head" | "body" => assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{name}: {answer:?}"),
            "second head" => assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{name}: {answer:?}"),
            _ => {}
        }
        latest = latest.max((took, name));
    }
    let grown = serving.peak().saturating_sub(before);
    let seen = format!(
        "{} of them, the last cut after {:.1} s ({}); {grown} MB more at most; {pages} pages beside them, the slowest in {} ms",
        4 * each,
        latest.0.as_secs_f64(),
        latest.1,
        worst.as_millis()
    );
    // A machine that does other things as well may be late itself.
    let (cut, page) = size((CUT, Duration::from_secs(1)), (CUT + Duration::from_secs(6), Duration::from_secs(5)));
    let target = format!("cut in {} s, < {GROWTH} MB more, pages in {} s", cut.as_secs(), page.as_secs());
    let kept = latest.0 <= cut && grown < GROWTH && worst < page;
    keep("Slow heads, bodies and readers", &seen, &target, kept);
}

#[actix_web::test]
async fn whoever_asks_before_reading_gets_every_answer_in_order() {
    let (_machine, serving, _ann) = acme(&[]).await;
    let mut stream = connect(&serving.base);
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let form = "email=nobody%40acme.example";
    // More than is taken in at once, a body in the midst of it.
    let mut asked = String::new();
    for n in 0..400 {
        asked += &format!("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /no-such-page-{n} HTTP/1.1\r\nhost: x\r\n\r\n");
    }
    asked += &format!(
        "POST /forgot-password HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{form}GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        form.len()
    );
    let mut sending = stream.try_clone().unwrap();
    let sent = std::thread::spawn(move || sending.write_all(asked.as_bytes()).unwrap());
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    sent.join().unwrap();
    let answers = String::from_utf8_lossy(&answers);
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    let mut expected = ["200", "404"].repeat(400);
    expected.extend(["403", "200"]);
    assert_eq!(statuses, expected);
}

/// The first line that comes back for some bytes.
fn first_line(base: &str, bytes: &[u8]) -> String {
    let mut stream = connect(base);
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // It may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn whoever_sends_too_much_is_refused_by_name() {
    let (_machine, serving, ann) = acme(&[]).await;
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let large =
        |n: usize| format!("POST /sign-in HTTP/1.1\r\nhost: x\r\n{form}content-length: {n}\r\n\r\n{}", "a".repeat(n));
    let cases = [
        (
            format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "a".repeat(200_000)),
            "431 Request Header Fields Too Large",
        ),
        (
            format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-many: 1\r\n".repeat(200)),
            "431 Request Header Fields Too Large",
        ),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000)), "431 Request Header Fields Too Large"),
        ("no such thing\r\n\r\n".into(), "400 Bad Request"),
        ("GET / HTTP/1.1\r\ncontent-length: many\r\n\r\n".into(), "400 Bad Request"),
        (large(200_000), "413 Payload Too Large"),
        (large(20_000_000), "413 Payload Too Large"),
    ];
    for (sent, status) in &cases {
        let head: String = sent.chars().take(40).collect();
        assert_eq!(first_line(&serving.base, sent.as_bytes()), format!("HTTP/1.1 {status}"), "{head:?}");
    }
    let before = serving.resident();
    serving.forget_peak();
    let (base, sent) = (serving.base.clone(), large(20_000_000));
    let n = size(64, 8);
    let all = at_once((0..n).map(|_| {
        let (base, sent) = (base.clone(), sent.clone());
        async move { tokio::task::spawn_blocking(move || first_line(&base, sent.as_bytes())).await.unwrap() }
    }));
    let refused = all.await.iter().filter(|line| line.contains("413")).count();
    ann.get("/customers").await.see_status(200);
    let grown = serving.peak().saturating_sub(before);
    let seen = format!(
        "{} kinds refused by name; {refused} of {n} bodies of 20 MB at once refused, {grown} MB more at most",
        cases.len()
    );
    let target = format!("413, 400, 431 by name, < {GROWTH_OF_GREEDY} MB more");
    keep("Heads and bodies beyond the limits", &seen, &target, refused == n && grown < GROWTH_OF_GREEDY);
}
