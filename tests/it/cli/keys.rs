//! The secret key: a wrong or lost one is told in one line before anything is written, and for one that is lost for good
//! there is a way on.

use crate::support::app::{PASSWORD, SECRET_KEY, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{run, serve, serve_acme};
use crate::support::promise::keep;
use crate::support::records::Records;

const OTHER_KEY: &str = "another secret key of 32 characters or more";

/// All commands that open a database.
const OPENING: [&[&str]; 17] = [
    &["serve"],
    &["tenant", "list"],
    &["tenant", "add", "Beta", "--email", "bob@beta.example"],
    &["tenant", "admin", "Acme", "--email", "eve@acme.example"],
    &["tenant", "export", "Acme", "never.tenantry"],
    &["tenant", "import", "Cargo.toml"],
    &["tenant", "delete", "Acme", "Cargo.toml"],
    &["import", "customers", "customers.csv", "--tenant", "Acme"],
    &["export", "customers", "--tenant", "Acme"],
    &["export", "users", "--tenant", "Acme"],
    &["audit", "verify"],
    &["audit", "verify", "--tenant", "Acme"],
    &["backup", "never.tenantry"],
    &["demo"],
    &["migrate"],
    &["doctor"],
    &["rekey"],
];

/// Everything in the database, but for what it was.
fn state(machine: &Machine) -> Vec<i64> {
    let mut records = Records::at(&machine.url());
    ["tenants", "users", "sessions", "mails", "audit_entries", "setup_links", "links", "installation"]
        .map(|table| records.number(&format!("select count(*) as n from {table}")))
        .into()
}

/// A machine whose tenant has an administrator; nothing runs there any more.
async fn used() -> Machine {
    let machine = Machine::new();
    let (serving, ann) = serve_acme(&machine.with(&[])).await;
    ann.submit("/customers/new", &[("title", "Beta Farms")]).await.see("was added");
    drop(serving);
    machine
}

async fn refused(machine: &Machine, more: &[(&str, &str)], words: &str, wrong: &mut Vec<String>) -> usize {
    let before = state(machine);
    let listen = ("TENANTRY_LISTEN", "127.0.0.1:0");
    for arguments in OPENING {
        let old = ("TENANTRY_OLD_SECRET_KEY", "a third secret key of 32 characters or more");
        let mut more = [&[listen], more].concat();
        if arguments == ["rekey"] && on_postgres() {
            more.push(old);
        }
        let ended = run(arguments, &machine.with(&more));
        let told = if arguments == ["doctor"] { &ended.out } else { &ended.err };
        let one = arguments == ["doctor"] || told.lines().count() == 1 && ended.out.is_empty();
        let right = told.contains(words) && told.contains("rekey --key-lost") && !told.contains("was changed");
        if !matches!(ended.code, Some(1 | 2)) || !one || !right || state(machine) != before {
            wrong.push(format!("{arguments:?}: {ended:?}"));
        }
    }
    OPENING.len()
}

#[actix_web::test]
async fn a_wrong_or_lost_key_is_told_before_anything_is_written() {
    let machine = used().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    if on_postgres() {
        let other = [("TENANTRY_SECRET_KEY", OTHER_KEY)];
        tried += refused(&machine, &other, "is not the secret key that", &mut wrong).await;
    } else {
        let key = machine.data_dir().join("secret.key");
        let right = std::fs::read(&key).unwrap();
        std::fs::remove_file(&key).unwrap();
        tried += refused(&machine, &[], "secret.key is missing, and", &mut wrong).await;
        assert!(!key.exists(), "a lost key was replaced");
        std::fs::write(&key, [9; 32]).unwrap();
        tried += refused(&machine, &[], "is not the secret key that", &mut wrong).await;
        std::fs::write(&key, right).unwrap();
    }
    // One that was made before the database knew its key.
    Records::at(&machine.url()).run("delete from installation");
    if on_postgres() {
        let other = [("TENANTRY_SECRET_KEY", OTHER_KEY)];
        tried += refused(&machine, &other, "is not the secret key that", &mut wrong).await;
    }

    // Nothing is broken for good: the right key is taken as ever.
    let verified = run(&["audit", "verify"], &machine.with(&[]));
    if verified.code != Some(0) {
        wrong.push(format!("{verified:?}"));
    }
    drop(serve(&[], &machine.with(&[])));
    let seen =
        format!("{tried} commands with a wrong or lost key, {} not refused as they should: {wrong:?}", wrong.len());
    keep("The wrong key is noticed before anything is written", &seen, "0", wrong.is_empty());
}

#[actix_web::test]
async fn a_server_whose_key_was_replaced_meanwhile_writes_nothing_more() {
    let machine = Machine::new();
    let key = ("TENANTRY_SECRET_KEY", SECRET_KEY);
    let (_serving, ann) = serve_acme(&machine.with(&[key])).await;
    // On another machine, where no lock says that a server is running.
    let (elsewhere, url) = (machine.dir.path().join("elsewhere"), machine.url());
    let (new, old) = (("TENANTRY_SECRET_KEY", OTHER_KEY), ("TENANTRY_OLD_SECRET_KEY", SECRET_KEY));
    let there = ("TENANTRY_DATA_DIR", elsewhere.to_str().unwrap());
    let rekeyed = run(&["rekey"], &machine.with(&[there, ("DATABASE_URL", &url), new, old]));
    if !on_postgres() {
        assert_eq!(rekeyed.code, Some(1), "{rekeyed:?}");
        assert!(rekeyed.err.contains("is in use by a running server; stop that first"), "{rekeyed:?}");
        return;
    }
    assert_eq!(rekeyed.code, Some(0), "{rekeyed:?}");

    let answer = ann.submit("/customers/new", &[("title", "Beta")]).await;

    answer.see_status(503);
    assert_eq!(Records::at(&machine.url()).number("select count(*) from customers"), 0);
    let verified = run(&["audit", "verify"], &machine.with(&[new]));
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[actix_web::test]
async fn who_has_lost_the_key_for_good_goes_on_under_a_new_one() {
    let machine = Machine::new();
    let (serving, ann) = serve_acme(&machine.with(&[("SMTP_URL", "smtp://127.0.0.1:1")])).await;
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("is queued");
    drop(serving);
    let new = if on_postgres() { machine.with(&[("TENANTRY_SECRET_KEY", OTHER_KEY)]) } else { machine.with(&[]) };
    let not_lost = run(&["rekey", "--key-lost"], &machine.with(&[]));
    assert_eq!(not_lost.code, Some(1), "{not_lost:?}");
    assert!(not_lost.err.contains("is the right one: none is lost"), "{not_lost:?}");
    if !on_postgres() {
        std::fs::remove_file(machine.data_dir().join("secret.key")).unwrap();
    }

    let done = run(&["rekey", "--key-lost"], &new);

    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    assert!(done.out.contains("1 mail that waited failed"), "{done:?}");
    let verified = run(&["audit", "verify"], &new);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    let again = serve(&[], &new);
    let ann = ann.at(&again.base);
    assert!(ann.get("/customers").await.path.starts_with("/sign-in"));
    ann.sign_in("ann@acme.example", PASSWORD).await.see_path("/customers");
    ann.get("/administrators").await.see("Mail failed");
    ann.get("/audit").await.see("replaced a lost secret key, so that earlier entries could not be checked");
    assert_eq!(run(&["audit", "verify"], &new).code, Some(0));
}

#[actix_web::test]
async fn a_database_of_before_gets_the_print_of_its_key_at_the_first_start() {
    let machine = used().await;
    let mut records = Records::at(&machine.url());
    records.run("delete from installation");

    drop(serve(&[], &machine.with(&[])));

    assert_eq!(records.number("select count(*) as n from installation"), 1);
    let ended = run(&["audit", "verify"], &machine.with(&[("TENANTRY_SECRET_KEY", OTHER_KEY)]));
    assert_eq!((ended.code, ended.err.contains("was changed")), (Some(2), false), "{ended:?}");
    if on_postgres() {
        assert_eq!(run(&["audit", "verify"], &machine.with(&[("TENANTRY_SECRET_KEY", SECRET_KEY)])).code, Some(0));
    }
}
