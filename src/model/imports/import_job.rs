//! The work: a dry run, or the import itself, slice by slice. Where it is and what it counted is kept with the job, so
//! that a slice and its count are one transaction.

use std::io;

use serde::{Deserialize, Serialize};

use crate::app::jobs::Step;
use crate::base::csv::Position;
use crate::base::error::Error;
use crate::base::id::{ImportId, JobId, TenantId};
use crate::base::text::Count;
use crate::db::Db;
use crate::model::imports::batch::{Processed, Refusal};
use crate::model::imports::file_chunks::{self, Pieces};
use crate::model::imports::rejected_rows;
use crate::model::imports::{Batch, Counts, Import, Index, MOST_ROWS, State, What, process, store};
use crate::model::users::InvitationMailer;
use crate::services::jobs::{self};
use crate::tenancy::TenantConn;

/// What is to be done, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The import.
    pub import: ImportId,
    /// What its rows are.
    pub what: What,
    /// The name of its file.
    pub file_name: String,
    /// Whether rows are written; otherwise it is a dry run.
    pub commit: bool,
    /// Where the next row begins; at first there is none.
    #[serde(default)]
    at: Option<Position>,
    /// How many times the file was read already: see `Index`.
    #[serde(default)]
    wave: u32,
    /// Whether all rows are done, and the file is being forgotten.
    #[serde(default)]
    read: bool,
    /// What became of the rows so far.
    #[serde(default)]
    counts: Counts,
}

/// What this process knows of the file that it works on; made before the first slice of a turn, outside of any
/// transaction.
#[derive(Default)]
pub struct Known(Option<(JobId, Index)>);

impl Known {
    /// Reads the file of a job, unless that was done before. `keep` is called now and then while that takes long, and
    /// answers whether the job is still in the hands of this process.
    ///
    /// # Errors
    /// The database's own; `NotFound` when the import was discarded.
    pub fn prepare(
        &mut self,
        (db, tenant, job): (&Db, TenantId, JobId),
        run: &Run,
        mut keep: impl FnMut() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        if self.0.as_ref().is_some_and(|(known, _)| *known == job) {
            return Ok(());
        }
        self.0 = None;
        let now = crate::base::clock::Timestamp::EPOCH; // nothing is written
        let import = db.read_blocking(|conn| store::find(&mut TenantConn::found(conn, tenant, now), run.import))?;
        let (plan, about) = (import.plan(run.commit), import.row_count.max(0).unsigned_abs());
        let input = Pieces::from(plan.head.rows.offset, |n| {
            db.read_blocking(|conn| file_chunks::get(&mut TenantConn::found(conn, tenant, now), run.import, n))
        });
        let breathe = || keep().map_err(io::Error::other);
        let Some(mut index) = Index::read(&plan, input, about, breathe).map_err(Error::unavailable)? else {
            return Ok(());
        };
        let refused = db.read_blocking(|conn| {
            rejected_rows::lines(&mut TenantConn::found(conn, tenant, now), run.import, run.state())
        })?;
        refused.into_iter().for_each(|line| index.refuse(line.unsigned_abs()));
        self.0 = Some((job, index));
        Ok(())
    }
}

/// Pieces of a file that are forgotten by one slice: 8 MB.
const FORGOTTEN: i64 = 32;

impl Run {
    /// The dry run of an import, or the import itself, that nobody has begun.
    pub fn new(import: &Import, commit: bool) -> Self {
        let (what, file_name) = (import.what, import.file_name.clone());
        Self { import: import.id, what, file_name, commit, at: None, wave: 0, read: false, counts: Counts::default() }
    }

    fn state(&self) -> State {
        if self.commit { State::Importing } else { State::Checking }
    }

    /// Deals with about `size` rows, in the transaction that counts them.
    ///
    /// # Errors
    /// The database's own.
    pub fn slice(
        &mut self,
        t: &mut TenantConn,
        (desk, known, job): (&InvitationMailer, &mut Known, JobId),
        size: u64,
    ) -> Result<Step, Error> {
        if self.read {
            let gone = file_chunks::forget(t, self.import, FORGOTTEN)?;
            return Ok(Step { finished: gone < FORGOTTEN as usize, idle: true, ..Step::default() });
        }
        let import = match store::find(t, self.import) {
            Err(Error::NotFound) => return Ok(Step::failed("The import was discarded meanwhile.".into())),
            found => found?,
        };
        let Some((_, index)) = known.0.as_mut().filter(|(of, _)| *of == job) else {
            return Err(Error::unavailable("the file was not read yet"));
        };
        if index.rows > MOST_ROWS {
            let (rows, most) = (Count(index.rows), Count(MOST_ROWS));
            return Ok(Step::failed(format!("The file has {rows} rows, more than {most}; divide it into several.")));
        }
        let plan = import.plan(self.commit);
        let at = self.at.unwrap_or(plan.head.rows);
        let input = Pieces::from(at.offset, |n| file_chunks::get(t, self.import, n));
        let batch = Batch::read(&plan, index, (self.wave, at), input, size).map_err(Error::unavailable)?;
        let before = self.counts;
        let Processed { refused, next, ended } = process(t, desk, (&plan, index), (&batch, size), &mut self.counts)?;
        rejected_rows::put(t, self.import, self.state(), &refused)?;
        store::note_counts(t, self.import, self.state(), self.counts)?;
        self.at = Some(next);
        let mut finished = false;
        if ended {
            (self.at, self.wave) = (None, self.wave + 1);
            self.read = self.wave >= index.waves();
            // The file of a dry run is still wanted.
            finished = self.read && !self.commit;
        }
        let refusals = refused.iter().map(Refusal::words).collect();
        let idle = !self.commit || self.counts.written() == before.written();
        Ok(Step { done: self.counts.all() - before.all(), refusals, finished, idle, failed: None })
    }

    /// What became of the rows so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Such as "Importing devices from meters.csv".
    pub fn heading(&self) -> String {
        let begin = if self.commit { "Importing" } else { "Checking" };
        format!("{begin} {} from {}", self.what.name(), self.file_name)
    }

    /// What became of the rows.
    pub fn told(&self, state: jobs::State) -> String {
        let so_far = if state == jobs::State::Done { "" } else { " so far" };
        match self.counts.all() {
            0 if state.is_open() => String::new(),
            _ => format!("Of the rows{so_far}: {}.", self.counts.words()),
        }
    }
}
