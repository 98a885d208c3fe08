//! `/dashboards`: dashboards, their editor, and whom they are assigned to.

pub mod assignments;
pub mod charts;
pub mod delete;
pub mod edit;
pub mod export;
pub mod import_file;
pub mod index;
pub mod show;
pub mod tiles;
