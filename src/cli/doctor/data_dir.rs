//! The data directory: who may read it, the secret key, and how much room there is.

use std::path::{Path, PathBuf};

use crate::cli::backup::megabytes;
use crate::cli::doctor::Finding;
use crate::config::DataDir;
use crate::db::DatabaseUrl;

/// Below this much room writing soon fails.
const LITTLE: u64 = 1_000_000_000;
const HARDLY_ANY: u64 = 100_000_000;

/// Looks at it.
pub(crate) fn examine(place: &DataDir) -> Vec<Finding> {
    let dir = &place.data_dir;
    if !dir.is_dir() {
        let message = format!("{} is not there; `tenantry serve` creates it", dir.display());
        return vec![Finding::failed("directory", message)];
    }
    vec![directory(dir), key(place), room(dir)]
}

/// What there is of the database that others on this machine may reach.
pub fn exposed(place: &DataDir) -> Vec<PathBuf> {
    let dir = place.data_dir.clone();
    let open = |path: &PathBuf| open_to_others(path);
    match &place.database {
        // Whoever may not enter its directory does not reach it.
        DatabaseUrl::Sqlite(file) if file.parent().is_none_or(open_to_others) => {
            [dir, file.clone()].into_iter().filter(open).collect()
        }
        _ => [dir].into_iter().filter(open).collect(),
    }
}

/// Whether others may read or write what is at a path.
pub(crate) fn open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    return std::fs::metadata(path)
        .is_ok_and(|metadata| std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0);
    #[cfg(not(unix))]
    return false;
}

fn directory(dir: &Path) -> Finding {
    if open_to_others(dir) {
        let message = format!("{0} is open to others on this machine; run chmod 700 {0}", dir.display());
        return Finding::warning("directory", message);
    }
    let probe = dir.join(".doctor");
    match std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::fine("directory", format!("{} can be written, by its owner alone", dir.display())),
        Err(why) => Finding::failed("directory", format!("{} cannot be written: {why}", dir.display())),
    }
}

fn key(place: &DataDir) -> Finding {
    let Some(path) = place.key_file() else {
        return Finding::fine("key", "TENANTRY_SECRET_KEY is set; keep a copy of it where the backups are not");
    };
    if let Some(next) = place.unfinished() {
        let next = next.display();
        return Finding::failed(
            "key",
            format!("{next} is there: the key was not replaced to the end; run `tenantry rekey`"),
        );
    }
    match place.kept_key() {
        Err(why) => Finding::failed("key", format!("{why}; put the one of a backup in its place")),
        Ok(None) if place.refuse_empty().is_ok() => Finding::failed("key", place.lost_key()),
        Ok(None) => Finding::failed("key", format!("{} is not there; `tenantry serve` makes one", path.display())),
        Ok(Some(_)) if open_to_others(&path) => {
            Finding::warning("key", format!("{0} is open to others on this machine; run chmod 600 {0}", path.display()))
        }
        Ok(Some(_)) => Finding::fine("key", format!("{} can be read by its owner alone", path.display())),
    }
}

fn room(dir: &Path) -> Finding {
    let free = match rustix::fs::statvfs(dir) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(why) => return Finding::warning("disk", format!("how much room there is cannot be told: {why}")),
    };
    let message = format!("{} are free under {}", megabytes(free), dir.display());
    match free {
        ..HARDLY_ANY => Finding::failed("disk", format!("{message}; make room, nothing can be saved without")),
        HARDLY_ANY..LITTLE => Finding::warning("disk", format!("{message}; make room before it is used up")),
        LITTLE.. => Finding::fine("disk", message),
    }
}
