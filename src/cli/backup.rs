//! `tenantry backup` and `tenantry restore`

use std::path::PathBuf;

use super::Failure;
use crate::backup;
use crate::clock::Clock;
use crate::config::StorageSettings;
use crate::web::{Count, Zone};

#[derive(clap::Args)]
pub struct Backup {
    /// Where to write it to; nothing is there yet
    file: PathBuf,

    #[command(flatten)]
    storage: StorageSettings,
}

#[derive(clap::Args)]
pub struct Restore {
    /// A file that `tenantry backup` wrote
    file: PathBuf,

    #[command(flatten)]
    storage: StorageSettings,
}

fn failed(why: anyhow::Error) -> Failure {
    Failure::Failed(format!("{why:#}").split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Backup {
    /// Writes it and says what is in it.
    pub fn run(&self) -> Result<(), Failure> {
        let place = self.storage.place().map_err(Failure::Usage)?;
        let made = backup::make(&place, &self.file, Clock::system().now()).map_err(failed)?;
        println!("{}: {}", self.file.display(), made.words());
        Ok(())
    }
}

impl Restore {
    /// Restores it and says what was in it.
    pub fn run(&self) -> Result<(), Failure> {
        let place = self.storage.place().map_err(Failure::Usage)?;
        let about = backup::restore(&place, &self.file).map_err(failed)?;
        self.storage.check().and_then(|storage| storage.migrate()).map_err(Failure::Failed)?;
        let tenants = Count::from(about.tenants).of("tenant", "tenants");
        println!(
            "{}: {tenants} restored, as of {}",
            place.database,
            Zone::utc().moment(about.made_at, about.made_at).exact
        );
        if place.secrets().map_err(Failure::Failed)?.is_none_or(|secrets| secrets.print() != about.key_print) {
            eprintln!(
                "The secret key is another than when the backup was made: everybody signs in again, and mails that \
                 waited cannot be sent. Set TENANTRY_SECRET_KEY to the earlier one to keep both."
            );
        }
        Ok(())
    }
}
