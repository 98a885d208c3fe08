//! Mails as files, where no mail server is set. They carry links, so that nobody else on this machine may read them,
//! whatever the directory and the umask are.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A directory that mails are written into.
pub(crate) struct MailFiles(PathBuf);

impl MailFiles {
    /// Makes it, for its owner alone, unless it is there.
    pub fn at(path: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Writes a mail whole, or nothing under its name.
    pub fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let part = self.0.join(format!("{name}.eml.part"));
        // What an earlier try left.
        match std::fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&part, self.0.join(format!("{name}.eml")))
    }
}
