//! What the product is about: rules and queries, a folder for each resource. Knows nothing of requests.

pub mod activation;
pub mod audit_log;
pub mod authentication;
pub mod customers;
pub mod dashboards;
pub mod impersonation;
pub mod imports;
pub mod inventory;
pub mod lifecycle;
pub mod sessions;
pub mod setup;
pub mod users;
