//! `tenantry tenant export` and `tenantry tenant import`: one tenant moves into another installation.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::actor::Actor;
use crate::support::app::{App, PASSWORD, SECRET_KEY, Setup, on_postgres};
use crate::support::machine::Machine;
use crate::support::peak::run_and_measure;
use crate::support::process::{Ended, add_tenant, run, serve};
use crate::support::promise::size;
use crate::support::records::Records;
use crate::support::smtp::{Mode, Security, Sink};
use crate::upgrade::{assert_works, filling};

pub(super) const OTHER_KEY: &str = "another secret key of 32 characters or more";

/// Tables whose rows stay where they are, and why.
const LEFT: [&str; 4] = [
    "form_posts",      // answers to forms that were sent there
    "impersonations",  // sign somebody in
    "sessions",        // sign somebody in
    "sign_in_choices", // sign somebody in
];
/// Columns that are others afterwards, and why.
const OTHERS: [(&str, &str); 8] = [
    ("audit_entries", "hash"), // under another key
    ("audit_heads", "hash"),
    ("audit_heads", "code"),
    ("audit_heads", "n"), // the import has an entry
    ("mails", "sealed"),  // under another key, with links that lead to the new place
    ("mails", "lease_until"),
    ("jobs", "lease_until"), // no process works on it yet
    ("jobs", "runner"),
];

