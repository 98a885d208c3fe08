//! Work that takes longer than a request may: queued in the transaction that asks for it, done in slices beside the
//! requests, shown on a page that tells how far it is. Each resource says what its work is by implementing `Job`; the
//! registry that the server hands in knows all of them.

pub mod job;
pub mod lease;
pub mod registry;
pub mod runner;
pub mod store;

pub use job::{Job, JobDescription, Preparation, SliceResult};
pub use registry::Registry;
pub use runner::start;
pub use store::{all_under_way, cancel, find, forget, is_any_unfinished, queue, under_way};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, JobId, UserId};
use crate::base::text::Count;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Subject};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum JobState {
    /// Nobody has begun.
    Queued,
    /// It was begun.
    Running,
    /// All of it is done.
    Done,
    /// It was tried several times in vain; what was done before stays done.
    Failed,
    /// Somebody ended it; what was done before stays done.
    Cancelled,
}

impl JobState {
    /// As stored.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether there is more to come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A job as stored.
pub struct StoredJob {
    /// Its identity.
    pub id: JobId,
    /// Its kind, as `Job::KIND` has it.
    kind: String,
    /// What is to be done and what is left of it, as JSON.
    work: String,
    /// How far it is.
    pub state: JobState,
    /// How many of what it is about are done.
    pub done: i64,
    /// How many there are in all.
    pub total: i64,
    /// How many of those done were refused.
    pub refused: i64,
    /// The first of them in words.
    pub refusals: Vec<String>,
    /// What went wrong at the last try; empty since it went on.
    pub problem: String,
    /// Who asked for it.
    pub asked_by: Option<UserId>,
    /// When they did.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl StoredJob {
    /// The address of its page.
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// Such as "1,200 of 5,000 customers and users".
    pub fn progress(&self, unit: &str) -> String {
        format!("{} of {} {unit}", Count::from(self.done), Count::from(self.total)).trim_end().to_owned()
    }

    /// What is to be done and what is left of it, if it is of the kind `J`.
    pub fn parse<J: Job>(&self) -> Option<J> {
        if self.kind == J::KIND { serde_json::from_str(&self.work).ok() } else { None }
    }
}

/// What the audit log calls a job, and whom it concerns.
pub fn subject(id: JobId, job: &dyn JobDescription) -> Subject {
    Subject {
        kind: audit::Kind::Job,
        id: id.cast(),
        title: job.heading(),
        concerns: job.related_customers().into_iter().map(Id::cast).collect(),
    }
}

/// Records that work was asked for, where no other entry tells of it.
pub fn record_begun(t: &mut TenantConn, id: JobId, job: &impl Job) -> Result<(), Error> {
    audit::record(t, Entry::of(Action::Begin, &subject(id, job)))
}

/// The address of a job's page.
pub fn path(id: JobId) -> String {
    format!("/jobs/{id}")
}

/// What a list says of work that is under way on what it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// Such as "Deleting Beta Farms".
    pub heading: String,
    /// Where its progress is shown.
    pub path: String,
}
