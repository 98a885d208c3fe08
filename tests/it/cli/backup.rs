//! `tenantry backup` and `tenantry restore`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::actor::Actor;
use crate::support::app::{PASSWORD, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Ended, Serving, add_tenant, run, serve, serve_acme};
use crate::support::promise::{keep, size};
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};
use crate::support::writers::Writers;

fn file(machine: &Machine, name: &str) -> PathBuf {
    machine.dir.path().join(name)
}

/// Makes or restores one that holds the key, if that is in a file.
fn tenantry(command: &str, file: &Path, machine: &Machine) -> Ended {
    let with_key: &[&str] = if command == "backup" && !on_postgres() { &["--with-key"] } else { &[] };
    run(&[&[command, file.to_str().unwrap()], with_key].concat(), &machine.with(&[]))
}

/// A tenant with somebody signed in, on a machine.
async fn acme(machine: &Machine, more: &[(&str, &str)]) -> (Serving, Actor) {
    serve_acme(&machine.with(more)).await
}

#[actix_web::test]
async fn a_backup_under_load_is_restored_complete_and_consistent() {
    let (here, there) = (Machine::new(), Machine::new());
    let (serving, ann) = acme(&here, &[]).await;
    let backup = file(&here, "tenantry.backup");
    let writers = Writers::start(&ann, 8, "Beta").await;
    writers.until(size(5_000, 40)).await;
    let settings = here.with(&[]);
    let (name, before) = (backup.to_str().unwrap().to_owned(), writers.acknowledged());
    let with_key: &[&str] = if on_postgres() { &[] } else { &["--with-key"] };
    let made =
        tokio::task::spawn_blocking(move || run(&[&["backup", &name], with_key].concat(), &settings)).await.unwrap();
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{made:?}");
    assert!(made.out.starts_with(&format!("{}: 1 tenant, ", backup.display())), "{}", made.out);
    let key = if on_postgres() { "without the secret key, checked\n" } else { "with the secret key, checked\n" };
    assert!(made.out.ends_with(key), "{}", made.out);
    assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!file(&here, "tenantry.backup.part").exists());
    writers.until(before + 40).await;
    let known = writers.stop().await;
    assert!(known.refused.is_empty() && known.unknown.is_empty(), "{known:?}");

    let restored = tenantry("restore", &backup, &there);
    assert_eq!((restored.code, restored.err.as_str()), (Some(0), ""), "{restored:?}");
    assert!(restored.out.contains("1 tenant restored, as of "), "{}", restored.out);
    let mut records = Records::at(&there.url());
    let titles = records.lines("select title as line from customers");
    assert!(titles.len() < known.acknowledged.len(), "nothing was written while it was made");
    // Whatever was acknowledged before it began is in it, and each of what came meanwhile wholly or not at all.
    let lost: Vec<_> = known.acknowledged[..before].iter().filter(|title| !titles.contains(title)).collect();
    let wrong = records.wrong_numbers();
    let seen = format!(
        "{} of {} customers are in it, {} of {before} lost that were there when it began, {} numbers wrong",
        titles.len(),
        known.acknowledged.len(),
        lost.len(),
        wrong.len()
    );
    keep("Backup under load, restored", &seen, "complete and consistent", lost.is_empty() && wrong.is_empty());
    crate::inventory::assert_consistent_at(&there.url());

    // Whoever was signed in still is, and what is there can be used.
    let again = serve(&[], &there.with(&[]));
    let ann = ann.at(&again.base);
    ann.get("/customers").await.see_path("/customers").see("customers");
    ann.submit("/customers/new", &[("title", "Gamma")]).await.see("Gamma was added.");
    drop(serving);
}

#[actix_web::test]
async fn everything_is_in_a_backup() {
    let (here, there) = (Machine::new(), Machine::new());
    let demo = run(&["demo", "--customers", "60", "--devices", "2500", "--assets", "20"], &here.with(&[]));
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let backup = file(&here, "all.backup");
    assert_eq!(tenantry("backup", &backup, &here).code, Some(0));
    let restored = tenantry("restore", &backup, &there);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let (mut one, mut other) = (Records::at(&here.url()), Records::at(&there.url()));
    one.all().assert_same(&other.all(), "a backup that was restored");
    assert_eq!(shape(&mut one), shape(&mut other));
}

/// Everything that the database keeps rules and order by.
fn shape(records: &mut Records) -> Vec<String> {
    let sql = match records {
        Records::Sqlite(_) => {
            "select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_schema order by 1"
        }
        Records::Postgres(_) => {
            "select line from (select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as line
             from pg_constraint where connamespace = 'public'::regnamespace
             union all select indexdef from pg_indexes where schemaname = 'public') all_of_them order by line"
        }
    };
    records.lines(sql)
}

#[actix_web::test]
async fn a_mail_that_waited_is_sent_after_it_was_restored() {
    let (here, there, sink) = (Machine::new(), Machine::new(), Sink::start(Security::None));
    sink.set_mode(Mode::RefuseForNow);
    let url = sink.url();
    let (serving, ann) = acme(&here, &[("SMTP_URL", &url)]).await;
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("is queued");
    ann.get_until("/administrators", "Mail failed, tried again").await;
    let backup = file(&here, "tenantry.backup");
    assert_eq!(tenantry("backup", &backup, &here).code, Some(0));
    drop(serving);
    assert_eq!(tenantry("restore", &backup, &there).code, Some(0));
    Records::at(&there.url()).run("update mails set due_at = created_at");
    sink.set_mode(Mode::Accept);
    let again = serve(&[], &there.with(&[("SMTP_URL", &url)]));
    let mail = sink.mail_to("bob@acme.example").await;
    Actor::new(&again.base).submit(mail.links()[0], &[("password", PASSWORD)]).await.see_path("/customers");
}

