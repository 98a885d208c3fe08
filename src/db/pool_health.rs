//! How a pool fares: how many wait, how long they did, how much was done, and whether its connections are to be trusted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::base::gauges::{Waits, times};

/// How long all connections are tried first after one was found broken.
const DOUBT: u64 = 60_000;
/// After so long without work a connection may have been closed by the other side.
const QUIET: u64 = 5_000;

/// The state of a pool. Clones are of the same.
#[derive(Clone)]
pub(crate) struct PoolHealth(Arc<State>);

struct State {
    started: Instant,
    waiting: Gauge,
    waited: Histogram,
    done: AtomicU64,
    /// When work was last done, and until when connections are doubted, in milliseconds from the start.
    last: AtomicU64,
    doubt: AtomicU64,
}

impl Default for PoolHealth {
    fn default() -> Self {
        Self(Arc::new(State {
            started: Instant::now(),
            waiting: Gauge::default(),
            waited: times(),
            done: AtomicU64::new(0),
            last: AtomicU64::new(0),
            doubt: AtomicU64::new(0),
        }))
    }
}

impl PoolHealth {
    pub fn observe(&self, registry: &mut Registry, name: &str) {
        let (waiting, waited) = (format!("{name}_waiting"), format!("{name}_wait_seconds"));
        registry.register(waiting, "Requests that wait for a connection", self.0.waiting.clone());
        registry.register(waited, "How long requests waited for a connection", self.0.waited.clone());
    }

    pub fn waits(&self) -> Waits<'_> {
        Waits::at(&self.0.waiting)
    }

    pub fn waited(&self, time: Duration) {
        self.0.waited.observe(time.as_secs_f64());
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A piece of work was done.
    pub fn done(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
        self.0.last.store(self.now(), Ordering::Relaxed);
    }

    /// How many pieces of work were done.
    pub fn count(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// A connection was found broken.
    pub fn broken(&self) {
        self.0.doubt.store(self.now() + DOUBT, Ordering::Relaxed);
    }

    /// Whether connections are to be tried before they are used.
    pub fn is_doubtful(&self) -> bool {
        let now = self.now();
        now < self.0.doubt.load(Ordering::Relaxed) || now > self.0.last.load(Ordering::Relaxed) + QUIET
    }
}
