//! Queries over a tenant's jobs. Every one starts at `mine`.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, JobId, TenantId, UserId};
use crate::db::Conn;
use crate::db::schema::jobs;
use crate::services::jobs::lease::Runner;
use crate::services::jobs::{Job, JobDescription, JobState, Registry, StoredJob, UnderWay};
use crate::tenancy::TenantConn;

/// The tenant's jobs.
#[diesel::dsl::auto_type(no_type_alias)]
fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    jobs::table.filter(jobs::tenant_id.eq(tenant))
}

/// Queues work in the transaction that asks for it. Whoever answers rings the bell once it is committed.
pub fn queue<J: Job>(t: &mut TenantConn, id: JobId, job: &J, total: u64) -> Result<(), Error> {
    diesel::insert_into(jobs::table)
        .values((
            jobs::tenant_id.eq(t.id),
            jobs::id.eq(id),
            jobs::kind.eq(J::KIND),
            jobs::work.eq(json(job)?),
            jobs::state.eq(JobState::Queued.name()),
            jobs::total.eq(total as i64),
            jobs::due_at.eq(Some(t.now)),
            jobs::asked_by.eq(t.actor),
            jobs::created_at.eq(t.now),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// As the columns of text have it.
///
/// # Errors
/// Those of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct Row {
    id: JobId,
    kind: String,
    work: String,
    state: String,
    done: i64,
    total: i64,
    refused: i64,
    refusals: String,
    problem: String,
    asked_by: Option<UserId>,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// The job with this id.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: JobId) -> Result<StoredJob, Error> {
    let row: Row = mine(t).filter(jobs::id.eq(id)).select(Row::as_select()).first(t.conn)?;
    Ok(StoredJob {
        id: row.id,
        kind: row.kind,
        work: row.work,
        state: row.state.parse().unwrap_or(JobState::Running),
        done: row.done,
        total: row.total,
        refused: row.refused,
        refusals: serde_json::from_str(&row.refusals).map_err(Error::internal)?,
        problem: row.problem,
        asked_by: row.asked_by,
        created_at: row.created_at,
        ended_at: row.ended_at,
    })
}

/// Work of the tenant that is under way on the list at `address`, the newest first.
pub fn under_way(t: &mut TenantConn, registry: &Registry, address: &str) -> Result<Vec<UnderWay>, Error> {
    open(t, registry, |job| job.changes_list(address))
}

/// Work of the tenant that is under way on any list, the newest first.
pub fn all_under_way(t: &mut TenantConn, registry: &Registry) -> Result<Vec<UnderWay>, Error> {
    open(t, registry, |_| true)
}

/// Jobs that have not ended, those that are wanted.
fn open(
    t: &mut TenantConn,
    registry: &Registry,
    wanted: impl Fn(&dyn JobDescription) -> bool,
) -> Result<Vec<UnderWay>, Error> {
    if !t.has_jobs {
        return Ok(Vec::new());
    }
    let open = mine(t).filter(jobs::due_at.is_not_null()).order(jobs::id.desc());
    let open: Vec<(JobId, String, String)> = open.select((jobs::id, jobs::kind, jobs::work)).limit(8).load(t.conn)?;
    let shown = open.into_iter().filter_map(|(id, kind, work)| {
        let job = registry.read(&kind, &work).filter(|job| wanted(&**job))?;
        let path = job.page().unwrap_or_else(|| crate::services::jobs::path(id));
        Some(UnderWay { heading: job.heading(), path })
    });
    Ok(shown.collect())
}

/// Whether any job of the kind `J` but `except` has not done all of its work: for want of time, or because it failed or was
/// cancelled.
pub fn is_any_unfinished<J: Job>(t: &mut TenantConn, except: Option<JobId>) -> Result<bool, Error> {
    let left = mine(t)
        .filter(jobs::state.ne(JobState::Done.name()))
        .filter(jobs::kind.eq(J::KIND))
        .order(jobs::id)
        .select(jobs::id)
        .limit(2);
    Ok(left.load::<JobId>(t.conn)?.into_iter().any(|id| Some(id) != except))
}

/// Ends a job before all is done, and answers whether it was still open.
pub fn cancel(t: &mut TenantConn, id: JobId) -> Result<bool, Error> {
    let open = mine(t).filter(jobs::id.eq(id)).filter(jobs::due_at.is_not_null());
    let ended = diesel::update(open)
        .set((
            jobs::state.eq(JobState::Cancelled.name()),
            jobs::ended_at.eq(Some(t.now)),
            jobs::due_at.eq(None::<Timestamp>),
            jobs::runner.eq(None::<Id<Runner>>),
            jobs::lease_until.eq(None::<Timestamp>),
        ))
        .execute(t.conn)?;
    Ok(ended == 1)
}

/// Takes up a job again that has failed, and answers whether it had.
pub fn try_again(t: &mut TenantConn, id: JobId) -> Result<bool, Error> {
    let failed = mine(t).filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Failed.name()));
    let queued = diesel::update(failed)
        .set((
            jobs::state.eq(JobState::Queued.name()),
            jobs::ended_at.eq(None::<Timestamp>),
            jobs::due_at.eq(Some(t.now)),
            jobs::tries.eq(0),
            jobs::problem.eq(""),
        ))
        .execute(t.conn)?;
    Ok(queued == 1)
}

/// Forgets jobs that ended before `before`; not those that failed, for they can be tried again.
pub fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize, Error> {
    let ended = jobs::ended_at.lt(Some(before)).and(jobs::state.ne(JobState::Failed.name()));
    Ok(diesel::delete(jobs::table.filter(ended)).execute(conn)?)
}
