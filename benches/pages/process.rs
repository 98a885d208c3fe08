//! The program under measurement as a process of its own, and what the system (Linux) says of processes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A server; it is killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From its start until it said that it is ready.
    pub start: Duration,
    // It prints as long as it lives.
    _output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and waits until it says where it is.
    pub fn start(command: &mut Command) -> Result<Self> {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let start = started.elapsed();
        let address = line.rsplit("http://").next().map(str::trim).unwrap_or_default().parse();
        match address {
            Ok(address) => Ok(Self { child, address, start, _output: output }),
            Err(_) => {
                child.kill()?;
                Err(format!("the server said {line:?}").into())
            }
        }
    }

    /// Its CPU time so far.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(self.child.id())
    }

    /// Its resident memory in MB.
    pub fn resident(&self) -> Result<u64> {
        memory_of(self.child.id(), "VmRSS:")
    }

    /// The most that it ever was, in MB.
    pub fn peak(&self) -> Result<u64> {
        peak_of(self.child.id())
    }
}

/// The most resident memory that a process ever had, in MB.
pub fn peak_of(pid: u32) -> Result<u64> {
    memory_of(pid, "VmHWM:")
}

fn memory_of(pid: u32, which: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix(which)?.trim().strip_suffix(" kB"));
    Ok(kilobytes.ok_or("a process without memory")?.trim().parse::<u64>()? / 1024)
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process, user and system, to 10 ms.
fn cpu_of(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| -> Result<u64> { Ok(fields.get(at).ok_or("a short stat")?.parse()?) };
    Ok(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// CPU time of a process and its children: of PostgreSQL with its backends.
pub fn cpu_of_family(parent: u32) -> Result<Duration> {
    let mut sum = cpu_of(parent)?;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        let of = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        if of == Some(parent) {
            sum += cpu_of(pid).unwrap_or_default();
        }
    }
    Ok(sum)
}
