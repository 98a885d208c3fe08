//! What can be imported and which columns it has; finding them among the column names of a file.

use serde::{Deserialize, Serialize};

use crate::base::csv::{self, Position, Reader, Record, Unreadable};
use crate::base::forms::fold;
use crate::model::imports::{customers, inventory, users};
use crate::model::inventory::Kind;

/// A column that rows of a kind may have. The first of a kind tells the rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The field's name, as forms have it.
    pub name: &'static str,
    /// The field's label, as files have it.
    pub label: &'static str,
}

impl Column {
    /// A column called so.
    pub const fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label }
    }
}

/// The column of a file of refused rows that says why; left out when such a file is imported.
pub const REASON: &str = "Reason";

/// What rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Customers, known by their titles.
    Customers,
    /// Users of customers, known by their addresses.
    Users,
    /// Devices, known by their names.
    Devices,
    /// Assets, known by their names.
    Assets,
}

impl ImportKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Customers, Self::Users, Self::Devices, Self::Assets];

    /// As addresses, commands and the database have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Users => "users",
            Self::Devices => Kind::Device.several(),
            Self::Assets => Kind::Asset.several(),
        }
    }

    /// The one that is called so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }

    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Customers => "Customers",
            Self::Users => "Users",
            Self::Devices => Kind::Device.title(),
            Self::Assets => Kind::Asset.title(),
        }
    }

    /// Where one sees what was imported: a list and its address.
    pub const fn list(self) -> (&'static str, &'static str) {
        match self {
            Self::Customers | Self::Users => ("Customers", "/customers"),
            Self::Devices => (Kind::Device.title(), Kind::Device.list_path()),
            Self::Assets => (Kind::Asset.title(), Kind::Asset.list_path()),
        }
    }

    /// The columns that its rows may have.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Customers => &customers::COLUMNS,
            Self::Users => users::COLUMNS,
            Self::Devices | Self::Assets => inventory::COLUMNS,
        }
    }

    /// The column that tells its rows apart.
    pub fn key(self) -> Column {
        self.columns()[0]
    }

    /// What each column of a file is, as far as its name tells; nothing is found twice.
    pub fn matched(self, names: &[String]) -> Vec<Option<String>> {
        let mut free: Vec<Column> = self.columns().to_vec();
        let find = |name: &String| {
            let name = fold(name.trim().trim_end_matches('*'));
            // A label may be written as the names of fields are: in snake case.
            let words = name.replace('_', " ");
            let at = free.iter().position(|column| fold(column.label) == words || column.name == name)?;
            Some(free.swap_remove(at).name.to_owned())
        };
        names.iter().map(find).collect()
    }

    /// For each of its columns, in their order, the place in the file's rows.
    pub fn places(self, columns: &[Option<String>]) -> Vec<Option<usize>> {
        let place = |column: &Column| columns.iter().position(|name| name.as_deref() == Some(column.name));
        self.columns().iter().map(place).collect()
    }
}

/// How a file is written, and its column names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvHeader {
    /// What stands between its cells.
    pub delimiter: u8,
    /// Its column names.
    pub names: Vec<String>,
    /// Where the first row after them begins.
    pub rows: Position,
    /// The first rows, to recognize columns by.
    pub samples: Vec<Vec<String>>,
}

/// Rows that are shown when columns are matched, and how much of their cells.
const SAMPLES: usize = 3;
const SAMPLE: usize = 60;

impl Default for CsvHeader {
    fn default() -> Self {
        Self { delimiter: b',', names: Vec::new(), rows: Position { offset: 0, line: 1 }, samples: Vec::new() }
    }
}

impl CsvHeader {
    /// Reads the first line of a file, of which `start` is the beginning or the whole.
    ///
    /// # Errors
    /// Why it is no CSV file.
    pub fn read(start: &[u8]) -> Result<Self, Unreadable> {
        let found = csv::head(start)?;
        let text = usize::try_from(found.at.offset).ok().and_then(|offset| start.get(offset..)).unwrap_or_default();
        let mut reader = Reader::new(text, found.delimiter, found.at);
        let mut record = Record::default();
        let mut next = |reader: &mut Reader<&[u8]>| match reader.read(&mut record) {
            Ok(true) if record.problem.is_none() => Some(record.cells().map(str::to_owned).collect::<Vec<_>>()),
            _ => None,
        };
        let names = next(&mut reader).ok_or(Unreadable::LongHead)?;
        let rows = reader.position();
        let short = |cell: String| cell.chars().take(SAMPLE).collect::<String>();
        let samples = std::iter::from_fn(|| next(&mut reader)).filter(|row| row.len() == names.len()).take(SAMPLES);
        let samples = samples.map(|row| row.into_iter().map(short).collect()).collect();
        Ok(Self { delimiter: found.delimiter, names, rows, samples })
    }
}
