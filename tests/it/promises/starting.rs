//! A server whose database is away when it starts: it says so, waits, and goes on by itself; what cannot become right ends
//! it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::actor::Actor;
use crate::support::app::{SECRET_KEY, on_postgres};
use crate::support::disk::Disk;
use crate::support::machine::Machine;
use crate::support::process::{command, run};
use crate::support::promise::keep;
use crate::support::raw_http::Wire;
use crate::support::records::Records;

struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a server says while it waits, and how long it takes after its database is there.
struct Seen {
    waiting: Vec<u16>,
    well: Duration,
}

async fn status(somebody: &Actor, path: &str) -> u16 {
    somebody.attempt(Method::GET, path, None).await.map_or(0, |page| page.status)
}

async fn until(somebody: &Actor, path: &str, wanted: u16) {
    let since = Instant::now();
    while status(somebody, path).await != wanted {
        assert!(since.elapsed() < Duration::from_secs(60), "{path} is not answered with {wanted}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn wait_for(settings: &[(&str, String)], mend: impl FnOnce()) -> (Seen, Child) {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut settings = settings.to_vec();
    settings.push(("TENANTRY_LISTEN", address.clone()));
    let mut command = command(&[], &settings);
    let child = Child(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let somebody = Actor::new(&format!("http://{address}"));
    until(&somebody, "/healthz", 200).await;
    let mut waiting = Vec::new();
    for path in ["/readyz", "/sign-in", "/customers", "/healthz"] {
        waiting.push(status(&somebody, path).await);
    }
    mend();
    let since = Instant::now();
    until(&somebody, "/readyz", 200).await;
    until(&somebody, "/sign-in", 200).await;
    (Seen { waiting, well: since.elapsed() }, child)
}

#[actix_web::test]
async fn a_database_that_is_away_at_the_start_is_waited_for() {
    let machine = Machine::new();
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    let mut all = Vec::new();
    if on_postgres() {
        for begin in [Wire::cut as fn(&Wire), Wire::hold] {
            let wire = Wire::to(&machine.url());
            let url = wire.url();
            begin(&wire);
            all.push(wait_for(&machine.with(&[("DATABASE_URL", &url)]), || wire.mend()).await.0);
        }
    } else {
        let mut other = Records::at(&machine.url());
        other.run("begin immediate");
        all.push(wait_for(&machine.with(&[]), || other.run("rollback")).await.0);
    }
    let well = all.iter().map(|seen| seen.well).max().unwrap();
    let told = all.iter().all(|seen| seen.waiting == [503, 503, 503, 200]);
    let seen = format!(
        "{} times away at the start, {}; well after {:.1} s",
        all.len(),
        if told { "told on every page" } else { "not told" },
        well.as_secs_f64()
    );
    let kept = told && well <= Duration::from_secs(10);
    keep("A database that is away at the start is waited for", &seen, "503 meanwhile, well in 10 s", kept);
}

#[actix_web::test]
async fn somebody_who_stops_a_server_that_waits_need_not_wait_for_its_database() {
    let machine = Machine::new();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let nowhere = ("DATABASE_URL", "postgres://tenantry@127.0.0.1:1/tenantry");
    let settings = machine.with(&[nowhere, ("TENANTRY_SECRET_KEY", SECRET_KEY), ("TENANTRY_LISTEN", &address)]);
    let mut child = Child(command(&[], &settings).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    until(&Actor::new(&format!("http://{address}")), "/healthz", 200).await;
    let id = child.0.id().to_string();
    assert!(std::process::Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id]).status().unwrap().success());
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    std::io::Read::read_to_string(&mut child.0.stderr.take().unwrap(), &mut log).unwrap();
    assert!(log.contains("waiting for the database") && log.contains("Connection refused"), "{log}");
    assert_eq!(log.matches("waiting for the database").count(), 1, "{log}");
}

#[actix_web::test]
async fn a_disk_that_is_full_at_the_start_is_waited_for() {
    let machine = Machine::new();
    let Some(disk) = (!on_postgres()).then(|| Disk::at(machine.data_dir())).flatten() else {
        return; // On PostgreSQL it is the server's; and where nobody may mount a disk, none can be full.
    };
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let settings = machine.with(&[("TENANTRY_LISTEN", &address)]);
    let prefix = disk.prefix(8);
    let program = command(&[], &settings).get_args().last().unwrap().to_owned();
    let fill = "dd if=/dev/zero of=\"$TENANTRY_DATA_DIR/filler\" bs=4k 2>/dev/null; exec \"$0\"";
    let mut starting = std::process::Command::new(&prefix[0]);
    starting.args(&prefix[1..]).args(["sh", "-c", fill]).arg(program);
    starting.envs(settings.iter().map(|(name, value)| (*name, value.as_str())));
    let child = Child(starting.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let somebody = Actor::new(&format!("http://{address}"));
    until(&somebody, "/healthz", 200).await;
    assert_eq!(status(&somebody, "/sign-in").await, 503);
    std::fs::remove_file(disk.seen_from_here(child.0.id()).join("filler")).unwrap();
    until(&somebody, "/sign-in", 200).await;
}
