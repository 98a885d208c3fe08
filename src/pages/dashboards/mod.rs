//! `/dashboards`: dashboards, their editor, and whom they are assigned to.

pub mod assignees;
pub mod charts;
pub mod delete;
pub mod edit;
pub mod export;
pub mod import_file;
pub mod index;
pub mod of_customer;
pub mod show;
pub mod tiles;
