//! A row as the resources see it, and what became of it.

use std::borrow::Cow;

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
