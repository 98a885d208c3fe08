//! What measures itself: how long something takes, and how many wait for it.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// A histogram of times.
pub fn times() -> Histogram {
    Histogram::new(SECONDS)
}

/// Somebody who waits, for as long as this lives, whether they get their turn or go away.
pub struct Waits<'a>(&'a Gauge);

impl<'a> Waits<'a> {
    /// One more who waits.
    pub fn at(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
