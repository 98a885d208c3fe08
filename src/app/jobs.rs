//! Every kind of work, what each is called, and whose function does a slice of it. To the engine what `routes` is to
//! the server: the only place here that knows resources.

use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{CustomerId, JobId, TenantId};
use crate::base::text::Count;
use crate::db::Db;
use crate::model::lifecycle::delete_job;
use crate::model::users::InvitationMailer;
use crate::model::{imports, inventory};
use crate::services::jobs::State;
use crate::tenancy::TenantConn;

/// What is to be done and what is left of it, as stored. A kind is known by its name and a field that is missing has a
/// default, so that a job outlives the program that queued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// The rows of customers that were deleted, with their branches and users. They are in no list any more.
    DeleteCustomers {
        /// The title of the one that was chosen; empty when several were.
        #[serde(default)]
        title: String,
        /// How many were chosen.
        #[serde(default)]
        chosen: u64,
        /// Whether things return to the tenant.
        #[serde(default)]
        things: bool,
    },
    /// A customer was moved with its branch; what is theirs follows.
    MoveCustomer(inventory::Follow),
    /// Devices or assets are assigned, unassigned or deleted: all that a list holds.
    ChangeThings(inventory::Change),
    /// A file is read, and its rows are done or looked at.
    Import(imports::Run),
}

/// What slices are done with besides their transaction.
pub struct Tools {
    /// For mails and links.
    pub desk: InvitationMailer,
    /// What is known of the file that is read.
    pub known: imports::Known,
}

/// What became of a slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// How many of the job's things it dealt with.
    pub done: u64,
    /// Which of them could not be done, and why, in words.
    pub refusals: Vec<String>,
    /// Whether nothing is left.
    pub finished: bool,
    /// Whether there is nothing to tell of in the audit log: nothing was changed, or nothing but what another entry tells
    /// of. Every other slice records what it changes.
    pub idle: bool,
    /// Why it can never go on, in words.
    pub failed: Option<String>,
}

impl Step {
    /// Nothing was done, and nothing can be.
    pub fn failed(why: String) -> Self {
        Self { failed: Some(why), ..Self::default() }
    }
}

impl Work {
    /// What must be done before the first slice of a turn, outside of any transaction. `keep` is to be called now and then
    /// while it takes long, and answers whether the job is still in the hands of this process.
    ///
    /// # Errors
    /// Whatever stands in the way; it is tried again.
    pub fn prepare(
        &self,
        tools: &mut Tools,
        of: (&Db, TenantId, JobId),
        keep: impl FnMut() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        match self {
            // A slice says that the import was discarded.
            Self::Import(run) => match tools.known.prepare(of, run, keep) {
                Err(Error::NotFound) => Ok(()),
                done => done,
            },
            Self::DeleteCustomers { .. } | Self::MoveCustomer(_) | Self::ChangeThings(_) => Ok(()),
        }
    }

    /// Does about `size` of what is left, in the transaction that counts them. May change itself to what is left.
    ///
    /// # Errors
    /// Whatever stands in the way; the slice is undone and tried again.
    pub fn slice(&mut self, t: &mut TenantConn, tools: &mut Tools, job: JobId, size: u64) -> Result<Step, Error> {
        let heading = self.heading();
        match self {
            Self::Import(run) => run.slice(t, (&tools.desk, &mut tools.known, job), size),
            Self::DeleteCustomers { .. } => delete_job::slice(t, job, &heading, size),
            // The move itself was told.
            Self::MoveCustomer(follow) => follow.slice(t, Some(job), size).map(|step| Step { idle: true, ..step }),
            Self::ChangeThings(change) => change.slice(t, size),
        }
    }

    /// What is done, for headings and lists.
    pub fn heading(&self) -> String {
        match self {
            Self::DeleteCustomers { title, chosen, .. } => format!("Deleting {}", customers(title, *chosen)),
            Self::MoveCustomer(follow) => follow.heading(),
            Self::ChangeThings(change) => change.heading(),
            Self::Import(run) => run.heading(),
        }
    }

    /// The word for what it counts.
    pub fn things(&self) -> &'static str {
        match self {
            Self::DeleteCustomers { things: false, .. } => "customers and users",
            Self::DeleteCustomers { things: true, .. } => "customers, users, devices and assets",
            Self::MoveCustomer(_) => "devices and assets",
            Self::ChangeThings(change) => change.kind().several(),
            Self::Import(_) => "rows",
        }
    }

    /// What is true of it in this state: a sentence, or nothing.
    pub fn told(&self, state: State) -> String {
        match self {
            Self::DeleteCustomers { title, chosen, .. } => {
                let (was, is) = if *chosen > 1 { ("were", "are") } else { ("was", "is") };
                let what = customers(title, *chosen);
                match state {
                    State::Done => format!("{what} {was} deleted."),
                    _ => format!("{what} {is} in no list any more."),
                }
            }
            Self::MoveCustomer(follow) => follow.told(state),
            Self::ChangeThings(change) => change.told(state),
            Self::Import(run) => run.told(state),
        }
    }

    /// The customers that it is about, in whose audit logs it is.
    pub fn about(&self) -> Vec<CustomerId> {
        match self {
            Self::DeleteCustomers { .. } => Vec::new(),
            Self::MoveCustomer(follow) => vec![follow.customer()],
            Self::ChangeThings(change) => change.about(),
            Self::Import(_) => Vec::new(),
        }
    }

    /// Whether it may end before all is done.
    pub fn can_be_cancelled(&self) -> bool {
        match self {
            Self::DeleteCustomers { .. } | Self::MoveCustomer(_) => false,
            Self::ChangeThings(_) | Self::Import(_) => true,
        }
    }

    /// Whether it changes what the list at an address shows.
    pub fn concerns(&self, address: &str) -> bool {
        let things = |address: &str| inventory::Kind::ALL.into_iter().any(|kind| kind.list_path() == address);
        match self {
            Self::DeleteCustomers { things: true, .. } | Self::MoveCustomer(_) if things(address) => true,
            _ => self.list().1 == address,
        }
    }

    /// The list that it is about: its name and address.
    pub fn list(&self) -> (&'static str, &'static str) {
        match self {
            Self::DeleteCustomers { .. } | Self::MoveCustomer(_) => ("Customers", "/customers"),
            Self::ChangeThings(change) => (change.kind().title(), change.kind().list_path()),
            Self::Import(run) if run.commit => run.what.list(),
            Self::Import(_) => ("Imports", "/imports"),
        }
    }

    /// The address of a page of its own, where it is shown besides that of the job.
    pub fn page(&self) -> Option<String> {
        match self {
            Self::Import(run) => Some(imports::path(run.import)),
            Self::DeleteCustomers { .. } | Self::MoveCustomer(_) | Self::ChangeThings(_) => None,
        }
    }
}

/// One by its title, or how many.
fn customers(title: &str, n: u64) -> String {
    if title.is_empty() { Count(n).of("customer", "customers") } else { title.to_owned() }
}
