//! Any bytes as a CSV file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tenantry::harness::fuzz::csv(bytes));
