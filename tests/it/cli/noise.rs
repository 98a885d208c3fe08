//! What strangers cannot do to the process: fill its log, or use up its open files.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;

use reqwest::Method;
use socket2::{Domain, Socket, Type};

use crate::support::actor::Actor;
use crate::support::machine::Machine;
use crate::support::process::{command, serve};

#[actix_web::test]
async fn what_cannot_be_read_is_no_error_and_no_warning() {
    let machine = Machine::new();
    let serving = serve(&[], &machine.with(&[]));
    let address = serving.base.trim_start_matches("http://");
    for nonsense in
        ["\0\0\0\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{1} HTTP/1.1\r\nhost: x\r\n\r\n", "\x16\x03\x01\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(nonsense.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4") || answer.is_empty(), "{answer}");
    }
    let somebody = Actor::new(&serving.base);
    for junk in ["session=junk", "session=", "session=%ff%00; flash=junk; browser=junk"] {
        somebody.request(Method::GET, "/sign-in", None, &[("cookie", junk)]).await.see_status(200);
    }
    serving.terminate();
    let log = serving.end().err;
    assert!(log.contains("INFO"), "{log}");
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

#[actix_web::test]
async fn as_many_files_may_be_open_as_the_system_allows() {
    let machine = Machine::new();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let settings = machine.with(&[("TENANTRY_LISTEN", &address)]);
    let program = command(&[], &settings).get_args().last().unwrap().to_owned();
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -Sn 256; exec \"$0\" serve"]).arg(program).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = limited.envs(settings.iter().map(|(name, value)| (*name, value.as_str()))).spawn().unwrap();
    let somebody = Actor::new(&format!("http://{address}"));
    while !somebody.attempt(Method::GET, "/sign-in", None).await.is_ok_and(|page| page.status == 200) {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let numbers: Vec<&str> = line.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers[0], numbers[1], "{line}");
}

#[actix_web::test]
async fn silent_connections_keep_nobody_out() {
    let machine = Machine::new();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (listen, port) = (address.to_string(), address.port());
    let settings = machine.with(&[("TENANTRY_LISTEN", &listen)]);
    let program = command(&[], &settings).get_args().last().unwrap().to_owned();
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -n 256; exec \"$0\" serve"]).arg(program).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = limited.envs(settings.iter().map(|(name, value)| (*name, value.as_str()))).spawn().unwrap();
    let somebody = Actor::new(&format!("http://127.0.0.1:{port}"));
    while !somebody.attempt(Method::GET, "/sign-in", None).await.is_ok_and(|page| page.status == 200) {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    // From another address than somebody's.
    let connect = |_| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into()).unwrap();
        socket.connect(&SocketAddr::from(([127, 0, 0, 1], port)).into()).map(|()| socket).ok()
    };
    let silent: Vec<Socket> = (0..300).map_while(connect).collect();
    let since = std::time::Instant::now();
    let page = somebody.attempt(Method::GET, "/sign-in", None).await;

    assert!(silent.len() > 256);
    assert!(page.is_ok_and(|page| page.status == 200) && since.elapsed().as_secs() < 3, "{:?}", since.elapsed());
    child.kill().unwrap();
    child.wait().unwrap();
}
