//! Which constraint a refused statement broke.

use diesel::result::{DatabaseErrorKind, Error};

/// Whether `error` is a violation of the constraint called `name`, whose columns are `columns` (`table.column`,
/// joined by `, `). PostgreSQL tells the name (a shard's number may follow it), SQLite the columns.
pub fn violates(error: &Error, name: &str, columns: &str) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, details) => match details.constraint_name() {
            Some(constraint) => constraint.starts_with(name),
            None => details.message() == format!("UNIQUE constraint failed: {columns}"),
        },
        _ => false,
    }
}
