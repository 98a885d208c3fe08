//! `tenantry tenant import` and `export` where they cannot be done, and where they are broken off.

use std::path::Path;

use super::tenant_file::{OTHER_KEY, elsewhere, exported, tenant, under};
use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, SECRET_KEY, on_postgres};
use crate::support::forged::{Hidden, changed};
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, command, run, serve};
use crate::support::promise::size;
use crate::support::records::Records;

/// A machine with Acme and some customers.
fn acme() -> Machine {
    let machine = Machine::new();
    let settings = under(&machine, SECRET_KEY);
    let demo = run(&["demo", "--customers", "12", "--devices", "300", "--assets", "5"], &settings);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    Records::at(&machine.url()).run("update tenants set title = 'Acme', title_key = 'acme'");
    machine
}

fn import(file: &Path, machine: &Machine, old_key: &str) -> Ended {
    let settings = machine.with(&[("TENANTRY_SECRET_KEY", OTHER_KEY), ("TENANTRY_OLD_SECRET_KEY", old_key)]);
    tenant(&["import", file.to_str().unwrap()], &settings)
}

/// Fails unless it is refused in one line that has these words.
#[track_caller]
fn refused(ended: &Ended, words: &str) {
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{words}: {ended:?}");
    assert!(ended.err.contains(words), "{words}: {}", ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused_and_nothing_is_left() {
    let (here, there) = (acme(), elsewhere());
    let file = exported(&here, &under(&here, SECRET_KEY), "Acme", &[]);
    let before = Records::at(&there.url()).all();
    let attempt = |file: &Path, words: &str| {
        refused(&import(file, &there, SECRET_KEY), words);
        before.assert_same(&Records::at(&there.url()).all(), words);
    };
    let (whole, bent) = (std::fs::read(&file).unwrap(), file.with_file_name("bent.tenant"));
    let bits = size(1_000, 25);
    for n in 0..bits {
        let mut bytes = whole.clone();
        bytes[(n * 2 + 1) * whole.len() / (bits * 2)] ^= 1 << (n % 8);
        std::fs::write(&bent, &bytes).unwrap();
        attempt(&bent, "bent.tenant cannot be imported: it ");
    }
    for cut in [1, 80, 5_000, whole.len() / 2] {
        std::fs::write(&bent, &whole[..whole.len() - cut]).unwrap();
        attempt(&bent, "bent.tenant cannot be imported: ");
    }
    std::fs::write(&bent, "nothing of ours").unwrap();
    attempt(&bent, "cannot be opened as a backup: file is not a database");
    attempt(&file.with_file_name("none.tenant"), "none.tenant cannot be imported: there is no such file");

    let forged = |hidden, sql| changed(&file, "forged.tenant", hidden, sql);
    let row = "update tenantry_tenant set title = 'Other'";
    attempt(&forged(Hidden::Not, row), "it is damaged: its checksum is another");
    attempt(&forged(Hidden::Digest, row), "it was changed after it was made: its seal is not under its secret key");
    // Whoever has the key as well.
    for (sql, words) in [
        ("create view more as select 1", "the view more"),
        ("drop table tenantry_tables", "it has no table tenantry_tables"),
        ("delete from tenantry_tenant", "it does not say whose it is"),
        (
            "update tenantry_rows set n = n + 1, name = 'pg_authid' where seq = 1",
            "rows of pg_authid, which is no table",
        ),
        ("update tenantry_tables set name = 'pg_authid' where seq = 1", "its table pg_authid is none of this version"),
        ("update tenantry_tables set names = names || ' more' where seq = 1", "is none of this version"),
        ("delete from tenantry_rows where name = 'audit_entries'", "it is damaged: rows of audit_entries are missing"),
        ("delete from tenantry_rows where name = 'tenants'", "cannot be imported: "),
        (
            "delete from tenantry_rows where name = 'audit_entries'; update tenantry_tables set n = 0 where name = 'audit_entries'",
            "the audit log in it is not as it was written: entry 1 of chain ",
        ),
    ] {
        attempt(&forged(Hidden::Key(SECRET_KEY.as_bytes()), sql), words);
    }
    let good = import(&file, &there, SECRET_KEY);
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""), "the next good one: {good:?}");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let (here, there) = (acme(), elsewhere());
    let settings = under(&here, SECRET_KEY);
    let file = exported(&here, &settings, "Acme", &[]);
    let path = file.to_str().unwrap();
    let before = Records::at(&there.url()).all();

    // Keys.
    refused(&import(&file, &there, ""), "it was made under another secret key than the one here; give that one by");
    refused(&import(&file, &there, OTHER_KEY), "TENANTRY_OLD_SECRET_KEY is not the key that it was made under");
    let wrong = here.dir.path().join("wrong.key");
    std::fs::write(&wrong, [7; 32]).unwrap();
    let ended = tenant(&["import", path, "--key-file", wrong.to_str().unwrap()], &under(&there, OTHER_KEY));
    refused(&ended, "the key in ");
    // Versions.
    let with_key = |sql| changed(&file, "other.tenant", Hidden::Key(SECRET_KEY.as_bytes()), sql);
    let newer = "update tenantry_backup set migrations = migrations || ' 29991231000001', product = '9.9.9'";
    refused(&import(&with_key(newer), &there, SECRET_KEY), "it was made by a newer Tenantry (9.9.9, and this is ");
    let older = "update tenantry_backup set migrations = substr(migrations, 1, length(migrations) - 15)";
    refused(&import(&with_key(older), &there, SECRET_KEY), "bring that installation to this version and export");
    // Files of another kind.
    let backup = here.dir.path().join("whole.backup");
    assert_eq!(run(&["backup", backup.to_str().unwrap()], &settings).code, Some(0));
    refused(&import(&backup, &there, SECRET_KEY), "it is a backup of a whole database, for `tenantry restore`");
    let ended = run(&["restore", path], &under(&Machine::new(), SECRET_KEY));
    refused(&ended, "it holds one tenant; `tenantry tenant import` puts it into an installation");
    // A log that was changed where it came from.
    before.assert_same(&Records::at(&there.url()).all(), "what was refused");

    // A title that is taken, and a tenant that is here.
    let added = add_tenant("ACME", "eve@acme.example", &under(&there, OTHER_KEY));
    assert_eq!(added.code, Some(0), "{added:?}");
    refused(&import(&file, &there, SECRET_KEY), "a tenant \"Acme\" exists already");
    refused(&tenant(&["import", path], &settings), "the tenant is here already, as \"Acme\"");
    // What is exported.
    refused(&tenant(&["export", "Nobody", "x.tenant"], &settings), "there is no tenant \"Nobody\"");
    refused(&tenant(&["export", "Acme", path], &settings), "acme.tenant is there already; an export replaces nothing");
    Records::at(&here.url()).run("update audit_entries set actor = 'Nobody'");
    std::fs::remove_file(&file).unwrap();
    let file = exported(&here, &settings, "Acme", &[]);
    let there = elsewhere();
    let ended = import(&file, &there, SECRET_KEY);
    refused(&ended, "the audit log in it is not as it was written: entry 1 of chain ");
    assert_eq!(tenant(&["list"], &under(&there, OTHER_KEY)).out, "Gamma\n");
}

