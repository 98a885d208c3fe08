//! Tenantry keeps the customers of an IoT tenant: who they are, which people of theirs may sign in, and what is theirs.
//!
//! A request takes three hops: `routes` finds the page, the page asks a store, the store asks the database.

// They panic where nothing can be written; `cli::output` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

// From the bottom up; each may use those before it (see tests/architecture.rs).
pub mod base;
pub mod config;
mod db;
mod model;
mod pages;
mod services;
mod tenancy;
mod web;

pub mod app;
pub mod cli;

#[doc(hidden)]
pub mod harness;
