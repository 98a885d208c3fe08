//! Workbooks (.xlsx): the sheet that has the rows, written as CSV in UTF-8 with commas, one line for each row of the sheet.

use std::borrow::Cow;
use std::io::{self, Cursor, Read};

use calamine::{CellErrorType, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};

use crate::base::csv::ROW_BYTES;
use crate::base::csv::cells::write_plain;

/// The most bytes that a workbook may have: it is read in memory.
pub const WORKBOOK_BYTES: u64 = 32 << 20;
/// The most bytes of all its parts once they are unpacked, and of the CSV that is made of its sheet.
const UNPACKED_BYTES: u64 = 512 << 20;
const CSV_BYTES: usize = 64 << 20;
/// The most bytes of a part that is kept in memory as a whole: its texts, styles and the like.
const PART_BYTES: u64 = 64 << 20;
/// Columns of a sheet that are read: more than a row may have cells.
const COLUMNS: usize = 600;

/// Why a workbook cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookError {
    /// It is a zip archive of something else, or damaged.
    #[error("This is a zip archive, not a CSV file or an .xlsx workbook; save the sheet as CSV")]
    NoWorkbook,
    /// No sheet that one sees has a cell.
    #[error("The workbook has no sheet with anything in it; choose one with a row of column names and rows below it")]
    Empty,
    /// It needs more memory than there is for it.
    #[error("The workbook is too large; save its sheet as CSV")]
    TooLarge,
}

/// A sheet as CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// How many further sheets have anything in them that one may have meant.
    pub others: usize,
    /// The CSV.
    pub csv: Vec<u8>,
    /// Rows that have anything in them.
    pub rows: u64,
}

/// Writes the first sheet that has anything in it as CSV. Takes seconds and memory: to be done on a thread for such
/// things, one at a time.
///
/// # Errors
/// When it is no workbook, has nothing in it, or is too large.
pub fn read(file: Vec<u8>) -> Result<Sheet, WorkbookError> {
    if file.len() as u64 > WORKBOOK_BYTES {
        return Err(WorkbookError::TooLarge);
    }
    unpacked_within_limits(&file)?;
    let mut workbook = Xlsx::new(Cursor::new(file)).map_err(|_| WorkbookError::NoWorkbook)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut first: Option<Sheet> = None;
    for name in names {
        match &mut first {
            None => first = csv_of(&mut workbook, &name)?,
            Some(sheet) => sheet.others += usize::from(has_cells(&mut workbook, &name)?),
        }
    }
    first.ok_or(WorkbookError::Empty)
}

/// A few kilobytes may unpack to gigabytes: all parts are unpacked once, before anything of them is kept.
fn unpacked_within_limits(file: &[u8]) -> Result<(), WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).map_err(|_| WorkbookError::NoWorkbook)?;
    let mut left = UNPACKED_BYTES;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| WorkbookError::NoWorkbook)?;
        // Rows are read one after the other, whatever their number.
        let rows = part.name().is_ok_and(|name| name.contains("worksheets/sheet"));
        let most = if rows { left } else { left.min(PART_BYTES) };
        let size = io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(|_| WorkbookError::NoWorkbook)?;
        if size > most {
            return Err(WorkbookError::TooLarge);
        }
        left -= size;
    }
    Ok(())
}

fn has_cells(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<bool, WorkbookError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|_| WorkbookError::NoWorkbook)?;
    while let Some(cell) = cells.next_cell().map_err(|_| WorkbookError::NoWorkbook)? {
        if !matches!(cell.get_value(), DataRef::Empty) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A sheet, unless nothing is in it.
fn csv_of(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Option<Sheet>, WorkbookError> {
    let mut cells = workbook.worksheet_cells_reader(name).map_err(|_| WorkbookError::NoWorkbook)?;
    let (mut csv, mut rows) = (Vec::new(), 0);
    let (mut row, mut texts, mut length): (u32, Vec<String>, usize) = (0, Vec::new(), 0);
    let mut end_row = |texts: &mut Vec<String>, csv: &mut Vec<u8>| {
        rows += u64::from(!texts.is_empty());
        write_plain(csv, b',', texts.iter().map(String::as_str));
        texts.clear();
        if csv.len() > CSV_BYTES { Err(WorkbookError::TooLarge) } else { Ok(()) }
    };
    while let Some(cell) = cells.next_cell().map_err(|_| WorkbookError::NoWorkbook)? {
        let (at, column) = cell.get_position();
        let (text, column) = (text_of(cell.get_value()), column as usize);
        if text.is_empty() || column >= COLUMNS {
            continue;
        }
        if at > row {
            length = 0;
        }
        // Rows are in their order in every workbook that a program wrote.
        if at < row {
            return Err(WorkbookError::NoWorkbook);
        }
        while row < at {
            end_row(&mut texts, &mut csv)?;
            row += 1;
        }
        if texts.len() <= column {
            texts.resize(column + 1, String::new());
        }
        // Many cells may share one long text: no more of a row is kept than makes it too long to be read.
        let kept = text.floor_char_boundary((ROW_BYTES + 1).saturating_sub(length));
        length += kept;
        texts[column] = text[..kept].to_owned();
    }
    end_row(&mut texts, &mut csv)?;
    Ok((rows > 0).then(|| Sheet { name: name.to_owned(), others: 0, csv, rows }))
}

/// What one sees in a cell, but for dates, which are written as ISO 8601 has them.
fn text_of<'a>(value: &'a DataRef<'_>) -> Cow<'a, str> {
    match value {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::Int(n) => n.to_string().into(),
        DataRef::Float(n) => number(*n).into(),
        DataRef::String(text) => text.into(),
        DataRef::SharedString(text) => Cow::Borrowed(text),
        DataRef::Bool(yes) => Cow::Borrowed(if *yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(moment) => date(moment).into(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.into(),
        DataRef::Error(error) => Cow::Borrowed(error_text(error)),
    }
}

/// Digits that a number of a workbook keeps: what was typed with more is no longer what was typed.
const EXACT: f64 = 1e15;

fn number(n: f64) -> String {
    if n.abs() >= EXACT { format!("{n:E}").replace('E', "E+") } else { n.to_string() }
}

fn date(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return number(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        _ => "#ERROR!",
    }
}
