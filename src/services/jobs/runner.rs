//! The engine: a thread of `serve` that works on jobs, slice by slice. A slice and its count are one transaction, so
//! after a crash whoever goes on finds exactly what is left. Of many processes over one database one has the job.

use std::time::{Duration, Instant};

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::worker::{Stop, WakeSignal, Worker};
use crate::db::Db;
use crate::services::jobs::lease::{self, Claim, Fate};
use crate::services::jobs::registry::AnyJob;
use crate::services::jobs::{JobState, Preparation, Registry, SliceResult, subject};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};

/// How many of what it counts the first slice of a job deals with, and how many any may.
const SIZES: std::ops::RangeInclusive<u64> = 50..=5_000;
/// How long a job is worked on before it is the turn of one that waits.
const TURN: Duration = Duration::from_secs(2);

/// Starts the thread.
///
/// # Errors
/// A thread that cannot be started.
pub fn start(db: Db, clock: Clock, registry: Registry, bell: WakeSignal) -> Result<Worker, Error> {
    if let Err(error) = db.write_unaudited_blocking(lease::take_over) {
        tracing::warn!(%error, "jobs of a process that was killed wait for their leases to end");
    }
    let pace = if db.url().is_postgres() { MANY_WRITERS } else { ONE_WRITER };
    let engine = Engine { db, clock, pace, registry };
    let round = move |stop: &Stop| {
        if let Err(error) = engine.work_off(stop) {
            tracing::warn!(%error, "jobs wait: they cannot be read");
        }
    };
    Worker::start("jobs", bell, round).map_err(Error::internal)
}

struct Engine {
    db: Db,
    clock: Clock,
    pace: SliceSize,
    registry: Registry,
}

/// How hard the engine works.
struct SliceSize {
    /// How long a slice should take.
    slice: Duration,
    /// How many times as long as the pause after it.
    rest: u32,
}

/// Where every request that writes waits for the slice that is under way. Then it has its turn: the writer's queue is
/// fair. Shorter slices spend more on their commits than on their work: each writes every page of the many indexes that it
/// touched.
const ONE_WRITER: SliceSize = SliceSize { slice: Duration::from_millis(80), rest: 16 };
/// Where only those wait who change the same.
const MANY_WRITERS: SliceSize = SliceSize { slice: Duration::from_millis(100), rest: 8 };

impl SliceSize {
    /// So large that the next slice takes about as long as it should.
    fn next_size(&self, size: u64, took: Duration) -> u64 {
        let next = match took {
            took if took < self.slice / 2 => size * 2,
            took if took > self.slice * 2 => size / 2,
            _ => size,
        };
        next.clamp(*SIZES.start(), *SIZES.end())
    }

    fn pause(&self, took: Duration) -> Duration {
        (took / self.rest).clamp(Duration::from_millis(1), self.slice)
    }
}

impl Engine {
    /// Works on whatever is due until nothing is.
    fn work_off(&self, stop: &Stop) -> Result<(), Error> {
        while !stop.is_asked() {
            let now = self.clock.now();
            // Looking first keeps the one writer of SQLite free while there is nothing to do.
            if !self.db.read_blocking(|conn| lease::is_due(conn, now))? {
                break;
            }
            let Some(claim) = self.db.write_unaudited_blocking::<_, Error>(|conn| lease::claim(conn, now))? else {
                break;
            };
            if let Err(problem) = self.work_on(&claim, stop) {
                let fate = self.fail(&claim, &problem.message)?;
                tracing::warn!(job = %claim.id, problem = problem.cause, ?fate, "a job met a problem");
            }
        }
        Ok(())
    }

