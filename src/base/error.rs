//! `Error`: why something cannot be done as asked, in words for people; and `Refused`, a rule's no.

use std::borrow::Cow;
use std::error::Error as Cause;
use std::fmt;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::time::DisplayZone;

/// Why a request is not answered as asked. A mistake in a form is not an error: the form comes back with it.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or it is somebody else's: nobody can tell which.
    NotFound,
    /// Nobody is signed in; afterwards they go on to this local path.
    SignInRequired(String),
    /// The request does not come from a page of ours, or from one too old.
    Forged,
    /// The page that it comes from has an address, this one, that the server does not know as its own.
    OtherHost(String),
    /// The browser sends no cookies, so no page can be known as its own.
    NoCookies,
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

    /// What people read: a heading, and a sentence or two.
    pub fn texts(&self) -> (&'static str, Cow<'_, str>) {
        let (title, text) = match self {
            Self::OtherHost(origin) => {
                let text = format!(
                    "Nothing was changed: this server does not know {origin} as its own address. Whoever runs it sets \
                     TENANTRY_PUBLIC_URL to the address that people use, as is needed behind a proxy that replaces Host."
                );
                return ("This form cannot be used any more", text.into());
            }
            Self::TooMany(wait) => {
                let when = DisplayZone::utc().format(Timestamp::EPOCH + wait.0, Timestamp::EPOCH).text;
                return ("Too many attempts", format!("Nothing was changed. Go back and try again {when}.").into());
            }
            Self::NotFound => (
                "Page not found",
                "There is nothing at this address, or it is not yours to see. Check the address, or go back to where you came from.",
            ),
            Self::SignInRequired(_) => ("Sign in", "Sign in to go on."),
            Self::Forged => (
                "This form cannot be used any more",
                "It was opened in another session, or sent from another site. Nothing was changed. Go back, reload the page, and send it again.",
            ),
            Self::NoCookies => (
                "Cookies are switched off",
                "Your browser sent no cookies, without which nobody can sign in here. Nothing was changed. Allow cookies for this site, go back, reload the page, and send it again.",
            ),
            Self::BadRequest(why) => ("The form could not be read", why.as_str()),
            Self::TooLarge => (
                "Too much was sent",
                "A form may carry 128 kB. Nothing was changed. Go back and shorten what you entered.",
            ),
            Self::TooSlow => (
                "This took too long to arrive",
                "Nothing was changed. The connection was too slow or broke off; try again.",
            ),
            Self::ReadOnly => (
                "You are viewing as another user",
                "Nothing was changed: viewing as a user is read-only. Stop viewing, then go back and send it again.",
            ),
            Self::Busy => ("The server is busy", "Try again in a few seconds. Nothing was changed."),
            Self::Full(_) => (
                "The server’s disk is full",
                "Nothing was changed. Whoever runs this server must free space first. Then try again. What you typed is still there when you go back.",
            ),
            Self::Uncertain(_) => (
                "Your changes may not have been saved",
                "The database went away at that moment. Look whether the change is there before you send it again.",
            ),
            Self::Unavailable(_) => (
                "The database does not answer",
                "Nothing was changed. Try again in a moment; what you typed is still there when you go back.",
            ),
            Self::Internal(_) => (
                "Something went wrong",
                "Nothing was changed. Try again. If it happens again, give whoever runs this server the request ID below.",
            ),
        };
        (title, text.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(cause) | Self::Uncertain(cause) | Self::Unavailable(cause) | Self::Internal(cause) => {
                write!(f, "{}: {cause}", self.texts().0)
            }
            Self::BadRequest(why) => write!(f, "{}: {why}", self.texts().0),
            _ => f.write_str(self.texts().0),
        }
    }
}

impl Cause for Error {}

/// A store function that may say no for a reason of its own domain, or fail.
#[derive(Debug)]
pub enum Refused<R> {
    /// The reason, which the form or page tells.
    By(R),
    /// An error like any other.
    Failed(Error),
}

impl<R> Refused<R> {
    /// The reason, or the error as one.
    pub fn reason(self) -> Result<R, Error> {
        match self {
            Self::By(reason) => Ok(reason),
            Self::Failed(error) => Err(error),
        }
    }

    /// The same refusal with its reason in other words.
    pub fn map<S>(self, words: impl FnOnce(R) -> S) -> Refused<S> {
        match self {
            Self::By(reason) => Refused::By(words(reason)),
            Self::Failed(error) => Refused::Failed(error),
        }
    }
}

impl<R> From<Error> for Refused<R> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// How long to wait until something may be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// In whole seconds, as `Retry-After` says it.
    pub fn seconds(self) -> u64 {
        self.0.as_secs() + 1
    }
}
