//! The rules of the product as people meet them, over HTTP against a real server. `TENANTRY_TEST_DATABASE=postgres`
//! runs the same on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod account_email;
mod activation;
mod administrators;
mod audit;
mod cleanup;
mod cli;
mod customers;
mod dashboards;
mod errors;
mod forgot_password;
mod forms;
mod health;
mod help;
mod home;
mod impersonation;
mod imports;
mod inventory;
mod isolation;
mod jobs;
mod mail;
mod migrations;
mod names;
mod passwords;
mod portal;
mod promises;
mod resubmit;
mod search;
mod secrets;
mod security;
mod sessions;
mod setup;
mod sign_in;
mod soak;
mod statements;
mod upgrade;
mod users;
