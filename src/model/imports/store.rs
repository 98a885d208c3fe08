//! Queries over imports. Every one starts at `mine`.

use std::time::Duration;

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, ImportId, JobId, TenantId};
use crate::db::Conn;
use crate::db::schema::imports;
use crate::model::imports::{Counts, CsvHeader, Import, ImportJob, ImportKind, State, file_chunks, rejected_rows};
use crate::services::jobs;
use crate::tenancy::TenantConn;

/// The tenant's imports.
#[diesel::dsl::auto_type(no_type_alias)]
fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    imports::table.filter(imports::tenant_id.eq(tenant))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
struct Row {
    id: ImportId,
    what: String,
    file_name: String,
    state: String,
    row_count: i64,
    head: String,
    matching: String,
    invite: bool,
    checked: String,
    imported: String,
    job_id: Option<JobId>,
    created_at: Timestamp,
}

impl Row {
    fn read(self) -> Result<Import, Error> {
        let what = ImportKind::parse(&self.what).ok_or_else(|| Error::internal("an import of another version"))?;
        let head = if self.head.is_empty() { CsvHeader::default() } else { of_json(&self.head)? };
        Ok(Import {
            id: self.id,
            what,
            file_name: self.file_name,
            state: self.state.parse().unwrap_or(State::Matching),
            row_count: self.row_count,
            head,
            columns: of_json(&self.matching)?,
            invite: self.invite,
            checked: of_json(&self.checked)?,
            imported: of_json(&self.imported)?,
            job: self.job_id,
            created_at: self.created_at,
        })
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// A file begins to arrive.
pub fn begin(t: &mut TenantConn, id: ImportId, what: ImportKind, file_name: &str) -> Result<(), Error> {
    diesel::insert_into(imports::table)
        .values((
            imports::tenant_id.eq(t.id),
            imports::id.eq(id),
            imports::what.eq(what.name()),
            imports::file_name.eq(file_name),
            imports::state.eq(State::Arriving.name()),
            imports::created_at.eq(t.now),
            imports::created_by.eq(t.actor),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// A file has arrived.
pub fn arrived(t: &mut TenantConn, id: ImportId, head: &CsvHeader, size: u64, rows: u64) -> Result<(), Error> {
    let what = find(t, id)?.what;
    diesel::update(mine(t).filter(imports::id.eq(id)))
        .set((
            imports::state.eq(State::Matching.name()),
            imports::head.eq(json(head)?),
            imports::matching.eq(json(&what.matched(&head.names))?),
            imports::size.eq(size as i64),
            imports::row_count.eq(rows as i64),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// The file of an import is read otherwise; its columns are to be matched once more.
pub fn read_again(t: &mut TenantConn, import: &Import, head: &CsvHeader) -> Result<(), Error> {
    diesel::update(mine(t).filter(imports::id.eq(import.id)))
        .set((
            imports::state.eq(State::Matching.name()),
            imports::head.eq(json(head)?),
            imports::matching.eq(json(&import.what.matched(&head.names))?),
            imports::job_id.eq(None::<JobId>),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// The import with this id.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: ImportId) -> Result<Import, Error> {
    mine(t).filter(imports::id.eq(id)).select(Row::as_select()).first(t.conn)?.read()
}

/// The imports whose files have arrived, the newest first, at most `limit`.
pub fn newest(t: &mut TenantConn, limit: i64) -> Result<Vec<Import>, Error> {
    let found = mine(t).filter(imports::state.ne(State::Arriving.name())).order(imports::id.desc());
    let rows: Vec<Row> = found.select(Row::as_select()).limit(limit).load(t.conn)?;
    rows.into_iter().map(Row::read).collect()
}

/// Says what the columns of a file are, and whether new users get a mail.
pub fn match_columns(t: &mut TenantConn, id: ImportId, columns: &[Option<String>], invite: bool) -> Result<(), Error> {
    diesel::update(mine(t).filter(imports::id.eq(id)))
        .set((imports::matching.eq(json(&columns)?), imports::invite.eq(invite)))
        .execute(t.conn)?;
    Ok(())
}

/// Waits until nobody else says what is to become of an import, and keeps it so until the transaction ends.
pub fn lock(t: &mut TenantConn, id: ImportId) -> Result<(), Error> {
    t.lock_name(&format!("import {id}"))
}

/// Queues the dry run of an import, or the import itself. It must be locked.
pub fn start(t: &mut TenantConn, import: &Import, commit: bool) -> Result<(), Error> {
    let job = Id::new(t.now);
    let state = if commit { State::Importing } else { State::Checking };
    diesel::update(mine(t).filter(imports::id.eq(import.id)))
        .set((imports::state.eq(state.name()), imports::job_id.eq(Some(job))))
        .execute(t.conn)?;
    note_counts(t, import.id, state, Counts::default())?;
    rejected_rows::clear(t, import.id, state)?;
    let work = ImportJob::new(import, commit);
    jobs::record_begun(t, job, &work)?;
    jobs::queue(t, job, &work, import.row_count.max(0).unsigned_abs())
}

/// Notes what became of the rows so far.
pub fn note_counts(t: &mut TenantConn, id: ImportId, state: State, counts: Counts) -> Result<(), Error> {
    let (counts, one) = (json(&counts)?, mine(t).filter(imports::id.eq(id)));
    if state == State::Importing {
        diesel::update(one).set(imports::imported.eq(counts)).execute(t.conn)?;
    } else {
        diesel::update(one).set(imports::checked.eq(counts)).execute(t.conn)?;
    }
    Ok(())
}

/// Forgets an import. Its file is forgotten piece by piece, by `forget`.
pub fn discard(t: &mut TenantConn, id: ImportId) -> Result<bool, Error> {
    Ok(diesel::delete(mine(t).filter(imports::id.eq(id))).execute(t.conn)? == 1)
}

/// How long an import is listed, and how long a file may take to arrive.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
const ARRIVAL: Duration = Duration::from_secs(24 * 3600);
/// Pieces of files that are forgotten at once: 64 MB.
const FORGOTTEN: i64 = 256;

/// Forgets imports of long ago, those whose files never arrived whole, and some of the files that are left of either.
pub fn forget(conn: &mut Conn, now: Timestamp) -> Result<(), Error> {
    let arriving = imports::state.eq(State::Arriving.name()).and(imports::created_at.lt(now - ARRIVAL));
    let old = imports::created_at.lt(now - RETENTION);
    diesel::delete(imports::table.filter(old.or(arriving))).execute(conn)?;
    let mut room = FORGOTTEN;
    for (tenant, import) in file_chunks::left(conn)? {
        if room > 0 {
            let gone = file_chunks::forget(&mut TenantConn::found(conn, tenant, now), import, room)?;
            room -= i64::try_from(gone).unwrap_or(i64::MAX);
        }
    }
    Ok(())
}
