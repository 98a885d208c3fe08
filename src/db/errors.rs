//! What the two databases say when they cannot do as asked, as an error of ours.

use crate::base::error::{Error, Refused};

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
    contains_any(message, &FULL) || contains_any(message, &AWAY) || contains_any(message, &more)
}

fn contains_any(message: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| message.contains(phrase))
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
            Query::DatabaseError(_, ref details) if contains_any(details.message(), &FULL) => Self::Full(error.into()),
            Query::DatabaseError(_, ref details) if contains_any(details.message(), &AWAY) => Self::unavailable(error),
            other => Self::internal(other),
        }
    }
}

impl<R> From<diesel::result::Error> for Refused<R> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}
