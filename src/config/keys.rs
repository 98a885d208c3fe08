//! The secret key in the data directory: made when there is none, and replaced by another one in steps of which each can be
//! the last before a crash.

use std::path::{Path, PathBuf};

use crate::base::ownership::adopt;
use crate::base::secrets::{self, Secrets};
use crate::config::DataDir;

impl DataDir {
    /// Where the secret key is kept, unless it is a setting.
    pub fn key_file(&self) -> Option<PathBuf> {
        self.given_key.is_none().then(|| self.data_dir.join("secret.key"))
    }

    /// Where the secret key is that takes the place of the kept one, until it has.
    fn next_key_file(&self) -> Option<PathBuf> {
        self.key_file().map(|path| path.with_extension("key.next"))
    }

    /// The file of a key that was to take the place of the kept one and has not done so.
    pub fn unfinished(&self) -> Option<PathBuf> {
        self.next_key_file().filter(|path| path.exists())
    }

    /// Refuses a key that was not replaced to the end.
    ///
    /// # Errors
    /// One line that names the file.
    pub(crate) fn refuse_unfinished(&self) -> Result<(), String> {
        self.unfinished().map_or(Ok(()), |next| {
            let next = next.display();
            Err(format!("{next} is there: the secret key was not replaced to the end; run `tenantry rekey`"))
        })
    }

    /// The secret key that is kept in the data directory; `None` when there is none yet, or it is a setting.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn kept_key(&self) -> Result<Option<Vec<u8>>, String> {
        self.key_file().map_or(Ok(None), |path| read_key(&path))
    }

    /// The key that takes the place of the kept one: the one that was made before, when that was not done to the end.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn next_key(&self) -> Result<Vec<u8>, String> {
        let Some(path) = self.next_key_file() else { return Err("the secret key is a setting".into()) };
        // Shorter than any, it was broken off before anything was put under it.
        if std::fs::metadata(&path).is_ok_and(|file| file.len() < 32) {
            self.forget_next_key()?;
        }
        if let Some(key) = read_key(&path)? {
            return Ok(key);
        }
        let key: [u8; 32] = secrets::random().map_err(|why| why.to_string())?;
        write_private(&path, &key).map_err(|why| format!("{} cannot be written: {why}", path.display()))?;
        Ok(key.to_vec())
    }

    /// Forgets the next key, under which nothing is.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn forget_next_key(&self) -> Result<(), String> {
        let Some(path) = self.next_key_file() else { return Ok(()) };
        std::fs::remove_file(&path).map_err(|why| format!("{} cannot be removed: {why}", path.display()))
    }

    /// Puts the next key in the place of the kept one; nothing is left of that.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn take_next_key(&self) -> Result<(), String> {
        let (Some(path), Some(next)) = (self.key_file(), self.next_key_file()) else { return Ok(()) };
        let moved = std::fs::rename(&next, &path).and_then(|()| sync_directory_of(&path));
        moved.map_err(|why| format!("{} cannot be renamed to {}: {why}", next.display(), path.display()))
    }

    /// Keeps a secret key in the data directory, which has none or the same.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn keep_key(&self, key: &[u8]) -> Result<(), String> {
        let Some(path) = self.key_file() else { return Ok(()) };
        if self.kept_key()?.is_some_and(|kept| kept == key) {
            return Ok(());
        }
        write_private(&path, key).map_err(|why| format!("{} cannot be written: {why}", path.display()))
    }

    /// What is drawn from the secret key; `None` when there is none yet.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn secrets(&self) -> Result<Option<Secrets>, String> {
        match &self.given_key {
            Some(key) => Ok(Some(Secrets::new(key.as_bytes()))),
            None => Ok(self.kept_key()?.map(|key| Secrets::new(&key))),
        }
    }
}

fn read_key(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match std::fs::read(path) {
        Ok(key) if key.len() >= 32 => Ok(Some(key)),
        Ok(_) => Err(format!("{} is damaged: it holds fewer than 32 bytes", path.display())),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(format!("{} cannot be read: {why}", path.display())),
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| adopt(path));
    if written.is_err() {
        // Half a key would stand in the way of a whole one.
        let _ = std::fs::remove_file(path);
    }
    written?;
    sync_directory_of(path)
}

/// What was made or renamed there is so after a power failure, too.
fn sync_directory_of(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |directory| std::fs::File::open(directory)?.sync_all())
}
