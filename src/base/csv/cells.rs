//! Cells that a spreadsheet would run as formulas: defused on the way out, read back unchanged on the way in. The one
//! place where rows of any file are written.
//!
//! An apostrophe in front makes a text of a formula. The spreadsheet chooses what separates cells by its country or by
//! guessing, and where that is not the separator of the file, quotation marks protect nothing: a cell then begins behind
//! every separator inside a cell. So the apostrophe is put there as well, whatever stands between it and what begins the
//! formula: apostrophes, quotation marks, white space, or characters that nobody sees. What is between them is left as
//! it is by the apostrophe, so reading finds the same places and takes one from each: a text comes back as it was
//! written, one that looks defused included.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula, the forms of it in other widths included.
fn begins_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+'
            | '-'
            | '@'
            | '＝'
            | '＋'
            | '－'
            | '＠'
            | '﹦'
            | '﹢'
            | '﹣'
            | '﹫'
            | '⁼'
            | '⁺'
            | '⁻'
            | '₌'
            | '₊'
            | '₋'
            | '−'
    )
}

/// What a spreadsheet may pass over before the beginning of a formula.
fn is_passed_over(c: char) -> bool {
    matches!(c, '\'' | '"') || c.is_whitespace() || c.is_control() || is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Behind which a spreadsheet may begin a cell.
fn separates(c: char) -> bool {
    matches!(
        c,
        ',' | ';'
            | '|'
            | '\t'
            | '\r'
            | '\n'
            | '\u{b}'
            | '\u{c}'
            | '\u{1e}'
            | '\u{1f}'
            | '\u{85}'
            | '\u{2028}'
            | '\u{2029}'
    )
}

/// Whether a cell of this text is a formula, or would be one without what is passed over.
fn is_formula(text: &str) -> bool {
    text.chars().find(|c| !is_passed_over(*c)).is_some_and(begins_formula)
}

/// Whether the cell itself needs an apostrophe. A white space that is no blank stays in front where it is, but some
/// programs refuse such a cell, so it counts like a formula.
fn is_suspect(cell: &str) -> bool {
    is_formula(cell) || cell.trim_start_matches('\'').starts_with(['\t', '\r', '\n'])
}

/// The parts of a text each of which some spreadsheet takes for a cell, with the separator at its end; and whether it is
/// one that an apostrophe belongs before. Whether it is, is decided from the end on, so that it costs one walk.
fn parts(text: &str) -> Vec<(&str, bool)> {
    let (mut parts, mut end, mut formula) = (Vec::new(), text.len(), false);
    for (at, c) in text.char_indices().rev() {
        if separates(c) {
            let start = at + c.len_utf8();
            parts.push((&text[start..end], formula));
            end = start;
        }
        if !is_passed_over(c) {
            formula = begins_formula(c);
        }
    }
    parts.push((&text[..end], is_suspect(text)));
    parts.reverse();
    parts
}

/// A cell as it is written.
pub fn defused(text: &str) -> Cow<'_, str> {
    let parts = parts(text);
    if parts.iter().all(|(_, formula)| !formula) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(parts.iter().flat_map(|(part, formula)| [if *formula { "'" } else { "" }, part]).collect())
}

/// A cell as it was meant by whoever wrote it: the inverse of `defused`. A formula that is nothing but a text, as people
/// write `="00421"` to keep zeros, is that text.
pub fn restored(cell: &str) -> Cow<'_, str> {
    if let Some(text) = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"')) {
        return if text.contains('"') { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) };
    }
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let parts = parts(cell);
    let without = |(part, formula): &(&str, bool)| match part.strip_prefix('\'') {
        Some(rest) if *formula => rest.to_owned(),
        _ => (*part).to_owned(),
    };
    Cow::Owned(parts.iter().map(without).collect())
}

/// Writes a row, its cells defused. A cell is quoted where any program might take a part of it for the end of the cell,
/// or its first characters for the mark of a kind of file.
pub fn write_row<'a>(out: &mut Vec<u8>, delimiter: u8, cells: impl IntoIterator<Item = &'a str>) {
    write_cells(out, delimiter, cells.into_iter().map(defused));
}

/// Writes a row as it is, to be read here again and sent to nobody.
pub(crate) fn write_plain<'a>(out: &mut Vec<u8>, delimiter: u8, cells: impl IntoIterator<Item = &'a str>) {
    write_cells(out, delimiter, cells.into_iter().map(Cow::Borrowed));
}

fn write_cells<'a>(out: &mut Vec<u8>, delimiter: u8, cells: impl Iterator<Item = Cow<'a, str>>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(delimiter);
        }
        // Blanks before a cell are passed over when it is read.
        let quoted = cell.starts_with(' ')
            || cell.contains(|c: char| {
                c == '"' || c == char::from(delimiter) || separates(c) || c.is_control() || is_invisible(c)
            });
        if quoted {
            out.push(b'"');
            out.extend(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend(cell.as_bytes());
        }
    }
    out.extend(b"\r\n");
}

/// What a spreadsheet leaves of a number that has more digits than it keeps, such as 1.2E+19, of a cell that is too narrow
/// for its number, or of a formula that came to nothing.
pub fn is_ruined(cell: &str) -> bool {
    let cell = cell.trim();
    if let Some(error) = cell.strip_prefix('#') {
        let known = ["N/A", "NAME?", "NULL!", "NUM!", "REF!", "VALUE!", "DIV/0!"];
        return known.contains(&error) || (error.len() > 1 && error.bytes().all(|byte| byte == b'#'));
    }
    let Some((number, exponent)) = cell.split_once(['E', 'e']) else { return false };
    let number = number.strip_prefix('-').unwrap_or(number);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exact = match number.split_once(['.', ',']) {
        Some((whole, rest)) => digits(whole) && whole.len() == 1 && digits(rest),
        None => digits(number) && number.len() == 1,
    };
    exact && exponent.strip_prefix(['+', '-']).is_some_and(|exponent| digits(exponent) && exponent.len() <= 3)
}
