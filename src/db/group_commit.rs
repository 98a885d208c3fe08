//! Group commit: SQLite has one writer, so changes that wait for it at the same moment share a transaction, in the order in
//! which they came. Each is undone by itself when it fails; what is written to the disk is written and synced once for all
//! of them, and nobody has an answer before.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::time::timeout;

use crate::base::error::Error;
use crate::db::Conn;
use crate::db::pool::{ConnectionPool, TIMEOUT, Work, WorkState};
use crate::db::transaction::{begin, end, undo};

/// How many changes share a transaction at most, and for how long it takes in more: the first of them waits for all.
const MOST: usize = 32;
const LONGEST: Duration = Duration::from_millis(20);

type Ended = Result<(), Error>;

/// A change that waits for the writer.
struct Waiting {
    work: Work,
    state: Arc<WorkState>,
    ended: Sender<Ended>,
}

/// Changes that wait for the writer. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Mutex<VecDeque<Waiting>>>);

/// Whoever asked for a change. It is not begun any more once they have gone.
struct Asker {
    state: Arc<WorkState>,
    ended: Receiver<Ended>,
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.state.give_up();
    }
}

impl Queue {
    fn add(&self, work: Work) -> Asker {
        let (state, (ended, receiver)) = (Arc::new(WorkState::new()), oneshot::channel());
        let waiting = Waiting { work, state: state.clone(), ended };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
        Asker { state, ended: receiver }
    }

    /// The next change that somebody still waits for, which is at work from now on.
    fn next(&self) -> Option<Waiting> {
        loop {
            let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()?;
            if next.state.begin() {
                return Some(next);
            }
        }
    }

    /// Does what waits, until `own` is done: others may have come before it.
    fn work_off(&self, pool: &ConnectionPool, own: &WorkState) {
        while own.is_waiting() {
            let done = pool.connection().and_then(|mut conn| self.commit_some(&mut conn));
            if let Err(error) = done {
                // Those who wait would meet the same.
                while let Some(waiting) = self.next() {
                    let _ = waiting.ended.send(Err(same(&error)));
                }
            }
        }
        pool.health.done();
    }

    /// Does some of what waits, in one transaction.
    ///
    /// # Errors
    /// When none could be begun. Other failures are those of the change that failed.
    fn commit_some(&self, conn: &mut Conn) -> Result<(), Error> {
        begin(conn)?;
        let (since, mut asked, mut open, mut n) = (Instant::now(), Vec::new(), true, 0);
        while n < MOST && since.elapsed() < LONGEST {
            let Some(Waiting { work, ended, .. }) = self.next() else { break };
            n += 1;
            let begun = if open { Ok(()) } else { begin(conn).map_err(|error| Failed::Alone(error.into())) };
            let done = begun.and_then(|()| do_one(conn, work, !asked.is_empty()));
            open = true;
            match done {
                Err(Failed::Together(error)) => {
                    undo(conn);
                    for ended in asked.into_iter().chain([ended]) {
                        let _ = ended.send(Err(same(&error)));
                    }
                    return Ok(());
                }
                // What failed may have seen what others did, and is not answered before that is there for everybody.
                Ok(good) if good || !asked.is_empty() => asked.push(ended),
                // The whole transaction was undone with it.
                done => {
                    open = !asked.is_empty();
                    // Whoever asked may have gone.
                    let _ = ended.send(done.map(drop).map_err(Error::from));
                }
            }
        }
        if asked.is_empty() {
            undo(conn);
            return Ok(());
        }
        let committed = end(conn, true).map_err(Error::from);
        for ended in asked {
            let _ = ended.send(committed.as_ref().copied().map_err(same));
        }
        Ok(())
    }
}

/// What failed.
enum Failed {
    /// One change.
    Alone(Error),
    /// The transaction with all that is in it: SQLite gives it up where the disk is full or fails.
    Together(Error),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Alone(error) | Failed::Together(error) => error,
        }
    }
}

