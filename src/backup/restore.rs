//! Restoring: everything is checked before anything is put in its place.

use std::path::Path;

use super::container::{About, Container, kind};
use super::{postgres, private, synchronize_directory_of};
use crate::config::Place;
use crate::db::{self, DatabaseUrl};
use anyhow::{Context, Result, bail};

/// Puts a backup where nothing is yet. Whoever called it brings the database up to date.
///
/// # Errors
/// A sentence that says why it was refused or what failed; then nothing is there as before.
pub fn restore(place: &Place, file: &Path) -> Result<About> {
    if !file.is_file() {
        bail!("there is no backup at {}", file.display());
    }
    let mut backup = Container::open(file)?;
    let told = || format!("{} cannot be restored", file.display());
    let about = backup.about().with_context(told)?;
    refuse(place, &about).with_context(told)?;
    backup.check().with_context(told)?;
    let _alone = place.occupy_alone().map_err(anyhow::Error::msg)?;
    match &place.database {
        DatabaseUrl::Sqlite(path) => {
            drop(backup);
            put(place, path, file, &about)?;
        }
        DatabaseUrl::Postgres(_) => postgres::fill(&place.database, &mut backup, &about)?,
    }
    Ok(about)
}

/// What can be known to be wrong before anything is touched.
fn refuse(place: &Place, about: &About) -> Result<()> {
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
    if let Some(kept) = place.secrets().map_err(anyhow::Error::msg)?
        && about.key.is_some()
        && kept.print() != about.key_print
    {
        bail!("another secret key is in use here than the one in it; move that away first");
    }
    Ok(())
}

fn put(place: &Place, path: &Path, file: &Path, about: &About) -> Result<()> {
    if path.exists() {
        bail!("{} is there already; restore fills an empty directory only", path.display());
    }
    let mut name = path.file_name().context("DATABASE_URL names no file")?.to_owned();
    name.push(".restoring");
    let part = path.with_file_name(name);
    let done = copy(file, &part).and_then(|()| {
        if let Some(key) = &about.key {
            place.keep_key(key).map_err(anyhow::Error::msg)?;
        }
        std::fs::rename(&part, path)?;
        Ok(synchronize_directory_of(path)?)
    });
    if done.is_err() {
        // What it says is why; that a part of a copy stays behind as well, no more.
        let _ = std::fs::remove_file(&part);
    }
    done.with_context(|| format!("{} cannot be written", path.display()))
}

/// A database like any other out of a backup.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut target = private().write(true).create(true).truncate(true).open(to)?;
    std::io::copy(&mut std::fs::File::open(from)?, &mut target)?;
    let mut copy = Container::open(to)?;
    copy.undress()?;
    copy.check()?;
    drop(copy);
    Ok(target.sync_all()?)
}
