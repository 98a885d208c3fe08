//! The secret key that belongs to a backup: it is found, and shown to be the right one, before anything else is done.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::base::secrets::Secrets;
use crate::cli::backup::About;
use crate::config::DataDir;

/// As long as the longest key that is taken.
const LONGEST: u64 = 4096;

/// The key under which everything in a backup is.
pub(crate) struct Key {
    /// What is drawn from it.
    pub secrets: Secrets,
    /// The key, when the data directory is to keep it and does not yet.
    pub to_keep: Option<Vec<u8>>,
}

impl Key {
    /// The key of a backup: a setting, the one in the data directory, in a file, or in the backup itself. Of those that
    /// are given, none may be another. `kept`: the one in the data directory.
    pub fn of(about: &About, place: &DataDir, kept: Option<Vec<u8>>, file: Option<&Path>) -> Result<Self> {
        let is_right = |key: &[u8]| is_right(key, &about.key_print);
        if let Some(key) = &about.key
            && !is_right(key)
        {
            bail!("it is damaged: the secret key in it is not the one that it was made under");
        }
        let from_file = file.map(|file| in_file(file, &about.key_print)).transpose()?;
        let Some(path) = place.key_file() else {
            let secrets = place.secrets().map_err(anyhow::Error::msg)?.context("TENANTRY_SECRET_KEY is missing")?;
            if secrets.print() != about.key_print {
                bail!(
                    "it was made under another secret key than TENANTRY_SECRET_KEY; set that to the key of the backup, \
                     and replace the key by `tenantry rekey` afterwards"
                );
            }
            return Ok(Self { secrets, to_keep: None });
        };
        if let Some(kept) = kept {
            if !is_right(&kept) {
                bail!(
                    "{} is another secret key than the one that it was made under; move it away first",
                    path.display()
                );
            }
            return Ok(Self { secrets: Secrets::new(&kept), to_keep: None });
        }
        match from_file.or_else(|| about.key.clone()) {
            Some(key) => Ok(Self { secrets: Secrets::new(&key), to_keep: Some(key) }),
            None => bail!(
                "it holds no secret key; give the one that it was made under by --key-file FILE or TENANTRY_SECRET_KEY"
            ),
        }
    }
}

fn is_right(key: &[u8], print: &str) -> bool {
    key.len() >= 32 && Secrets::new(key).print() == print
}

/// The key in a file, which is to be the one with this print.
pub(crate) fn in_file(path: &Path, print: &str) -> Result<Vec<u8>> {
    let found = read(path)?.into_iter().find(|key| is_right(key, print));
    found.with_context(|| format!("the key in {} is not the one that it was made under", path.display()))
}

/// What a file may mean: the very bytes, or a line of text.
fn read(path: &Path) -> Result<[Vec<u8>; 2]> {
    let cannot = || format!("{} cannot be read", path.display());
    let mut key = Vec::new();
    std::fs::File::open(path).with_context(cannot)?.take(LONGEST).read_to_end(&mut key).with_context(cannot)?;
    let line = key.trim_ascii_end().to_vec();
    Ok([key, line])
}
