//! Parses the command line and calls one function.

use std::process::ExitCode;

/// Argon2's large blocks make glibc's allocator grow without end; this one gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A huge page is in memory as a whole as soon as one byte of it is used: measured, a third of what a small server holds.
    // Where it cannot be told so, it only needs more.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    tenantry::cli::run()
}
