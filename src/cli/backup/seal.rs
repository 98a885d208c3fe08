//! What a backup ends with: a digest of all that is before, and a code over it that only the secret key makes. So a file
//! that rotted is recognised, and so is one that somebody changed after Tenantry wrote it.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::base::secrets::Secrets;

const MAGIC: &[u8; 16] = b"\nTENANTRY-SEAL-1";
const LENGTH: usize = 16 + 32 + 32;
const PURPOSE: &str = "backup";

/// The seal of a backup whose digest was compared.
pub(crate) struct Seal {
    /// SHA-256 of everything before it.
    pub digest: [u8; 32],
    code: [u8; 32],
}

impl Seal {
    /// Seals a file to which nothing is added any more.
    pub fn put(path: &Path, secrets: &Secrets) -> Result<()> {
        let mut file = File::options().read(true).append(true).open(path)?;
        let digest = digest(&mut file, &mut std::io::sink())?;
        let seal = [&MAGIC[..], &digest, &secrets.mac(PURPOSE, &digest)].concat();
        file.write_all(&seal)?;
        Ok(file.sync_all()?)
    }

    /// Reads a whole file; `None` when it ends without a seal.
    pub fn check(path: &Path) -> Result<Option<Self>> {
        let mut file = File::open(path)?;
        let Some(seal) = Self::at_end_of(&mut file)? else { return Ok(None) };
        file.seek(SeekFrom::Start(0))?;
        let length = file.metadata()?.len() - LENGTH as u64;
        if digest(&mut file.take(length), &mut std::io::sink())? != seal.digest {
            bail!("it is damaged: its checksum is another");
        }
        Ok(Some(seal))
    }

    fn at_end_of(file: &mut File) -> Result<Option<Self>> {
        let Some(start) = file.metadata()?.len().checked_sub(LENGTH as u64) else { return Ok(None) };
        file.seek(SeekFrom::Start(start))?;
        let mut end = [0; LENGTH];
        file.read_exact(&mut end)?;
        if end[..16] != MAGIC[..] {
            return Ok(None);
        }
        Ok(Some(Self { digest: end[16..48].try_into()?, code: end[48..].try_into()? }))
    }

    /// Whether it was made with this key.
    pub fn is_under(&self, secrets: &Secrets) -> bool {
        self.code.ct_eq(&secrets.mac(PURPOSE, &self.digest)).into()
    }

    /// Copies what is before the seal, if there is one. What was checked is what is copied, or it fails.
    pub fn copy(sealed: Option<&Self>, from: &Path, to: &mut File) -> Result<()> {
        let mut file = File::open(from).context("it cannot be read")?;
        let Some(seal) = sealed else {
            digest(&mut file, to)?;
            return Ok(());
        };
        let length = file.metadata()?.len().saturating_sub(LENGTH as u64);
        if digest(&mut file.take(length), to)? != seal.digest {
            bail!("it was changed while it was read");
        }
        Ok(())
    }
}

/// SHA-256 of all that can be read, which is copied as well.
fn digest(from: &mut impl Read, to: &mut impl std::io::Write) -> Result<[u8; 32]> {
    let (mut sha, mut buffer) = (Sha256::new(), vec![0; 1 << 17]);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(sha.finalize().into()),
            n => {
                sha.update(&buffer[..n]);
                to.write_all(&buffer[..n])?;
            }
        }
    }
}
