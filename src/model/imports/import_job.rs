//! The work: a dry run, or the import itself, slice by slice. Where it is and what it counted is kept with the job, so
//! that a slice and its count are one transaction.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::csv::Position;
use crate::base::error::Error;
use crate::base::id::{ImportId, JobId};
use crate::base::text::Count;
use crate::model::imports::batch::{Processed, Refusal};
use crate::model::imports::file_chunks::{self, Pieces};
use crate::model::imports::row::quoted;
use crate::model::imports::{
    Batch, Counts, Import, ImportKind, ImportRun, Index, MOST_ROWS, State, path, rejected_rows, store,
};
use crate::model::users::InvitationMailer;
use crate::services::jobs::{Job, JobDescription, JobState, Preparation, SliceResult};
use crate::tenancy::TenantConn;

/// What an import counts.
pub const UNIT: &str = "rows";

/// What is to be done, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportJob {
    /// The import.
    pub import: ImportId,
    /// What its rows are.
    pub what: ImportKind,
    /// The name of its file.
    pub file_name: String,
    /// Whether rows are written; otherwise it is a dry run.
    pub commit: bool,
    /// Where the next row begins; at first there is none.
    #[serde(default)]
    at: Option<Position>,
    /// How many times the file was read already: see `Index`.
    #[serde(default, rename = "wave")]
    pass: u32,
    /// Whether all rows are done, and the file is being forgotten.
    #[serde(default)]
    read: bool,
    /// What became of the rows so far.
    #[serde(default)]
    counts: Counts,
    /// The first cells that a spreadsheet seems to have ruined, with their lines.
    #[serde(default)]
    ruined: Vec<(u64, String)>,
}

/// What the slices of imports need.
#[derive(Clone)]
pub struct ImportContext {
    /// For the mails to new users.
    mailer: InvitationMailer,
    /// One for all imports: the server works on one at a time.
    lookup: Arc<Mutex<LookupCache>>,
}

/// What is looked up in the file of an import, since its rows may name each other. It is read before the first slice of a
/// turn, outside of any transaction, and kept until the import has ended.
#[derive(Default)]
struct LookupCache(Option<(JobId, Index)>);

impl LookupCache {
    fn is_about(&self, job: JobId) -> bool {
        self.0.as_ref().is_some_and(|(about, _)| *about == job)
    }

    fn get_mut(&mut self, job: JobId) -> Option<&mut Index> {
        self.0.as_mut().filter(|(about, _)| *about == job).map(|(_, index)| index)
    }
}

impl ImportContext {
    /// With nothing looked up yet.
    pub fn new(mailer: InvitationMailer) -> Self {
        Self { mailer, lookup: Arc::default() }
    }

    fn lookup(&self) -> MutexGuard<'_, LookupCache> {
        self.lookup.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ruined cells that are shown.
const RUINED_SHOWN: usize = 5;
/// Pieces of a file that are forgotten by one slice: 8 MB.
const FORGOTTEN: i64 = 32;

impl ImportJob {
    /// The dry run of an import, or the import itself, that nobody has begun.
    pub fn new(import: &Import, commit: bool) -> Self {
        let (what, file_name) = (import.what, import.file_name.clone());
        Self {
            import: import.id,
            what,
            file_name,
            commit,
            at: None,
            pass: 0,
            read: false,
            counts: Counts::default(),
            ruined: Vec::new(),
        }
    }

    fn state(&self) -> State {
        if self.commit { State::Importing } else { State::Checking }
    }

    /// What became of the rows so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The first cells that a spreadsheet seems to have ruined, with their lines.
    pub fn ruined(&self) -> &[(u64, String)] {
        &self.ruined
    }

    /// Reads the file for what its rows name of each other; nothing when somebody else has the job meanwhile.
    fn read_index(&self, turn: Preparation<'_>) -> Result<Option<Index>, Error> {
        let (db, tenant, renew_lease) = (turn.db, turn.tenant, turn.renew_lease);
        let now = Timestamp::EPOCH; // nothing is written
        let import = db.read_blocking(|conn| store::find(&mut TenantConn::found(conn, tenant, now), self.import))?;
        let (plan, about) = (import.plan(self.commit), import.row_count.max(0).unsigned_abs());
        let input = Pieces::from(plan.head.rows.offset, |n| {
            db.read_blocking(|conn| file_chunks::get(&mut TenantConn::found(conn, tenant, now), self.import, n))
        });
        let on_progress = || renew_lease().map_err(io::Error::other);
        let Some(mut index) = Index::read(&plan, input, about, on_progress).map_err(Error::unavailable)? else {
            return Ok(None);
        };
        let refused = db.read_blocking(|conn| {
            rejected_rows::lines(&mut TenantConn::found(conn, tenant, now), self.import, self.state())
        })?;
        refused.into_iter().for_each(|line| index.refuse(line.unsigned_abs()));
        Ok(Some(index))
    }
}

impl JobDescription for ImportJob {
    /// Such as "Importing devices from meters.csv".
    fn heading(&self) -> String {
        let begin = if self.commit { "Importing" } else { "Checking" };
        format!("{begin} {} from {}", self.what.name(), self.file_name)
    }

