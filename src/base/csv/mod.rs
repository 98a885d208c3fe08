//! CSV as spreadsheets write it (RFC 4180, and what people make of it): telling what a file is, reading it row by row
//! from any place with flat memory, and writing it so that no cell runs as a formula. Knows no resource.

pub mod cells;
pub mod head;
pub mod reader;
pub mod scan;
#[cfg(test)]
mod tests;

pub use cells::{restored, write_row};
pub use head::{Unreadable, head};
pub use reader::{Position, Problem, ROW_BYTES, Reader, Record};
pub use scan::Scan;

/// What stands in front of a file in UTF-8 that says so.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";
