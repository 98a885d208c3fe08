//! A backup that somebody changed: without the secret key, or with it.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::records::Records;

/// What a backup ends with: a name, a digest, and a code.
const SEAL: usize = 16 + 32 + 32;

/// How whoever changed a file hides it.
#[derive(Debug, Clone, Copy)]
pub enum Hidden<'a> {
    /// Not at all.
    Not,
    /// The digest is right again.
    Digest,
    /// The seal is put again, with this key.
    Key(&'a [u8]),
    /// The seal is away, and the file says that it has none, as those of earlier versions do.
    Unsealed,
}

const UNSEALED: &str = "create table head_before as select * from tenantry_backup; drop table tenantry_backup;
    create table tenantry_backup (made_at integer not null primary key, kind text not null,
    product text not null, migrations text not null, tenants integer not null, key_print text not null, key blob);
    insert into tenantry_backup select made_at, kind, product, migrations, tenants, key_print, key from head_before;
    drop table head_before;";

/// A copy of a backup in which statements of SQL changed something.
pub fn changed(backup: &Path, name: &str, hidden: Hidden<'_>, sql: &str) -> PathBuf {
    let to = backup.with_file_name(name);
    let bytes = std::fs::read(backup).unwrap();
    let (content, seal) = bytes.split_at(bytes.len() - SEAL);
    std::fs::write(&to, content).unwrap();
    let mut records = Records::at(&format!("sqlite:{}", to.display()));
    records.run("pragma foreign_keys = off");
    if matches!(hidden, Hidden::Unsealed) {
        records.run(UNSEALED);
    }
    records.run(sql);
    drop(records);
    let mut content = std::fs::read(&to).unwrap();
    let digest = Sha256::digest(&content);
    match hidden {
        Hidden::Not => content.extend(seal),
        Hidden::Digest => content.extend([&seal[..16], digest.as_slice(), &seal[48..]].concat()),
        Hidden::Key(key) => content.extend([&seal[..16], digest.as_slice(), &code(key, &digest)].concat()),
        Hidden::Unsealed => {}
    }
    std::fs::write(&to, content).unwrap();
    to
}

fn code(key: &[u8], digest: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(key)).unwrap();
    mac.update(&6_u64.to_be_bytes());
    mac.update(b"backup");
    mac.update(digest);
    mac.finalize().into_bytes().to_vec()
}
