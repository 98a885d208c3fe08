//! Users of customers: adding, finding, editing, inviting, disabling and deleting them.

mod access;
mod adding;
mod deleting;
mod details;
mod disabling;
mod everybody;
mod listing;
mod sessions;
