//! What tests need from outside the application: a mail server and PostgreSQL, both real.
//! Each module starts what it needs on a free port of the loopback and ends it again; only `app`, `actor`, `page` and
//! `records` know the application.

#![allow(dead_code, unused_imports, reason = "every test program uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

pub mod actor;
pub mod app;
pub mod disk;
pub mod disk_of_postgres;
pub mod forged;
pub mod machine;
pub mod page;
pub mod paused_server;
pub mod peak;
pub mod postgres;
pub mod process;
pub mod promise;
pub mod raw_http;
pub mod records;
pub mod smtp;
pub mod valid;
pub mod writers;
