//! A row as the resources see it, and what became of it.

use std::borrow::Cow;

use crate::base::forms::Errors;
use crate::model::imports::Column;

/// A row of a file, its cells in the order of the columns of what it is.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The line it begins on.
    pub line: u64,
    /// `None`: the file has no such column.
    pub cells: Vec<Option<Cow<'a, str>>>,
}

impl Row<'_> {
    /// The cell of a column; `None` when the file has no such column.
    pub fn cell(&self, column: usize) -> Option<&str> {
        self.cells.get(column).and_then(Option::as_deref)
    }

    /// Puts the cell of a column, if there is one, in the place of what was there.
    pub fn put(&self, column: usize, value: &mut String) {
        if let Some(cell) = self.cell(column) {
            cell.clone_into(value);
        }
    }

    /// Why it is refused: what is wrong with its fields, each with what stands in its cell.
    pub fn refusal(&self, columns: &[Column], errors: &Errors) -> String {
        let with_cell = |(field, sentence): (&str, &str)| {
            let column = columns.iter().position(|column| column.name == field);
            let cell = column.and_then(|column| self.cell(column)).map(str::trim).unwrap_or_default();
            // What is wrong with a customer that is named says which.
            if cell.is_empty() || ["parent", "customer"].contains(&field) || sentence.contains(cell) {
                sentence.to_owned()
            } else {
                format!("{sentence} ({})", quoted(cell))
            }
        };
        errors.iter().map(with_cell).collect::<Vec<_>>().join("; ")
    }
}

/// The most characters of a cell that a reason quotes.
const QUOTED: usize = 60;

/// What stands in a cell, as reasons quote it.
pub fn quoted(cell: &str) -> String {
    let cell = cell.trim();
    match cell.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("“{}…”", &cell[..end]),
        None => format!("“{cell}”"),
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is added.
    New,
    /// What is there is changed by it.
    Changed,
    /// It is there, and so already.
    Unchanged,
    /// It is not done: a sentence that says why.
    Refused(String),
}
