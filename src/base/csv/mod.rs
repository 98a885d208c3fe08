//! CSV as spreadsheets write it (RFC 4180, and what people make of it): telling what a file is, reading it row by row
//! from any place with flat memory, and writing it so that no cell runs as a formula. Knows no resource.

pub mod cells;
pub mod encoding;
pub mod head;
pub mod reader;
pub mod scan;
#[cfg(test)]
mod tests;
pub mod workbook;

pub use cells::{restored, write_row};
pub use encoding::Encoding;
pub use head::{DELIMITERS, Unreadable, recognize};
pub use reader::{Format, Position, ROW_BYTES, Reader, Record};
pub use scan::{Content, Scan};

/// What stands in front of a file in UTF-8 that says so: without it, spreadsheets take one for another encoding.
pub const BOM: &[u8] = b"\xef\xbb\xbf";