#[test]
fn one_that_is_killed_is_not_in_the_way_of_the_next() {
    let (here, there) = (acme(), elsewhere());
    let (from, to) = (under(&here, SECRET_KEY), under(&there, OTHER_KEY));
    let file = here.dir.path().join("acme.tenant");
    let arguments = ["tenant", "export", "Acme", file.to_str().unwrap()];
    for n in 0..size(30, 6) {
        let done = broken_off(&arguments, &from, n);
        assert!(done || !file.exists(), "half a file");
        let _ = std::fs::remove_file(&file);
    }
    let file = exported(&here, &from, "Acme", &[]);
    let before = Records::at(&there.url()).all();
    let old = [&to[..], &[("TENANTRY_OLD_SECRET_KEY", SECRET_KEY.to_owned())]].concat();
    let is_there = || tenant(&["list"], &to).out.contains("Acme");
    for n in 0..size(30, 6) {
        // Done, it may have been killed before it could say so.
        if broken_off(&["tenant", "import", file.to_str().unwrap()], &old, n) || is_there() {
            break;
        }
        before.assert_same(&Records::at(&there.url()).all(), "one that was killed");
    }
    let known = is_there();
    let again = import(&file, &there, SECRET_KEY);
    assert_eq!(again.code, Some(i32::from(known)), "{again:?}");
    let things = "select count(*) from things";
    assert_eq!(Records::at(&there.url()).number(things), Records::at(&here.url()).number(things));
    assert_eq!(Records::at(&there.url()).wrong_numbers(), [] as [String; 0]);
    assert_eq!(run(&["audit", "verify"], &to).code, Some(0));
    assert!(!here.dir.path().join("acme.tenant.part").exists());
}

