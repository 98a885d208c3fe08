//! How the file of an import is written, its column names and its first rows.

use serde::{Deserialize, Serialize};

use crate::base::csv::{self, Encoding, Format, Position, Reader, Record, Unreadable};
use crate::base::text::{self, Count};
use crate::model::imports::ImportKind;

/// How a file is written, and its column names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvHeader {
    /// How it is encoded, and what separates its cells.
    #[serde(flatten)]
    pub format: Format,
    /// The line of its column names; 0: it has none.
    #[serde(default = "first_line")]
    pub names_line: u64,
    /// Its column names.
    pub names: Vec<String>,
    /// Where the first row after them begins.
    pub rows: Position,
    /// The first rows, to recognize columns by.
    pub samples: Vec<Vec<String>>,
    /// The sheet that it was made of, and how many others the workbook has.
    #[serde(default)]
    pub sheet: Option<(String, usize)>,
}

fn first_line() -> u64 {
    1
}

/// What somebody said of how a file is to be read; what they did not say is recognized.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// What separates its cells.
    pub delimiter: Option<u8>,
    /// The line of its column names; 0: it has none.
    pub names_line: Option<u64>,
}

/// Rows that are shown when columns are matched, and how much of their cells.
const SAMPLES: usize = 3;
const SAMPLE: usize = 60;
/// Rows among which the one of the column names is looked for.
pub const FIRST_ROWS: usize = 10;

impl Default for CsvHeader {
    fn default() -> Self {
        Self {
            format: Format::utf8(b','),
            names_line: 1,
            names: Vec::new(),
            rows: Position::START,
            samples: Vec::new(),
            sheet: None,
        }
    }
}

/// One of the first rows of a file.
struct FirstRow {
    line: u64,
    cells: Vec<String>,
    next: Position,
}

fn first_rows(start: &[u8], format: Format, at: Position) -> Vec<FirstRow> {
    let text = usize::try_from(at.offset).ok().and_then(|offset| start.get(offset..)).unwrap_or_default();
    let (mut reader, mut record, mut rows) = (Reader::new(text, format, at), Record::default(), Vec::new());
    while rows.len() < FIRST_ROWS && matches!(reader.read(&mut record), Ok(true)) && record.problem.is_none() {
        let cells = record.cells().map(str::to_owned).collect();
        rows.push(FirstRow { line: record.line, cells, next: reader.position() });
    }
    rows
}

impl CsvHeader {
    /// Reads the first rows of a file, of which `start` is the beginning or the whole, in this encoding. The column names
    /// are in the first row that names the column by which rows of `what` are known, else in the first.
    ///
    /// # Errors
    /// Why it is no CSV file.
    pub fn read(start: &[u8], encoding: Encoding, what: ImportKind, reading: Reading) -> Result<Self, Unreadable> {
        let (mut format, at) = csv::recognize(start, encoding)?;
        format.delimiter = reading.delimiter.unwrap_or(format.delimiter);
        let rows = first_rows(start, format, at);
        let first = rows.first().ok_or(Unreadable::LongHead)?;
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        let short = |row: &FirstRow| row.cells.iter().map(|cell| cell.chars().take(SAMPLE).collect()).collect();
        if reading.names_line == Some(0) {
            let names = (1..=width).map(|n| format!("Column {n}")).collect();
            let samples = rows.iter().take(SAMPLES).map(short).collect();
            return Ok(Self { format, names_line: 0, names, rows: at, samples, sheet: None });
        }
        let key = what.key().name;
        let said = |row: &FirstRow| reading.names_line.map(|line| row.line == line);
        let known = |row: &FirstRow| what.matched(&row.cells).iter().flatten().any(|name| name == key);
        let found = rows.iter().position(|row| said(row).unwrap_or_else(|| known(row))).unwrap_or_default();
        let names = rows.get(found).unwrap_or(first);
        Ok(Self {
            format,
            names_line: names.line,
            names: names.cells.clone(),
            rows: names.next,
            samples: rows.iter().skip(found + 1).take(SAMPLES).map(short).collect(),
            sheet: None,
        })
    }

    /// Of a sheet as CSV.
    ///
    /// # Errors
    /// When none of its rows can be one of column names.
    pub fn of_sheet(sheet: &csv::workbook::Sheet, what: ImportKind) -> Result<Self, Unreadable> {
        let mut head =
            Self::read(&sheet.csv, Encoding::Utf8, what, Reading { delimiter: Some(b','), names_line: None })?;
        head.format.workbook = true;
        head.sheet = Some((sheet.name.clone(), sheet.others));
        Ok(head)
    }

