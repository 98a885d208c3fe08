//! How much memory the program uses at most.

use std::process::Stdio;

use super::process::{Ended, command};

/// A number of `/proc/PID/status`, in MB; `None` when the process has ended.
pub fn megabytes(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// Forgets the most that a process used until now.
pub fn forget_peak(process: u32) {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

/// Runs the program until it ends, and answers how many MB it used at most.
pub fn run_and_measure(arguments: &[&str], settings: &[(&str, String)]) -> (Ended, u64) {
    let mut child = command(arguments, settings).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(megabytes(child.id(), "VmHWM").unwrap_or(0));
        std::thread::yield_now();
    }
    let ended = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (Ended { code: ended.status.code(), out: text(ended.stdout), err: text(ended.stderr) }, peak)
}
