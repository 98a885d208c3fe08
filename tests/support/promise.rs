//! What Tenantry promises, and how it was kept: each test of a promise says what it saw. `bin/soak` runs them in full and
//! prints the table; every other run takes a small form of each. `tests/promises.txt` lists them all.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::sync::Once;

use super::app::on_postgres;

const LISTED: &str = include_str!("../promises.txt");

/// Whether this run is the full one.
pub fn in_full() -> bool {
    std::env::var_os("TENANTRY_PROMISES").is_some()
}

/// The size of a test: in a full run, and in any other.
pub fn size<T>(full: T, small: T) -> T {
    if in_full() { full } else { small }
}

/// Notes what was seen of a promise, and fails when it was not kept. `seen` is what was counted or measured, `target` the
/// limits that it is held to; each promise is noted once a run. Whatever fails in its test later on makes it a miss all the
/// same, and so does a test that ends before it notes anything.
#[track_caller]
pub fn keep(promise: &str, seen: &str, target: &str, kept: bool) {
    note(promise, seen, target, if kept { "pass" } else { "miss" });
    assert!(kept, "{promise}: {seen} instead of {target}");
}

/// Notes that a promise cannot be tried on this machine, and why.
#[track_caller]
pub fn leave_out(promise: &str, why: &str) {
    eprintln!("left out: {promise}: {why}");
    note(promise, why, "", "left out");
}

/// What was tried of a promise, and what of it was not as promised. It is shown as how much that is, with the first of it.
#[derive(Default)]
pub struct Tally {
    tried: usize,
    found: Vec<String>,
}

impl Tally {
    /// Counts one more; `what` names it when it is not `right`.
    pub fn count(&mut self, right: bool, what: impl FnOnce() -> String) {
        self.tried += 1;
        if !right {
            self.found.push(what());
        }
    }

    /// How many were tried.
    pub fn tried(&self) -> usize {
        self.tried
    }

    /// Whether all of them were right, and there were any.
    pub fn is_clean(&self) -> bool {
        self.tried > 0 && self.found.is_empty()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.found.len())?;
        match self.found.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", self.found[..self.found.len().min(3)].join("; ")),
        }
    }
}

#[track_caller]
fn note(promise: &str, seen: &str, target: &str, verdict: &str) {
    assert_listed(promise);
    if in_full() {
        note_failures();
        write(&["row", promise, seen, target, verdict]);
    }
}

/// Fails unless the promise is listed as one of the test that speaks.
#[track_caller]
fn assert_listed(promise: &str) {
    let test = test_name();
    let database = if on_postgres() { "postgres" } else { "sqlite" };
    let listed = LISTED.lines().any(|line| {
        let mut parts = line.splitn(3, ' ');
        parts.next() == Some(&*test)
            && parts.next().is_some_and(|tried| tried == "both" || tried == database)
            && parts.next() == Some(promise)
    });
    assert!(listed, "add this line to tests/promises.txt (or with {database} for both):\n{test} both {promise}");
}

/// The test that runs in this thread, those in a browser after `browser::`.
fn test_name() -> String {
    let thread = std::thread::current();
    let browser = if env!("CARGO_CRATE_NAME") == "browser" { "browser::" } else { "" };
    format!("{browser}{}", thread.name().unwrap_or_default())
}

/// From now on a test that fails says so.
fn note_failures() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let message = panic.payload_as_str().unwrap_or("a panic");
            write(&["failed", &test_name(), message]);
            before(panic);
        }));
    });
}

/// A line for bin/soak: what it is, the database, and the rest, with tabs between.
fn write(parts: &[&str]) {
    let Some(path) = std::env::var_os("TENANTRY_PROMISES") else { return };
    let database = if on_postgres() { "PostgreSQL" } else { "SQLite" };
    let mut parts: Vec<String> =
        parts.iter().map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    parts.insert(1, database.to_owned());
    let mut line = parts.join("\t").replace('|', "\\|");
    line.push('\n');
    let file = File::options().append(true).create(true).open(path);
    // In one piece, and without another panic while one is told of: a line that is missing is a miss.
    let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
}
