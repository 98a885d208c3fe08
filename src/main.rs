//! Parses the command line and calls one function.

use std::process::ExitCode;

/// Argon2's large blocks make glibc's allocator grow without end; this one gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenantry::cli::run()
}
