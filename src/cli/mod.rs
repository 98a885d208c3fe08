//! The commands. 0 for success, 1 for a refusal or failure, 2 for wrong usage; results on standard output, everything
//! else on standard error.

mod audit;
pub(crate) mod backup;
mod demo;
mod doctor;
mod export;
mod import;
mod migrate;
mod output;
mod rekey;
mod serve;
mod tenant;
pub(crate) mod tenant_file;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::opening::CannotOpen;
use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::cli::backup::command;
use crate::config::{ServeSettings, StorageSettings};
use crate::db::Db;

/// Keeps the customers of an IoT tenant and the people who may sign in for them
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeSettings,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server (also what happens without a command)
    Serve(ServeSettings),
    /// Fill an empty database with a believable tenant and print its sign-in
    Demo(demo::Demo),
    /// Create, list, export, import and delete tenants
    Tenant(tenant::Tenant),
    /// Import customers, users, devices or assets from a CSV file
    Import(import::Import),
    /// Write customers, users, devices or assets as CSV to standard output
    Export(export::Export),
    /// Write everything into one file, while the server runs
    Backup(command::Backup),
    /// Restore a backup into an empty installation
    Restore(command::Restore),
    /// Check settings, database, mail, clock, disk and backups, and say how to fix what is wrong
    Doctor(doctor::command::Doctor),
    /// Create the database or bring it up to date, and exit
    Migrate(migrate::Migrate),
    /// Check the audit logs
    Audit(audit::Audit),
    /// Replace the secret key: put the audit logs and mails that wait under a new one
    Rekey(rekey::Rekey),
}

/// Why a command ends without success.
pub(crate) enum Failure {
    /// A wrong or missing setting.
    Usage(String),
    /// It was refused, or it failed.
    Failed(String),
}

impl From<CannotOpen> for Failure {
    fn from(why: CannotOpen) -> Self {
        match why {
            CannotOpen::Setting(_) => Self::Usage(why.to_string()),
            CannotOpen::Away(_) | CannotOpen::Refused(_) => Self::Failed(why.to_string()),
        }
    }
}

/// Opens the database that is there, brought up to date.
pub(crate) fn open(storage: &StorageSettings) -> Result<Db, Failure> {
    let storage = storage.existing()?;
    storage.migrate()?;
    Ok(Db::new(storage.database, storage.secrets))
}

pub(crate) fn failed(error: Error) -> Failure {
    Failure::Failed(error.to_string())
}

/// The tenant that a command is about.
pub(crate) fn tenant_called(db: &Db, title: &str) -> Result<TenantId, Failure> {
    let found = db.read_blocking(|conn| crate::tenancy::rows::by_title(conn, title)).map_err(failed)?;
    found.ok_or_else(|| Failure::Failed(format!("there is no tenant {title:?}; `tenantry tenant list` shows all")))
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    // Whatever is made holds what is nobody else's to read.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let cli = Cli::parse();
    let done = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(settings) => serve::run(&settings),
        Command::Demo(demo) => demo.run(),
        Command::Tenant(tenant) => tenant.run(),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Audit(audit) => audit.run(),
        Command::Rekey(rekey) => rekey.run(),
    };
    let (words, code) = match done {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Usage(words)) => (words, 2),
        Err(Failure::Failed(words)) => (words, 1),
    };
    output::note(format_args!("tenantry: {words}"));
    ExitCode::from(code)
}
