//! Work that takes longer than a request may: queued in the transaction that asks for it, done in slices beside the
//! requests, shown on a page that tells how far it is. What the work is, each resource says; see `work`.

pub mod lease;
pub mod runner;
pub mod store;

pub use runner::start;
pub use store::{all_under_way, cancel, find, forget, moves_are_left, queue, there, under_way};

use crate::app::jobs::Work;
use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, JobId, UserId};
use crate::base::text::Count;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Audited, Entry, Subject};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
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

impl State {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Running,
        }
    }

    /// Whether there is more to come.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A job as stored.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its identity.
    pub id: JobId,
    /// What is to be done; `None` when a newer program queued it, which this one cannot read.
    pub work: Option<Work>,
    /// How far it is.
    pub state: State,
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

impl Job {
    /// The address of its page.
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// What is done, such as "Deleting Beta Farms".
    pub fn heading(&self) -> String {
        heading(self.work.as_ref())
    }

    /// Such as "1,200 of 5,000 customers and users".
    pub fn progress(&self) -> String {
        let things = self.work.as_ref().map_or("", Work::things);
        format!("{} of {} {things}", Count::from(self.done), Count::from(self.total)).trim_end().to_owned()
    }
}

impl Audited for Job {
    fn subject(&self) -> Subject {
        subject(self.id, self.work.as_ref())
    }
}

/// What the audit log calls a job, and whom it concerns.
pub(crate) fn subject(id: JobId, work: Option<&Work>) -> Subject {
    Subject {
        kind: audit::Kind::Job,
        id: id.cast(),
        title: heading(work),
        concerns: work.map(Work::about).unwrap_or_default().into_iter().map(Id::cast).collect(),
    }
}

/// Records that work was asked for, where no other entry tells of it.
///
/// # Errors
/// The database's own.
pub fn record_begun(t: &mut TenantConn, id: JobId, work: &Work) -> Result<(), Error> {
    audit::record(t, Entry::of(Action::Begin, &subject(id, Some(work))))
}

fn heading(work: Option<&Work>) -> String {
    work.map_or_else(|| "Work of another version".into(), Work::heading)
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
