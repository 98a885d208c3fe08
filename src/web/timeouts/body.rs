//! Bodies of requests: whoever sends one must keep it coming.

use std::cell::Cell;
use std::future::Future as _;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error as WebError, HttpMessage as _, ResponseError};
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

use crate::base::error::Error;
use crate::web::timeouts::connection::ReadingHead;

/// How long a body may take to begin with; each kilobyte that arrived allows a second more.
const BODY: Duration = Duration::from_secs(8);
const EARNED: Duration = Duration::from_millis(1);

/// Lets a body through that keeps coming; a request whose body does not is answered so.
///
/// # Errors
/// Those of the inner services.
pub async fn pace<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    if request.method().is_safe() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let late = Rc::new(Cell::new(false));
    let arriving = ReadingHead::on(request.request());
    let inner = request.take_payload();
    let allowed = Box::pin(sleep(BODY));
    let body = Paced { inner, started: Instant::now(), received: 0, allowed, late: late.clone(), _arriving: arriving };
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    let response = next.call(request).await?;
    if !late.get() {
        return Ok(response.map_into_left_body());
    }
    let mut answer = Error::TooSlow.error_response();
    answer.head_mut().set_connection_type(ConnectionType::Close);
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::new(request, answer).map_into_right_body())
}

struct Paced {
    inner: Payload,
    started: Instant,
    received: u64,
    allowed: Pin<Box<Sleep>>,
    late: Rc<Cell<bool>>,
    _arriving: ReadingHead,
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(next) = Pin::new(&mut self.inner).poll_next(context) {
            if let Some(Ok(bytes)) = &next {
                self.received += bytes.len() as u64;
                let earned = EARNED.saturating_mul(u32::try_from(self.received).unwrap_or(u32::MAX));
                let until = self.started + BODY + earned;
                self.allowed.as_mut().reset(until.into());
            }
            return Poll::Ready(next);
        }
        ready!(self.allowed.as_mut().poll(context));
        self.late.set(true);
        Poll::Ready(Some(Err(PayloadError::Incomplete(None))))
    }
}