    fn unit(&self) -> &'static str {
        UNIT
    }

    fn status_message(&self, state: JobState) -> String {
        let so_far = if state == JobState::Done { "" } else { " so far" };
        match self.counts.all() {
            0 if state.is_open() => String::new(),
            _ => format!("Of the rows{so_far}: {}.", self.counts.summary()),
        }
    }

    fn can_be_cancelled(&self) -> bool {
        true
    }

    fn list(&self) -> (&'static str, &'static str) {
        if self.commit { self.what.list() } else { ("Imports", "/imports") }
    }

    fn page(&self) -> Option<String> {
        Some(path(self.import))
    }
}

impl Job for ImportJob {
    const KIND: &'static str = "import";
    type Context = ImportContext;

    fn prepare(&self, context: &ImportContext, turn: Preparation<'_>) -> Result<(), Error> {
        let (job, mut lookup) = (turn.job, context.lookup());
        if lookup.is_about(job) {
            return Ok(());
        }
        // What another import left goes before this one is read: both may be large.
        lookup.0 = None;
        match self.read_index(turn) {
            // A slice says that the import was discarded.
            Err(Error::NotFound) => {}
            index => lookup.0 = index?.map(|index| (job, index)),
        }
        Ok(())
    }

    fn run_slice(
        &mut self,
        t: &mut TenantConn,
        context: &ImportContext,
        id: JobId,
        size: u64,
    ) -> Result<SliceResult, Error> {
        if self.read {
            let gone = file_chunks::forget(t, self.import, FORGOTTEN)?;
            return Ok(SliceResult { finished: gone < FORGOTTEN as usize, idle: true, ..SliceResult::default() });
        }
        let import = match store::find(t, self.import) {
            Err(Error::NotFound) => return Ok(SliceResult::failed("The import was discarded meanwhile.".into())),
            found => found?,
        };
        let mut lookup = context.lookup();
        let Some(index) = lookup.get_mut(id) else {
            return Err(Error::unavailable("the file was not read yet"));
        };
        if index.rows > MOST_ROWS {
            let (rows, most) = (Count(index.rows), Count(MOST_ROWS));
            return Ok(SliceResult::failed(format!(
                "The file has {rows} rows, more than {most}; divide it into several."
            )));
        }
        let plan = import.plan(self.commit);
        let at = self.at.unwrap_or(plan.head.rows);
        let input = Pieces::from(at.offset, |n| file_chunks::get(t, self.import, n));
        let batch = Batch::read(&plan, index, self.pass, at, input, size).map_err(Error::unavailable)?;
        let before = self.counts;
        let mut run = ImportRun { mailer: &context.mailer, plan: &plan, index, counts: &mut self.counts, most: size };
        let Processed { refused, ruined, next, ended } = run.process(t, &batch)?;
        let room = RUINED_SHOWN.saturating_sub(self.ruined.len());
        self.ruined.extend(ruined.into_iter().take(room).map(|(line, cell)| (line, quoted(&cell))));
        rejected_rows::put(t, self.import, self.state(), &refused)?;
        store::note_counts(t, self.import, self.state(), self.counts)?;
        self.at = Some(next);
        let mut finished = false;
        if ended {
            (self.at, self.pass) = (None, self.pass + 1);
            self.read = self.pass >= index.passes();
            // The file of a dry run is still wanted.
            finished = self.read && !self.commit;
        }
        let refusals = refused.iter().map(Refusal::sentence).collect();
        let idle = !self.commit || self.counts.written() == before.written();
        Ok(SliceResult { done: self.counts.all() - before.all(), refusals, finished, idle, failed: None })
    }

    fn clean_up(&self, context: &ImportContext) {
        context.lookup().0 = None;
    }
}
