//! CPU time of processes, as the scheduler counts it (Linux, to the nanosecond): a machine that is busy changes it little.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::process::Result;

/// What threads had used at one moment.
pub struct Cpu {
    used: HashMap<u32, Duration>,
    /// Of children that have ended, all their life.
    ended: Duration,
}

impl Cpu {
    /// Of a process. Its threads end after seconds without work, so that what they used is in no measurement that goes on
    /// then.
    pub fn of(process: u32) -> Result<Self> {
        let mut used = HashMap::new();
        for thread in fs::read_dir(format!("/proc/{process}/task"))?.flatten() {
            let Some(thread) = thread.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let path = format!("/proc/{process}/task/{thread}/schedstat");
            used.extend(used_by(&path).map(|time| (thread, time)));
        }
        Ok(Self { used, ended: Duration::ZERO })
    }

    /// Of a process and its children, each of which is one thread: of PostgreSQL with its backends.
    pub fn of_family(parent: u32) -> Result<Self> {
        let mut used = HashMap::new();
        for process in fs::read_dir("/proc")?.flatten() {
            let Some(process) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let above = stat(process).and_then(|fields| fields.get(1)?.parse().ok());
            if process == parent || above == Some(parent) {
                used.extend(used_by(&format!("/proc/{process}/schedstat")).map(|time| (process, time)));
            }
        }
        let ticks = |at: usize| -> Option<u64> { stat(parent)?.get(at)?.parse().ok() };
        let ended = ticks(13).zip(ticks(14)).ok_or("PostgreSQL has ended")?;
        Ok(Self { used, ended: Duration::from_millis(10 * (ended.0 + ended.1)) })
    }

    fn of_one(&self, which: u32) -> Duration {
        self.used.get(&which).copied().unwrap_or_default()
    }

    /// What was used since `before`.
    pub fn since(&self, before: &Self) -> Duration {
        let new = self.used.iter().map(|(which, time)| time.saturating_sub(before.of_one(*which)));
        let gone = before.used.iter().filter(|(which, _)| !self.used.contains_key(which)).map(|(_, time)| *time);
        new.sum::<Duration>() + self.ended.saturating_sub(before.ended).saturating_sub(gone.sum())
    }
}

/// What the thread that asks has used.
pub fn of_this_thread() -> Result<Duration> {
    Ok(used_by("/proc/thread-self/schedstat").ok_or("a kernel without schedstat")?)
}

fn used_by(path: &str) -> Option<Duration> {
    let line = fs::read_to_string(path).ok()?;
    Some(Duration::from_nanos(line.split(' ').next()?.parse().ok()?))
}

/// The fields of `/proc/PID/stat` after its name.
fn stat(process: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    Some(line.rsplit(')').next()?.split_whitespace().map(str::to_owned).collect())
}
