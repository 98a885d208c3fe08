//! What benches and fuzzers reach of the inside.

pub mod bench;
pub mod fuzz;
