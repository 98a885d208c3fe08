//! What is told of a request, once its whole answer has left: a line in the log, and what is counted. A body that passes
//! everything on and counts.

use std::error::Error as Cause;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use tracing::field::display;

use crate::base::id::UserId;
use crate::services::metrics::Metrics;
use crate::web::timeouts::ActiveRequest;

/// What is known of a request when its answer is made.
pub(crate) struct Line {
    pub id: String,
    pub method: Method,
    /// The pattern, not the path: a link's secret must not be logged.
    pub route: String,
    pub status: StatusCode,
    /// The address that it came from.
    pub client: Option<IpAddr>,
    /// Who sent it, if that was found out.
    pub user: Option<UserId>,
    pub started: Instant,
    pub metrics: Metrics,
    /// As long as this is here, its connection is not idle.
    #[allow(dead_code, reason = "held for its end")]
    pub at_work: ActiveRequest,
}

impl Line {
    /// Tells it; `cut` when the client went away before it had everything.
    pub fn tell(&self, bytes: u64, cut: bool) {
        let took = self.started.elapsed();
        let (id, method, route, status) = (&self.id, &self.method, &self.route, self.status.as_u16());
        let micros = took.as_micros() as u64;
        let (client, user) = (self.client.map(display), self.user.map(display));
        self.metrics.answered(method.as_str(), route, self.status.as_u16(), took);
        match self.route.as_str() {
            // Asked every second or two, by machines.
            "/healthz" | "/readyz" => {
                tracing::debug!(request_id = %id, %method, route, status, micros, bytes, "request")
            }
            _ if cut => {
                tracing::info!(request_id = %id, client, user, %method, route, status, micros, bytes, cut, "request")
            }
            _ => tracing::info!(request_id = %id, client, user, %method, route, status, micros, bytes, "request"),
        }
    }
}

/// The body of an answer.
pub struct LoggedBody {
    body: BoxBody,
    line: Line,
    sent: u64,
    ended: bool,
}

impl LoggedBody {
    pub(crate) fn new(body: BoxBody, line: Line) -> Self {
        let ended = line.method == Method::HEAD || matches!(body.size(), BodySize::None | BodySize::Sized(0));
        Self { body, line, sent: 0, ended }
    }
}

impl MessageBody for LoggedBody {
    type Error = Box<dyn Cause>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        let size = this.body.size();
        let next = ready!(Pin::new(&mut this.body).poll_next(context));
        match &next {
            Some(Ok(bytes)) => {
                this.sent += bytes.len() as u64;
                this.ended = matches!(size, BodySize::Sized(all) if all <= this.sent);
            }
            Some(Err(_)) => {}
            None => this.ended = true,
        }
        Poll::Ready(next)
    }
}

impl Drop for LoggedBody {
    fn drop(&mut self) {
        self.line.tell(self.sent, !self.ended);
    }
}
