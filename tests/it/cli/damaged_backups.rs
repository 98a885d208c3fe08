//! `tenantry restore` of files that are not what they should be: damaged, or changed by somebody, with the key or without.

use std::path::Path;

use super::restore::{Made, OTHER_KEY, refused, restore};
use crate::support::app::on_postgres;
use crate::support::forged::Hidden;
use crate::support::machine::Machine;
use crate::support::process::run;
use crate::support::promise::{keep, size};
use crate::support::records::Records;

/// What whoever has the file, and the key as well, may put into it.
fn attacks() -> Vec<(&'static str, &'static str)> {
    let mut attacks = vec![
        (
            "create trigger evil after insert on tenantry_backup begin delete from tenantry_backup; end",
            "the trigger evil",
        ),
        ("create view more as select 1", "the view more"),
        ("create table more (a)", "the table more"),
        ("create index more on tenantry_backup (made_at)", "the index more"),
        ("alter table tenantry_backup add more text", "it is no backup that Tenantry made"),
        (
            "alter table tenantry_backup rename to more; create view tenantry_backup as select * from more",
            "it is no backup that Tenantry made",
        ),
        (
            "update tenantry_backup set migrations = char(27) || '[2J' || migrations",
            "it is no backup that Tenantry made",
        ),
        (
            "update tenantry_backup set kind = case kind when 'sqlite' then 'postgres' else 'sqlite' end",
            "it is a backup of ",
        ),
        (
            "update tenantry_backup set migrations = migrations || ' 29991231000001'",
            "it was made by a newer Tenantry (migration 29991231000001 is not known here)",
        ),
        ("update tenantry_backup set format = 3", "it was made by a newer Tenantry"),
        (
            "update tenantry_backup set key = x'0102030405'",
            "the secret key in it is not the one that it was made under",
        ),
        ("update tenantry_backup set key_print = 'nobody'", "it was made under"),
    ];
    if on_postgres() {
        attacks.extend([
            ("update tenantry_rows set name = char(27) || ']0;' || name where seq = 1", "no table of this version"),
            ("update tenantry_rows set name = 'pg_authid' where seq = 1", "no table of this version"),
            ("update tenantry_rows set n = n + 1 where seq = 1", "are missing"),
            ("update tenantry_rows set content = x'00' where seq = 1", "it is damaged"),
            ("delete from tenantry_rows where name = 'tenants'", "a row refers to one that is not there"),
        ]);
    } else {
        attacks.extend([
            ("create trigger evil after insert on customers begin delete from users; end", "the trigger evil"),
            ("drop table sessions; create view sessions as select * from users", "the view sessions"),
            ("drop index sqlite_autoindex_more", "x"),
            ("drop table sessions", "it has no "),
            ("alter table customers add more text", "the table customers"),
            ("delete from tenants", "refers to one that is not there"),
        ]);
        attacks.retain(|(sql, _)| !sql.starts_with("drop index"));
    }
    attacks
}

#[test]
fn a_damaged_or_hostile_backup_is_refused_and_nothing_is_left() {
    let (made, there) = (Made::new(), Machine::new());
    let (mut tried, mut taken) = (0, Vec::new());
    let mut attempt = |file: &Path, words: &str, what: &str| {
        let ended = restore(file, &there, &[], &[]);
        tried += 1;
        if ended.code == Some(0) {
            taken.push(what.to_owned());
        } else {
            refused(&ended, words, &there);
        }
    };
    // A bit that flipped, anywhere; a piece that is missing, or is too much.
    let whole = std::fs::read(&made.file).unwrap();
    let bent = made.file.with_file_name("bent.backup");
    let bits = size(2_000, 40);
    for n in 0..bits {
        let mut bytes = whole.clone();
        let at = (n * 2 + 1) * whole.len() / (bits * 2);
        bytes[at] ^= 1 << (n % 8);
        std::fs::write(&bent, &bytes).unwrap();
        attempt(&bent, "bent.backup cannot be ", &format!("bit {} of byte {at}", n % 8));
    }
    for cut in [1, 40, 80, 81, 5_000, whole.len() / 2, whole.len() - 10, whole.len()] {
        std::fs::write(&bent, &whole[..whole.len() - cut]).unwrap();
        attempt(&bent, "bent.backup cannot be ", &format!("{cut} bytes less"));
    }
    std::fs::write(&bent, [&whole[..], b"more"].concat()).unwrap();
    attempt(&bent, "it is damaged: its end is missing", "bytes more");
    // Whoever changes a row, by whatever means but the key.
    let row = "update tenantry_backup set tenants = 2";
    attempt(&made.changed("row", Hidden::Not, row), "its checksum is another", "a row");
    attempt(&made.changed("row", Hidden::Digest, row), "it was changed after it was made", "a row and the digest");
    attempt(&made.changed("row", Hidden::Key(OTHER_KEY.as_bytes()), row), "it was changed after it was made", "a key");
    if !on_postgres() {
        let file = made.changed("file", Hidden::Digest, "update customers set title = 'Xhine' where title is not null");
        attempt(&file, "it was changed after it was made", "titles");
    }
    // Whoever has the key as well.
    for (sql, words) in attacks() {
        attempt(&made.changed("forged", Hidden::Key(&made.key), sql), words, sql);
    }
    // What lies beside it is no part of it.
    for suffix in ["-journal", "-wal"] {
        std::fs::write(made.file.with_file_name(format!("one.backup{suffix}")), vec![0x55; 9_000]).unwrap();
    }
    let good = restore(&made.file, &there, &[], &[]);
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""), "the next good one: {good:?}");
    let mut records = Records::at(&made.machine.url());
    records.all().assert_same(&Records::at(&there.url()).all(), "what was restored after them");
    let seen = format!("{tried} damaged or hostile files, {} taken {taken:?}", taken.len());
    keep("A damaged or hostile backup", seen.trim_end_matches(" []"), "refused, nothing left", taken.is_empty());
}

#[test]
fn an_audit_log_that_was_changed_is_told_exactly() {
    let made = Made::new();
    if !on_postgres() {
        // Whoever has the key may do so, and the operator beside the server may have done it before the backup.
        let sql = "update audit_entries set title = 'Xhine' where rowid = (select min(rowid) from audit_entries)";
        let there = Machine::new();
        let ended = restore(&made.changed("forged", Hidden::Key(&made.key), sql), &there, &[], &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.err.starts_with("the audit log of "), "{}", ended.err);
        assert!(ended.err.contains(" is not as it was written: entry "), "{}", ended.err);
        let there = Machine::new();
        let ended = restore(&made.changed("forged", Hidden::Unsealed, sql), &there, &[], &[]);
        // Backups of this version all have a seal: one without it is one that somebody took it from.
        refused(&ended, "it is damaged: its end is missing", &there);
        return;
    }
    Records::at(&made.machine.url()).run("update audit_entries set title = 'Xhine'");
    let (file, there) = (made.file.with_file_name("two.backup"), Machine::new());
    assert_eq!(run(&["backup", file.to_str().unwrap()], &made.machine.with(&[])).code, Some(0));
    let ended = restore(&file, &there, &[], &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains(" is not as it was written: entry "), "{}", ended.err);
}
