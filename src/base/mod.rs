//! What knows no table and no request: ids, time, text, errors, secrets, forms, lists, CSV.

pub mod clock;
pub(crate) mod concurrency_limiter;
pub(crate) mod csv;
pub(crate) mod error;
pub(crate) mod forms;
pub(crate) mod gauges;
pub(crate) mod id;
pub(crate) mod list;
pub(crate) mod ownership;
pub(crate) mod secrets;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod worker;
