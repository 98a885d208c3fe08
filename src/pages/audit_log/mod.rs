//! `/audit`: who did what.

pub mod export;
pub mod index;
pub mod links;
pub mod whose;
