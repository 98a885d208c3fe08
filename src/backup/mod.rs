//! Backups: one file that holds everything a database holds, whichever of the two it is, and what it takes to use it
//! again. It is checked before it is called done, and again before it is restored. Knows no table but its own.

mod container;
mod postgres;
mod restore;
mod sqlite;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

pub use container::About;
pub use restore::restore;

use crate::clock::Timestamp;
use crate::config::Place;
use crate::db::DatabaseUrl;
use crate::web::Count;
use container::Container;

/// A backup that is done.
pub struct Made {
    /// What it says of itself.
    pub about: About,
    /// Its size.
    pub bytes: u64,
}

/// When a backup was last made from a data directory, which `doctor` tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// Where it was written to.
    pub file: PathBuf,
}

/// Copies the database at `place` into `file`, which is not there yet, while others go on using it. The file gets its
/// name when it is whole, checked and on the disk.
///
/// # Errors
/// A sentence that says what could not be done; nothing is left behind.
pub fn make(place: &Place, file: &Path, now: Timestamp) -> Result<Made> {
    if file.exists() {
        bail!("{} is there already; a backup replaces nothing", file.display());
    }
    let part = Part::begin(file)?;
    let about = About { made_at: now, ..About::of(place)? };
    let about = match &place.database {
        DatabaseUrl::Sqlite(path) => sqlite::copy(path, &part.path, about)?,
        DatabaseUrl::Postgres(_) => postgres::copy(&place.database, &part.path, about)?,
    };
    Container::open(&part.path)?.check()?;
    let bytes = part.finish(file)?;
    note(place, &Last { at: now, file: file.canonicalize().unwrap_or_else(|_| file.to_owned()) })?;
    Ok(Made { about, bytes })
}

impl Made {
    /// What there is in it, in words.
    pub fn words(&self) -> String {
        let tenants = Count::from(self.about.tenants).of("tenant", "tenants");
        let key = if self.about.key.is_some() { ", with the secret key" } else { ", without the secret key" };
        format!("{tenants}, {}{key}, checked", megabytes(self.bytes))
    }
}

/// A size as people read it.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// When a backup was last made from a data directory.
pub fn last(data_dir: &Path) -> Option<Last> {
    serde_json::from_slice(&std::fs::read(data_dir.join(LAST)).ok()?).ok()
}

const LAST: &str = "last-backup.json";

fn note(place: &Place, last: &Last) -> Result<()> {
    let path = place.data_dir.join(LAST);
    std::fs::create_dir_all(&place.data_dir)
        .and_then(|()| std::fs::write(&path, serde_json::to_vec(last)?))
        .with_context(|| {
            format!("the backup is done, but {} cannot be written, which tells `tenantry doctor` of it", path.display())
        })
}

/// A backup that is being written. It is gone with this value unless it was finished.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    /// Begins one beside `target`. What an earlier one left that was broken off is written over.
    fn begin(target: &Path) -> Result<Self> {
        let mut name = target.file_name().context("name a file for the backup")?.to_owned();
        name.push(".part");
        let path = target.with_file_name(name);
        let told = || format!("{} cannot be written", path.display());
        let file = private().write(true).create(true).truncate(false).open(&path).with_context(told)?;
        if file.try_lock().is_err() {
            bail!("another backup is being written to {}", target.display());
        }
        file.set_len(0).with_context(told)?;
        Ok(Self { path, file })
    }

    /// Gives it its name once every byte is on the disk, and answers how many there are.
    fn finish(self, target: &Path) -> Result<u64> {
        // SQLite wrote through a handle of its own; what is synchronized is the file.
        self.file.sync_all()?;
        let bytes = self.file.metadata()?.len();
        std::fs::rename(&self.path, target).with_context(|| format!("{} cannot be written", target.display()))?;
        synchronize_directory_of(target)?;
        Ok(bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `finish` it is not there any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Ways to open a file that nobody else may read: a backup holds everything.
fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A name in a directory is on the disk when the directory is.
fn synchronize_directory_of(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}
