//! BEGIN, COMMIT and ROLLBACK, and what is known when one of them fails.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::db::Conn;

/// BEGIN. On SQLite the write lock is taken at once: a transaction that reads first and then finds the lock taken could
/// not go on.
pub fn begin(conn: &mut Conn) -> Result<(), QueryError> {
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        Conn::Pg(c) => AnsiTransactionManager::begin_transaction(c),
    }
}

/// COMMIT when what was done is good, else ROLLBACK.
pub fn end(conn: &mut Conn, good: bool) -> Result<(), QueryError> {
    if good {
        return crate::on_both!(conn, c => AnsiTransactionManager::commit_transaction(c)).map_err(uncertain);
    }
    undo(conn);
    Ok(())
}

/// A connection that broke while it was told to commit may have done so.
fn uncertain(error: QueryError) -> QueryError {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
            QueryError::RollbackErrorOnCommit {
                rollback_error: Box::new(QueryError::BrokenTransactionManager),
                commit_error: Box::new(error),
            }
        }
        other => other,
    }
}

/// ROLLBACK, if anything was begun; answers whether that is so now. What made the work fail is what the caller must learn; a connection that cannot even
/// roll back is noticed as broken when it returns to the pool.
pub fn undo(conn: &mut Conn) -> bool {
    let open = crate::on_both!(conn, c => AnsiTransactionManager::transaction_manager_status_mut(c)
        .transaction_depth()
        .is_ok_and(|depth| depth.is_some()));
    if open && let Err(error) = crate::on_both!(conn, c => AnsiTransactionManager::rollback_transaction(c)) {
        tracing::warn!(%error, "a transaction could not be rolled back");
        return false;
    }
    true
}
