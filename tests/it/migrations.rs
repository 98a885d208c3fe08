//! Migrations that have landed stay as they are: databases out there have run them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

const LANDED: &str = include_str!("../migrations.sha256");

/// The hash of every file below a directory, by its path from `root`.
fn hashes(root: &Path, directory: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(root.join(directory)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{directory}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            hashes(root, &path, found);
        } else {
            let hash = Sha256::digest(std::fs::read(entry.path()).unwrap());
            found.insert(path, hash.iter().map(|byte| format!("{byte:02x}")).collect());
        }
    }
}

/// What is wrong with the files in `found`, by name; nothing if they are as they landed.
fn complaints(landed: &str, found: &BTreeMap<String, String>) -> String {
    let lines = landed.lines().filter(|line| !line.starts_with('#'));
    let landed: BTreeMap<&str, &str> =
        lines.map(|line| line.split_once("  ").unwrap()).map(|(hash, path)| (path, hash)).collect();
    let mut complaints = String::new();
    for (path, hash) in &landed {
        match found.get(*path) {
            Some(now) if now == hash => {}
            Some(_) => {
                writeln!(complaints, "{path} was changed after it landed; undo that, and add a new one").unwrap()
            }
            None => writeln!(complaints, "{path} has landed and is gone").unwrap(),
        }
    }
    for (path, hash) in found.iter().filter(|(path, _)| !landed.contains_key(path.as_str())) {
        writeln!(complaints, "{path} is new; add this line to tests/migrations.sha256:\n{hash}  {path}").unwrap();
    }
    complaints
}

#[test]
fn what_has_landed_is_never_changed() {
    let mut found = BTreeMap::new();
    hashes(Path::new(env!("CARGO_MANIFEST_DIR")), "migrations", &mut found);
    let complaints = complaints(LANDED, &found);
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn what_is_changed_gone_or_new_is_named() {
    let found = |all: &[(&str, &str)]| all.iter().map(|(path, hash)| ((*path).into(), (*hash).into())).collect();
    let landed = "# A comment\naa  one/up.sql\nbb  two/up.sql\n";
    assert_eq!(complaints(landed, &found(&[("one/up.sql", "aa"), ("two/up.sql", "bb")])), "");
    assert_eq!(
        complaints(landed, &found(&[("one/up.sql", "ab"), ("three/up.sql", "cc")])),
        "one/up.sql was changed after it landed; undo that, and add a new one\ntwo/up.sql has landed and is gone\n\
         three/up.sql is new; add this line to tests/migrations.sha256:\ncc  three/up.sql\n"
    );
}
