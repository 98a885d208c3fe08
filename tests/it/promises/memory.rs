//! Memory stays small, whatever waits in the database.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::actor::Actor;
use crate::support::machine::Machine;
use crate::support::peak::{forget_peak, megabytes, run_and_measure};
use crate::support::process::{run, serve, serve_acme};
use crate::support::promise::{keep, size};
use crate::support::records::Records;

/// A file to import of so many MB, of which no two parts are alike.
fn devices(megabytes: usize) -> String {
    let (mut file, mut n) = (String::with_capacity(megabytes << 20), 0_u64);
    file.push_str("Name,Type,Label\n");
    while file.len() < megabytes << 20 {
        n += 1;
        let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        writeln!(file, "device {n} {noise:x},meter,{:x}", noise.rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9))
            .unwrap();
    }
    file
}

#[actix_web::test]
async fn backup_and_restore_need_little_memory_whatever_waits_to_be_imported() {
    const MOST: u64 = 100;
    let (here, there) = (Machine::new(), Machine::new());
    let (serving, ann) = serve_acme(&here.with(&[])).await;
    let (files, large) = size((2, 480), (2, 24));
    let content = devices(large);
    for n in 0..files {
        let name = format!("{n}.csv");
        let form = ann.get("/imports").await;
        let (token, id) = (form.value("input[name=csrf]"), form.value("input[name=form_id]"));
        let fields = [("csrf", token.as_str()), ("form_id", id.as_str()), ("what", "devices")];
        ann.upload("/imports", &fields, (&name, content.as_bytes())).await.see_status(200);
    }
    let waiting = "select coalesce(sum(length(content)), 0) from import_chunks";
    let waits = Records::at(&here.url()).number(waiting);
    assert!(waits >= (files * large) as i64 * 1_000_000, "{waits}");
    drop((serving, ann, content));

    let backup = here.dir.path().join("large.backup");
    let key = here.dir.path().join("data/secret.key");
    let given = ["restore", backup.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    let given = if key.exists() { &given[..] } else { &given[..2] };
    let (made, backing) = run_and_measure(&["backup", backup.to_str().unwrap()], &here.with(&[]));
    assert_eq!(made.code, Some(0), "{made:?}");
    let (restored, restoring) = run_and_measure(given, &there.with(&[]));
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let same = Records::at(&there.url()).number(waiting) == waits;
    let seen = format!("{backing} MB and {restoring} MB while {} MB wait", waits / 1_000_000);
    keep("Memory of backup and restore", &seen, &format!("<= {MOST} MB each"), same && backing.max(restoring) <= MOST);
}

/// A connection that was answered once and stays open.
fn connected(base: &str) -> TcpStream {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert!(stream.read(&mut [0; 512]).unwrap() > 0);
    stream
}

#[actix_web::test]
async fn exports_need_little_memory_one_and_six_at_once() {
    const ONE: u64 = 20;
    // The code of a build for tests is 40 MB larger, of which much is in memory.
    let most = size(100, 140);
    let machine = Machine::new();
    let devices = size("100000", "20000");
    let demo = run(&["demo", "--customers", "500", "--devices", devices], &machine.with(&[]));
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let password = demo.out.lines().find_map(|line| line.strip_prefix("Password: ")).unwrap().to_owned();
    let serving = serve(&[], &machine.with(&[]));
    let ada = Actor::new(&serving.base);
    ada.sign_in("ada@northwind.example", &password).await.see_path("/customers");
    // What any page needs is there once.
    for path in ["/devices", "/customers", "/home", "/audit"] {
        ada.get(path).await;
    }
    let connections: Vec<TcpStream> = (0..64).map(|_| connected(&serving.base)).collect();
    let idle = megabytes(serving.id(), "VmRSS").unwrap();
    let peak_after_all = async |times: usize| {
        forget_peak(serving.id());
        let exports = (0..times).map(|_| ada.get("/devices/export"));
        for page in futures_util::future::join_all(exports).await {
            assert!(page.html.lines().count() > 20_000, "{}", page.status);
        }
        megabytes(serving.id(), "VmHWM").unwrap()
    };
    let one = peak_after_all(1).await.saturating_sub(idle);
    let all = peak_after_all(6).await;
    drop(connections);
    let seen = format!("idle {idle} MB with 64 connections; one export {one} MB more, six at once {all} MB in all");
    keep("Memory of exports", &seen, &format!("<= {ONE} MB more, <= {most} MB"), one <= ONE && all <= most);
}
