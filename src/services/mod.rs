//! What several resources use beside their rows: jobs, mail, passwords, rate limits.

pub mod health;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod password;
pub mod rate_limit;
mod retry;