    /// The same file, of which `start` is the beginning, read otherwise.
    ///
    /// # Errors
    /// Why it is no CSV file then.
    pub fn read_again(
        &self,
        start: &[u8],
        encoding: Encoding,
        what: ImportKind,
        reading: Reading,
    ) -> Result<Self, Unreadable> {
        let mut head = Self::read(start, encoding, what, reading)?;
        head.format.workbook = self.format.workbook;
        head.sheet.clone_from(&self.sheet);
        Ok(head)
    }

    /// The lines and cells of the first rows, to find the one of the column names among them.
    pub fn first_rows(&self, start: &[u8]) -> Vec<(u64, Vec<String>)> {
        let Ok((_, at)) = csv::recognize(start, self.format.encoding) else { return Vec::new() };
        first_rows(start, self.format, at).into_iter().map(|row| (row.line, row.cells)).collect()
    }

    /// How the file is read, such as "UTF-8, comma-separated, column names on line 1".
    pub fn description(&self) -> String {
        let written = match &self.sheet {
            Some((name, 0)) => format!("sheet {name}"),
            Some((name, others)) => format!("sheet {name}, the first of {}", others + 1),
            None => format!("{}, {}", self.format.encoding.label(), separated_by(self.format.delimiter)),
        };
        match self.names_line {
            0 => format!("{written}, no column names"),
            line => format!("{written}, column names on line {}", Count(line)),
        }
    }

    /// What is wrong with a row whatever it is about. Cells that are left out at its end are empty, and empty ones may
    /// stand behind the last column.
    pub fn problem_of(&self, row: &Record) -> Option<String> {
        if let Some(problem) = row.problem {
            return Some(problem.sentence().into());
        }
        let (width, count) = (self.names.len(), |n: usize, one, several| Count(n as u64).of(one, several));
        if row.cells().skip(width).any(|cell| !cell.trim().is_empty()) {
            let (cells, columns) = (count(row.width(), "cell", "cells"), count(width, "column", "columns"));
            return Some(format!("The row has {cells}, but there are {columns}"));
        }
        self.repeats_names(row).then(|| "The row repeats the column names".into())
    }

    fn repeats_names(&self, row: &Record) -> bool {
        let same = |(cell, name): (&str, &String)| cell == name || text::same(cell) == text::same(name);
        self.names_line > 0 && row.width() == self.names.len() && row.cells().zip(&self.names).all(same)
    }
}

fn separated_by(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolon-separated",
        b'\t' => "tab-separated",
        b'|' => "separated by vertical bars",
        _ => "comma-separated",
    }
}

/// What people call what stands between cells.
pub fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "vertical bars",
        _ => "commas",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, reading: Reading) -> (u64, Vec<String>, u64) {
        let head = CsvHeader::read(text.as_bytes(), Encoding::Utf8, ImportKind::Devices, reading).unwrap();
        (head.names_line, head.names, head.rows.line)
    }

    #[test]
    fn the_row_of_the_column_names_is_the_one_that_has_a_name() {
        let names = ["Name", "Type"].map(str::to_owned).to_vec();
        assert_eq!(read("Name,Type\nA,b\n", Reading::default()), (1, names.clone(), 2));
        assert_eq!(read("Export of May\n\nName;Type\nA;b\n", Reading::default()), (3, names.clone(), 4));
        let unknown = read("x,y\nA,b\n", Reading::default());
        assert_eq!((unknown.0, unknown.2), (1, 2));
        let said = Reading { names_line: Some(2), ..Reading::default() };
        assert_eq!(read("Name,x\nName,Type\n", said), (2, names, 3));
        let none = Reading { names_line: Some(0), ..Reading::default() };
        assert_eq!(
            read("A,b\nC,d,e\n", none),
            (0, ["Column 1", "Column 2", "Column 3"].map(str::to_owned).to_vec(), 1)
        );
    }

    #[test]
    fn what_an_earlier_version_stored_of_a_file_is_read() {
        let stored = r#"{"delimiter":59,"names":["Name"],"rows":{"offset":5,"line":2},"samples":[["A"]]}"#;
        let head: CsvHeader = serde_json::from_str(stored).unwrap();
        assert_eq!((head.format, head.names_line, head.sheet), (Format::utf8(b';'), 1, None));
    }
}
