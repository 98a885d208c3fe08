//! The program under measurement as a process of its own, and what the system (Linux) says of its memory.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cpu::Cpu;

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
    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of(self.child.id())
    }

    /// Its resident memory in MB.
    pub fn resident(&self) -> Result<f64> {
        memory_of(self.child.id(), "VmRSS:")
    }

    /// The most that it was since `forget_peak`, in MB.
    pub fn peak(&self) -> Result<f64> {
        peak_of(self.child.id())
    }

    /// Forgets the most that it ever was.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

/// The most resident memory that a process ever had, in MB.
pub fn peak_of(process: u32) -> Result<f64> {
    memory_of(process, "VmHWM:")
}

fn memory_of(process: u32, which: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix(which)?.trim().strip_suffix(" kB"));
    Ok(kilobytes.ok_or("a process without memory")?.trim().parse::<f64>()? / 1024.0)
}

impl Server {
    /// Ends it at once.
    pub fn stop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
