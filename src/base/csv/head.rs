//! What kind of file it is: told by its first bytes and its first line.

use crate::base::csv::{BOM, Position};
use crate::base::text::Count;

/// Why a file cannot be read as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It has no byte, or only blank lines.
    Empty,
    /// A zip archive, as workbooks are.
    Zip,
    /// Text in UTF-16.
    Utf16,
    /// On this line is what no text in UTF-8 has.
    NotUtf8(u64),
    /// On this line is a NUL.
    Nul(u64),
    /// Its first line is longer than any row may be.
    LongHead,
}

impl Unreadable {
    /// A sentence that says what to do.
    pub fn words(self) -> String {
        match self {
            Self::Empty => "The file is empty; choose one with a line of column names and rows below it".into(),
            Self::Zip => {
                "This is a zip archive, as workbooks (.xlsx, .ods) are, not a CSV file; save the sheet as CSV".into()
            }
            Self::Utf16 => "The file is in UTF-16; save it as CSV in UTF-8".into(),
            Self::NotUtf8(line) => {
                format!("Line {} is not in UTF-8; save the file as CSV in UTF-8", Count(line))
            }
            Self::Nul(line) => {
                format!("Line {} has a NUL character, which no text has; choose a CSV file", Count(line))
            }
            Self::LongHead => "The first line is too long to be one of column names; choose a CSV file".into(),
        }
    }
}

/// How a file is written, and where its line of column names begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What stands between cells: a comma, a semicolon or a tab.
    pub delimiter: u8,
    /// Where the line of column names begins.
    pub at: Position,
}

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Recognizes how a file is written by its beginning: of the delimiters that separate column names the one that is there
/// most often, or what a first line such as `sep=;` says.
///
/// # Errors
/// Why it is no CSV file.
pub fn head(start: &[u8]) -> Result<Head, Unreadable> {
    refused(start)?;
    let mut at = Position { offset: 0, line: 1 };
    if start.starts_with(BOM) {
        at.offset = BOM.len() as u64;
    }
    let rest =
        |at: Position| usize::try_from(at.offset).ok().and_then(|offset| start.get(offset..)).unwrap_or_default();
    if let Some(delimiter) = declared(rest(at)) {
        at.offset += line(rest(at)).len() as u64;
        let named = rest(at).iter().position(|byte| !matches!(byte, b'\r' | b'\n')).ok_or(Unreadable::Empty)?;
        at.line += lines(&rest(at)[..named]);
        at.offset += named as u64;
        return Ok(Head { delimiter, at });
    }
    let blank = rest(at).iter().position(|byte| !matches!(byte, b'\r' | b'\n')).ok_or(Unreadable::Empty)?;
    at.line += lines(&rest(at)[..blank]);
    at.offset += blank as u64;
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in rest(at) {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                if let Some(known) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[known] += 1;
                }
            }
        }
    }
    // Of several that are there as often the first.
    let most = counts.iter().copied().max().unwrap_or_default();
    let delimiter = DELIMITERS[counts.iter().position(|n| *n == most).unwrap_or_default()];
    Ok(Head { delimiter, at })
}

/// What the first bytes of a file tell against it.
pub(crate) fn refused(start: &[u8]) -> Result<(), Unreadable> {
    match start {
        [] => Err(Unreadable::Empty),
        [b'P', b'K', 3 | 5 | 7, ..] => Err(Unreadable::Zip),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(Unreadable::Utf16),
        _ => Ok(()),
    }
}

/// The delimiter that the first line names, as spreadsheets do for each other.
fn declared(start: &[u8]) -> Option<u8> {
    match line(start).trim_ascii_end() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if DELIMITERS.contains(delimiter) => Some(*delimiter),
        // Its line end is a tab's neighbour: trimmed with it.
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] if line(start).get(4) == Some(&b'\t') => Some(b'\t'),
        _ => None,
    }
}

/// The first line without its end.
fn line(text: &[u8]) -> &[u8] {
    &text[..text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(text.len())]
}

/// How many lines end in a text.
pub(crate) fn lines(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}
