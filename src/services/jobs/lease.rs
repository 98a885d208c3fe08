//! Claims: how the engine takes jobs, of whichever tenant, keeps them from every other process, and writes down what
//! became of them.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, JobId, TenantId, UserId};
use crate::db::Conn;
use crate::db::schema::jobs;
use crate::services::jobs::registry::AnyJob;
use crate::services::jobs::store::json;
use crate::services::jobs::{JobDescription, JobState, Registry, SliceResult};
use crate::services::retry;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{AuditedTransaction, Origin, Who};

/// How long a runner that is not heard of keeps a job. Each slice renews it.
const LEASE: Duration = Duration::from_secs(5);
/// The waits between tries that come to nothing; after the last the job has failed.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120)];
/// How many refusals are kept in words.
const MOST_REFUSALS: usize = 100;

/// A claim on a job: names who works on it.
pub(crate) struct Runner;

/// A job that this process works on, for as long as it keeps the claim.
pub(crate) struct Claim {
    pub tenant: TenantId,
    pub id: JobId,
    asked_by: Option<UserId>,
    runner: Id<Runner>,
    kind: String,
    work: String,
    tries: i32,
}

impl Claim {
    /// What is to be done.
    pub fn job(&self, registry: &Registry) -> Result<Box<dyn AnyJob>, &'static str> {
        let job = registry.load(&self.kind, &self.work);
        job.ok_or("This version of Tenantry does not know this kind of work.")
    }

    /// How people see it.
    pub fn description(&self, registry: &Registry) -> Box<dyn JobDescription> {
        registry.read_or_unknown(&self.kind, &self.work)
    }

    /// The tenant of the job, for whoever asked for it.
    pub fn within<'c>(&self, writing: &'c mut AuditedTransaction<'_>, now: Timestamp) -> TenantConn<'c> {
        let origin = Origin::inside(self.asked_by.map_or(Who::System, Who::Asked));
        TenantConn::within(writing, self.tenant, Arc::new(origin), now)
    }

    /// Whether it was begun several times and never once came back: whatever it does ends the program.
    pub fn is_exhausted(&self) -> bool {
        self.tries > WAITS.len() as i32 + 1
    }
}

/// What is due and in nobody's hands.
#[diesel::dsl::auto_type(no_type_alias)]
fn due(now: Timestamp) -> _ {
    let now: Option<Timestamp> = Some(now);
    jobs::due_at.le(now).and(jobs::lease_until.is_null().or(jobs::lease_until.lt(now)))
}

/// Whether a job waits that nobody works on.
pub(crate) fn is_due(conn: &mut Conn, now: Timestamp) -> Result<bool, Error> {
    let waiting = jobs::table.filter(due(now)).select(jobs::id);
    Ok(diesel::select(diesel::dsl::exists(waiting)).get_result(conn)?)
}

/// Takes the job that has waited longest, so that no other process works on it meanwhile. Whoever changes the row has
/// it.
pub(crate) fn claim(conn: &mut Conn, now: Timestamp) -> Result<Option<Claim>, Error> {
    type Candidate = (TenantId, JobId, Option<UserId>, String, String, i32);
    let candidates: Vec<Candidate> = jobs::table
        .filter(due(now))
        .order(jobs::due_at)
        .select((jobs::tenant_id, jobs::id, jobs::asked_by, jobs::kind, jobs::work, jobs::tries))
        .limit(8)
        .load(conn)?;
    for (tenant, id, asked_by, kind, work, tries) in candidates {
        let runner = Id::new(now);
        let row = jobs::table.filter(jobs::tenant_id.eq(tenant).and(jobs::id.eq(id)));
        let claimed = diesel::update(row.filter(due(now)))
            .set((
                jobs::state.eq(JobState::Running.name()),
                jobs::runner.eq(Some(runner)),
                jobs::lease_until.eq(Some(now + LEASE)),
                jobs::tries.eq(jobs::tries + 1),
            ))
            .execute(conn)?;
        if claimed == 1 {
            return Ok(Some(Claim { tenant, id, asked_by, runner, kind, work, tries: tries + 1 }));
        }
    }
    Ok(None)
}

/// Frees jobs whose runner is gone. Only where there is one process, as over SQLite, can it be known that they are.
pub(crate) fn take_over(conn: &mut Conn) -> Result<(), Error> {
    if let Conn::Sqlite(_) = conn {
        diesel::update(jobs::table.filter(jobs::due_at.is_not_null()))
            .set(jobs::lease_until.eq(None::<Timestamp>))
            .execute(conn)?;
    }
    Ok(())
}

