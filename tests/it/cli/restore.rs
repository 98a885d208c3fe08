//! `tenantry restore` without the key, of earlier versions, killed, and as another user.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::app::{SECRET_KEY, on_postgres};
use crate::support::forged::{Hidden, changed};
use crate::support::machine::Machine;
use crate::support::process::{Ended, command, run, serve_acme};
use crate::support::promise::size;
use crate::support::records::Records;

pub(super) const OTHER_KEY: &str = "another secret key of 32 characters or more";

/// A backup of a machine with a small tenant, its key in it if it is in a file.
pub(super) struct Made {
    pub(super) machine: Machine,
    pub(super) file: PathBuf,
    pub(super) key: Vec<u8>,
}

impl Made {
    pub(super) fn new() -> Self {
        Self::with(&[], if on_postgres() { &[] } else { &["--with-key"] })
    }

    fn with(settings: &[(&'static str, &str)], options: &[&str]) -> Self {
        let machine = Machine::new();
        let settings = machine.with(settings);
        let size = ["--customers", "12", "--devices", "30", "--assets", "5"];
        let demo = run(&[&["demo"], &size[..]].concat(), &settings);
        assert_eq!(demo.code, Some(0), "{demo:?}");
        let file = machine.dir.path().join("one.backup");
        let made = run(&[&["backup", file.to_str().unwrap()], options].concat(), &settings);
        assert_eq!(made.code, Some(0), "{made:?}");
        let kept = std::fs::read(machine.data_dir().join("secret.key"));
        let given = || settings.iter().find(|(name, _)| *name == "TENANTRY_SECRET_KEY").unwrap().1.clone().into_bytes();
        let key = kept.unwrap_or_else(|_| given());
        Self { machine, file, key }
    }

    pub(super) fn changed(&self, name: &str, hidden: Hidden<'_>, sql: &str) -> PathBuf {
        changed(&self.file, name, hidden, sql)
    }
}

pub(super) fn restore(file: &Path, machine: &Machine, options: &[&str], settings: &[(&'static str, &str)]) -> Ended {
    run(&[&["restore", file.to_str().unwrap()], options].concat(), &machine.with(settings))
}

/// What is left in a place, if anything.
fn left(machine: &Machine) -> Vec<String> {
    let mut left: Vec<String> = std::fs::read_dir(machine.data_dir())
        .map(|files| files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    if on_postgres() {
        left.extend(
            Records::at(&machine.url())
                .lines("select tablename::text as line from pg_tables where schemaname = 'public'"),
        );
    }
    left
}

/// Fails unless it is refused in one line that has these words and in which nothing steers a terminal, and nothing is left.
#[track_caller]
pub(super) fn refused(ended: &Ended, words: &str, machine: &Machine) {
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{words}: {ended:?}");
    assert!(ended.err.contains(words), "{words}: {}", ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(!ended.err.trim_end().chars().any(char::is_control), "{:?}", ended.err);
    assert_eq!(left(machine), [] as [String; 0], "{words}: something was left");
}

#[test]
fn a_backup_holds_the_secret_key_only_if_asked_to() {
    if on_postgres() {
        return; // There the key is a setting.
    }
    let made = Made::with(&[], &[]);
    let bytes = std::fs::read(&made.file).unwrap();
    assert!(!bytes.windows(32).any(|window| window == made.key), "the key is in it");
    let there = Machine::new();
    refused(&restore(&made.file, &there, &[], &[]), "it holds no secret key; give the one", &there);
    let wrong = made.machine.dir.path().join("wrong.key");
    std::fs::write(&wrong, [7; 32]).unwrap();
    let wrong = ["--key-file", wrong.to_str().unwrap()];
    refused(&restore(&made.file, &there, &wrong, &[]), "wrong.key is not the one that it was made under", &there);
    refused(
        &restore(&made.file, &there, &[], &[("TENANTRY_SECRET_KEY", OTHER_KEY)]),
        "it was made under another secret key than TENANTRY_SECRET_KEY; set that to the key of the backup",
        &there,
    );
    let missing = ["--key-file", "no/such.key"];
    refused(&restore(&made.file, &there, &missing, &[]), "no/such.key cannot be read", &there);
    // One that was kept is as good as one that is given, if it is the right one.
    std::fs::create_dir(there.data_dir()).unwrap();
    let kept = there.data_dir().join("secret.key");
    std::fs::write(&kept, [7; 32]).unwrap();
    let ended = restore(&made.file, &there, &[], &[]);
    assert!(ended.err.contains("secret.key is another secret key than the one"), "{ended:?}");
    assert_eq!((left(&there).len(), std::fs::read(&kept).unwrap()), (1, vec![7; 32]));
    std::fs::write(&kept, &made.key).unwrap();
    let ended = restore(&made.file, &there, &[], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");

    let there = Machine::new();
    let key = made.machine.data_dir().join("secret.key");
    let ended = restore(&made.file, &there, &["--key-file", key.to_str().unwrap()], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    let kept = there.data_dir().join("secret.key");
    assert_eq!(std::fs::read(&kept).unwrap(), made.key);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let verified = run(&["audit", "verify"], &there.with(&[]));
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn a_key_that_is_a_setting_is_given_again_as_one_or_as_a_line_of_a_file() {
    let made = Made::with(&[("TENANTRY_SECRET_KEY", SECRET_KEY)], &[]);
    let there = Machine::new();
    let ended = restore(&made.file, &there, &[], &[("TENANTRY_SECRET_KEY", OTHER_KEY)]);
    refused(&ended, "replace the key by `tenantry rekey` afterwards", &there);
    let ended = restore(&made.file, &there, &[], &[("TENANTRY_SECRET_KEY", SECRET_KEY)]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert!(!there.data_dir().join("secret.key").exists());
    if on_postgres() {
        return;
    }
    let there = Machine::new();
    let line = made.machine.dir.path().join("line.key");
    std::fs::write(&line, format!("{SECRET_KEY}\n")).unwrap();
    let ended = restore(&made.file, &there, &["--key-file", line.to_str().unwrap()], &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert_eq!(run(&["audit", "verify"], &there.with(&[])).code, Some(0));
    let asked = run(&["backup", "x.backup", "--with-key"], &made.machine.with(&[("TENANTRY_SECRET_KEY", SECRET_KEY)]));
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.err.contains("--with-key is for a key in the data directory"), "{}", asked.err);
}

#[test]
fn a_backup_of_an_earlier_version_is_restored_and_told_to_have_no_seal() {
    let (made, there) = (Made::new(), Machine::new());
    let old = made.changed("old.backup", Hidden::Unsealed, "select 1");
    let ended = restore(&old, &there, &[], &[]);
    // Of a version whose backups all have one, it is one that somebody took it from.
    if ended.code == Some(1) {
        return refused(&ended, "cannot be restored", &there);
    }
    assert!(ended.err.starts_with("This backup has no seal"), "{ended:?}");
    Records::at(&made.machine.url()).all().assert_same(&Records::at(&there.url()).all(), "an old backup");
}

#[test]
fn a_restore_that_is_killed_is_not_in_the_way_of_the_next() {
    let (made, there) = (Made::new(), Machine::new());
    let other = Made::new();
    let file = made.file.to_str().unwrap();
    for n in 0..size(60, 6) {
        let mut child = command(&["restore", file], &there.with(&[])).spawn().unwrap();
        // At whatever it has come to.
        let mut looks = 0;
        while looks < n * 40 && child.try_wait().unwrap().is_none() {
            looks += usize::from(there.data_dir().exists());
            std::thread::yield_now();
        }
        let _ = child.kill();
        if child.wait().unwrap().success() {
            break;
        }
        let found = left(&there);
        assert!(!found.contains(&"tenantry.db".to_owned()) && !found.contains(&"tenants".to_owned()), "{found:?}");
    }
    if !on_postgres() {
        if there.data_dir().exists() {
            std::fs::remove_dir_all(there.data_dir()).unwrap();
        }
        // Between the key and the database, and whatever lay there before them.
        let half = there.data_dir().join("tenantry.db.restoring");
        std::fs::create_dir_all(&half).unwrap();
        for path in [half.join("secret.key"), there.data_dir().join("secret.key"), half.join("whole-wal")] {
            std::fs::write(path, &made.key).unwrap();
        }
        std::fs::write(there.data_dir().join("secret.key.restoring"), "half a key").unwrap();
        let ended = restore(&other.file, &there, &[], &[]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
        let mut found = left(&there);
        found.sort();
        assert_eq!(found, ["lock", "secret.key", "tenantry.db", "tenantry.db.lock"]);
        assert_eq!(std::fs::read(there.data_dir().join("secret.key")).unwrap(), other.key);
    }
}

#[actix_web::test]
async fn what_root_makes_belongs_to_whom_the_directory_belongs() {
    const OWNER: u32 = 47_111;
    use std::os::unix::fs::{MetadataExt as _, chown};
    let here = Machine::new();
    if std::fs::metadata(here.dir.path()).unwrap().uid() != 0 {
        return; // Nobody else may give files away.
    }
    let (serving, _ann) = serve_acme(&here.with(&[])).await;
    drop(serving);
    let backup = here.dir.path().join("one.backup");
    let key: &[&str] = if on_postgres() { &[] } else { &["--with-key"] };
    assert_eq!(run(&[&["backup", backup.to_str().unwrap()], key].concat(), &here.with(&[])).code, Some(0));

    let there = Machine::new();
    let backups = there.data_dir().join("backups");
    std::fs::create_dir_all(&backups).unwrap();
    for path in [there.data_dir(), backups.clone()] {
        chown(path, Some(OWNER), Some(OWNER)).unwrap();
    }
    let (two, three) = (backups.join("two.backup"), backups.join("three.tenant"));
    let settings = there.with(&[]);
    for arguments in [
        &["restore", backup.to_str().unwrap()][..],
        &["tenant", "list"],
        &["tenant", "add", "Other", "--email", "eve@other.example"],
        &["backup", two.to_str().unwrap()],
        &["tenant", "export", "Other", three.to_str().unwrap()],
        &["audit", "verify"],
        &["migrate"],
        &["doctor"],
    ] {
        let ended = run(arguments, &settings);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
        let files = |directory: &Path| std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
        let all: Vec<PathBuf> = files(&there.data_dir()).chain(files(&backups)).collect();
        assert!(all.len() > 1);
        for file in all {
            let found = std::fs::metadata(&file).unwrap();
            assert_eq!((found.uid(), found.gid()), (OWNER, OWNER), "{} after {arguments:?}", file.display());
        }
    }
}
