//! The audit log: who did what, when, from where, with before and after. An entry is written by the transaction of the
//! change it tells of, is never changed or removed, and is chained to the one before it (see `chain`).
//!
//! A page cannot forget it: `Db::write`, and `Tenant::write` over it, undo a transaction that changed rows and recorded
//! nothing. What legitimately leaves no entry goes through a door with another name: `Db::write_unaudited` for what the server keeps
//! for itself (when a session was last seen, claims on mails and jobs, housekeeping), and inside a transaction
//! `TenantConn::skip_audit` or `TenantConn::no_changes`.
//!
//! How much one entry tells:
//! - Each change of one thing has its own entry.
//! - What is done to many things by one click has one entry with the number and the names of all of them; in the
//!   background one where it is asked for, one for each slice with the names of what was changed in it, and one for its
//!   end. So it can be said which devices were unassigned and by whom, and two million of them make a few hundred entries.
//! - Each of those that were assigned or unassigned by a request has its entry in its own log. Where a job or an import does
//!   it, naming each once more would double what they write: the log of a device or asset finds those entries by the moments
//!   at which it was added and last changed.
//! - What follows from a change, such as sessions that end, is part of its entry. Who loses a home dashboard has an entry
//!   of their own, with what it was: their fields are others then, though somebody else did it to another thing.
//! - A fact that is to be known of a change, such as to how many customers a deleted dashboard was assigned, is no change:
//!   it has no before.
//! - A wrong password has an entry with each user whom it was compared with. Their budgets are for less than a hundred a
//!   day, so whoever guesses cannot fill the log. Addresses that nobody has leave none.
//! - Secrets are in no entry: fields are named one by one (see `Audited`), and no password, token or hash is among them.
//!
//! Entries are kept for good. They keep titles, so that they can be read when the thing is gone.

pub mod chain;
pub mod entry;
pub mod kinds;
pub mod origin;
pub mod rekey;
pub mod rows;
pub mod value;
pub mod verify;
pub mod writing;

pub use chain::begin;
pub use entry::{Audited, Entry, Items, Subject, record, together};
pub use kinds::{Action, Kind};
pub use origin::{Origin, Who};
pub use rekey::{is_any_under, is_begun, rekey, rekey_unchecked, take_over};
pub use rows::wrong_with_tables;
pub use value::{Reference, Value};
pub use verify::{Broken, verify};
pub use writing::{AuditedTransaction, Entries};
