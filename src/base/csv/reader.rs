//! Reading rows, each with the line it begins on, from any place where a row begins. However long a cell, a row or the
//! file is, no more than one row of limited length is kept.

use std::io::{self, Read};

use csv_core::ReadRecordResult;
use serde::{Deserialize, Serialize};

use crate::base::csv::encoding::{Encoding, TextBuffer};

/// The most bytes that a row may have.
pub const ROW_BYTES: usize = 128 * 1024;
/// The most cells that a row may have.
pub const CELLS: usize = 512;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// How its text is encoded.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands between its cells.
    pub delimiter: u8,
    /// Whether it was made of a workbook: then lines count as the rows of its sheet, whatever line ends its cells have.
    #[serde(default)]
    pub workbook: bool,
}

impl Format {
    /// In UTF-8.
    pub const fn utf8(delimiter: u8) -> Self {
        Self { encoding: Encoding::Utf8, delimiter, workbook: false }
    }
}

/// A place in a file where a row may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// The line it is on, counted from 1.
    pub line: u64,
}

impl Position {
    /// The beginning of a file.
    pub const START: Self = Self { offset: 0, line: 1 };
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
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "The row is too long; a quotation mark that is not closed may be the reason",
            Self::QuoteNotEnded => "A quotation mark is not closed before the file ends",
            Self::NotUtf8 => "The row is not in UTF-8, as the rest of the file is",
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

    /// Whether nothing but white space stands in it.
    pub fn is_blank(&self) -> bool {
        self.problem.is_none() && self.cells().all(|cell| cell.trim().is_empty())
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
    input: TextBuffer<R>,
    core: csv_core::Reader,
    format: Format,
    at: Position,
    line_ends: LineEnds,
}

impl<R: Read> Reader<R> {
    /// `input` begins at the place `at`, where a row begins.
    pub fn new(input: R, format: Format, at: Position) -> Self {
        let mut core = csv_core::ReaderBuilder::new().delimiter(format.delimiter).build();
        // It would take a BOM from its first row, which is not the first of the file when reading goes on.
        core.read_record(b"\n", &mut [0], &mut [0]);
        let input = TextBuffer::new(input, format.encoding);
        Self { input, core, format, at, line_ends: LineEnds::default() }
    }

    /// Where the next row begins.
    pub fn position(&self) -> Position {
        self.at
    }

    /// Reads the next row that is not blank; `false` when there is none. Blanks before a cell are passed over, so that one
    /// in quotes may stand behind them.
    ///
    /// # Errors
    /// Those of the input.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        if !self.skip_blank_lines()? {
            return Ok(false);
        }
        (record.line, record.problem, record.cells) = (self.at.line, None, 0);
        let (mut used, mut cells) = (0, 0);
        let mut blanks = Blanks::new(self.format.delimiter);
        loop {
            let unread = self.input.unread()?;
            let ended = unread.is_empty();
            let skipped = blanks.before_cell(unread);
            if skipped > 0 {
                self.pass(skipped);
                continue;
            }
            // At the end of the file one more line end, to see whether it falls into a cell in quotes.
            let input = if ended { b"\n" } else { blanks.without(unread) };
            let (result, read, written, ends) =
                self.core.read_record(input, &mut record.bytes[used..], &mut record.ends[cells..]);
            (used, cells) = (used + written, cells + ends);
            if !ended {
                blanks.pass(&input[..read]);
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
        self.end_line()?;
        if self.format.workbook {
            self.at.line = record.line + 1;
        }
        record.finish(cells);
        Ok(true)
    }

    fn skip_blank_lines(&mut self) -> io::Result<bool> {
        loop {
            let unread = self.input.unread()?;
            if unread.is_empty() {
                return Ok(false);
            }
            match unread.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | b' ')) {
                Some(skipped) => {
                    self.pass(skipped);
                    return Ok(true);
                }
                None => {
                    let all = unread.len();
                    self.pass(all);
                }
            }
        }
    }

    /// No place lies between the two characters of one line end.
    fn end_line(&mut self) -> io::Result<()> {
        if self.line_ends.after_return && self.input.unread()?.first() == Some(&b'\n') {
            self.pass(1);
        }
        Ok(())
    }

    fn pass(&mut self, n: usize) {
        let passed = self.input.pass(n);
        self.at.offset += self.format.encoding.encoded_length(passed);
        self.at.line += self.line_ends.count(passed);
    }
}

/// Counts line ends of any kind: a line feed, a carriage return, or both one after the other.
#[derive(Debug, Default)]
pub(crate) struct LineEnds {
    after_return: bool,
}

impl LineEnds {
    /// How many begin in the next piece of a text.
    pub(crate) fn count(&mut self, text: &[u8]) -> u64 {
        text.iter().map(|byte| u64::from(self.begins(*byte))).sum()
    }

    /// Whether a line end begins with the next byte.
    pub(crate) fn begins(&mut self, byte: u8) -> bool {
        let begins = byte == b'\r' || (byte == b'\n' && !self.after_return);
        self.after_return = byte == b'\r';
        begins
    }
}

/// Where in a row blanks stand before a cell.
struct Blanks {
    delimiter: u8,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeCell,
    Unquoted,
    Quoted,
    /// Behind a quotation mark inside quotes: the last one, or the first of two that stand for one.
    AfterQuote,
}

impl Blanks {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, place: Place::BeforeCell }
    }

    fn is_blank(&self, byte: u8) -> bool {
        byte == b' ' || (byte == b'\t' && self.delimiter != b'\t')
    }

    fn after(&self, place: Place, byte: u8) -> Place {
        match (place, byte) {
            (Place::Quoted, b'"') => Place::AfterQuote,
            (Place::BeforeCell | Place::AfterQuote, b'"') | (Place::Quoted, _) => Place::Quoted,
            (_, byte) if byte == self.delimiter => Place::BeforeCell,
            _ => Place::Unquoted,
        }
    }

    /// How many blanks a text begins with that stand before a cell.
    fn before_cell(&self, text: &[u8]) -> usize {
        if self.place != Place::BeforeCell {
            return 0;
        }
        text.iter().take_while(|byte| self.is_blank(**byte)).count()
    }

    /// The beginning of a text up to blanks that stand before a cell, or with the end of its row: what follows is looked at
    /// when it is read.
    fn without<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let mut place = self.place;
        for (at, byte) in text.iter().enumerate() {
            if place == Place::BeforeCell && self.is_blank(*byte) {
                return &text[..at];
            }
            if place != Place::Quoted && matches!(byte, b'\r' | b'\n') {
                return &text[..=at];
            }
            place = self.after(place, *byte);
        }
        text
    }

    fn pass(&mut self, text: &[u8]) {
        self.place = text.iter().fold(self.place, |place, byte| self.after(place, *byte));
    }
}
