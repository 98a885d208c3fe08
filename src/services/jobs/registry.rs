//! The kinds of jobs that the program knows: from what is stored to the job, with what its slices need.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::error::Error;
use crate::base::id::JobId;
use crate::services::jobs::job::{Job, JobDescription, Preparation, SliceResult};
use crate::services::jobs::store::json;
use crate::services::jobs::{JobState, StoredJob};
use crate::tenancy::TenantConn;

/// All kinds of jobs by name. Clones share what slices need.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn Kind>>);

impl Registry {
    /// Knows jobs of this kind as well, whose slices are done with `context`.
    #[must_use]
    pub fn with<J: Job>(mut self, context: J::Context) -> Self {
        self.0.insert(J::KIND, Arc::new(Registered::<J> { context }));
        self
    }

    /// How people see a stored job.
    pub fn describe(&self, job: &StoredJob) -> Box<dyn JobDescription> {
        self.read_or_unknown(&job.kind, &job.work)
    }

    /// How people see a job of this kind with this JSON.
    pub(crate) fn read_or_unknown(&self, kind: &str, work: &str) -> Box<dyn JobDescription> {
        self.read(kind, work).unwrap_or_else(|| Box::new(UnknownJob))
    }

    /// The same, or `None` when a newer program queued it, which this one cannot read.
    pub(crate) fn read(&self, kind: &str, work: &str) -> Option<Box<dyn JobDescription>> {
        self.0.get(kind)?.read(work).ok()
    }

    /// A stored job to be worked on; `None` when this program cannot read it.
    pub(crate) fn load(&self, kind: &str, work: &str) -> Option<Box<dyn AnyJob>> {
        self.0.get(kind)?.load(work).ok()
    }
}

/// A job that only a newer program can read.
struct UnknownJob;

impl JobDescription for UnknownJob {
    fn heading(&self) -> String {
        "Work of another version".into()
    }

    fn unit(&self) -> &'static str {
        ""
    }

    fn status_message(&self, _: JobState) -> String {
        String::new()
    }

    fn can_be_cancelled(&self) -> bool {
        false
    }

    fn list(&self) -> (&'static str, &'static str) {
        ("Customers", "/customers")
    }
}

/// A kind of job, whichever.
trait Kind: Send + Sync {
    fn read(&self, work: &str) -> serde_json::Result<Box<dyn JobDescription>>;
    fn load(&self, work: &str) -> serde_json::Result<Box<dyn AnyJob>>;
}

struct Registered<J: Job> {
    context: J::Context,
}

impl<J: Job> Kind for Registered<J> {
    fn read(&self, work: &str) -> serde_json::Result<Box<dyn JobDescription>> {
        Ok(Box::new(serde_json::from_str::<J>(work)?))
    }

    fn load(&self, work: &str) -> serde_json::Result<Box<dyn AnyJob>> {
        let job: J = serde_json::from_str(work)?;
        Ok(Box::new(Loaded { job, context: self.context.clone() }))
    }
}

/// A job of whichever kind, with what its slices need: `Job` for the runner, which knows no kinds.
pub(crate) trait AnyJob {
    fn description(&self) -> &dyn JobDescription;
    fn json(&self) -> Result<String, Error>;
    fn prepare(&self, turn: Preparation<'_>) -> Result<(), Error>;
    fn run_slice(&mut self, t: &mut TenantConn, id: JobId, size: u64) -> Result<SliceResult, Error>;
    fn clean_up(&self);
}

struct Loaded<J: Job> {
    job: J,
    context: J::Context,
}

impl<J: Job> AnyJob for Loaded<J> {
    fn description(&self) -> &dyn JobDescription {
        &self.job
    }

    fn json(&self) -> Result<String, Error> {
        json(&self.job)
    }

    fn prepare(&self, turn: Preparation<'_>) -> Result<(), Error> {
        self.job.prepare(&self.context, turn)
    }

    fn run_slice(&mut self, t: &mut TenantConn, id: JobId, size: u64) -> Result<SliceResult, Error> {
        self.job.run_slice(t, &self.context, id, size)
    }

    fn clean_up(&self) {
        self.job.clean_up(&self.context);
    }
}
