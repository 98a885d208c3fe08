//! Several processes over one PostgreSQL: any of them answers anybody, one may be killed and another started under load,
//! and what is done in the background is done once. A full run puts HAProxy in front of them, as `deploy/haproxy.cfg`
//! says; any other run goes from one to the next by itself.

use std::cell::Cell;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Serving, add_tenant, serve_at};
use crate::support::promise::{in_full, keep, size};
use crate::support::records::Records;
use crate::support::smtp::{Security, Sink};
use crate::support::writers::Writers;

/// HAProxy; it is killed when dropped.
struct Balancer(Child);

impl Drop for Balancer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// HAProxy over these servers, configured as `deploy/haproxy.cfg` is, and where it listens.
async fn balance(machine: &Machine, servers: &[String]) -> (Balancer, String) {
    let (address, file) = (free_address(), machine.dir.path().join("haproxy.cfg"));
    let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/haproxy.cfg")).unwrap();
    let mut config = String::new();
    for line in template.lines() {
        let mut line = match line.trim_start() {
            // No certificate here, and no rights to open logs, chroots and the like.
            line if line.starts_with("bind ") && line.contains(":443") => format!("    bind {address}"),
            line if ["bind ", "chroot", "user ", "group ", "log ", "http-request redirect"]
                .iter()
                .any(|word| line.starts_with(word)) =>
            {
                continue;
            }
            _ => line.to_owned(),
        };
        for (at, server) in servers.iter().enumerate() {
            line = line.replace(&format!("127.0.0.1:808{}", at + 1), server);
        }
        // Nor rights to open more files than anybody may.
        line = line.replace("maxconn 10000", "maxconn 200");
        config.push_str(&line);
        config.push('\n');
    }
    std::fs::write(&file, config).unwrap();
    let child =
        Command::new("haproxy").arg("-f").arg(&file).stdout(Stdio::null()).spawn().expect("haproxy is installed");
    let balancer = Balancer(child);
    let somebody = Actor::new(&format!("http://{address}"));
    let since = Instant::now();
    while !somebody.attempt(Method::GET, "/sign-in", None).await.is_ok_and(|page| page.status == 200) {
        assert!(since.elapsed() < Duration::from_secs(20), "HAProxy does not answer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (balancer, format!("http://{address}"))
}

/// Readers who go from one process to the next, and again when a connection broke.
#[derive(Default)]
struct Read {
    answered: Cell<usize>,
    broken: Cell<usize>,
    wrong: Cell<usize>,
}

async fn read(person: Actor, bases: Vec<String>, stop: Rc<Cell<bool>>, read: Rc<Read>) {
    for at in 0.. {
        if stop.get() {
            break;
        }
        let count = |cell: &Cell<usize>| cell.set(cell.get() + 1);
        match person.at(&bases[at % bases.len()]).attempt(Method::GET, "/customers?size=10", None).await {
            Ok(page) if page.status == 200 && page.path.starts_with("/customers") => count(&read.answered),
            Ok(page) if in_full() && page.status >= 502 => count(&read.broken),
            Ok(_) => count(&read.wrong),
            Err(_) => count(&read.broken),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[actix_web::test]
async fn three_processes_are_one_site_while_one_is_killed_and_another_started() {
    if !on_postgres() {
        return; // SQLite serves one process.
    }
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    let url = sink.url();
    let settings = machine.with(&[("SMTP_URL", &url)]);
    let added = add_tenant("Acme", "ann@acme.example", &settings);
    let addresses: Vec<String> = (0..3).map(|_| free_address()).collect();
    let mut all: Vec<Serving> = addresses.iter().map(|address| serve_at(address, &[], &settings)).collect();
    let mut bases: Vec<String> = all.iter().map(|one| one.base.clone()).collect();
    let balancer = if in_full() { Some(balance(&machine, &addresses).await) } else { None };
    if let Some((_, base)) = &balancer {
        bases = vec![base.clone()];
    }

    // Signed in at one, known at each.
    let ann = Actor::new(&bases[0]);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    for base in &bases {
        ann.at(base).get("/customers").await.see_path("/customers");
    }
    let root = ann.submit("/customers/new", &[("title", "Root")]).await.path;
    let farms = ann.submit("/customers/new", &[("title", "Farms"), ("parent", &root[11..])]).await.path;
    let mut records = Records::at(&machine.url());
    let branch = size(20_000, 2_000);
    records.add_branch(&farms, branch);

    // Load, background work and mail, and one after another is killed and started again.
    let (stop, seen) = (Rc::new(Cell::new(false)), Rc::new(Read::default()));
    let readers = (0..8).map(|_| actix_web::rt::spawn(read(ann.clone(), bases.clone(), stop.clone(), seen.clone())));
    let readers: Vec<_> = readers.collect();
    let mut writers = Vec::new();
    for (at, base) in bases.iter().enumerate() {
        writers.push(Writers::start(&ann.at(base), 4, &format!("Beta {at}")).await);
    }
    ann.submit(&format!("{farms}/delete"), &[("confirm", "Farms")]).await.see("Deleting Farms");
    let mails = size(60, 12);
    for at in 0..mails {
        let email = format!("user{at}@acme.example");
        ann.at(&bases[at % bases.len()]).submit("/administrators/new", &[("email", email.as_str())]).await;
    }
    for at in 0..size(3, 1) {
        let last = all.remove(at % 3);
        drop(last); // kill -9
        tokio::time::sleep(Duration::from_millis(500)).await;
        all.insert(at % 3, serve_at(&addresses[at % 3], &[], &settings));
        tokio::time::sleep(Duration::from_secs(size(5, 1))).await;
    }
    records.wait_until("select count(*) from jobs where state <> 'done'", |open| open == 0).await;
    stop.set(true);
    for reader in readers {
        reader.await.unwrap();
    }
    let (mut acknowledged, mut unknown, mut refused) = (Vec::new(), 0, 0);
    for writers in writers {
        let known = writers.stop().await;
        acknowledged.extend(known.acknowledged);
        unknown += known.unknown.len();
        refused += known.refused.iter().filter(|(status, _)| *status < 502).count();
    }
    sink.wait_for(mails).await;

    let titles = records.lines("select title as line from customers");
    let lost = acknowledged.iter().filter(|title| !titles.contains(title)).count();
    let done = records.number("select done from jobs");
    let mut letters: Vec<String> = sink.mails().iter().map(|mail| mail.to.concat()).collect();
    letters.sort_unstable();
    let sent = letters.len();
    letters.dedup();
    let wrong = records.wrong_numbers();
    let seen_words = format!(
        "{} pages and {} changes answered, {lost} lost, {} connections broke off, {} wrong answers; {done} rows of a branch \
         deleted once, {} mails to {} people",
        seen.answered.get(),
        acknowledged.len(),
        seen.broken.get() + unknown,
        seen.wrong.get() + refused,
        sent,
        letters.len()
    );
    let once = done == 3 * i64::try_from(branch).unwrap() + 1 && letters.len() == mails && sent <= mails + 1;
    let kept = lost == 0 && seen.wrong.get() + refused == 0 && once && wrong.is_empty() && seen.answered.get() > 50;
    keep(
        "Three processes over one PostgreSQL, one killed and started again",
        &seen_words,
        "0 wrong answers, work done once",
        kept,
    );
}
