//! Restoring: a file is believed nothing. Everything is checked before anything is put in its place, and what is put there
//! is put there at once.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::app::data_upgrade;
use crate::base::ownership::{adopt, adopt_as, directory_of};
use crate::cli::backup::container::{Container, kind};
use crate::cli::backup::key::Key;
use crate::cli::backup::part::{self, Part, private, rename_new, synchronize_directory_of};
use crate::cli::backup::seal::Seal;
use crate::cli::backup::{About, postgres};
use crate::cli::tenant_file;
use crate::config::DataDir;
use crate::db::{self, Access, Conn, DatabaseUrl};
use crate::tenancy::rows::{self, Named};
use crate::tenancy::{audit, installation};

/// The last migration of the versions whose backups end without a seal.
const LAST_UNSEALED: &str = "20261127000001";
/// The migration since which there are audit logs.
const AUDIT_LOGS: &str = "20261125000002";
/// What the directory is called in which a database is until it is whole.
const SUFFIX: &str = ".restoring";

/// What is wrong with a file whose database is under another key than its head says.
const OTHER_KEY: &str = "it was changed after it was made: its database is under another secret key";

/// The key, beside a database that is not in its place yet.
const KEY: &str = "secret.key";

/// What was restored.
pub struct Restored {
    /// What the backup says of itself.
    pub about: About,
    /// Of each tenant whose audit log is not as it was written, what is wrong with it.
    pub broken_logs: Vec<String>,
}

/// Puts a backup where nothing is yet, and brings the database up to date. `key_file`: where the secret key is, if it is
/// neither in the backup nor a setting.
///
/// # Errors
/// A sentence that says why it was refused or what failed; then nothing is there as before.
pub fn restore(place: &DataDir, file: &Path, key_file: Option<&Path>) -> Result<Restored> {
    if !file.is_file() {
        bail!("there is no backup at {}", file.display());
    }
    let cannot = || format!("{} cannot be restored", file.display());
    let (backup, container) = Backup::checked(place, file, key_file).with_context(cannot)?;
    let new_directory = !place.data_dir.exists();
    let alone = place.occupy_alone().map_err(anyhow::Error::msg)?;
    let restored = match &place.database {
        DatabaseUrl::Sqlite(path) => {
            drop(container);
            backup.put(place, path)
        }
        DatabaseUrl::Postgres(_) => backup.fill(place, container),
    };
    drop(alone);
    if restored.is_err() && new_directory {
        // Whatever else is in it is somebody's.
        let _ = std::fs::remove_file(place.data_dir.join("lock"));
        let _ = std::fs::remove_dir(&place.data_dir);
    }
    restored.with_context(cannot)
}

/// A file whose seal and key are right and that is whole.
struct Backup {
    path: PathBuf,
    seal: Option<Seal>,
    about: About,
    key: Key,
}

impl Backup {
    /// Looks at everything that can be known to be wrong before anything is touched.
    fn checked(place: &DataDir, file: &Path, key_file: Option<&Path>) -> Result<(Self, Container)> {
        let seal = Seal::check(file)?;
        let mut container = Container::open_unchanging(file)?;
        let about = container.about()?;
        if about.kind == tenant_file::KIND {
            bail!("it holds one tenant; `tenantry tenant import` puts it into an installation");
        }
        if about.kind != kind(place) {
            let name = |kind: &str| if kind == "sqlite" { "SQLite" } else { "PostgreSQL" };
            bail!("it is a backup of {}, and DATABASE_URL names {}", name(&about.kind), name(kind(place)));
        }
        let known = db::known(place.database.is_postgres()).map_err(anyhow::Error::msg)?;
        if let Some(version) = about.migrations.iter().find(|version| !known.contains(version)) {
            bail!(
                "it was made by a newer Tenantry (migration {version} is not known here); use that version or a newer one"
            );
        }
        let must_be_sealed = about.sealed || about.migrations.iter().any(|version| version.as_str() > LAST_UNSEALED);
        if seal.is_none() && must_be_sealed {
            bail!("it is damaged: its end is missing");
        }
        let kept = if unfinished(place) { None } else { place.kept_key().map_err(anyhow::Error::msg)? };
        let key = Key::of(&about, place, kept, key_file)?;
        if seal.as_ref().is_some_and(|seal| !seal.is_under(&key.secrets)) {
            bail!("it was changed after it was made: its seal is not under its secret key");
        }
        container.check_objects(&about, &[])?;
        container.check()?;
        Ok((Self { path: file.to_owned(), seal, about, key }, container))
    }

