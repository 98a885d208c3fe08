//! Cells that a spreadsheet would run as formulas: defused on the way out, read back unchanged on the way in. An
//! apostrophe in front makes a text of a formula; so that what is read back is exactly what was written, a text that
//! looks like a defused one gets another apostrophe.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula, the wide forms of East Asian keyboards included.
const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether apostrophes, or none, stand before what begins a formula.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(BEGINNINGS)
}

/// A cell as it is written.
pub fn defused(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A cell as it was meant by whoever wrote it: the inverse of `defused`.
pub fn restored(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

/// Writes a row, its cells defused. A cell is quoted where any program might take a part of it for the end of the cell.
pub fn write_row<'a>(out: &mut Vec<u8>, delimiter: u8, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(delimiter);
        }
        let cell = defused(cell);
        if cell.contains([',', ';', '\t', '"', '\r', '\n']) {
            out.push(b'"');
            out.extend(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend(cell.as_bytes());
        }
    }
    out.extend(b"\r\n");
}
