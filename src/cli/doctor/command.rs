//! `tenantry doctor`

use crate::base::clock::Clock;
use crate::cli::doctor::{self, Level};
use crate::cli::{Failure, output};
use crate::config::ServeSettings;

#[derive(clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    settings: ServeSettings,

    /// Only ask the running server whether it is ready
    #[arg(long)]
    ready: bool,
}

impl Doctor {
    /// Prints a line for each thing that was looked at.
    pub fn run(&self) -> Result<(), Failure> {
        let findings = match self.ready {
            true => vec![doctor::ask_server(&self.settings)],
            false => doctor::examine(&self.settings, Clock::system().now()),
        };
        for finding in &findings {
            output::line(finding)?;
        }
        match findings.iter().filter(|finding| finding.level == Level::Failed).count() {
            0 => Ok(()),
            1 => Err(Failure::Failed("1 thing is wrong; the line above says how to fix it".into())),
            n => Err(Failure::Failed(format!("{n} things are wrong; the lines above say how to fix them"))),
        }
    }
}