/// The row of a claim, while it holds: not once somebody cancelled the job, or another process took it over.
#[diesel::dsl::auto_type(no_type_alias)]
fn held(claim: &Claim) -> _ {
    let tenant: TenantId = claim.tenant;
    let id: JobId = claim.id;
    let runner: Option<Id<Runner>> = Some(claim.runner);
    jobs::table.filter(jobs::tenant_id.eq(tenant)).filter(jobs::id.eq(id)).filter(jobs::runner.eq(runner))
}

/// Renews a claim at the start of a slice, and answers whether it still holds. Until the transaction ends nobody else
/// touches the row.
pub(crate) fn renew(conn: &mut Conn, claim: &Claim, now: Timestamp) -> Result<bool, Error> {
    let renewed = diesel::update(held(claim)).set(jobs::lease_until.eq(Some(now + LEASE))).execute(conn)?;
    Ok(renewed == 1)
}

/// Writes down what a slice has done, in its transaction.
pub(crate) fn record(
    conn: &mut Conn,
    claim: &Claim,
    job: &dyn AnyJob,
    result: &SliceResult,
    now: Timestamp,
) -> Result<(), Error> {
    diesel::update(held(claim))
        .set((
            jobs::work.eq(job.json()?),
            jobs::done.eq(jobs::done + result.done as i64),
            jobs::refused.eq(jobs::refused + result.refusals.len() as i64),
            jobs::tries.eq(0),
            jobs::problem.eq(""),
        ))
        .execute(conn)?;
    if !result.refusals.is_empty() {
        let known: String = held(claim).select(jobs::refusals).first(conn)?;
        let mut known: Vec<String> = serde_json::from_str(&known).map_err(Error::internal)?;
        known.extend(result.refusals.iter().take(MOST_REFUSALS.saturating_sub(known.len())).cloned());
        diesel::update(held(claim)).set(jobs::refusals.eq(json(&known)?)).execute(conn)?;
    }
    if let Some(why) = &result.failed {
        end(conn, claim, JobState::Failed, why, now)?;
    } else if result.finished {
        // What went in another way, such as a user whose address was taken over, is done as well.
        diesel::update(held(claim)).set(jobs::total.eq(jobs::done)).execute(conn)?;
        end(conn, claim, JobState::Done, "", now)?;
    }
    Ok(())
}

/// Gives a job back: to this process at its next turn, or to another.
pub(crate) fn release(conn: &mut Conn, claim: &Claim, now: Timestamp) -> Result<(), Error> {
    diesel::update(held(claim))
        .set((jobs::due_at.eq(Some(now)), jobs::runner.eq(None::<Id<Runner>>), jobs::lease_until.eq(None::<Timestamp>)))
        .execute(conn)?;
    Ok(())
}

/// What becomes of a job after a try that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is tried again later.
    TriedAgain,
    /// It has failed.
    GivenUp,
    /// It was cancelled or is in other hands: not for this process to say.
    Lost,
}

/// Writes down that a try came to nothing.
pub(crate) fn fail(conn: &mut Conn, claim: &Claim, problem: &str, now: Timestamp) -> Result<Fate, Error> {
    let Some(tries) = held(claim).select(jobs::tries).first::<i32>(conn).optional()? else { return Ok(Fate::Lost) };
    let Some(wait) = retry::wait_after(&WAITS, tries - 1) else {
        let ended = end(conn, claim, JobState::Failed, problem, now)?;
        return Ok(if ended { Fate::GivenUp } else { Fate::Lost });
    };
    let put_off = diesel::update(held(claim))
        .set((
            jobs::problem.eq(problem),
            jobs::due_at.eq(Some(now + wait)),
            jobs::runner.eq(None::<Id<Runner>>),
            jobs::lease_until.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    Ok(if put_off == 1 { Fate::TriedAgain } else { Fate::Lost })
}

/// Ends a job, and answers whether the claim still held.
pub(crate) fn end(
    conn: &mut Conn,
    claim: &Claim,
    state: JobState,
    problem: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = diesel::update(held(claim))
        .set((
            jobs::state.eq(state.name()),
            jobs::problem.eq(problem),
            jobs::ended_at.eq(Some(now)),
            jobs::due_at.eq(None::<Timestamp>),
            jobs::runner.eq(None::<Id<Runner>>),
            jobs::lease_until.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    Ok(ended == 1)
}
