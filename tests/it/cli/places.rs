//! Where commands work: only some make a database, and a SQLite database has one server.

use std::path::Path;

use crate::support::actor::Actor;
use crate::support::app::{SECRET_KEY, on_postgres};
use crate::support::machine::Machine;
use crate::support::process::{Ended, add_tenant, command, run, serve};
use crate::support::promise::keep;
use crate::support::records::Records;

/// Commands that work with a database and make none.
const FINDING: [&[&str]; 14] = [
    &["tenant", "list"],
    &["tenant", "add", "Acme", "--email", "ann@acme.example"],
    &["tenant", "admin", "Acme", "--email", "ann@acme.example"],
    &["tenant", "export", "Acme", "never.tenantry"],
    &["tenant", "import", "Cargo.toml"],
    &["tenant", "delete", "Acme", "Cargo.toml"],
    &["import", "customers", "Cargo.toml", "--tenant", "Acme"],
    &["export", "customers", "--tenant", "Acme"],
    &["export", "devices", "--tenant", "Acme"],
    &["audit", "verify"],
    &["backup", "never.tenantry"],
    &["rekey"],
    &["rekey", "--key-lost"],
    &["doctor"],
];

fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn tables(machine: &Machine) -> i64 {
    Records::at(&machine.url()).number("select count(*) as n from pg_catalog.pg_tables where schemaname = 'public'")
}

/// One line that says why, and 1 or 2.
fn is_refused(ended: &Ended, arguments: &[&str]) -> bool {
    let lines = if arguments == ["doctor"] { 1 } else { ended.err.lines().count() };
    matches!(ended.code, Some(1 | 2)) && lines == 1 && (arguments == ["doctor"] || ended.out.is_empty())
}

#[test]
fn only_commands_that_say_so_make_anything_in_an_empty_place() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for arguments in FINDING {
        let machine = Machine::new();
        // A directory that is not there, and one that is and holds nothing.
        for made in [false, true] {
            if made {
                std::fs::create_dir(machine.data_dir()).unwrap();
            }
            let old = [("TENANTRY_OLD_SECRET_KEY", "another secret key of 32 characters or more")];
            let more = if arguments == ["rekey"] && on_postgres() { &old[..] } else { &[] };
            let ended = run(arguments, &machine.with(more));
            tried += 1;
            let nothing = if made { entries(&machine.data_dir()).is_empty() } else { !machine.data_dir().exists() };
            // On PostgreSQL the lock of whoever works alone is in the data directory.
            let nothing = nothing || on_postgres() && arguments[0] == "rekey";
            let nothing = nothing && (!on_postgres() || tables(&machine) == 0);
            if !is_refused(&ended, arguments) || !nothing || Path::new("never.tenantry").exists() {
                wrong.push(format!("{arguments:?}: {ended:?}, {nothing}"));
            }
        }
    }
    let seen = format!("{tried} commands in empty places, {} made something or said nothing: {wrong:?}", wrong.len());
    keep("An empty directory by mistake is told, and nothing made", &seen, "0", wrong.is_empty());
}

#[test]
fn who_makes_a_database_says_so() {
    let said = |machine: &Machine, arguments: &[&str]| {
        let ended = run(arguments, &machine.with(&[]));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.out + &ended.err
    };
    let machine = Machine::new();
    assert!(said(&machine, &["migrate"]).contains("Created a new database: "));
    assert!(!said(&machine, &["migrate"]).contains("Created"));
    assert!(said(&Machine::new(), &["demo", "--customers", "3"]).contains("Created a new database: "));
    let mut serving = serve(&[], &Machine::new().with(&[]));
    serving.line("Created a new database: ");
}

#[test]
fn a_database_has_one_server_on_sqlite_and_any_number_on_postgresql() {
    let machine = Machine::new();
    let listen = ("TENANTRY_LISTEN", "127.0.0.1:0");
    let key = ("TENANTRY_SECRET_KEY", SECRET_KEY);
    let first = serve(&[], &machine.with(&[key]));
    if on_postgres() {
        drop(serve(&[], &machine.with(&[])));
        return;
    }
    let elsewhere = machine.dir.path().join("elsewhere");
    let url = machine.url();
    let other = [key, listen, ("TENANTRY_DATA_DIR", elsewhere.to_str().unwrap()), ("DATABASE_URL", &url)];
    for settings in [machine.with(&[key, listen]), machine.with(&other)] {
        let second = run(&["serve"], &settings);
        assert_eq!((second.code, second.out.as_str(), second.err.lines().count()), (Some(1), "", 1), "{second:?}");
        assert!(second.err.contains("is in use by another server"), "{second:?}");
    }
    // Commands work beside it, and the next server when it has ended.
    assert_eq!(add_tenant("Acme", "ann@acme.example", &machine.with(&[key])).code, Some(0));
    assert_eq!(run(&["backup", machine.dir.path().join("b").to_str().unwrap()], &machine.with(&[key])).code, Some(0));
    drop(first);
    drop(serve(&[], &machine.with(&[key])));
}

#[test]
fn a_file_in_the_place_of_the_data_directory_is_called_so() {
    let machine = Machine::new();
    std::fs::write(machine.data_dir(), "").unwrap();
    for arguments in [&["serve"][..], &["tenant", "list"], &["migrate"]] {
        let refused = run(arguments, &machine.with(&[]));
        if on_postgres() && arguments == ["tenant", "list"] {
            continue; // It needs no directory.
        }
        assert_eq!((refused.code, refused.err.lines().count()), (Some(2), 1), "{refused:?}");
        assert!(refused.err.contains("is not a directory") && !refused.err.contains("exists"), "{refused:?}");
    }
}

#[actix_web::test]
async fn all_that_is_made_is_for_its_owner_alone_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    let machine = Machine::new();
    std::fs::create_dir(machine.data_dir()).unwrap();
    std::fs::set_permissions(machine.data_dir(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let settings = machine.with(&[("TENANTRY_LISTEN", "127.0.0.1:0"), ("TENANTRY_SECRET_KEY", SECRET_KEY)]);
    let program = command(&[], &settings).get_args().last().unwrap().to_owned();
    let mut child = std::process::Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" serve"])
        .arg(program)
        .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap())).map(Result::unwrap);
    let base = lines.find_map(|line| line.strip_prefix("Tenantry is ready at ").map(str::to_owned)).unwrap();
    let made = run(&["tenant", "add", "Acme", "--email", "ann@acme.example"], &settings);
    let ann = Actor::new(&base);
    ann.submit(made.out.trim(), &[("password", crate::support::app::PASSWORD)]).await.see_path("/customers");
    ann.submit("/administrators/new", &[("email", "bob@acme.example")]).await.see("bob@acme.example");
    let mail = machine.data_dir().join("mail");
    while !mail.exists() || entries(&mail).is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let backup = machine.dir.path().join("backup");
    let program = command(&[], &settings).get_args().last().unwrap().to_owned();
    let mut backing = std::process::Command::new("sh");
    backing.args(["-c", "umask 0; exec \"$0\" backup \"$1\""]).arg(program).arg(&backup);
    assert!(
        backing.envs(settings.iter().map(|(name, value)| (*name, value.as_str()))).output().unwrap().status.success()
    );

    let mut open = Vec::new();
    for dir in [machine.data_dir(), mail] {
        for name in entries(&dir) {
            let path = dir.join(&name);
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                open.push(format!("{name} {mode:o}"));
            }
        }
    }
    child.kill().unwrap();
    let mut log = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut log).unwrap();
    child.wait().unwrap();
    assert_eq!(open, [""; 0]);
    assert!(log.contains("is open to others on this machine"), "{log}");
}
