//! Imports: rows of customers, users, devices and assets from CSV files. A file is taken into the database in pieces, its
//! columns are matched, a dry run says what would become of each row, and then it is done; both in the background. ImportKind
//! a row means, each resource says (`customers::import` and its like); they all are called here, and here alone.

pub mod batch;
pub mod columns;
pub mod customer_cells;
pub mod customers;
pub mod file_chunks;
pub mod head;
pub mod import_job;
pub mod index;
pub mod inventory;
pub mod planned_hierarchy;
pub mod rejected_rows;
pub mod row;
pub mod store;
pub mod users;
pub mod yes_or_no;

pub use batch::{Batch, Counts, ImportRun, Plan};
pub use columns::{Column, ImportKind};
pub use head::{CsvHeader, Reading};
pub use import_job::{ImportContext, ImportJob};
pub use index::{Index, hash};
pub use row::{Outcome, Row};
pub use store::forget;

use crate::base::clock::Timestamp;
use crate::base::id::{ImportId, JobId};
use crate::tenancy::audit::{Audited, Kind, Subject, Value};

/// The most rows that a file may have: names of all of them are remembered while it is read.
pub const MOST_ROWS: u64 = 2_000_000;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// The file is still on its way.
    Arriving,
    /// It is to be said which column is what.
    Matching,
    /// The dry run was asked for.
    Checking,
    /// It was asked to be done.
    Importing,
}

impl State {
    /// As stored.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// An import as stored.
#[derive(Debug, Clone)]
pub struct Import {
    /// Its identity.
    pub id: ImportId,
    /// What its rows are.
    pub what: ImportKind,
    /// The name of the file, as the browser told it.
    pub file_name: String,
    /// How far it is.
    pub state: State,
    /// About how many rows it has.
    pub row_count: i64,
    /// How the file is written, and its column names.
    pub head: CsvHeader,
    /// What each of its columns is, by the field's name; nothing for those that are left out.
    pub columns: Vec<Option<String>>,
    /// Whether new users get an activation mail.
    pub invite: bool,
    /// What the dry run found.
    pub checked: Counts,
    /// What was done.
    pub imported: Counts,
    /// What is done, or was done last.
    pub job: Option<JobId>,
    /// When the file arrived.
    pub created_at: Timestamp,
}

impl Import {
    /// The address of its page.
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// How its rows are to be read.
    pub fn plan(&self, commit: bool) -> Plan {
        Plan {
            what: self.what,
            head: self.head.clone(),
            columns: self.what.places(&self.columns),
            invite: self.invite,
            commit,
        }
    }
}

impl Audited for Import {
    fn subject(&self) -> Subject {
        Subject { kind: Kind::Import, id: self.id.cast(), title: self.file_name.clone(), concerns: Vec::new() }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Rows of", self.what.name().into())]
    }
}

/// The address of an import's page.
pub fn path(id: ImportId) -> String {
    format!("/imports/{id}")
}
