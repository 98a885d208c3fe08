//! What a running server is made of: the map of its addresses, its start and its end, jobs, metrics, cleaning up.

pub(crate) mod cleanup;
pub(crate) mod data_upgrade;
pub(crate) mod health;
pub(crate) mod jobs;
mod key_upgrade;
pub(crate) mod metrics;
pub(crate) mod opening;
pub mod routes;
pub mod server;
pub(crate) mod starting;

pub use server::Server;

pub use crate::web::state::AppState;
