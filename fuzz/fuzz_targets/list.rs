//! Any text as the query of a list's address, with a cursor in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|query: &str| tenantry::harness::fuzz::list(query));
