//! `Error`: what a browser can be told when a request cannot be answered as asked. Its pages need no database. The
//! cause is logged once, with the request id that the page shows.

use std::error::Error as Cause;
use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use crate::services::rate_limit::RetryAfter;
use crate::web::{ImpersonationBanner, RequestId};

/// Why a request is not answered as asked. A mistake in a form is not an error: the form comes back with it.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or it is somebody else's: nobody can tell which.
    NotFound,
    /// Nobody is signed in; afterwards they go on to this local path.
    SignInRequired(String),
    /// The request does not come from a page of ours, or from one too old.
    Forged,
    /// What was sent cannot be read; the sentence says why.
    BadRequest(String),
    /// The body is larger than any form of ours.
    TooLarge,
    /// The body came too slowly to wait for its end.
    TooSlow,
    /// Something was done too often; after this long it may be done again.
    TooMany(RetryAfter),
    /// Whoever looks at the portal as one of their users changes nothing.
    ReadOnly,
    /// More people are being signed in than the machine can carry.
    Busy,
    /// The disk of the database is full.
    Full(Box<dyn Cause + Send + Sync>),
    /// The database went away while it was told to keep what was sent.
    Uncertain(Box<dyn Cause + Send + Sync>),
    /// The database cannot be reached.
    Unavailable(Box<dyn Cause + Send + Sync>),
    /// A fault of ours.
    Internal(Box<dyn Cause + Send + Sync>),
}

impl Error {
    /// A fault of ours, with its cause.
    pub fn internal(cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The database cannot be reached, with the cause.
    pub fn unavailable(cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// The database went away when it is not known what it has done, with the cause.
    pub fn uncertain(cause: impl Into<Box<dyn Cause + Send + Sync>>) -> Self {
        Self::Uncertain(cause.into())
    }

    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::NotFound => (
                "Page not found",
                "There is nothing at this address, or it is not yours to see. Check the address, or go back to where you came from.",
            ),
            Self::SignInRequired(_) => ("Sign in", "Sign in to go on."),
            Self::Forged => (
                "This form cannot be used any more",
                "It was opened in another session, or sent from another site. Nothing was changed. Go back, reload the page, and send it again.",
            ),
            Self::BadRequest(why) => ("The form could not be read", why),
            Self::TooLarge => (
                "Too much was sent",
                "A form may carry 128 kB. Nothing was changed. Go back and shorten what you entered.",
            ),
            Self::TooSlow => (
                "This took too long to arrive",
                "Nothing was changed. The connection was too slow or broke off; try again.",
            ),
            Self::TooMany(_) => ("Too often", "Nothing was changed. Wait a little, then go back and try again."),
            Self::ReadOnly => (
                "You are looking as somebody else",
                "Nothing was changed: while you see Tenantry as one of your users sees it, it can only be read. End it, then go back and send it again.",
            ),
            Self::Busy => ("Many people are signing in", "Try again in a few seconds. Nothing was changed."),
            Self::Full(_) => (
                "There is no room left to save this",
                "Nothing was changed. Whoever runs this server must make room on its disk; try again then. What you typed is still there when you go back.",
            ),
            Self::Uncertain(_) => (
                "It is not known whether this was saved",
                "The database went away at that moment. Look whether the change is there before you send it again.",
            ),
            Self::Unavailable(_) => (
                "The database does not answer",
                "Nothing was changed. Try again in a moment; what you typed is still there when you go back.",
            ),
            Self::Internal(_) => (
                "Something went wrong here",
                "Nothing was changed. Try again; if it stays, tell whoever runs this server the request id below.",
            ),
        }
    }
}

/// What SQLite and PostgreSQL say when there is no room.
const FULL: [&str; 4] = ["disk is full", "No space left on device", "disk I/O error", "File too large"];
/// What they say when they cannot be used now.
const AWAY: [&str; 6] = [
    "database is locked",
    "terminating connection",
    "deadlock detected",
    "server closed the connection",
    "no connection to the server",
    "unable to open database file",
];

/// Whether what a database says means that it cannot be used now, and may be later.
pub fn is_away(message: &str) -> bool {
    let more = ["starting up", "recovery", "shutting down", "read-only transaction", "too many clients", "disk full"];
    says(message, &FULL) || says(message, &AWAY) || says(message, &more)
}

fn says(message: &str, words: &[&str]) -> bool {
    words.iter().any(|words| message.contains(words))
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Query};
        match error {
            Query::NotFound => Self::NotFound,
            // What the row refers to was deleted between looking and writing.
            Query::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::NotFound,
            Query::RollbackErrorOnCommit { .. } => Self::Uncertain(error.into()),
            Query::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | Query::BrokenTransactionManager => Self::unavailable(error),
            Query::DatabaseError(_, ref told) if says(told.message(), &FULL) => Self::Full(error.into()),
            Query::DatabaseError(_, ref told) if says(told.message(), &AWAY) => Self::unavailable(error),
            other => Self::internal(other),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(cause) | Self::Uncertain(cause) | Self::Unavailable(cause) | Self::Internal(cause) => {
                write!(f, "{}: {cause}", self.words().0)
            }
            Self::BadRequest(why) => write!(f, "{}: {why}", self.words().0),
            _ => f.write_str(self.words().0),
        }
    }
}

impl Cause for Error {}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
    request_id: &'a str,
    fault: bool,
    looking: Option<ImpersonationBanner>,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInRequired(_) => StatusCode::SEE_OTHER,
            Self::Forged | Self::ReadOnly => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Full(_) | Self::Uncertain(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::SignInRequired(next) = self {
            return crate::web::see_other(&crate::web::sign_in_path(next));
        }
        let request_id = RequestId::current();
        match self {
            Self::Internal(cause) => tracing::error!(%request_id, %cause, "fault"),
            Self::Full(cause) => tracing::error!(%request_id, %cause, "no room"),
            Self::Uncertain(cause) | Self::Unavailable(cause) => tracing::warn!(%request_id, %cause, "unavailable"),
            _ => {}
        }
        let (title, text) = self.words();
        let fault = self.status_code().is_server_error();
        let page = ErrorPage { title, text, request_id: &request_id, fault, looking: ImpersonationBanner::current() };
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::TooMany(wait) => _ = answer.insert_header((header::RETRY_AFTER, wait.seconds())),
            _ if self.status_code() == StatusCode::SERVICE_UNAVAILABLE => {
                _ = answer.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        match page.render() {
            Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
            Err(error) => {
                tracing::error!(%request_id, %error, "the error page itself failed");
                answer.content_type("text/plain; charset=utf-8").body(format!("{title}. {text}"))
            }
        }
    }
}

/// A store function that may say no for a reason of its own domain, or fail.
#[derive(Debug)]
pub enum Refused<R> {
    /// The reason, which the form or page tells.
    By(R),
    /// An error like any other.
    Failed(Error),
}

impl<R> From<Error> for Refused<R> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
impl<R> From<diesel::result::Error> for Refused<R> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}
