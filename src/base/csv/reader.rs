//! Reading rows, each with the line it begins on, from any place where a row begins. However long a cell, a row or the
//! file is, no more than one row of limited length is kept.

use std::io::{self, Read};

use csv_core::ReadRecordResult;
use serde::{Deserialize, Serialize};

use crate::base::csv::head::lines;

/// The most bytes that a row may have.
pub const ROW_BYTES: usize = 128 * 1024;
/// The most cells that a row may have.
pub const CELLS: usize = 512;
const BUFFER: usize = 64 * 1024;

/// A place in a file where a row may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// The line it is on, counted from 1.
    pub line: u64,
}

/// Why a row has no cells that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It has more bytes or cells than a row may have.
    TooLong,
    /// A cell in quotes did not end before the file did.
    QuoteNotEnded,
    /// It is not in UTF-8.
    NotUtf8,
}

impl Problem {
    /// A sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::TooLong => "The row is too long; a quotation mark that is not closed may be the reason",
            Self::QuoteNotEnded => "A quotation mark is not closed before the file ends",
            Self::NotUtf8 => "The row is not in UTF-8",
        }
    }
}

/// One row; filled again and again.
pub struct Record {
    bytes: Box<[u8]>,
    ends: Box<[usize]>,
    cells: usize,
    /// The line it begins on.
    pub line: u64,
    /// Why it has no cells.
    pub problem: Option<Problem>,
}

impl Default for Record {
    fn default() -> Self {
        let (bytes, ends) = (vec![0; ROW_BYTES].into(), vec![0; CELLS].into());
        Self { bytes, ends, cells: 0, line: 0, problem: None }
    }
}

impl Record {
    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.cells
    }

    /// Its cells as they stand in the file.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends[..self.cells].iter().map(move |end| {
            let cell = self.bytes.get(start..*end).and_then(|cell| std::str::from_utf8(cell).ok());
            start = *end;
            cell.unwrap_or_default()
        })
    }

    fn finish(&mut self, cells: usize) {
        self.cells = if self.problem.is_none() { cells } else { 0 };
        let used = self.ends[..self.cells].last().copied().unwrap_or_default();
        if std::str::from_utf8(&self.bytes[..used]).is_err() {
            (self.cells, self.problem) = (0, Some(Problem::NotUtf8));
        }
    }
}

/// Reads rows.
pub struct Reader<R> {
    input: R,
    core: csv_core::Reader,
    buffer: Box<[u8]>,
    unread: std::ops::Range<usize>,
    at: Position,
}

impl<R: Read> Reader<R> {
    /// `input` begins at the place `at`, where a row begins.
    pub fn new(input: R, delimiter: u8, at: Position) -> Self {
        let mut core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        // It would take a BOM from its first row, which is not the first of the file when reading goes on.
        core.read_record(b"\n", &mut [0], &mut [0]);
        Self { input, core, buffer: vec![0; BUFFER].into(), unread: 0..0, at }
    }

    /// Where the next row begins.
    pub fn position(&self) -> Position {
        self.at
    }

    /// Reads the next row that is not blank; `false` when there is none.
    ///
    /// # Errors
    /// Those of the input.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        if !self.skip_line_ends()? {
            return Ok(false);
        }
        (record.line, record.problem, record.cells) = (self.at.line, None, 0);
        let (mut used, mut cells) = (0, 0);
        loop {
            self.fill()?;
            let ended = self.unread.is_empty();
            // At the end of the file one more line end, to see whether it falls into a cell in quotes.
            let input = if ended { b"\n" } else { &self.buffer[self.unread.clone()] };
            let (result, read, written, ends) =
                self.core.read_record(input, &mut record.bytes[used..], &mut record.ends[cells..]);
            (used, cells) = (used + written, cells + ends);
            if !ended {
                self.pass(read);
            }
            match result {
                ReadRecordResult::InputEmpty if ended => {
                    self.core.reset();
                    record.problem = record.problem.or(Some(Problem::QuoteNotEnded));
                    break;
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (used, cells) = (0, 0);
                    record.problem = Some(Problem::TooLong);
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        record.finish(cells);
        Ok(true)
    }

    fn skip_line_ends(&mut self) -> io::Result<bool> {
        loop {
            self.fill()?;
            let unread = &self.buffer[self.unread.clone()];
            let Some(skipped) = unread.iter().position(|byte| !matches!(byte, b'\r' | b'\n')) else {
                if unread.is_empty() {
                    return Ok(false);
                }
                self.pass(self.unread.len());
                continue;
            };
            self.pass(skipped);
            return Ok(true);
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.unread.is_empty() {
            match self.input.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(n) => self.unread = 0..n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn pass(&mut self, n: usize) {
        let passed = self.unread.start..self.unread.start + n;
        self.at.offset += n as u64;
        self.at.line += lines(&self.buffer[passed]);
        self.unread.start += n;
    }
}
