//! Backups: one file that holds everything a database holds, whichever of the two it is, and what it takes to use it
//! again. It is checked before it is called done, and again before it is restored. Knows no table but its own.

pub mod command;
pub mod container;
pub mod key;
pub mod part;
pub mod postgres;
pub mod restore;
pub mod rows;
pub mod seal;
pub mod sqlite;

pub use container::About;
pub use restore::restore;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::base::clock::Timestamp;
use crate::base::ownership::{adopt, adopt_as, directory_of};
use crate::base::secrets::Secrets;
use crate::base::text::Count;
use crate::cli::backup::container::Container;
use crate::cli::backup::part::Part;
use crate::cli::backup::seal::Seal;
use crate::config::DataDir;
use crate::config::last_backup::{self, LastBackup};
use crate::db::DatabaseUrl;

/// A backup that is done.
pub struct Made {
    /// What it says of itself.
    pub about: About,
    /// Its size.
    pub bytes: u64,
}

/// Copies the database at `place` into `file`, which is not there yet, while others go on using it. The file gets its
/// name when it is whole, checked and on the disk. It holds the secret key only if that is kept in the data directory and
/// asked for.
///
/// # Errors
/// A sentence that says what could not be done; nothing is left behind.
pub fn make(place: &DataDir, file: &Path, with_key: bool, now: Timestamp) -> Result<Made> {
    refuse_existing(file, "a backup")?;
    let secrets = place.secrets().map_err(anyhow::Error::msg)?.context("there is no secret key to back up")?;
    let about = About::new(place, &secrets, with_key, now)?;
    if with_key && about.key.is_none() {
        bail!("--with-key is for a key in the data directory; keep a copy of TENANTRY_SECRET_KEY yourself");
    }
    let part = Part::begin(file, ".part")?;
    let about = match &place.database {
        DatabaseUrl::Sqlite(path) => sqlite::copy(path, &part.path, about),
        DatabaseUrl::Postgres(_) => postgres::copy(&place.database, &part.path, about),
    };
    let about = about.with_context(|| format!("{} cannot be written", file.display()))?;
    let bytes = finish(part, file, place, &secrets, &about, &[])?;
    note(place, &LastBackup { at: now, file: file.canonicalize().unwrap_or_else(|_| file.to_owned()) })?;
    Ok(Made { about, bytes })
}

/// Refuses to write over something.
pub(crate) fn refuse_existing(file: &Path, what: &str) -> Result<()> {
    if std::fs::symlink_metadata(file).is_ok() {
        bail!("{} is there already; {what} replaces nothing", file.display());
    }
    Ok(())
}

/// Checks what was written, seals it, and gives it its name; answers its size. `more`: tables that it has besides those of
/// every file of its kind.
pub(crate) fn finish(
    part: Part,
    file: &Path,
    place: &DataDir,
    secrets: &Secrets,
    about: &About,
    more: &[(&str, &str)],
) -> Result<u64> {
    let checked = || {
        let mut written = Container::open_unchanging(&part.path)?;
        written.check()?;
        written.check_objects(about, more)?;
        drop(written);
        Seal::put(&part.path, secrets)
    };
    checked().with_context(|| format!("{} cannot be written", file.display()))?;
    // A directory of the service's is its own, and so is what is in it; whoever else is to read it, root decides.
    if belongs_together(directory_of(file), &place.data_dir) {
        adopt_as(&part.path, directory_of(file))?;
    }
    part.finish(file)
}

/// Whether two directories have the same owner.
fn belongs_together(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.uid(), found.gid()));
    owner(one).is_some() && owner(one) == owner(other)
}

impl Made {
    /// What there is in it, in words.
    pub fn summary(&self) -> String {
        let tenants = Count::from(self.about.tenants).of("tenant", "tenants");
        let key = if self.about.key.is_some() { ", with the secret key" } else { ", without the secret key" };
        format!("{tenants}, {}{key}, checked", megabytes(self.bytes))
    }
}

/// A size as people read it.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Tells `doctor` and the metrics of a backup, where there is a data directory.
fn note(place: &DataDir, last: &LastBackup) -> Result<()> {
    let path = place.data_dir.join(last_backup::FILE);
    if !place.data_dir.is_dir() {
        return Ok(());
    }
    let written = Part::begin(&path, ".part").and_then(|part| {
        let mut file = part::private().write(true).open(&part.path)?;
        std::io::Write::write_all(&mut file, &serde_json::to_vec(last)?)?;
        file.sync_all()?;
        std::fs::rename(&part.path, &path)?;
        Ok(adopt(&path)?)
    });
    written.with_context(|| {
        format!("the backup is done, but {} cannot be written, which tells `tenantry doctor` of it", path.display())
    })
}
