//! `/devices`, `/assets`: devices and assets.

pub mod assign;
pub mod bulk;
pub mod delete;
pub mod edit;
pub mod export;
pub mod index;
pub mod kind;
pub mod new;
pub mod portal;
pub mod types;
