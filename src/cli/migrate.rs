//! `tenantry migrate`

use crate::cli::{Failure, output};
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
        let opened = storage.migrate()?;
        if opened.created {
            output::line(format_args!("Created a new database: {url}"))?;
        }
        for note in &opened.notes {
            output::note(note);
        }
        match opened.migrations {
            0 => output::line(format_args!("{url} is up to date")),
            1 => output::line(format_args!("{url}: 1 migration was run")),
            n => output::line(format_args!("{url}: {n} migrations were run")),
        }
    }
}
