//! A thread of `serve` that does what waits in the database: woken when something was queued here, looking by itself for
//! what other processes queued, and ended between two pieces of work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it looks for what other processes queued and what is due again.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tells a worker that something was queued. Clones wake the same worker.
#[derive(Clone, Default)]
pub struct WakeSignal(Arc<(Mutex<bool>, Condvar)>);

impl WakeSignal {
    /// Something was queued and committed.
    pub fn notify(&self) {
        let (notified, condition) = &*self.0;
        *notified.lock().unwrap_or_else(PoisonError::into_inner) = true;
        condition.notify_all();
    }

    fn wait(&self) {
        let (notified, condition) = &*self.0;
        let notified = notified.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = condition.wait_timeout_while(notified, LOOK_EVERY, |notified| !*notified);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// Whether a worker is to end. Clones say the same.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asked between two pieces of work.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Lets requests go before this thread where both want a processor. Only Linux has this for one thread.
fn yield_to_requests() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        // One that yields already stays as it is.
        let yielded = getpriority_process(None).and_then(|now| setpriority_process(None, now.max(NICENESS)));
        if let Err(error) = yielded {
            tracing::debug!(%error, "background work has the priority of requests");
        }
    }
}

/// Work goes on at a third of the speed while all processors are busy: an outright idle thread would keep the writer of
/// SQLite too long.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// The thread.
pub struct Worker {
    name: &'static str,
    stop: Stop,
    wake: WakeSignal,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a thread that runs `round` at each ring of the bell, and every two seconds. A round does all that is due.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub fn start(
        name: &'static str,
        wake: WakeSignal,
        round: impl Fn(&Stop) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Stop::default();
        let (stopped, notified) = (stop.clone(), wake.clone());
        let work = move || {
            yield_to_requests();
            while !stopped.is_asked() {
                // A fault in one piece of work must not end all that come after it.
                if catch_unwind(AssertUnwindSafe(|| round(&stopped))).is_err() {
                    tracing::error!(name, "a round of work had a fault");
                }
                if !stopped.is_asked() {
                    notified.wait();
                }
            }
        };
        let thread = std::thread::Builder::new().name(name.into()).spawn(work)?;
        Ok(Self { name, stop, wake, thread })
    }

    /// Ends the thread after the piece of work it is at. What waits is done by the next process.
    pub fn stop(self) {
        self.stop.0.store(true, Ordering::Release);
        self.wake.notify();
        if self.thread.join().is_err() {
            tracing::error!(name = self.name, "a worker had panicked");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc;

    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn a_worker_yields_and_nobody_else() {
        let before = getpriority_process(None).unwrap();
        let (tell, told) = mpsc::channel();
        let round = move |_: &Stop| tell.send(getpriority_process(None).unwrap()).unwrap();
        let worker = Worker::start("test", WakeSignal::default(), round).unwrap();
        assert_eq!(told.recv().unwrap(), NICENESS.max(before));
        assert_eq!(getpriority_process(None).unwrap(), before);
        worker.stop();
    }
}
