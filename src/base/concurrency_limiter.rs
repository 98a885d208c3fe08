//! Limits how many of one name go on at the same time, so that one person who asks without end keeps nobody else waiting.
//! Each process counts for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Who is at work now, by whatever name they are told apart. Clones share it.
#[derive(Clone)]
pub struct ConcurrencyLimiter {
    /// How many of one name go on at the same time.
    at_once: usize,
    semaphores: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// Leave to go on, until it is dropped.
pub struct Permit {
    limiter: ConcurrencyLimiter,
    name: String,
    /// Given back first.
    permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimiter {
    /// So many of one name go on at the same time; the others wait, first come first served.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, semaphores: Arc::default() }
    }

    /// Waits for a permit; `None` when there is none for so long.
    pub async fn acquire(&self, name: &str, timeout: Duration) -> Option<Permit> {
        let semaphore = {
            let mut all = self.semaphores.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(name.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))).clone()
        };
        // Made before it is admitted: whoever gives up waiting leaves nothing behind either.
        let mut permit = Permit { limiter: self.clone(), name: name.to_owned(), permit: None };
        permit.permit = Some(tokio::time::timeout(timeout, semaphore.acquire_owned()).await.ok()?.ok()?);
        Some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.permit.take();
        let mut all = self.limiter.semaphores.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody else holds or waits for it.
        if all.get(&self.name).is_some_and(|semaphore| Arc::strong_count(semaphore) == 1) {
            all.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_name_waits_for_its_own_permits_only_and_nothing_is_left_behind() {
        let (limiter, at_once) = (ConcurrencyLimiter::new(2), Duration::ZERO);
        let held = [limiter.acquire("mia", at_once).await.unwrap(), limiter.acquire("mia", at_once).await.unwrap()];
        assert!(limiter.acquire("mia", at_once).await.is_none());
        let other = limiter.acquire("jo", at_once).await.unwrap();
        let patient = limiter.acquire("mia", Duration::from_secs(5));
        let (waited, ()) = tokio::join!(patient, async { drop(held) });
        drop((waited.unwrap(), other));
        assert!(limiter.semaphores.lock().unwrap().is_empty());
    }
}
