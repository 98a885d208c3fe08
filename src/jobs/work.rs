//! Every kind of work, what each is called, and whose function does a slice of it. To the engine what `routes` is to
//! the server: the only place here that knows resources.

use serde::{Deserialize, Serialize};

use super::{Job, State};
use crate::customers::erasure;
use crate::error::Error;
use crate::id::Id;
use crate::tenant::TenantConn;
use crate::web::Count;

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
}

impl Work {
    /// Does about `size` of what is left, in the transaction that counts them. May change itself to what is left.
    ///
    /// # Errors
    /// Whatever stands in the way; the slice is undone and tried again.
    pub fn slice(&mut self, t: &mut TenantConn, job: Id<Job>, size: u64) -> Result<Step, Error> {
        match self {
            Self::DeleteCustomers { .. } => erasure::slice(t, job, size),
        }
    }

    /// What is done, for headings and lists.
    pub fn heading(&self) -> String {
        match self {
            Self::DeleteCustomers { .. } => format!("Deleting {}", self.object()),
        }
    }

    /// What it is done to.
    fn object(&self) -> String {
        match self {
            Self::DeleteCustomers { title, .. } if !title.is_empty() => title.clone(),
            Self::DeleteCustomers { chosen, .. } => Count(*chosen).of("customer", "customers"),
        }
    }

    /// The word for what it counts.
    pub fn things(&self) -> &'static str {
        match self {
            Self::DeleteCustomers { things: false, .. } => "customers and users",
            Self::DeleteCustomers { things: true, .. } => "customers, users, devices and assets",
        }
    }

    /// What is true of it in this state: a sentence.
    pub fn told(&self, state: State) -> String {
        let object = self.object();
        match (self, state) {
            (Self::DeleteCustomers { chosen, .. }, State::Done) => {
                format!("{object} {} deleted.", if *chosen > 1 { "were" } else { "was" })
            }
            (Self::DeleteCustomers { chosen, .. }, _) => {
                format!("{object} {} in no list any more.", if *chosen > 1 { "are" } else { "is" })
            }
        }
    }

    /// Whether it may end before all is done.
    pub fn can_be_cancelled(&self) -> bool {
        match self {
            Self::DeleteCustomers { .. } => false,
        }
    }

    /// The list that it is about: its name and address.
    pub fn list(&self) -> (&'static str, &'static str) {
        match self {
            Self::DeleteCustomers { .. } => ("Customers", "/customers"),
        }
    }
}