/// Kills the program at whatever it has come to; answers whether it was done already.
fn broken_off(arguments: &[&str], settings: &[(&'static str, String)], n: u32) -> bool {
    let mut child = command(arguments, settings).spawn().unwrap();
    let mut looks = 0;
    while looks < n * n * 4_000 && child.try_wait().unwrap().is_none() {
        looks += 1;
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap().success()
}

#[test]
fn it_is_the_same_whichever_way_the_key_is_given() {
    let here = acme();
    let file = exported(&here, &under(&here, SECRET_KEY), "Acme", &[]);
    // The same key here as there: nothing is asked.
    let same = Machine::new();
    assert_eq!(run(&["migrate"], &under(&same, SECRET_KEY)).code, Some(0));
    let imported = tenant(&["import", file.to_str().unwrap()], &under(&same, SECRET_KEY));
    assert_eq!((imported.code, imported.err.as_str()), (Some(0), ""), "{imported:?}");
    // A line of a file; a key that was made in the data directory.
    let line = here.dir.path().join("line.key");
    std::fs::write(&line, format!("{SECRET_KEY}\n")).unwrap();
    let own = Machine::new();
    let settings = if on_postgres() { under(&own, OTHER_KEY) } else { own.with(&[]) };
    assert_eq!(run(&["migrate"], &settings).code, Some(0));
    let imported = tenant(&["import", file.to_str().unwrap(), "--key-file", line.to_str().unwrap()], &settings);
    assert_eq!((imported.code, imported.err.as_str()), (Some(0), ""), "{imported:?}");
    for settings in [under(&same, SECRET_KEY), settings] {
        let verified = run(&["audit", "verify"], &settings);
        assert!(verified.code == Some(0) && verified.out.starts_with("Acme: "), "{verified:?}");
    }
}

#[actix_web::test]
async fn a_tenant_is_deleted_only_if_all_of_it_is_in_the_file() {
    let here = acme();
    let settings = under(&here, SECRET_KEY);
    let file = exported(&here, &settings, "Acme", &[]);
    let added = add_tenant("Beta", "admin@beta.example", &settings);
    assert_eq!(added.code, Some(0), "{added:?}");
    let beta = Records::at(&here.url()).of_tenant("Beta");
    let delete = |title: &str, file: &Path| tenant(&["delete", title, file.to_str().unwrap()], &settings);
    let before = Records::at(&here.url()).all();
    refused(&delete("Beta", &file), "nothing was deleted: ");
    refused(&delete("Beta", &file), "it holds another tenant, \"Acme\"");
    refused(&delete("Acme", &file.with_file_name("none.tenant")), "none.tenant: there is no such file");
    let forged = changed(&file, "forged.tenant", Hidden::Digest, "update tenantry_tenant set title = 'Beta'");
    refused(&delete("Acme", &forged), "its seal is not under its secret key");
    let invited = tenant(&["admin", "Acme", "--email", "late@acme.example"], &settings);
    assert_eq!(invited.code, Some(0), "{invited:?}");
    refused(
        &delete("Acme", &file),
        "nothing was deleted: the tenant was changed after it was exported; export it again",
    );
    assert_ne!(Records::at(&here.url()).all(), before, "somebody was invited meanwhile");

    std::fs::remove_file(&file).unwrap();
    let file = exported(&here, &settings, "Acme", &[]);
    let before = Records::at(&here.url()).of_tenant("Acme");
    let serving = serve(&[], &settings);
    let deleted = delete("Acme", &file);
    assert_eq!((deleted.code, deleted.err.as_str()), (Some(0), ""), "{deleted:?}");
    assert_eq!(deleted.out, format!("Acme: deleted; {} is all that is left of it\n", file.display()));
    let mut records = Records::at(&here.url());
    for (table, columns) in records.tables() {
        if columns.iter().any(|column| column == "tenant_id") {
            let n = records
                .number(&format!("select count(*) from {table} x where tenant_id not in (select id from tenants)"));
            assert_eq!(n, 0, "rows of {table}");
        }
    }
    beta.assert_same(&records.of_tenant("Beta"), "deleting another tenant");
    assert_eq!(tenant(&["list"], &settings).out, "Beta\n");
    let verified = run(&["audit", "verify"], &settings);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let ada = Actor::new(&serving.base);
    ada.sign_in("ada@northwind.example", PASSWORD).await.see_status(422);

    // And back again: nothing is lost.
    let imported = tenant(&["import", file.to_str().unwrap()], &settings);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let after = Records::at(&here.url()).of_tenant("Acme");
    let lost = before.lasting().lines().iter().filter(|row| !after.lines().contains(row)).count();
    assert_eq!(lost, 0);
}
