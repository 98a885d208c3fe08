//! The audit log as it is read: filtered, sorted, page by page.

pub mod filters;
pub mod listing;
pub mod subjects;
