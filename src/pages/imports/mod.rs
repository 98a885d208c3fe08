//! `/imports`: files, how far they are, and what was wrong with their rows.

pub mod delete;
pub mod index;
pub mod reading;
pub mod rejected_rows;
pub mod show;
pub mod template;
pub mod upload;
