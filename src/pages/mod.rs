//! What a browser asks for: handlers and views, a folder for each resource. Names no table.

pub mod account;
pub mod activation;
pub mod audit_log;
pub mod bulk;
pub mod confirm;
pub mod conflict;
pub mod customers;
pub mod dashboards;
pub mod dead_link;
pub mod errors;
pub mod help;
pub mod home;
pub mod impersonation;
pub mod imports;
pub mod inventory;
pub mod jobs;
pub mod new;
pub mod search;
pub mod setup;
pub mod sign_in;
pub mod trace;
pub mod users;
