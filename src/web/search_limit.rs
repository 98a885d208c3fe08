//! Searches of one person take turns, so that one who searches without end keeps nobody else waiting. Each process counts
//! for itself, since it is its own connections that are shared out.

use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error as WebError, ResponseError};

use crate::base::concurrency_limiter::ConcurrencyLimiter;
use crate::base::error::{Error, RetryAfter};
use crate::web::state::AppState;
use crate::web::{query_param, viewer};

/// So many searches of one person are answered at the same time.
const AT_ONCE: usize = 2;
/// So long the others wait.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Who searches now. Clones share it.
#[derive(Clone)]
pub struct SearchLimit(ConcurrencyLimiter);

impl Default for SearchLimit {
    fn default() -> Self {
        Self(ConcurrencyLimiter::new(AT_ONCE))
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
    let searches = !query_param(request.request(), "q").is_empty();
    let Some(viewer) = viewer(request.request()).filter(|_| searches) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let SearchLimit(limiter) = AppState::of(request.request()).searches.clone();
    match limiter.acquire(&viewer.session, TIMEOUT).await {
        Some(_permit) => Ok(next.call(request).await?.map_into_left_body()),
        None => {
            let error = Error::TooMany(RetryAfter(TIMEOUT));
            Ok(request.into_response(error.error_response()).map_into_right_body())
        }
    }
}