type Settings = Vec<(&'static str, String)>;

/// The settings of a machine whose key is this one.
pub(super) fn under(machine: &Machine, key: &str) -> Settings {
    machine.with(&[("TENANTRY_SECRET_KEY", key)])
}

pub(super) fn tenant(arguments: &[&str], settings: &Settings) -> Ended {
    run(&[&["tenant"], arguments].concat(), settings)
}

/// A machine on which Gamma is at home, under another key.
pub(super) fn elsewhere() -> Machine {
    let there = Machine::new();
    let added = add_tenant("Gamma", "admin@gamma.example", &under(&there, OTHER_KEY));
    assert_eq!(added.code, Some(0), "{added:?}");
    there
}

/// Exports a tenant into a file.
pub(super) fn exported(machine: &Machine, settings: &Settings, title: &str, more: &[&str]) -> PathBuf {
    let file = machine.dir.path().join("acme.tenant");
    let made = tenant(&[&["export", title, file.to_str().unwrap()], more].concat(), settings);
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{made:?}");
    assert!(made.out.starts_with(&format!("{}: Acme, ", file.display())), "{}", made.out);
    assert!(made.out.ends_with(", checked\n"), "{}", made.out);
    file
}

/// Acme with everything that leaves a row, and Beta beside it.
async fn filled(sink: &Sink) -> Machine {
    let machine = Machine::new();
    assert_eq!(run(&["migrate"], &under(&machine, SECRET_KEY)).code, Some(0));
    let place = Some((machine.data_dir(), machine.url()));
    let app = App::start(Setup { smtp_url: Some(sink.url()), place, ..Setup::default() }).await;
    filling::fill(&app, sink).await;
    drop(app);
    Records::at(&machine.url()).let_work();
    machine
}

/// The rows of Acme, table by table, as text.
fn rows(records: &mut Records, skip: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (table, columns) in records.tables() {
        let of = match columns.iter().any(|column| column == "tenant_id") {
            true => "tenant_id",
            false if table == "tenants" => "id",
            false => continue,
        };
        let kept = columns.iter().filter(|column| {
            // The number of a row of SQLite, by which it is found in the index for searching.
            let is_number = matches!(table.as_str(), "customers" | "things") && *column == "seq";
            !is_number && !skip.contains(&(&table, column))
        });
        let quote = if matches!(records, Records::Sqlite(_)) { "quote({})" } else { "quote_nullable({}::text)" };
        let values: Vec<String> = kept.map(|column| quote.replace("{}", column)).collect();
        // That it was imported is known where it is now.
        let but = if table == "audit_entries" { " and action <> 'import'" } else { "" };
        let sql = format!(
            "select {} as line from {table} where {of} = (select id from tenants where title = 'Acme'){but} order by 1",
            values.join(" || ', ' || ")
        );
        found.insert(table, records.lines(&sql));
    }
    found
}

/// Everything that is written in a file: what it says of itself, and its rows.
fn content(file: &Path) -> String {
    let mut content = String::new();
    let mut open = Records::at(&format!("sqlite:{}", file.display()));
    content += &open.lines("select quote(title) || quote(public_url) as line from tenantry_tenant").concat();
    for piece in open.lines("select name || ' ' || hex(content) as line from tenantry_rows order by seq") {
        let (table, hex) = piece.split_once(' ').unwrap();
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect();
        content += &format!("\n{table}: ");
        flate2::read::DeflateDecoder::new(&bytes[..]).read_to_string(&mut content).unwrap();
    }
    content
}

/// Fails unless what is kept twice is the same at both places, and the audit logs are as they were written.
#[track_caller]
fn assert_sound(machine: &Machine, settings: &Settings) {
    assert_eq!(Records::at(&machine.url()).wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent_at(&machine.url());
    let verified = run(&["audit", "verify"], settings);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(verified.out.contains("Acme: "), "{verified:?}");
}

#[actix_web::test]
async fn a_tenant_moves_whole_into_another_installation_under_another_key() {
    let sink = Sink::start(Security::None);
    let (here, there) = (filled(&sink).await, elsewhere());
    let mut source = Records::at(&here.url());
    source.run("update jobs set runner = asked_by, lease_until = created_at where ended_at is null");
    let before = rows(&mut source, &OTHERS);
    let file = exported(&here, &under(&here, SECRET_KEY), "acme", &[]);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let all = content(&file);
    assert!(all.contains("admin@acme.example") && all.contains("mia@pier.example"));
    assert!(!all.contains("beta.example"), "another tenant is in it");
    for table in before.keys() {
        assert_eq!(all.contains(&format!("\n{table}: ")), !LEFT.contains(&table.as_str()), "rows of {table}");
    }

    let settings = under(&there, OTHER_KEY);
    let more =
        [("TENANTRY_OLD_SECRET_KEY", SECRET_KEY.to_owned()), ("TENANTRY_PUBLIC_URL", "https://new.example".into())];
    let imported = tenant(&["import", file.to_str().unwrap()], &[&settings[..], &more].concat());
    assert_eq!((imported.code, imported.err.as_str()), (Some(0), ""), "{imported:?}");
    assert!(imported.out.starts_with("Acme: imported, with ") && imported.out.ends_with(" of the audit log\n"));
    let mut target = Records::at(&there.url());
    let after = rows(&mut target, &OTHERS);
    let at_work = "select count(*) from jobs where runner is not null or lease_until is not null";
    assert_eq!((source.number(at_work) > 0, target.number(at_work)), (true, 0), "no process works on what moved");
    for (table, rows) in &before {
        let wanted = if LEFT.contains(&table.as_str()) { &Vec::new() } else { rows };
        assert_eq!(&after[table], wanted, "{table}");
    }
    assert_sound(&there, &settings);

    // Whoever had a password has it, searching finds what is there, and what was under way goes on.
    let server = serve(&[], &[&settings[..], &[("SMTP_URL", sink.url())]].concat());
    assert_works(&server).await;
    Records::at(&there.url()).run("update mails set due_at = created_at where state = 'queued'");
    sink.set_mode(Mode::Accept);
    let mail = sink.mail_to("bob@acme.example").await;
    let path = mail.links()[0].strip_prefix("https://new.example").expect("a link that leads to the new place");
    let bob = Actor::new(&server.base);
    bob.submit(path, &[("password", PASSWORD)]).await.see_path("/customers");
    bob.get("/audit?action=import").await.see("The operator imported tenant Acme");
    drop(server);
    assert_sound(&there, &settings);
    assert_eq!(tenant(&["list"], &settings).out, "Acme\nGamma\n");
    // Where it was, everything is as before.
    assert_eq!(rows(&mut source, &OTHERS), before);
}

#[actix_web::test]
async fn without_passwords_nothing_is_in_the_file_that_somebody_could_sign_in_with_or_guess_by() {
    let sink = Sink::start(Security::None);
    let (here, there) = (filled(&sink).await, elsewhere());
    let file = exported(&here, &under(&here, SECRET_KEY), "Acme", &["--without-passwords"]);
    let (all, mut source) = (content(&file), Records::at(&here.url()));
    assert!(all.contains("mia@pier.example") && !all.contains("argon2"));
    // Whatever a column holds whose name says that it is a secret; of the audit log it is what vouches for entries.
    let (mut secrets, mut tried) = (Vec::new(), 0);
    for (table, columns) in source.tables().into_iter().filter(|(table, _)| !table.starts_with("audit_")) {
        let is_secret = |column: &&String| {
            ["hash", "secret", "token", "password", "sealed"].iter().any(|word| column.contains(word))
        };
        for column in columns.iter().filter(is_secret) {
            let text = match column.as_str() {
                "password_hash" => column.to_owned(),
                _ if on_postgres() => format!("encode({column}, 'hex')"),
                _ => format!("lower(hex({column}))"),
            };
            let sql = format!("select {text} as line from {table} where {column} is not null");
            let found = source.lines(&sql);
            tried += found.len();
            secrets.extend(
                found.into_iter().filter(|secret| all.contains(secret.as_str())).map(|_| format!("{table}.{column}")),
            );
        }
    }
    assert!(tried > 10 && secrets.is_empty(), "{tried} secrets, of which are in the file: {secrets:?}");
    for table in ["links", "link_secrets", "known_browsers"] {
        assert!(!all.contains(&format!("\n{table}: ")), "rows of {table}");
    }

    // While a server runs.
    let settings = under(&there, OTHER_KEY);
    let server = serve(&[], &settings);
    let old = [("TENANTRY_OLD_SECRET_KEY", SECRET_KEY.to_owned())];
    let imported = tenant(&["import", file.to_str().unwrap()], &[&settings[..], &old].concat());
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert!(imported.err.starts_with("There are no passwords in it: let an administrator in by"), "{imported:?}");
    assert_eq!(imported.err.lines().count(), 1);
    let ann = Actor::new(&server.base);
    ann.sign_in("admin@acme.example", PASSWORD).await.see_status(422);
    let link = tenant(&["admin", "Acme", "--email", "admin@acme.example"], &settings);
    assert_eq!(link.code, Some(0), "{link:?}");
    ann.submit(link.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    let mia = ann.get(&ann.get("/users?q=mia").await.href("mia@pier.example")).await;
    mia.see("Not invited yet");
    ann.get("/administrators").await.see("It was left out when the tenant moved; send it again.");
    drop(server);
    assert_sound(&there, &settings);
}

#[test]
fn a_tenant_moves_between_both_databases_and_back() {
    if !on_postgres() {
        return; // there is only one
    }
    let (here, back) = (Machine::new(), Machine::new());
    let demo = run(&["demo", "--customers", "60", "--devices", "900", "--assets", "20"], &under(&here, SECRET_KEY));
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let mut source = Records::at(&here.url());
    source.run("update tenants set title = 'Acme', title_key = 'acme'");
    // A file of SQLite, whose key is its own.
    let between = here.dir.path().join("between");
    let file = format!("sqlite:{}", between.join("tenantry.db").display());
    let settings: Settings =
        vec![("TENANTRY_DATA_DIR", between.to_str().unwrap().into()), ("DATABASE_URL", file.clone())];
    let old = [("TENANTRY_OLD_SECRET_KEY", SECRET_KEY.to_owned())];
    assert_eq!(run(&["migrate"], &settings).code, Some(0));
    let moved = exported(&here, &under(&here, SECRET_KEY), "Acme", &[]);
    let imported = tenant(&["import", moved.to_str().unwrap()], &[&settings[..], &old].concat());
    assert_eq!(imported.code, Some(0), "{imported:?}");
    assert_eq!(Records::at(&file).wrong_numbers(), [] as [String; 0]);
    crate::inventory::assert_consistent_at(&file);
    assert_eq!(run(&["audit", "verify"], &settings).code, Some(0));
    let found = Records::at(&file)
        .lines("select cast(count(*) as text) as line from things_search where things_search match '\"dev\"'");
    let there =
        Records::at(&file).lines("select cast(count(*) as text) as line from things where search_key like '%dev%'");
    assert_eq!(found, there);

    std::fs::remove_file(&moved).unwrap();
    let moved = exported(&here, &settings, "Acme", &[]);
    assert_eq!(run(&["migrate"], &under(&back, SECRET_KEY)).code, Some(0));
    let key = between.join("secret.key");
    let imported =
        tenant(&["import", moved.to_str().unwrap(), "--key-file", key.to_str().unwrap()], &under(&back, SECRET_KEY));
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let mut others = OTHERS.to_vec();
    others.extend([("audit_entries", "slot"), ("audit_entries", "seq"), ("audit_heads", "slot")]);
    let (before, after) = (rows(&mut source, &others), rows(&mut Records::at(&back.url()), &others));
    for (table, rows) in &before {
        assert!(LEFT.contains(&table.as_str()) || after[table] == *rows, "{table}");
    }
    assert_sound(&back, &under(&back, SECRET_KEY));
}

#[test]
fn export_and_import_need_little_memory_however_much_a_tenant_has() {
    const MOST: u64 = 100;
    let (here, there) = (Machine::new(), elsewhere());
    let from = under(&here, SECRET_KEY);
    let devices = size(400_000, 20_000).to_string();
    let demo = run(&["demo", "--customers", "2000", "--devices", &devices, "--assets", "500"], &from);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let title = tenant(&["list"], &from).out.trim().to_owned();
    let file = here.dir.path().join("large.tenant");
    let file = file.to_str().unwrap();
    let old = [("TENANTRY_OLD_SECRET_KEY", SECRET_KEY.to_owned())];

    let (made, exporting) = run_and_measure(&["tenant", "export", &title, file], &from);
    assert_eq!(made.code, Some(0), "{made:?}");
    let to = [&under(&there, OTHER_KEY)[..], &old].concat();
    let (imported, importing) = run_and_measure(&["tenant", "import", file], &to);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let (deleted, deleting) = run_and_measure(&["tenant", "delete", &title, file], &from);
    assert_eq!(deleted.code, Some(0), "{deleted:?}");

    let most = exporting.max(importing).max(deleting);
    assert!(most <= MOST, "{exporting}, {importing} and {deleting} MB");
}
