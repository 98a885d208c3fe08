//! `/audit`: who did what.

pub mod export;
pub mod list;
