//! The database away, hanging or locked, the disk full, the mail server hanging: pages say so soon, nothing is lost, and
//! all is well again by itself.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::acme;
use crate::support::actor::Actor;
use crate::support::app::on_postgres;
use crate::support::disk::{Disk, Filler};
use crate::support::disk_of_postgres::SmallPostgres;
use crate::support::machine::Machine;
use crate::support::process::{Serving, serve_acme, serve_acme_within};
use crate::support::promise::{keep, leave_out, size};
use crate::support::raw_http::Wire;
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};
use crate::support::writers::{Known, Writers};

const TOLD: u128 = 2_000;
const WELL_AGAIN: Duration = Duration::from_secs(5);

/// Pages that were asked for during an outage.
#[derive(Default)]
struct Asked {
    told: usize,
    slowest: u128,
    other: Vec<u16>,
}

/// Asks for a page until the time is over; `status` is what it must be answered with.
async fn ask(person: &Actor, path: &str, time: Duration, status: u16) -> Asked {
    let (until, mut asked) = (Instant::now() + time, Asked::default());
    while Instant::now() < until {
        let since = Instant::now();
        let page = person.attempt(Method::GET, path, None).await.unwrap();
        asked.slowest = asked.slowest.max(since.elapsed().as_millis());
        if page.status == status {
            asked.told += 1;
            assert_eq!(page.headers.contains_key("retry-after"), status == 503);
        } else {
            asked.other.push(page.status);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    asked
}

/// How long it takes until a page is answered again, and a change is made.
async fn recovery(person: &Actor) -> Duration {
    let since = Instant::now();
    loop {
        let page = person.attempt(Method::GET, "/customers", None).await.unwrap();
        if page.status == 200 {
            let new = person.attempt(Method::GET, "/customers/new", None).await.unwrap();
            if new.status == 200 && person.send(&new, &[("title", "After it")]).await.status == 200 {
                return since.elapsed();
            }
        }
        assert!(since.elapsed() < 4 * WELL_AGAIN, "it is not well again: {} {}", page.status, page.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Fails when something that was acknowledged is not there.
fn lost(url: &str, known: &Known) -> usize {
    let mut records = Records::at(url);
    let titles = records.lines("select title as line from customers");
    assert_eq!(records.wrong_numbers(), Vec::<String>::new());
    known.acknowledged.iter().filter(|title| !titles.contains(title)).count()
}

async fn behind_a_wire() -> (Machine, Wire, Serving, Actor) {
    let machine = Machine::new();
    let wire = Wire::to(&machine.url());
    let url = wire.url();
    let settings = machine.with(&[("DATABASE_URL", &url)]);
    let (serving, ann) = serve_acme(&settings).await;
    (machine, wire, serving, ann)
}

async fn outage(name: &str, begin: fn(&Wire)) {
    let (machine, wire, serving, ann) = behind_a_wire().await;
    let writers = Writers::start(&ann, 4, "Beta").await;
    writers.until(20).await;
    begin(&wire);
    // Whatever was under way when it began comes to its own end.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let asked = ask(&ann, "/customers", size(Duration::from_secs(30), Duration::from_secs(3)), 503).await;
    let ready = ann.attempt(Method::GET, "/readyz", None).await.unwrap().status;
    let alive = ann.attempt(Method::GET, "/healthz", None).await.unwrap().status;
    wire.mend();
    let well = recovery(&ann).await;
    writers.until(writers.acknowledged() + 20).await;
    let known = writers.stop().await;
    let lost = lost(&machine.url(), &known);
    assert!(serving.log().contains("unavailable") && !serving.log().contains("panicked"), "{}", serving.log());
    let seen = format!(
        "{} pages told so, the slowest in {} ms; well again after {:.1} s; {lost} of {} writes lost",
        asked.told,
        asked.slowest,
        well.as_secs_f64(),
        known.acknowledged.len()
    );
    let kept =
        asked.told > 0 && asked.other.is_empty() && asked.slowest <= TOLD + slack() && well <= WELL_AGAIN && lost == 0;
    assert_eq!((ready, alive), (503, 200));
    keep(name, &seen, &limits(), kept);
}

/// A debug build on a machine that does other things as well.
fn slack() -> u128 {
    size(200, 1_000)
}

/// What all of this is held to.
fn limits() -> String {
    format!("503 in {} ms, well again in {} s, 0 lost", TOLD + slack(), WELL_AGAIN.as_secs())
}

#[actix_web::test]
async fn a_database_that_goes_away_or_hangs_is_told_and_found_again() {
    if on_postgres() {
        outage("The database goes away", Wire::cut).await;
        outage("The database hangs", Wire::hold).await;
    } else {
        locked().await;
    }
}

#[actix_web::test]
async fn a_full_disk_is_told_and_room_found_again() {
    if on_postgres() {
        full_on_postgres().await;
    } else {
        full_on_sqlite().await;
    }
}

/// SQLite is locked by another process: pages are read, changes are told to wait.
async fn locked() {
    let (machine, serving, ann) = acme(&[]).await;
    let writers = Writers::start(&ann, 4, "Beta").await;
    writers.until(20).await;
    let mut other = Records::at(&machine.url());
    other.run("begin immediate");
    let before = writers.acknowledged();
    let asked = ask(&ann, "/customers", size(Duration::from_secs(10), Duration::from_secs(4)), 200).await;
    let acknowledged = writers.acknowledged() - before;
    other.run("rollback");
    let well = recovery(&ann).await;
    let known = writers.stop().await;
    let slowest = known.refused.iter().map(|(_, took)| *took).max().unwrap_or_default();
    let all = known.refused.iter().all(|(status, _)| *status == 503) && !known.refused.is_empty();
    let lost = lost(&machine.url(), &known);
    assert!(!serving.log().contains("panicked"), "{}", serving.log());
    let seen = format!(
        "{} pages read meanwhile, the slowest in {} ms; {} changes told to wait, the slowest in {slowest} ms; well again \
         after {:.1} s; {lost} of {} writes lost",
        asked.told,
        asked.slowest,
        known.refused.len(),
        well.as_secs_f64(),
        known.acknowledged.len()
    );
    let kept = all
        && asked.other.is_empty()
        && slowest <= TOLD + slack()
        && well <= WELL_AGAIN
        && lost == 0
        && acknowledged <= 4;
    keep("SQLite is locked by another process", &seen, &limits(), kept);
}

/// A disk that is full to its last byte, and then has room again. Where nobody may mount one: files that may not grow.
async fn full_on_sqlite() {
    let machine = Machine::new();
    let disk = Disk::at(machine.data_dir());
    let prefix = disk.as_ref().map_or_else(Vec::new, |disk| disk.prefix(32));
    let (serving, ann) = serve_acme_within(&prefix, &machine.with(&[])).await;
    let fill = || match &disk {
        Some(disk) => Some(Filler::on(&disk.seen_from_here(serving.id()))),
        None => {
            let size_of = |name: &str| std::fs::metadata(machine.data_dir().join(name)).map_or(0, |file| file.len());
            serving.limit_files(&(size_of("tenantry.db").max(size_of("tenantry.db-wal")) + 200_000).to_string());
            None
        }
    };
    let free = |filler: Option<Filler>| match filler {
        Some(filler) => drop(filler),
        None => serving.limit_files("unlimited"),
    };
    let full = Full::of(&ann, fill, free).await;
    if let Some(disk) = &disk {
        disk.carry_back(serving.id());
    }
    let which = if disk.is_some() { "one of 32 MB, to its last byte" } else { "files that may not grow" };
    full.keep(which, &machine.url(), &serving);
}

/// The same for PostgreSQL's data; its log, without which it ends, has room.
async fn full_on_postgres() {
    let Some(postgres) = SmallPostgres::start(64) else {
        return leave_out("The disk is full", "no PostgreSQL could be started on a disk of its own");
    };
    let (machine, url) = (Machine::new(), postgres.url());
    let (serving, ann) = serve_acme(&machine.with(&[("DATABASE_URL", &url)])).await;
    let full = Full::of(&ann, || postgres.fill(), drop).await;
    full.keep("PostgreSQL's, of 64 MB, to its last byte", &url, &serving);
}

/// What was seen of a full disk.
struct Full {
    asked: Asked,
    well: Duration,
    known: Known,
}

impl Full {
    /// Fills it while others write, looks, and frees it.
    async fn of<F>(ann: &Actor, fill: impl FnOnce() -> F, free: impl FnOnce(F)) -> Self {
        let writers = Writers::start(ann, 4, "Beta").await;
        writers.until(20).await;
        let filled = fill();
        let since = Instant::now();
        let page = loop {
            let title = format!("Gamma {}", since.elapsed().as_nanos());
            let page = ann.submit("/customers/new", &[("title", title.as_str())]).await;
            if page.status == 503 {
                break page;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "it is never full");
        };
        page.see("The server’s disk is full").see("Nothing was changed");
        let asked = ask(ann, "/customers", size(Duration::from_secs(10), Duration::from_secs(2)), 200).await;
        free(filled);
        let well = recovery(ann).await;
        Self { asked, well, known: writers.stop().await }
    }

    fn keep(self, which: &str, url: &str, serving: &Serving) {
        let Self { asked, well, known } = self;
        let lost = lost(url, &known);
        let slowest = known.refused.iter().map(|(_, took)| *took).max().unwrap_or_default();
        let all = known.refused.iter().all(|(status, _)| *status == 503) && !known.refused.is_empty();
        assert!(!serving.log().contains("panicked"), "{}", serving.log());
        let seen = format!(
            "{which}; {} pages read meanwhile; {} changes refused, the slowest in {slowest} ms; well again after {:.1} s; \
             {lost} of {} writes lost",
            asked.told,
            known.refused.len(),
            well.as_secs_f64(),
            known.acknowledged.len()
        );
        let kept = all && asked.other.is_empty() && slowest <= TOLD + slack() && well <= WELL_AGAIN && lost == 0;
        keep("The disk is full", &seen, &limits(), kept);
    }
}

#[actix_web::test]
async fn a_mail_server_that_hangs_holds_nobody_up() {
    let sink = Sink::start(Security::None);
    let url = sink.url();
    let (_machine, serving, ann) = acme(&[("SMTP_URL", &url)]).await;
    let add = async |n: usize| {
        let since = Instant::now();
        let email = format!("user{n}@acme.example");
        ann.submit("/administrators/new", &[("email", email.as_str())]).await.see("is queued");
        since.elapsed().as_millis()
    };
    let n = size(50, 5);
    let mut usual = Vec::new();
    for at in 0..n {
        usual.push(add(at).await);
    }
    sink.wait_for(n).await;
    sink.set_mode(Mode::HangAfterConnect);
    let mut hanging = Vec::new();
    for at in n..2 * n {
        hanging.push(add(at).await);
    }
    usual.sort_unstable();
    hanging.sort_unstable();
    let (usual, hanging) = (usual[n / 2], hanging[n / 2]);
    let queued = ann.get("/administrators?size=100").await.text().matches("Mail queued").count();
    // It ends in time, too.
    let since = Instant::now();
    serving.terminate();
    assert_eq!(serving.end().code, Some(0));
    let ended = since.elapsed();
    let seen = format!(
        "adding a user takes {hanging} ms instead of {usual} ms (medians of {n}); it ends in {:.1} s",
        ended.as_secs_f64()
    );
    let (limit, end) = (2 * usual + 50, Duration::from_secs(30));
    let kept = hanging <= limit && queued > 0 && ended < end;
    let target = format!("adding a user takes ≤ {limit} ms, it ends in {} s", end.as_secs());
    keep("The mail server hangs", &seen, &target, kept);
}
