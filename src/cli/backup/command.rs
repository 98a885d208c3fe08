//! `tenantry backup` and `tenantry restore`

use std::path::PathBuf;

use crate::base::clock::Clock;
use crate::base::text::Count;
use crate::base::time::DisplayZone;
use crate::cli::{Failure, backup, output};
use crate::config::StorageSettings;

#[derive(clap::Args)]
pub struct Backup {
    /// Where to write it to; nothing is there yet
    file: PathBuf,

    /// Put the secret key of the data directory into it: whoever has the file then has all that it takes to use it
    #[arg(long)]
    with_key: bool,

    #[command(flatten)]
    storage: StorageSettings,
}

#[derive(clap::Args)]
pub struct Restore {
    /// A file that `tenantry backup` wrote
    file: PathBuf,

    /// The secret key under which it was made, if that is neither in it nor in TENANTRY_SECRET_KEY: a copy of secret.key, or
    /// a line of text
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    #[command(flatten)]
    storage: StorageSettings,
}

/// Why it cannot be done, in one line.
pub(crate) fn failed(why: anyhow::Error) -> Failure {
    Failure::Failed(line(&format!("{why:#}")))
}

/// A text as one line: what a file says reaches a terminal, which must take none of it for a command.
pub(crate) fn line(text: &str) -> String {
    let harmless = |c: char| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c };
    text.split_whitespace().map(|word| word.chars().map(harmless).collect()).collect::<Vec<String>>().join(" ")
}

/// Whether it changes the order in which letters are shown.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl Backup {
    /// Writes it and says what is in it.
    pub fn run(&self) -> Result<(), Failure> {
        let place = self.storage.existing()?.place;
        let made = backup::make(&place, &self.file, self.with_key, Clock::system().now()).map_err(failed)?;
        output::line(format_args!("{}: {}", self.file.display(), made.summary()))
    }
}

impl Restore {
    /// Restores it and says what was in it.
    pub fn run(&self) -> Result<(), Failure> {
        let place = self.storage.place().map_err(Failure::Usage)?;
        let restored = backup::restore(&place, &self.file, self.key_file.as_deref()).map_err(failed)?;
        let about = restored.about;
        let tenants = Count::from(about.tenants).of("tenant", "tenants");
        output::line(format_args!(
            "{}: {tenants} restored, as of {}",
            place.database,
            DisplayZone::utc().format(about.made_at, about.made_at).exact
        ))?;
        if !about.sealed {
            output::note(
                "This backup has no seal, as those of earlier versions: of what is not in the audit log nobody can tell \
                 whether it was changed after the backup was made.",
            );
        }
        for broken in restored.broken_logs {
            output::note(format_args!("{}; everything was restored as it is in the backup", line(&broken)));
        }
        Ok(())
    }
}
