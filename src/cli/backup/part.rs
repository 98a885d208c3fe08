//! A file or database in the making: in a directory of its own, which nobody else may enter, until it is whole and is
//! given its name. So nothing that others put beside it is ever followed, opened or taken for a part of it.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::base::ownership::directory_of;

/// What is being made. It is gone with this value.
pub(crate) struct Part {
    directory: PathBuf,
    /// Where to write it to: an empty file that nobody else may read.
    pub path: PathBuf,
    _lock: File,
}

impl Part {
    /// Begins one beside `target`, in a directory that is called like it with `suffix`. What an earlier one left that was
    /// broken off is removed first.
    pub fn begin(target: &Path, suffix: &str) -> Result<Self> {
        let directory = directory(target, suffix)?;
        let cannot = || format!("{} cannot be written", directory.display());
        clear(&directory)?;
        DirBuilder::new().mode(0o700).create(&directory).with_context(cannot)?;
        let lock = private().write(true).create_new(true).open(directory.join("lock")).with_context(cannot)?;
        lock.try_lock().with_context(cannot)?;
        let part = Self { path: directory.join("whole"), directory, _lock: lock };
        private().write(true).create_new(true).open(&part.path)?;
        Ok(part)
    }

    /// Another file that is there only as long as this is.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Gives it its name once every byte is on the disk, and answers how many there are. Never replaces anything.
    pub fn finish(self, target: &Path) -> Result<u64> {
        let file = File::open(&self.path)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        rename_new(&self.path, target)?;
        synchronize_directory_of(target)?;
        Ok(bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Nothing better can be done than to leave it to the next one.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// Where something is while it is made.
pub(crate) fn directory(target: &Path, suffix: &str) -> Result<PathBuf> {
    let mut name = target.file_name().context("a file is to be named")?.to_owned();
    name.push(suffix);
    Ok(target.with_file_name(name))
}

/// Removes what was broken off, unless it is still being written or is somebody else's.
pub(crate) fn clear(directory: &Path) -> Result<()> {
    let Ok(found) = std::fs::symlink_metadata(directory) else { return Ok(()) };
    let shown = directory.display();
    if found.uid() != rustix::process::geteuid().as_raw() && !rustix::process::geteuid().is_root() {
        bail!("{shown} is there already and somebody else's; remove it first");
    }
    if found.is_dir() {
        if let Ok(lock) = private().write(true).open(directory.join("lock"))
            && lock.try_lock().is_err()
        {
            bail!("{shown} is being written by another process");
        }
        return std::fs::remove_dir_all(directory).with_context(|| format!("{shown} cannot be removed"));
    }
    if !found.is_file() || found.nlink() > 1 {
        bail!("{shown} is there already and no file of a backup; remove it first");
    }
    std::fs::remove_file(directory).with_context(|| format!("{shown} cannot be removed"))
}

/// Renames a file, and fails where there is one of that name.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<()> {
    let renamed = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some file systems cannot promise it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if std::fs::symlink_metadata(to).is_err() => {
            std::fs::rename(from, to)
        }
        other => other.map_err(std::io::Error::from),
    };
    match renamed {
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => bail!("{} is there already", to.display()),
        other => other.with_context(|| format!("{} cannot be written", to.display())),
    }
}

/// Ways to open a file that nobody else may read.
pub(crate) fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options
}

/// A name in a directory is on the disk when the directory is.
pub(crate) fn synchronize_directory_of(path: &Path) -> std::io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}