    /// A turn at one job.
    fn work_on(&self, claim: &Claim, stop: &Stop) -> Result<(), Problem> {
        let mut job = match claim.job(&self.registry) {
            Ok(_) if claim.is_exhausted() => return self.give_up(claim, "The server stopped unexpectedly each time."),
            Ok(job) => job,
            Err(problem) => return self.give_up(claim, problem),
        };
        let mut renew = || self.db.write_unaudited_blocking(|conn| lease::renew(conn, claim, self.clock.now()));
        let turn = Preparation { db: &self.db, tenant: claim.tenant, job: claim.id, renew_lease: &mut renew };
        job.prepare(turn)?;
        let (since, mut size) = (Instant::now(), *SIZES.start());
        loop {
            let began = Instant::now();
            let Some(result) = self.run_slice(claim, job.as_mut(), size)? else {
                tracing::info!(job = %claim.id, "a job was cancelled or taken over");
                job.clean_up();
                return Ok(());
            };
            if result.finished || result.failed.is_some() {
                tracing::info!(job = %claim.id, failed = result.failed, "a job has ended");
                job.clean_up();
                return Ok(());
            }
            let took = began.elapsed();
            size = self.pace.next_size(size, took);
            if stop.is_asked() || since.elapsed() >= TURN {
                self.db.write_unaudited_blocking(|conn| lease::release(conn, claim, self.clock.now()))?;
                return Ok(());
            }
            // Whoever waits to write gets their turn.
            std::thread::sleep(self.pace.pause(took));
        }
    }

    /// One slice with its count, in one transaction; nothing when the claim no longer holds. After an error the job is not
    /// what is stored: the next turn loads it again.
    fn run_slice(&self, claim: &Claim, job: &mut dyn AnyJob, size: u64) -> Result<Option<SliceResult>, Error> {
        let now = self.clock.now();
        self.db.write_blocking::<_, Error>(|writing| {
            if !lease::renew(writing, claim, now)? {
                return Ok(None);
            }
            let t = &mut claim.within(writing, now);
            let result = job.run_slice(t, claim.id, size)?;
            let description = job.description();
            let subject = subject(claim.id, description);
            if let Some(why) = &result.failed {
                audit::record(t, Entry::of(Action::Fail, &subject).detail("Reason", why))?;
            } else if result.finished {
                let outcome = description.status_message(JobState::Done);
                audit::record(t, Entry::of(Action::Finish, &subject).detail("Outcome", &outcome))?;
            } else if result.idle {
                t.skip_audit()?;
            }
            lease::record(writing, claim, job, &result, now)?;
            Ok(Some(result))
        })
    }

    /// Writes down that a try came to nothing, and answers what becomes of the job.
    fn fail(&self, claim: &Claim, problem: &str) -> Result<Fate, Error> {
        let now = self.clock.now();
        self.db.write_blocking(|writing| {
            let fate = lease::fail(writing, claim, problem, now)?;
            let t = &mut claim.within(writing, now);
            self.record_failure(t, claim, (fate == Fate::GivenUp).then_some(problem))?;
            Ok(fate)
        })
    }

    fn give_up(&self, claim: &Claim, problem: &str) -> Result<(), Problem> {
        tracing::error!(job = %claim.id, problem, "a job is given up");
        let now = self.clock.now();
        Ok(self.db.write_blocking::<_, Error>(|writing| {
            let ended = lease::end(writing, claim, JobState::Failed, problem, now)?;
            self.record_failure(&mut claim.within(writing, now), claim, ended.then_some(problem))
        })?)
    }

    /// Records in the audit log that a job has failed, if it has.
    fn record_failure(&self, t: &mut TenantConn, claim: &Claim, failed: Option<&str>) -> Result<(), Error> {
        let Some(why) = failed else { return t.skip_audit() };
        let subject = subject(claim.id, &*claim.description(&self.registry));
        audit::record(t, Entry::of(Action::Fail, &subject).detail("Reason", why))
    }
}

/// Why a try came to nothing: in words for people, and for the log.
struct Problem {
    message: String,
    cause: String,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Unavailable(_) => "The database did not answer.",
            Error::BadRequest(why) => why,
            _ => "Something went wrong. Whoever runs this server finds the cause in its log.",
        };
        Self { message: message.to_owned(), cause: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_grow_and_shrink_within_bounds() {
        let ms = Duration::from_millis;
        let next_size = |size, took| ONE_WRITER.next_size(size, ms(took));
        assert_eq!((next_size(100, 1), next_size(100, 80), next_size(100, 190)), (200, 100, 50));
        assert_eq!((next_size(50, 900), next_size(5_000, 0)), (50, 5_000));
        assert_eq!(MANY_WRITERS.next_size(100, ms(20)), 200);
        assert_eq!((ONE_WRITER.pause(ms(32)), MANY_WRITERS.pause(ms(80))), (ms(2), ms(10)));
        assert_eq!((ONE_WRITER.pause(ms(9_000)), ONE_WRITER.pause(ms(0))), (ms(80), ms(1)));
    }
}
