//! One slice of a file: its next rows, what becomes of each, and how many of which kind there were. The same for the
//! background, the command line, the dry run and the real one.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::base::csv::cells::is_ruined;
use crate::base::csv::{Position, Reader, Record, restored};
use crate::base::error::Error;
use crate::base::text::Count;
use crate::model;
use crate::model::imports::row::quoted;
use crate::model::imports::{CsvHeader, ImportKind, Index, Outcome, Row, customers, hash, inventory, users};
use crate::model::users::InvitationMailer;
use crate::tenancy::TenantConn;

/// How the rows of a file are read, and whether they are done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What they are.
    pub what: ImportKind,
    /// How the file is written.
    pub head: CsvHeader,
    /// For each column of what they are, its place in a row.
    pub columns: Vec<Option<usize>>,
    /// Whether new users get an activation mail.
    pub invite: bool,
    /// Whether rows are written; otherwise it is only said what would become of them.
    pub commit: bool,
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Added.
    pub new: u64,
    /// Changed.
    pub changed: u64,
    /// So already.
    pub unchanged: u64,
    /// Not done.
    pub refused: u64,
    /// Cells of rows that are done which a spreadsheet seems to have ruined.
    pub ruined: u64,
}

impl Counts {
    /// All of them.
    pub fn all(self) -> u64 {
        self.new + self.changed + self.unchanged + self.refused
    }

    /// Those that were written.
    pub fn written(self) -> u64 {
        self.new + self.changed
    }

    /// Such as "12 new, 3 changed, 40 unchanged, 1 refused".
    pub fn summary(self) -> String {
        let [new, changed, unchanged, refused] = [self.new, self.changed, self.unchanged, self.refused].map(Count);
        format!("{new} new, {changed} changed, {unchanged} unchanged, {refused} refused")
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Refused(_) => self.refused += 1,
        }
    }
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The line it begins on.
    pub line: u64,
    /// Why.
    pub reason: String,
    /// Its cells as they stand in the file; none when they could not be read.
    pub cells: Vec<String>,
}

impl Refusal {
    /// A sentence that names the line.
    pub fn sentence(&self) -> String {
        format!("Line {}: {}", Count(self.line), self.reason)
    }
}

struct Raw {
    line: u64,
    /// Where the row after it begins.
    next: Position,
    cells: Vec<String>,
    /// Why nothing can be said of it.
    problem: Option<String>,
}

/// The next rows of a file.
pub struct Batch {
    rows: Vec<Raw>,
    /// Where the row after them begins.
    pub next: Position,
    /// Whether there is none.
    pub ended: bool,
}

/// Bytes of rows that one slice deals with at most: some memory, however long rows are.
const MOST_BYTES: u64 = 2 << 20;
/// How many rows may be passed over for each that is dealt with.
const PASSED: usize = 20;

impl Batch {
    /// Reads about `size` rows from a place on: those that are done when the file is read for this time.
    ///
    /// # Errors
    /// Those of the input.
    pub fn read(plan: &Plan, index: &Index, pass: u32, at: Position, input: impl Read, size: u64) -> io::Result<Self> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut reader = Reader::new(input, plan.head.format, at);
        let (mut record, mut batch) = (Record::default(), Self { rows: Vec::new(), next: at, ended: false });
        let mut passed = 0;
        while batch.rows.len() < size && passed < size.saturating_mul(PASSED) {
            if !reader.read(&mut record)? {
                batch.ended = true;
                break;
            }
            batch.next = reader.position();
            passed += 1;
            let problem = plan.head.problem_of(&record);
            let key = plan.columns.first().copied().flatten().and_then(|place| record.cells().nth(place));
            let key = key.filter(|_| problem.is_none());
            let its = key.map_or(0, |key| index.pass(hash(&plan.what.row_key(&restored(key)))));
            if its == pass && !record.is_blank() {
                let cells = record.cells().map(str::to_owned).collect();
                batch.rows.push(Raw { line: record.line, next: batch.next, cells, problem });
            }
            if batch.next.offset - at.offset > MOST_BYTES {
                break;
            }
        }
        Ok(batch)
    }
}

