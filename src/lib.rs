//! Tenantry keeps the customers of an IoT tenant: who they are, which people of theirs may sign in, and what is theirs.
//!
//! A request takes three hops: `routes` finds the page, the page asks a store, the store asks the database.

// They panic where nothing can be written; `cli::output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod account; //        /account: one's own profile, password and sessions
mod activation; //     /activate, /reset-password: choosing a password by a link
mod administrators; // /administrators
pub mod app; //            what requests share; from settings to a bound server
mod audit; //          /audit: who did what; the door to every change
mod auth; //           sessions, who may pass, passwords
mod backup; //         one file that holds everything, and back
#[doc(hidden)]
pub mod bench; //          a page without its database, for measuring
mod cleanup; //   forgetting what is past
pub mod cli; //            the commands
pub mod clock; //          time
pub mod config; //         settings
mod csv; //            files of rows, read and written
mod customers; //      /customers
mod dashboards; //     /dashboards
mod db; //             two databases behind one connection; knows no table
mod doctor; //         what is wrong with an installation, and how to mend it
mod error; //          what a browser can be told when a request cannot be answered
mod export; //         files that are written as they are sent
mod form; //           fields, what can be wrong with them, reading text
#[doc(hidden)]
pub mod fuzz; //           what reads foreign bytes, for fuzzing
mod health; //         /healthz, /readyz, and the end
mod home; //           /home: where customer users land
mod id; //             typed UUIDv7
mod impersonation; //        /looking: an administrator sees what a user would see
mod imports; //        /imports
mod installation; //   which key the database is under, and where people reach it
mod inventory; //         /devices and /assets
mod jobs; //           durable background work, /jobs
mod links; //          activation and reset links
mod list; //           keyset pages
mod mail; //           letters, the outbox, delivery
mod metrics; //        figures for Prometheus
mod ownership; //      whose the files are that root makes
mod resubmit; //               a form sent after the session ended
pub mod routes; //         every address and who may use it
mod schema; //         the tables
mod search; //         /search: of everything the first few that match
mod secrets; //        keys and tokens
mod session; //        /sign-in, /sign-out, /forgot-password
mod setup; //          /setup: the first start
mod tenant; //         the only door to a tenant's rows
mod timeouts; //       how long clients may take
mod users; //          users of customers, and administrators
mod web; //            what every page shares
mod worker; //         threads that do what waits in the database
