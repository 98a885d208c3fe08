//! `tenantry import` and `tenantry export`.

use std::fs;

use crate::inventory::assert_consistent_at;
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, run};
use crate::support::records::Records;

struct Desk {
    machine: Machine,
}

impl Desk {
    fn new() -> Self {
        let machine = Machine::new();
        assert_eq!(add_tenant("Acme", "ann@acme.example", &machine.with(&[])).code, Some(0));
        Self { machine }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(arguments, &self.machine.with(&[]))
    }

    /// Writes a file and imports it.
    fn import(&self, what: &str, content: &[u8], more: &[&str]) -> Ended {
        let file = self.machine.dir.path().join("rows.csv");
        fs::write(&file, content).unwrap();
        self.run(&[&["import", what, file.to_str().unwrap(), "--tenant", "acme"], more].concat())
    }
}

#[test]
fn a_file_is_looked_at_then_imported_then_the_same() {
    let desk = Desk::new();
    let customers = b"Title,Parent customer\nBeta,Alpha\nAlpha,\n";
    let dry = desk.import("customers", customers, &["--dry-run"]);
    assert_eq!(
        (dry.code, dry.out.as_str(), dry.err.as_str()),
        (Some(0), "2 new, 0 changed, 0 unchanged, 0 refused\n", "")
    );
    assert_eq!(desk.run(&["export", "customers", "--tenant", "Acme"]).out.lines().count(), 1);
    let done = desk.import("customers", customers, &[]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "2 new, 0 changed, 0 unchanged, 0 refused\n"));
    let devices = b"Name;Customer;Label\nTH-1;Beta;=1\nTH-2;Nobody;\nTH-1;;\n";
    for more in [&["--dry-run"][..], &[]] {
        let done = desk.import("devices", devices, more);
        assert_eq!((done.code, done.out.as_str()), (Some(1), "1 new, 0 changed, 0 unchanged, 2 refused\n"));
        assert_eq!(
            done.err,
            "Line 3: There is no customer Nobody\nLine 4: Line 2 has the same name, “TH-1”\n\
             tenantry: 2 rows were refused; correct them and import the file again\n"
        );
    }
    let again = desk.import("devices", devices, &[]);
    assert_eq!(again.out, "0 new, 0 changed, 1 unchanged, 2 refused\n");
    let users = desk.import("users", b"Email,Customer\nmia@beta.example,Beta\n", &[]);
    assert_eq!((users.code, users.out.as_str()), (Some(0), "1 new, 0 changed, 0 unchanged, 0 refused\n"));
    assert_eq!(Records::at(&desk.machine.url()).number("select count(*) from mails"), 0);
    let invited = desk.import(
        "users",
        b"Email,Customer\nleo@beta.example,Beta\n",
        &["--invite", "--public-url", "https://tenantry.example"],
    );
    assert_eq!(invited.code, Some(0), "{}", invited.err);
    assert_eq!(Records::at(&desk.machine.url()).number("select count(*) from mails"), 1);

    let exported = |what: &str| {
        let ended = desk.run(&["export", what, "--tenant", "ACME"]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        ended.out
    };
    assert_eq!(exported("devices"), "Name,Type,Label,Description,Customer\r\nTH-1,default,'=1,,Beta\r\n");
    assert_eq!(exported("assets").lines().count(), 1);
    assert_eq!(exported("users").lines().nth(1), Some("mia@beta.example,,,,,Beta"));
    assert_eq!(exported("customers").lines().nth(2), Some("Beta,,Alpha,,,,,,,,,,"));
    let same = desk.import("devices", exported("devices").as_bytes(), &[]);
    assert_eq!((same.code, same.out.as_str()), (Some(0), "0 new, 0 changed, 1 unchanged, 0 refused\n"));
    assert_consistent_at(&desk.machine.url());
}

#[test]
fn many_rows_are_imported_and_exported_from_the_command_line() {
    let desk = Desk::new();
    let file: String = (0..7_000).map(|n| format!("D-{n:05},meter\r\n")).collect();
    let file = format!("Name,Type\r\n{file}");
    let done = desk.import("devices", file.as_bytes(), &[]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), "7,000 new, 0 changed, 0 unchanged, 0 refused\n"));
    let exported = desk.run(&["export", "devices", "--tenant", "Acme"]).out;
    let names: Vec<&str> = exported.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert!(names.len() == 7_000 && names.is_sorted());
    assert_consistent_at(&desk.machine.url());
}

#[test]
fn what_is_wrong_is_one_line_and_changes_nothing() {
    let desk = Desk::new();
    let refused = |ended: Ended, code, words: &str| {
        assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{}", ended.err);
        assert!(ended.err.contains(words) && ended.err.lines().count() == 1, "{}", ended.err);
    };
    refused(desk.import("devices", b"PK\x03\x04", &[]), 1, "rows.csv: This is a zip archive");
    refused(desk.import("devices", b"", &[]), 1, "rows.csv: The file is empty");
    refused(desk.import("devices", b"Title\nA\n", &[]), 1, "rows.csv: none of its columns is called \"Name\"");
    refused(desk.import("devices", b"Name\nTH\0\n", &[]), 1, "rows.csv: Line 2 has a NUL character");
    refused(desk.import("users", b"Email\na@b.example\n", &["--invite"]), 2, "TENANTRY_PUBLIC_URL");
    refused(desk.run(&["import", "devices", "/no/such/file", "--tenant", "Acme"]), 1, "/no/such/file: ");
    refused(desk.run(&["export", "devices", "--tenant", "Nobody"]), 1, "there is no tenant \"Nobody\"");
    for arguments in
        [vec!["import", "devices"], vec!["import", "things", "x", "--tenant", "a"], vec!["export", "users"]]
    {
        assert_eq!(desk.run(&arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(Records::at(&desk.machine.url()).number("select count(*) from things"), 0);
}