/// Does one change within a transaction, in which others stay if it is undone. Answers whether it is to be kept.
fn do_one(conn: &mut Conn, work: Work, beside_others: bool) -> Result<bool, Failed> {
    if beside_others {
        // Within a transaction it is a savepoint.
        let begun = crate::on_both!(conn, c => AnsiTransactionManager::begin_transaction(c));
        begun.map_err(|error| Failed::Together(error.into()))?;
    }
    let done = match catch_unwind(AssertUnwindSafe(|| work(conn))) {
        Ok(true) if beside_others => crate::on_both!(conn, c => AnsiTransactionManager::commit_transaction(c))
            .map(|()| true)
            .map_err(Error::from),
        Ok(good) => Ok(good),
        Err(_) => Err(Error::internal("a change ended in a panic, which the log tells of")),
    };
    if !matches!(done, Ok(true)) && !undo(conn) && beside_others {
        return Err(Failed::Together(Error::unavailable("the transaction of several changes was given up")));
    }
    done.map_err(Failed::Alone)
}

/// An error once more, for another who meets it.
fn same(error: &Error) -> Error {
    match error {
        Error::NotFound => Error::NotFound,
        Error::Full(cause) => Error::Full(cause.to_string().into()),
        Error::Uncertain(cause) => Error::uncertain(cause.to_string()),
        Error::Unavailable(cause) => Error::unavailable(cause.to_string()),
        other => Error::internal(other.to_string()),
    }
}

impl ConnectionPool {
    /// Has work done in a transaction that it may share with what others wait for.
    pub(super) async fn write_in_group(&self, queue: &Queue, work: Work) -> Result<(), Error> {
        let (since, mut asker) = (Instant::now(), queue.add(work));
        let turn = {
            let _waits = self.health.waits();
            tokio::select! {
                biased;
                ended = &mut asker.ended => Err(ended),
                turn = timeout(TIMEOUT, self.permits.clone().acquire_owned()) => Ok(turn),
            }
        };
        self.health.waited(since.elapsed());
        match turn {
            Err(ended) => return flat(ended),
            Ok(Ok(Ok(permit))) => {
                let (pool, queue, own) = (self.clone(), queue.clone(), asker.state.clone());
                tokio::task::spawn_blocking(move || {
                    queue.work_off(&pool, &own);
                    drop(permit);
                });
            }
            Ok(Ok(Err(closed))) => return Err(Error::unavailable(closed)),
            Ok(Err(_)) => {}
        }
        match timeout(TIMEOUT.saturating_sub(since.elapsed()), &mut asker.ended).await {
            Ok(ended) => flat(ended),
            Err(_) if asker.state.give_up() => Err(Error::unavailable("no transaction could be begun")),
            // Whether it is saved is known only when the database says so.
            Err(_) => flat((&mut asker.ended).await),
        }
    }
}

