//! What kind of file it is: told by its first bytes and its first lines.

use crate::base::csv::reader::{Format, LineEnds, Position, Reader, Record};
use crate::base::csv::{BOM, Encoding};
use crate::base::text::Count;

/// Why a file cannot be read as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It has no byte, or only blank lines.
    Empty,
    /// A PDF.
    Pdf,
    /// A workbook as spreadsheets of old wrote it (.xls).
    OldWorkbook,
    /// A page, whatever it is called.
    Html,
    /// On this line is a NUL.
    Nul(u64),
    /// Its first line is longer than any row may be.
    LongHead,
}

impl Unreadable {
    /// A sentence that says what to do.
    pub fn sentence(self) -> String {
        match self {
            Self::Empty => "The file is empty; choose one with a line of column names and rows below it".into(),
            Self::Pdf => "This is a PDF, not a CSV file; export the rows as CSV".into(),
            Self::OldWorkbook => "This is an .xls workbook; save it as .xlsx, or its sheet as CSV".into(),
            Self::Html => {
                "This is an HTML or XML file, not a CSV file; open it with a spreadsheet and save it as CSV".into()
            }
            Self::Nul(line) => {
                format!("Line {} has a NUL character, which no text has; choose a CSV file", Count(line))
            }
            Self::LongHead => "The first line is too long to be one of column names; choose a CSV file".into(),
        }
    }
}

/// What may stand between cells: of those that separate as many rows as well, the first.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What the first bytes of a file tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// A zip archive, as workbooks are.
    Zip,
    /// What cannot be read.
    Unreadable(Unreadable),
    /// Text in UTF-16.
    Utf16(Encoding),
    /// Something else: text, as far as one sees.
    Other,
}

/// How the first tags of pages begin.
const PAGES: [&[u8]; 4] = [b"htm", b"!do", b"tab", b"?xm"];
/// Bytes that tell all that a signature tells.
pub(crate) const SIGNATURE: usize = 4;

pub(crate) fn signature(start: &[u8]) -> Signature {
    match start {
        [b'P', b'K', 3 | 5 | 7, ..] => Signature::Zip,
        [b'%', b'P', b'D', b'F', ..] => Signature::Unreadable(Unreadable::Pdf),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Signature::Unreadable(Unreadable::OldWorkbook),
        [b'<', rest @ ..]
            if PAGES.iter().any(|tag| rest.get(..3).is_some_and(|rest| rest.eq_ignore_ascii_case(tag))) =>
        {
            Signature::Unreadable(Unreadable::Html)
        }
        [0xff, 0xfe, ..] => Signature::Utf16(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => Signature::Utf16(Encoding::Utf16Be),
        // Without a mark, but with two characters of the alphabets that are most used.
        [1..=255, 0, 1..=255, 0, ..] => Signature::Utf16(Encoding::Utf16Le),
        [0, 1..=255, 0, 1..=255, ..] => Signature::Utf16(Encoding::Utf16Be),
        _ => Signature::Other,
    }
}

/// Recognizes what separates the cells of a file, and where its first row begins.
///
/// # Errors
/// Why it is no CSV file.
pub fn recognize(start: &[u8], encoding: Encoding) -> Result<(Format, Position), Unreadable> {
    let text = encoding.decode_start(start);
    let mark = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let line = &text[mark..mark + line(&text[mark..]).len()];
    let declared = declared(line);
    let mut offset = mark + declared.map_or(0, |_| line.len());
    let blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
    offset += text[offset..].iter().take_while(|byte| blank(byte)).count();
    if offset == text.len() {
        return Err(Unreadable::Empty);
    }
    let at = Position {
        offset: encoding.encoded_length(&text[..offset]),
        line: 1 + LineEnds::default().count(&text[..offset]),
    };
    let delimiter = declared.unwrap_or_else(|| most_regular(&text[offset..]));
    Ok((Format { encoding, delimiter, workbook: false }, at))
}

/// The delimiter that a first line such as `sep=;` names, as spreadsheets do for each other. When one saves such a file
/// again, it quotes the line, or puts empty cells behind it.
fn declared(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (name, rest) = line.split_at_checked(4)?;
    if !name.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    let (delimiter, rest) = rest.split_first()?;
    let padding = |byte: &u8| DELIMITERS.contains(byte) || matches!(byte, b' ' | b'"');
    (DELIMITERS.contains(delimiter) && rest.iter().all(padding)).then_some(*delimiter)
}

/// Rows that are looked at to tell what separates their cells.
const ROWS: usize = 20;

/// The delimiter with which most of the first rows have as many cells; of several such, the one that makes most of them.
fn most_regular(text: &[u8]) -> u8 {
    let regularity = |delimiter: u8| {
        let (mut reader, mut record) = (Reader::new(text, Format::utf8(delimiter), Position::START), Record::default());
        let mut widths = Vec::new();
        while widths.len() < ROWS && matches!(reader.read(&mut record), Ok(true)) {
            widths.push(record.width());
        }
        let alike = |width: usize| widths.iter().filter(|other| **other == width).count();
        let several = widths.iter().copied().filter(|width| *width > 1);
        several.map(|width| (alike(width), width)).max().unwrap_or_default()
    };
    let mut best = (DELIMITERS[0], (0, 0));
    for delimiter in DELIMITERS {
        let found = regularity(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

/// The first line without its end.
fn line(text: &[u8]) -> &[u8] {
    &text[..text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(text.len())]
}