    /// Fills a directory.
    fn put(self, place: &DataDir, path: &Path) -> Result<Restored> {
        clear(place, path)?;
        if path.exists() {
            bail!("{} is there already; restore fills an empty directory only", path.display());
        }
        let cannot = || format!("{} cannot be written", path.display());
        let part = Part::begin(path, SUFFIX)?;
        let mut copy = private().write(true).open(&part.path).with_context(cannot)?;
        Seal::copy(self.seal.as_ref(), &self.path, &mut copy).with_context(cannot)?;
        drop(copy);
        Container::open(&part.path)?.undress().with_context(cannot)?;
        let url = DatabaseUrl::Sqlite(part.path.clone());
        let broken_logs = {
            let mut conn = url.connect(Access::Write).with_context(cannot)?;
            self.complete(&mut conn).with_context(cannot)?
        };
        adopt_as(&part.path, directory_of(path)).with_context(cannot)?;
        let kept = self.key.to_keep.as_ref().map(|key| keep(place, &part, key)).transpose()?;
        let finished = part.finish(path);
        if let (Err(_), Some(kept)) = (&finished, kept) {
            // The reason is reported below; a key that nothing uses would be in the way of the next restore.
            let _ = std::fs::remove_file(kept);
        }
        finished?;
        Ok(Restored { about: self.about, broken_logs })
    }

    /// Fills a database of PostgreSQL, in one transaction.
    fn fill(self, place: &DataDir, mut container: Container) -> Result<Restored> {
        let broken_logs = postgres::fill(&place.database, &mut container, &self.about, |conn| self.complete(conn))?;
        Ok(Restored { about: self.about, broken_logs })
    }

    /// Brings what was restored up to date, and looks at the audit logs. Those of a file without a seal must be as they were
    /// written, for nothing else tells that it was not changed.
    fn complete(&self, conn: &mut Conn) -> Result<Vec<String>> {
        let secrets = &self.key.secrets;
        let had_logs = self.about.migrations.iter().any(|version| version == AUDIT_LOGS);
        let check = |conn: &mut Conn| -> Result<(), db::Failed> {
            if installation::is_under(conn, secrets)? {
                Ok(installation::note_key(conn, secrets)?)
            } else {
                Err(OTHER_KEY.into())
            }
        };
        let complete = |conn: &mut Conn| {
            if !had_logs {
                rows::begin_logs(conn, secrets)?;
            }
            data_upgrade::complete_rows(conn, secrets).map(drop)
        };
        db::migrate_within(conn, check, complete).map_err(anyhow::Error::msg)?;
        let mut broken = Vec::new();
        for Named(id, title) in rows::all(conn, None).map_err(anyhow::Error::msg)? {
            if let Err(why) = audit::verify(conn, secrets, id).map_err(anyhow::Error::msg)? {
                broken.push(format!("the audit log of {title} is not as it was written: {why}"));
            }
        }
        for why in audit::wrong_with_tables(conn).map_err(anyhow::Error::msg)? {
            broken.push(format!("the tables of the audit log are not as they were made: {why}"));
        }
        if let (None, Some(broken)) = (&self.seal, broken.first()) {
            bail!("it was changed after it was made: {broken}");
        }
        Ok(broken)
    }
}

/// Puts a secret key into the data directory, whole or not at all, and answers where it is.
fn keep(place: &DataDir, part: &Part, key: &[u8]) -> Result<PathBuf> {
    let path = place.key_file().context("the secret key is a setting")?;
    // Beside the database until that is in its place: so it is known whose the key was when nothing comes of it.
    write(&part.beside(KEY), key)?;
    let half = path.with_extension("key.restoring");
    let kept =
        write(&half, key).and_then(|()| adopt(&half).map_err(Into::into)).and_then(|()| rename_new(&half, &path));
    if kept.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    kept.with_context(|| format!("{} cannot be written", path.display()))?;
    synchronize_directory_of(&path)?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = private().write(true).create_new(true).open(path)?;
    std::io::Write::write_all(&mut file, bytes)?;
    Ok(file.sync_all()?)
}

/// Whether the key in the data directory is that of a restore which was broken off before the database was there.
fn unfinished(place: &DataDir) -> bool {
    let DatabaseUrl::Sqlite(path) = &place.database else { return false };
    let (Some(kept), Ok(directory)) = (place.key_file(), part::directory(path, SUFFIX)) else { return false };
    let same = |kept, part| matches!((std::fs::read(kept), std::fs::read(part)), (Ok(kept), Ok(part)) if kept == part);
    !path.exists() && same(kept, directory.join(KEY))
}

/// Removes what a restore left that was broken off.
fn clear(place: &DataDir, path: &Path) -> Result<()> {
    if let Some(key) = place.key_file() {
        let mut left = vec![key.with_extension("key.restoring")];
        if unfinished(place) {
            left.push(key);
        }
        for file in left.iter().filter(|file| file.exists()) {
            std::fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
        }
    }
    part::clear(&part::directory(path, SUFFIX)?)
}
