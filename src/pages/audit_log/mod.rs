//! `/audit`: who did what.

pub mod export;
pub mod links;
pub mod list;
