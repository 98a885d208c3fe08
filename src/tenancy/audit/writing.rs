//! The door to every change: a transaction that leaves entries in the audit log, or is undone.

use std::ops::{Deref, DerefMut};

use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::{Conn, Db};
use crate::tenancy::audit::chain;
use crate::tenancy::audit::entry::Pending;
use crate::tenancy::counters::{self, AtEnd};

/// A transaction under way, and what it has recorded so far.
pub struct AuditedTransaction<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) entries: Entries,
    pub(crate) at_end: AtEnd,
}

impl Deref for AuditedTransaction<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}
impl DerefMut for AuditedTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// What a transaction has recorded.
#[derive(Default)]
pub struct Entries {
    pending: Vec<Pending>,
    muted: bool,
    without: WithoutAudit,
}

/// Why there may be no entry.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum WithoutAudit {
    /// There must be one, if anything was changed.
    #[default]
    NoReason,
    /// Nothing was changed after all.
    NothingChanged,
    /// What was changed, only the server itself needs to know.
    MissingEntry,
}

impl Entries {
    pub(crate) fn push(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    pub(crate) fn is_muted(&self) -> bool {
        self.muted
    }

    /// Leaves out what is recorded from now on, or no longer; answers what was so before.
    pub(crate) fn mute(&mut self, muted: bool) -> bool {
        std::mem::replace(&mut self.muted, muted)
    }

    /// See `TenantConn::no_changes`.
    pub(crate) fn claim_no_changes(&mut self) {
        self.without = WithoutAudit::NothingChanged;
    }

    /// See `TenantConn::skip_audit`.
    pub(crate) fn leave_none(&mut self) {
        (self.without, self.muted) = (WithoutAudit::MissingEntry, true);
    }
}

impl Db {
    /// Runs `work` in one transaction: committed when it answers `Ok`, undone when it answers `Err`, or when it changed
    /// something and recorded nothing.
    ///
    /// # Errors
    /// `Unavailable` when no connection can be had, `Internal` when an entry was forgotten, else what `work` or the
    /// commit says.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut AuditedTransaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let secrets = self.secrets().clone();
        self.write_unaudited(move |conn| recorded(conn, &secrets, work)).await
    }

    /// `write` for a thread that may block, such as a worker's or a command's.
    ///
    /// # Errors
    /// As `write`.
    pub fn write_blocking<T, E>(&self, work: impl FnOnce(&mut AuditedTransaction<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        self.write_unaudited_blocking(|conn| recorded(conn, self.secrets(), work))
    }
}

/// `work`, then what it kept back, and then its entries, inside a transaction.
fn recorded<T, E>(
    conn: &mut Conn,
    secrets: &Secrets,
    work: impl FnOnce(&mut AuditedTransaction<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<Error>,
{
    let before = total_changes(conn)?;
    let mut writing = AuditedTransaction { conn, entries: Entries::default(), at_end: AtEnd::default() };
    let value = work(&mut writing)?;
    counters::finish(&mut writing)?;
    let AuditedTransaction { conn, entries, .. } = writing;
    append(conn, secrets, entries, before)?;
    Ok(value)
}

fn append(conn: &mut Conn, secrets: &Secrets, entries: Entries, before: i64) -> Result<(), Error> {
    if !entries.pending.is_empty() {
        chain::append(conn, secrets, entries.pending)?;
    } else if forgotten(conn, entries.without, before)? {
        return Err(Error::internal("a transaction changed something and left no entry in the audit log"));
    }
    Ok(())
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// How many rows this connection has changed so far.
    #[sql_name = "total_changes"]
    fn sqlite_total_changes() -> BigInt;
}

/// How many rows the connection has changed so far, where the database counts them.
fn total_changes(conn: &mut Conn) -> Result<i64, Error> {
    Ok(match conn {
        Conn::Sqlite(conn) => diesel::select(sqlite_total_changes()).get_result(conn)?,
        Conn::Pg(_) => 0,
    })
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

/// Whether there should be an entry. PostgreSQL does not count changed rows by transaction, but knows whether one has
/// written anything, be it the lock of a row, and whether it ran a statement that changes rows, be it none. With Citus only
/// the latter is known where the transaction began. Raw: it asks the server about itself.
fn forgotten(conn: &mut Conn, without: WithoutAudit, before: i64) -> Result<bool, Error> {
    Ok(match (without, conn) {
        (WithoutAudit::MissingEntry, _) | (WithoutAudit::NothingChanged, Conn::Pg(_)) => false,
        (_, Conn::Sqlite(conn)) => diesel::select(sqlite_total_changes()).get_result::<i64>(conn)? != before,
        (WithoutAudit::NoReason, Conn::Pg(conn)) => {
            let asked = diesel::sql_query(
                "select case when pg_current_xact_id_if_assigned() is null
                   and not exists (select 1 from pg_extension where extname = 'citus') then false else exists (
                   select 1 from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
                   and mode = 'RowExclusiveLock' and relation >= 16384) end as changed",
            );
            asked.get_result::<Answer>(conn)?.changed
        }
    })
}