fn flat(ended: Result<Ended, oneshot::error::RecvError>) -> Result<(), Error> {
    ended.unwrap_or_else(|gone| Err(Error::internal(gone)))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::db::{Access, DatabaseUrl, RawQuery};

    fn rows(conn: &mut Conn) -> i64 {
        RawQuery::new("select count(*) as n from kept").scalar(conn).unwrap().unwrap()
    }

    fn insert(conn: &mut Conn, n: i64) -> bool {
        RawQuery::new("insert into kept (n) values (?)").number(n).execute(conn).is_ok()
    }

    fn url(dir: &tempfile::TempDir) -> DatabaseUrl {
        DatabaseUrl::parse(&format!("sqlite:{}", dir.path().join("test.db").display())).unwrap()
    }

    /// A pool over a new database, and another connection that sees what is committed.
    fn database(dir: &tempfile::TempDir) -> (ConnectionPool, r2d2::PooledConnection<crate::db::connect::Manager>) {
        let url = url(dir);
        let pool = ConnectionPool::new(&url, Access::Write, 1, Duration::from_secs(1));
        pool.connection().unwrap().batch_execute("create table kept (n integer primary key)").unwrap();
        let reader = ConnectionPool::new(&url, Access::Read, 1, Duration::from_secs(1)).connection().unwrap();
        (pool, reader)
    }

    #[test]
    fn changes_that_wait_are_committed_together_and_undone_each_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let (pool, mut reader) = database(&dir);
        let queue = Queue::default();
        let add = |n, good| queue.add(Box::new(move |conn| insert(conn, n) && good));
        let first_fails = add(1, false);
        let kept = add(2, true);
        let fails = add(3, false);
        drop(add(5, true)); // whoever asked for it has gone
        let also_kept = queue.add(Box::new(move |conn| rows(conn) == 1 && rows(&mut reader) == 0 && insert(conn, 6)));
        let twice = add(2, true);
        let mut early = add(7, false);
        // Who failed beside others is not told before these are kept.
        let last = queue.add(Box::new(move |conn| early.ended.try_recv().is_err() && insert(conn, 8)));
        let panics = queue.add(Box::new(|conn| insert(conn, 4) && panic!("on purpose")));
        let mut conn = pool.connection().unwrap();
        queue.commit_some(&mut conn).unwrap();

        let told =
            [first_fails, kept, fails, also_kept, twice, last, panics].map(|mut asker| asker.ended.try_recv().unwrap());
        assert_eq!(told.map(|ended| ended.is_ok()), [true, true, true, true, true, true, false]);
        let all = RawQuery::new("select sum(n) as n from kept where n in (2, 6, 8)").scalar(&mut conn).unwrap();
        assert_eq!((all, rows(&mut conn)), (Some(16), 3));
    }

    #[test]
    fn when_the_transaction_is_given_up_nobody_is_told_that_they_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (pool, mut reader) = database(&dir);
        let queue = Queue::default();
        let first = queue.add(Box::new(|conn| insert(conn, 1)));
        // As SQLite does when the disk is full.
        let fails = queue.add(Box::new(|conn| conn.batch_execute("rollback").is_err()));
        let mut later = queue.add(Box::new(|conn| insert(conn, 3)));

        queue.commit_some(&mut pool.connection().unwrap()).unwrap();
        assert!([first, fails].map(|mut asker| asker.ended.try_recv().unwrap()).iter().all(Result::is_err));
        assert!(later.ended.try_recv().is_err(), "it was not begun");
        assert_eq!(rows(&mut reader), 0);

        queue.commit_some(&mut pool.connection().unwrap()).unwrap();
        assert!(later.ended.try_recv().unwrap().is_ok());
        assert_eq!(rows(&mut reader), 1);
    }

    #[tokio::test]
    async fn many_at_once_are_all_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (pool, mut reader) = database(&dir);
        let some = (0..200).map(|n| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.write(Box::new(move |conn| insert(conn, n) && n % 10 != 0)).await })
        });
        for one in some.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        assert_eq!(rows(&mut reader), 180);
    }

    #[tokio::test]
    async fn whoever_waits_is_told_when_no_transaction_can_be_begun() {
        let dir = tempfile::tempdir().unwrap();
        let (pool, mut reader) = database(&dir);
        let url = url(&dir);
        let mut other = ConnectionPool::new(&url, Access::Write, 1, Duration::from_secs(1)).connection().unwrap();
        other.batch_execute("begin immediate").unwrap();
        let (one, two) =
            tokio::join!(pool.write(Box::new(|conn| insert(conn, 1))), pool.write(Box::new(|conn| insert(conn, 2))),);
        assert!(matches!((one, two), (Err(Error::Unavailable(_)), Err(Error::Unavailable(_)))));
        other.batch_execute("rollback").unwrap();
        pool.write(Box::new(|conn| insert(conn, 3))).await.unwrap();
        assert_eq!(rows(&mut reader), 1);
    }
}
