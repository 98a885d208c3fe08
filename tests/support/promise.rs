//! What Tenantry promises, and how it was kept: each test of a promise says what it saw. `bin/soak` runs them in full and
//! prints the table; every other run takes a small form of each.

use std::fs::File;
use std::io::Write as _;

use super::app::on_postgres;

/// Whether this run is the full one.
pub fn in_full() -> bool {
    std::env::var_os("TENANTRY_PROMISES").is_some()
}

/// The size of a test: in a full run, and in any other.
pub fn size<T>(full: T, small: T) -> T {
    if in_full() { full } else { small }
}

/// Notes what was seen of a promise, and fails when it was not kept.
#[track_caller]
pub fn keep(promise: &str, seen: &str, target: &str, kept: bool) {
    if let Some(path) = std::env::var_os("TENANTRY_PROMISES") {
        let database = if on_postgres() { "PostgreSQL" } else { "SQLite" };
        let word = if kept { "pass" } else { "miss" };
        let mut file = File::options().append(true).create(true).open(path).unwrap();
        writeln!(file, "| {promise} | {database} | {seen} | {target} | {word} |").unwrap();
    }
    assert!(kept, "{promise}: {seen} instead of {target}");
}
