//! What a kind of job is: how people see it, and how a slice of it is done.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::error::Error;
use crate::base::id::{CustomerId, JobId, TenantId};
use crate::db::Db;
use crate::services::jobs::JobState;
use crate::tenancy::TenantConn;

/// How people see a job.
pub trait JobDescription: Send {
    /// What is done, such as "Deleting Beta Farms".
    fn heading(&self) -> String;

    /// What it counts, such as "devices and assets".
    fn unit(&self) -> &'static str;

    /// What is true of it in this state: a sentence, or nothing.
    fn status_message(&self, state: JobState) -> String;

    /// Whether it may end before all is done.
    fn can_be_cancelled(&self) -> bool;

    /// The list that it is about: its name and address.
    fn list(&self) -> (&'static str, &'static str);

    /// Whether it changes what the list at an address shows.
    fn changes_list(&self, address: &str) -> bool {
        self.list().1 == address
    }

    /// The address of a page of its own, where it is shown besides that of the job.
    fn page(&self) -> Option<String> {
        None
    }

    /// The customers in whose audit logs it is.
    fn related_customers(&self) -> Vec<CustomerId> {
        Vec::new()
    }
}

/// What is to be done and what is left of it. It is stored as JSON and outlives the program that queued it: a field that is
/// added needs a default, and one that is renamed keeps its name in the JSON.
pub trait Job: JobDescription + Serialize + DeserializeOwned + 'static {
    /// The name of the kind, as stored.
    const KIND: &'static str;

    /// What slices need besides their transaction, such as a mailer or a cache; `()` when they need nothing. The registry
    /// hands a clone to each job, so that what must last from turn to turn is shared by the clones.
    type Context: Clone + Send + Sync + 'static;

    /// What must be done before the first slice of a turn, outside of any transaction.
    ///
    /// # Errors
    /// Whatever stands in the way; it is tried again.
    fn prepare(&self, _context: &Self::Context, _turn: Preparation<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Does about `size` of what is left, in the transaction that counts them, and changes itself to what is left then.
    ///
    /// # Errors
    /// Whatever stands in the way; the slice is undone and tried again.
    fn run_slice(
        &mut self,
        t: &mut TenantConn,
        context: &Self::Context,
        id: JobId,
        size: u64,
    ) -> Result<SliceResult, Error>;

    /// Drops what the context holds for this job, which has ended or is in other hands.
    fn clean_up(&self, _context: &Self::Context) {}
}

/// The turn that is prepared.
pub struct Preparation<'a> {
    /// The database, to be read.
    pub db: &'a Db,
    /// Whose job it is.
    pub tenant: TenantId,
    /// The job.
    pub job: JobId,
    /// To be called now and then while it takes long. Answers whether the job is still in the hands of this process.
    pub renew_lease: &'a mut dyn FnMut() -> Result<bool, Error>,
}

/// What became of a slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SliceResult {
    /// How many of what the job counts it dealt with.
    pub done: u64,
    /// Which of them could not be done, and why, in words.
    pub refusals: Vec<String>,
    /// Whether nothing is left.
    pub finished: bool,
    /// Whether there is nothing to record in the audit log: nothing was changed, or nothing but what another entry has.
    /// Every other slice records what it changes.
    pub idle: bool,
    /// Why it can never go on, in words.
    pub failed: Option<String>,
}

impl SliceResult {
    /// Nothing was done, and nothing can be.
    pub fn failed(why: String) -> Self {
        Self { failed: Some(why), ..Self::default() }
    }
}
