//! How customers come, move and go, with everything that hangs on them.

pub mod delete_job;
pub mod delete_plan;
pub mod form;
pub mod save;
