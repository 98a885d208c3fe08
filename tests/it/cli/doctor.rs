//! `tenantry doctor`.

use crate::support::app::on_postgres;
use crate::support::machine::Machine;
use crate::support::process::{Ended, run, serve};
use crate::support::records::Records;
use crate::support::smtp::{Security, Sink};

fn doctor(machine: &Machine, more: &[(&str, &str)]) -> Ended {
    run(&["doctor"], &machine.with(more))
}

/// The finding about something: its level and its words.
#[track_caller]
fn finding<'a>(ended: &'a Ended, what: &str) -> (&'a str, &'a str) {
    let found = ended.out.lines().find_map(|line| {
        let (level, rest) = line.split_once(' ')?;
        let (about, words) = rest.trim_start().split_once(' ')?;
        (about == what).then_some((level, words.trim_start()))
    });
    found.unwrap_or_else(|| panic!("nothing about {what} in {ended:?}"))
}

#[actix_web::test]
async fn what_is_well_is_told_and_nothing_is_sent_or_changed() {
    let (machine, sink) = (Machine::new(), Sink::start(Security::None));
    sink.require_login("tenantry", "hunter2 and more");
    let url = sink.url();
    let settings = [("SMTP_URL", url.as_str()), ("TENANTRY_PUBLIC_URL", "https://tenantry.example")];
    let _serving = serve(&[], &machine.with(&settings));
    let backup = machine.dir.path().join("one.backup");
    assert_eq!(run(&["backup", backup.to_str().unwrap()], &machine.with(&[])).code, Some(0));
    let before = Records::at(&machine.url()).all();
    let ended = tokio::task::spawn_blocking({
        let settings = machine.with(&settings);
        move || run(&["doctor"], &settings)
    })
    .await
    .unwrap();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    for what in ["settings", "directory", "key", "disk", "database", "clock", "work", "mail", "backup"] {
        assert_eq!(finding(&ended, what).0, "ok", "{what}: {}", ended.out);
    }
    assert!(finding(&ended, "backup").1.contains("one.backup of "), "{}", ended.out);
    assert!(!ended.out.contains("hunter2"), "{}", ended.out);
    assert_eq!(sink.mails().len(), 0);
    before.assert_same(&Records::at(&machine.url()).all(), "the doctor");
}

#[test]
fn what_is_wrong_is_told_with_how_to_mend_it() {
    let machine = Machine::new();
    let nothing = doctor(&machine, &[]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert_eq!(finding(&nothing, "directory").0, "failed");
    assert!(finding(&nothing, "database").1.contains("`tenantry "), "{}", nothing.out);
    assert!(!machine.data_dir().exists(), "the doctor made something");

    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    let plain = doctor(&machine, &[]);
    assert_eq!(plain.code, Some(0), "{plain:?}");
    for what in ["settings", "mail", "backup"] {
        assert_eq!(finding(&plain, what).0, "warning", "{what}: {}", plain.out);
    }
    assert!(finding(&plain, "mail").1.contains("SMTP_URL is not set"));

    let ended = doctor(&machine, &[("SMTP_URL", "smtp://ann:hunter2@127.0.0.1:1")]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(finding(&ended, "mail").0, "failed");
    assert!(finding(&ended, "mail").1.contains("onnection refused"), "{}", ended.out);
    assert!(!ended.out.contains("hunter2"), "{}", ended.out);
    assert_eq!(ended.err, "tenantry: 1 thing is wrong; the line above says how to fix it\n");

    let wrong = doctor(&machine, &[("TENANTRY_PUBLIC_URL", "nonsense")]);
    assert_eq!(wrong.code, Some(1));
    assert!(finding(&wrong, "settings").1.starts_with("TENANTRY_PUBLIC_URL \"nonsense\" "), "{}", wrong.out);

    let mut records = Records::at(&machine.url());
    records.run("delete from __diesel_schema_migrations where version = '20261124000004'");
    let old = doctor(&machine, &[]);
    assert!(finding(&old, "database").1.ends_with("run `tenantry migrate`"), "{}", old.out);
}

#[test]
fn a_damaged_or_open_file_is_found() {
    use std::os::unix::fs::PermissionsExt as _;
    if on_postgres() {
        return; // Its files are the server's.
    }
    let machine = Machine::new();
    let demo = run(&["demo", "--customers", "30"], &machine.with(&[]));
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let key = machine.data_dir().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = doctor(&machine, &[]);
    assert_eq!(finding(&ended, "key").0, "warning", "{}", ended.out);
    assert!(finding(&ended, "key").1.contains("run chmod 600"), "{}", ended.out);

    let file = machine.data_dir().join("tenantry.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40_000].fill(0x55);
    std::fs::write(&file, bytes).unwrap();
    let ended = doctor(&machine, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(finding(&ended, "integrity").0, "failed", "{}", ended.out);
}

#[actix_web::test]
async fn the_running_server_is_asked_whether_it_is_ready() {
    let machine = Machine::new();
    let serving = serve(&[], &machine.with(&[]));
    let address = serving.base.strip_prefix("http://").unwrap().to_owned();
    let ask = || run(&["doctor", "--ready"], &machine.with(&[("TENANTRY_LISTEN", &address)]));
    let ready = ask();
    assert_eq!((ready.code, finding(&ready, "server")), (Some(0), ("ok", "it says: ready")), "{ready:?}");
    drop(serving);
    let gone = ask();
    assert_eq!((gone.code, finding(&gone, "server").0), (Some(1), "failed"), "{gone:?}");
    assert!(gone.out.contains("onnection refused"), "{}", gone.out);
}