#[actix_web::test]
async fn a_backup_replaces_nothing_and_leaves_nothing_half_done() {
    let machine = Machine::new();
    let missing = tenantry("backup", &file(&machine, "none.backup"), &machine);
    assert_eq!((missing.code, missing.out.as_str()), (Some(1), ""), "{missing:?}");
    assert!(!machine.data_dir().exists(), "a backup made a database");
    let added = add_tenant("Acme", "ann@acme.example", &machine.with(&[]));
    assert_eq!(added.code, Some(0), "{added:?}");
    let backup = file(&machine, "one.backup");
    std::fs::write(&backup, "of last year").unwrap();
    let refused = tenantry("backup", &backup, &machine);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert_eq!(refused.err, format!("tenantry: {} is there already; a backup replaces nothing\n", backup.display()));
    assert_eq!(std::fs::read(&backup).unwrap(), b"of last year");
    let nowhere = tenantry("backup", &file(&machine, "no/such/one.backup"), &machine);
    assert_eq!(nowhere.code, Some(1));
    assert!(
        nowhere.err.contains("no/such/one.backup.part cannot be written: No such file or directory"),
        "{}",
        nowhere.err
    );
    // One that was broken off is written over.
    std::fs::write(file(&machine, "two.backup.part"), "half").unwrap();
    assert_eq!(tenantry("backup", &file(&machine, "two.backup"), &machine).code, Some(0));
    assert!(!file(&machine, "two.backup.part").exists());
    assert_eq!(run(&["backup"], &machine.with(&[])).code, Some(2));
}

#[actix_web::test]
async fn what_cannot_be_restored_is_refused_and_nothing_is_touched() {
    let (here, there) = (Machine::new(), Machine::new());
    let (serving, ann) = acme(&here, &[]).await;
    let backup = file(&here, "tenantry.backup");
    assert_eq!(tenantry("backup", &backup, &here).code, Some(0));
    let refused = |machine: &Machine, file: &Path, words: &str| {
        let before = machine.data_dir().exists().then(|| Records::at(&machine.url()).all());
        let ended = tenantry("restore", file, machine);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{words}: {ended:?}");
        assert!(ended.err.contains(words), "{words}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        if let Some(before) = before {
            before.assert_same(&Records::at(&machine.url()).all(), words);
        }
    };
    // A directory in use, and one that was used.
    let in_use =
        if on_postgres() { "is in use by a running server" } else { "is in use by a running server; stop that first" };
    refused(&here, &backup, in_use);
    drop(serving);
    let used =
        if on_postgres() { "has tables already" } else { "is there already; restore fills an empty directory only" };
    refused(&here, &backup, used);

    // Files that are no backup, are damaged, or come from a newer version.
    refused(&there, &file(&here, "none.backup"), "there is no backup at");
    let text = file(&here, "text.backup");
    std::fs::write(&text, "nothing of ours").unwrap();
    refused(&there, &text, "text.backup cannot be opened as a backup: file is not a database");
    let empty = file(&here, "empty.backup");
    std::fs::write(&empty, "").unwrap();
    refused(&there, &empty, "it is no backup that Tenantry made");
    let bytes = std::fs::read(&backup).unwrap();
    let damaged = file(&here, "damaged.backup");
    let middle = bytes.len() / 2;
    std::fs::write(&damaged, [&bytes[..middle], &vec![0x55; bytes.len() - middle]].concat()).unwrap();
    refused(&there, &damaged, "damaged.backup cannot be ");
    assert!(!there.data_dir().join("tenantry.db").exists() && !there.data_dir().join("secret.key").exists());

    // The same machine takes the good one.
    assert_eq!(tenantry("restore", &backup, &there).code, Some(0));
    let again = serve(&[], &there.with(&[]));
    ann.at(&again.base).get("/customers").await.see_path("/customers");
}

#[actix_web::test]
async fn an_older_backup_is_brought_up_to_date() {
    let (here, there) = (Machine::new(), Machine::new());
    let added = add_tenant("Acme", "ann@acme.example", &here.with(&[]));
    assert_eq!(added.code, Some(0), "{added:?}");
    // As the version before the last migration of this kind would have made it.
    let mut records = Records::at(&here.url());
    let last = "20261124000004";
    records.run(&format!(
        "drop index users_waiting; drop index mails_failed;
         delete from __diesel_schema_migrations where version = '{last}'"
    ));
    let backup = file(&here, "old.backup");
    assert_eq!(tenantry("backup", &backup, &here).code, Some(0));
    let restored = tenantry("restore", &backup, &there);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(run(&["tenant", "list"], &there.with(&[])).out, "Acme\n");
    let migrated = run(&["migrate"], &there.with(&[]));
    assert!(migrated.out.ends_with("is up to date\n"), "{migrated:?}");
    assert!(shape(&mut Records::at(&there.url())).iter().any(|line| line.contains("users_waiting")));
}

#[test]
fn a_database_of_a_newer_version_is_not_opened() {
    let machine = Machine::new();
    assert_eq!(run(&["migrate"], &machine.with(&[])).code, Some(0));
    Records::at(&machine.url()).run("insert into __diesel_schema_migrations (version) values ('29991231000001')");
    for command in ["serve", "migrate", "demo"] {
        let ended = run(&[command], &machine.with(&[("TENANTRY_LISTEN", "127.0.0.1:0")]));
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{command}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(
            ended.err.contains("it was migrated by a newer Tenantry (29991231000001 is not known here)"),
            "{}",
            ended.err
        );
    }
}