/// How far a batch was dealt with.
pub struct Processed {
    /// The rows that were refused.
    pub refused: Vec<Refusal>,
    /// Cells that a spreadsheet seems to have ruined, with the lines of their rows.
    pub ruined: Vec<(u64, String)>,
    /// Where to go on.
    pub next: Position,
    /// Whether there is no further row.
    pub ended: bool,
}

/// What rows are dealt with by, and what is kept from one batch to the next.
pub struct ImportRun<'a> {
    /// Mails those who are invited.
    pub mailer: &'a InvitationMailer,
    /// How rows are read, and whether they are done.
    pub plan: &'a Plan,
    /// What is known of the whole file.
    pub index: &'a mut Index,
    /// How many rows became what.
    pub counts: &'a mut Counts,
    /// About how many rows of the database one batch may write.
    pub most: u64,
}

impl ImportRun<'_> {
    /// Deals with the rows of a batch: says what becomes of each, and does it if the plan says so; with all of them,
    /// unless more than about `most` rows had to be written for the first.
    ///
    /// # Errors
    /// then nothing of the transaction counts.
    pub fn process(&mut self, t: &mut TenantConn, batch: &Batch) -> Result<Processed, Error> {
        let outcomes = self.outcomes(t, &batch.rows)?;
        let all = outcomes.len() == batch.rows.len();
        let last = outcomes.len().checked_sub(1).and_then(|last| batch.rows.get(last));
        let next = last.filter(|_| !all).map_or(batch.next, |raw| raw.next);
        let (mut refused, mut ruined) = (Vec::new(), Vec::new());
        for (raw, outcome) in batch.rows.iter().zip(outcomes) {
            let outcome = outcome.unwrap_or(Outcome::Unchanged);
            self.counts.count(&outcome);
            if matches!(outcome, Outcome::New | Outcome::Changed) {
                let imported = self.plan.columns.iter().flatten().filter_map(|at| raw.cells.get(*at));
                ruined.extend(imported.filter(|cell| is_ruined(cell)).map(|cell| (raw.line, cell.clone())));
            }
            if let Outcome::Refused(reason) = outcome {
                self.index.refuse(raw.line);
                refused.push(Refusal { line: raw.line, reason, cells: raw.cells.clone() });
            }
        }
        self.counts.ruined += ruined.len() as u64;
        Ok(Processed { refused, ruined, next, ended: batch.ended && all })
    }

    /// What becomes of the rows, or of the first of them.
    fn outcomes(&mut self, t: &mut TenantConn, raw_rows: &[Raw]) -> Result<Vec<Option<Outcome>>, Error> {
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(raw_rows.len());
        let (mut rows, mut places) = (Vec::with_capacity(raw_rows.len()), Vec::with_capacity(raw_rows.len()));
        for raw in raw_rows {
            // A row may end early.
            let cell = |at: usize| restored(raw.cells.get(at).map_or("", String::as_str));
            let row = Row { line: raw.line, cells: self.plan.columns.iter().map(|place| place.map(cell)).collect() };
            let refused = raw.problem.clone().or_else(|| repeated(self.plan, self.index, &row));
            if refused.is_none() {
                places.push(outcomes.len());
                rows.push(row);
            }
            outcomes.push(refused.map(Outcome::Refused));
        }
        let commit = self.plan.commit;
        let done = match self.plan.what {
            ImportKind::Customers => customers::rows(t, self.index, &rows, commit, self.most)?,
            ImportKind::Users => users::rows(t, self.mailer, self.plan, &rows)?,
            ImportKind::Devices => inventory::rows(t, model::inventory::Kind::Device, &rows, commit)?,
            ImportKind::Assets => inventory::rows(t, model::inventory::Kind::Asset, &rows, commit)?,
        };
        if let Some(first_left) = places.get(done.len()) {
            outcomes.truncate(*first_left);
        }
        for (place, outcome) in places.into_iter().zip(done) {
            outcomes[place] = Some(outcome);
        }
        Ok(outcomes)
    }
}

/// Whether an earlier row has the same key. What is wrong with an empty one, its form says.
fn repeated(plan: &Plan, index: &Index, row: &Row) -> Option<String> {
    let key = row.cell(0).unwrap_or_default();
    let first = index.first(hash(&plan.what.row_key(key))).filter(|first| *first < row.line)?;
    Some(format!("Line {} has the same {}, {}", Count(first), plan.what.key().label.to_lowercase(), quoted(key)))
}
