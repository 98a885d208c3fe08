//! `tenantry migrate`

use super::Failure;
use crate::config::StorageSettings;

#[derive(clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    storage: StorageSettings,
}

impl Migrate {
    /// Brings the database up to date and says what was done.
    pub fn run(&self) -> Result<(), Failure> {
        let storage = self.storage.check().map_err(Failure::Usage)?;
        let url = &storage.database;
        match storage.migrate().map_err(Failure::Failed)? {
            0 => println!("{url} is up to date"),
            1 => println!("{url}: 1 migration was run"),
            n => println!("{url}: {n} migrations were run"),
        }
        Ok(())
    }
}
