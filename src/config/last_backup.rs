//! When a backup was last made: `backup` writes it down, `doctor` and the metrics read it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;

/// When a backup was last made from a data directory, which `doctor` tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct LastBackup {
    /// When.
    pub at: Timestamp,
    /// Where it was written to.
    pub file: PathBuf,
}

/// When a backup was last made from a data directory.
pub fn read(data_dir: &Path) -> Option<LastBackup> {
    serde_json::from_slice(&std::fs::read(data_dir.join(FILE)).ok()?).ok()
}

/// The name of the file, in the data directory.
pub const FILE: &str = "last-backup.json";
