//! Searches of one person take turns, so that one who searches without end keeps nobody else waiting. Each process counts
//! for itself, since it is its own connections that are shared out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error as WebError, ResponseError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base::error::{Error, RetryAfter};
use crate::web::state::AppState;
use crate::web::{asked, viewer};

/// So many searches of one person are answered at the same time.
const AT_ONCE: usize = 2;
/// So long the others wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is at work now, by whatever name they are told apart. Clones share it.
#[derive(Clone)]
pub struct SearchLimit {
    /// How many of one name go on at the same time.
    at_once: usize,
    gates: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// A turn, until it is dropped.
pub struct Turn {
    turns: SearchLimit,
    who: String,
    /// Taken back first.
    admitted: Option<OwnedSemaphorePermit>,
}

impl Default for SearchLimit {
    fn default() -> Self {
        Self::new(AT_ONCE)
    }
}

impl SearchLimit {
    /// So many of one name go on at the same time; the others wait, first come first served.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, gates: Arc::default() }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `TooMany` after waiting so long.
    pub async fn next(&self, who: &str, patience: Duration) -> Result<Turn, Error> {
        let gate = {
            let mut all = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(who.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))).clone()
        };
        // Made before it is admitted: whoever gives up waiting leaves nothing behind either.
        let mut turn = Turn { turns: self.clone(), who: who.to_owned(), admitted: None };
        let admitted = tokio::time::timeout(patience, gate.acquire_owned()).await;
        turn.admitted = Some(admitted.map_err(|_| Error::TooMany(RetryAfter(PATIENCE)))?.map_err(Error::internal)?);
        Ok(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.admitted.take();
        let mut all = self.turns.gates.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody else holds or waits for it.
        if all.get(&self.who).is_some_and(|gate| Arc::strong_count(gate) == 1) {
            all.remove(&self.who);
        }
    }
}

/// Lets a search wait for its turn, and every other request pass.
///
/// # Errors
/// Those of the inner services.
pub async fn limit_searches<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    let searches = !asked(request.request(), "q").is_empty();
    let Some(viewer) = viewer(request.request()).filter(|_| searches) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let turns = AppState::of(request.request()).searches.clone();
    match turns.next(&viewer.session, PATIENCE).await {
        Ok(_turn) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => Ok(request.into_response(error.error_response()).map_into_right_body()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn one_person_waits_for_their_own_turns_only_and_nothing_is_left_behind() -> Result<(), Error> {
        let (turns, at_once) = (SearchLimit::default(), Duration::ZERO);
        let held = [turns.next("mia", at_once).await?, turns.next("mia", at_once).await?];
        assert!(matches!(turns.next("mia", at_once).await, Err(Error::TooMany(_))));
        let other = turns.next("jo", at_once).await?;
        let patient = turns.next("mia", PATIENCE);
        let (waited, ()) = tokio::join!(patient, async { drop(held) });
        drop((waited?, other));
        assert!(turns.gates.lock().unwrap_or_else(PoisonError::into_inner).is_empty());
        Ok(())
    }
}
