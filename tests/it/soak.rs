//! `bin/soak` itself: whatever fails, it fails, and its table answers for every promise.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const LISTED: &str = include_str!("../promises.txt");

/// Runs bin/soak on SQLite with another cargo and program; answers whether all went well, and the rows of its table.
fn soak(cargo: &str, program: &str, arguments: &[&str]) -> (bool, Vec<String>) {
    let tools = TempDir::new().unwrap();
    let file = tools.path().join("cargo");
    std::fs::write(&file, format!("#!/usr/bin/env bash\n{cargo}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let ended = Command::new(Path::new(ROOT).join("bin/soak"))
        .arg("sqlite")
        .args(arguments)
        .env("PATH", path)
        .env("TENANTRY_TEST_PROGRAM", program)
        .env("TEST_BINARY", std::env::current_exe().unwrap())
        .output()
        .unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    let table = out.split("|---|---|---|---|---|\n").nth(1).unwrap_or_else(|| panic!("{out}"));
    (ended.status.success(), table.lines().map(str::to_owned).collect())
}

/// Runs the tests of this very build that it is asked for.
const REAL: &str = r#"while [[ $1 != -- ]]; do shift; done; shift; exec "$TEST_BINARY" "$@""#;

#[test]
fn a_test_that_fails_is_a_miss_and_a_failure() {
    // Without the program each of the crash tests ends long before it notes what it saw.
    let (well, table) = soak(REAL, "false", &["timing::signing_in_fails_alike", "jobs::crash"]);
    assert!(!well, "{table:#?}");
    let [alike, deletion, assignment] = &*table else { panic!("{table:#?}") };
    assert!(alike.starts_with("| Nobody learns ") && alike.ends_with(" | pass |"), "{alike}");
    for (row, promise) in [(deletion, "the deletion of a branch"), (assignment, "a bulk assignment")] {
        let start = format!("| A crash in {promise} | SQLite | its test ended before it saw anything |");
        assert!(row.starts_with(&start) && row.ends_with(" | miss |"), "{row}");
    }
}

#[test]
fn a_run_that_fails_is_a_failure_whatever_its_rows_say() {
    let row = r#"printf 'row\tSQLite\tThe mail server hangs\t3 ms\t5 ms\tpass\n' >>"$TENANTRY_PROMISES""#;
    let test = "promises::outages::a_mail_server";
    let seen = "| The mail server hangs | SQLite | 3 ms | 5 ms | pass |";
    assert_eq!(soak(row, "false", &[test]), (true, vec![seen.to_owned()]));
    assert_eq!(soak(&format!("{row}; exit 101"), "false", &[test]), (false, vec![seen.to_owned()]));
    // It saw what it was to see, and then failed.
    let failed = "failed\\tSQLite\\tpromises::outages::a_mail_server_that_hangs_holds_nobody_up\\tthe page is gone\\n";
    let then = format!(r#"{row}; printf '{failed}' >>"$TENANTRY_PROMISES""#);
    let seen = "| The mail server hangs | SQLite | 3 ms; then: the page is gone | 5 ms | miss |";
    assert_eq!(soak(&then, "false", &[test]), (false, vec![seen.to_owned()]));
}

#[test]
fn every_promise_that_is_not_seen_is_a_miss_or_skipped_parts() {
    let (well, table) = soak("exit 0", "false", &["promises::", "audit::"]);
    assert!(!well);
    let listed = LISTED.lines().filter(|line| line.starts_with("promises::") || line.starts_with("audit::"));
    for line in listed.clone() {
        let mut parts = line.splitn(3, ' ').skip(1);
        let (tried, promise) = (parts.next().unwrap(), parts.next().unwrap());
        let (seen, verdict) = match tried {
            "postgres" => ("on PostgreSQL alone", "left out"),
            _ => ("its test ended before it saw anything", "miss"),
        };
        let row = format!("| {promise} | SQLite | {seen} |  | {verdict} |");
        assert!(table.contains(&row), "{row} is not in {table:#?}");
    }
    assert_eq!(table.len(), listed.count());
}

/// A name that is misspelt would be missed in half an hour; here it is seen at once.
#[test]
fn every_test_in_the_list_is_there() {
    for line in LISTED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let path: Vec<&str> = line.split(' ').next().unwrap().split("::").collect();
        let (test, modules) = path.split_last().unwrap();
        let place = match modules {
            ["browser", modules @ ..] => format!("tests/browser/{}", modules.join("/")),
            modules => format!("tests/it/{}", modules.join("/")),
        };
        let source = std::fs::read_to_string(Path::new(ROOT).join(&place).with_extension("rs"))
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(source.contains(&format!("fn {test}()")), "{test} is not in {place}.rs");
    }
}
