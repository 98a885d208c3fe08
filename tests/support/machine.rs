//! A machine for the program to run on: a data directory and a database, which outlive the processes that use them.

use std::path::PathBuf;

use tempfile::TempDir;

use super::app::{SECRET_KEY, on_postgres};
use super::postgres;

/// A machine on which nothing was started yet.
pub struct Machine {
    /// Where its files are.
    pub dir: TempDir,
    /// Its database on PostgreSQL, without any table.
    pub database: Option<postgres::Database>,
}

impl Machine {
    /// A new one.
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap(), database: on_postgres().then(postgres::Database::empty) }
    }

    /// The data directory, which is not there yet.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Where the database is, as `DATABASE_URL` says it.
    pub fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.data_dir().join("tenantry.db").display());
        self.database.as_ref().map_or_else(file, postgres::Database::url)
    }

    /// Settings as an operator has them in the environment, with others in their place or beside them.
    pub fn with<'a>(&self, more: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
        let mut settings = vec![("TENANTRY_DATA_DIR", self.data_dir().to_str().unwrap().to_owned())];
        if let Some(database) = &self.database {
            settings.push(("DATABASE_URL", database.url()));
            settings.push(("TENANTRY_SECRET_KEY", SECRET_KEY.to_owned()));
        }
        settings.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        settings.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        settings
    }
}
