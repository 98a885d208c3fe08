//! Looking a file over as it arrives, in pieces of any size: whether it is text, and about how many rows it has.

use crate::base::csv::Unreadable;
use crate::base::csv::head::{lines, refused};

/// What is known of the pieces so far.
#[derive(Debug, Default)]
pub struct Scan {
    /// The first bytes, to tell what kind of file it is.
    start: Vec<u8>,
    /// The beginning of a character whose rest is in the next piece.
    split: Vec<u8>,
    ended_lines: u64,
    quoted: bool,
    rows: u64,
    /// Whether anything stands after the last line end.
    open: bool,
}

impl Scan {
    /// Looks at the next piece.
    ///
    /// # Errors
    /// Why the file cannot be read, as soon as that is known.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        if self.start.len() < 4 {
            self.start.extend(piece.iter().take(4 - self.start.len()));
            if !self.start.is_empty() {
                refused(&self.start)?;
            }
        }
        if self.split.is_empty() {
            return self.check(piece);
        }
        let mut whole = std::mem::take(&mut self.split);
        whole.extend(piece);
        self.check(&whole)
    }

    fn check(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        let (text, problem) = match std::str::from_utf8(piece) {
            Ok(_) => (piece, None),
            Err(error) => {
                let (text, rest) = piece.split_at(error.valid_up_to());
                if error.error_len().is_none() {
                    self.split = rest.to_vec();
                    (text, None)
                } else {
                    (text, Some(Unreadable::NotUtf8(self.ended_lines + lines(text) + 1)))
                }
            }
        };
        if let Some(at) = text.iter().position(|byte| *byte == 0) {
            return Err(Unreadable::Nul(self.ended_lines + lines(&text[..at]) + 1));
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        for byte in text {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\n' => {
                    self.ended_lines += 1;
                    self.rows += u64::from(self.open && !self.quoted);
                    self.open = false;
                    continue;
                }
                _ => {}
            }
            self.open |= *byte != b'\r';
        }
        Ok(())
    }

    /// There is no further piece. Answers about how many rows there are, that of the column names left out.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn finish(self) -> Result<u64, Unreadable> {
        refused(&self.start)?;
        if !self.split.is_empty() {
            return Err(Unreadable::NotUtf8(self.ended_lines + 1));
        }
        Ok((self.rows + u64::from(self.open)).saturating_sub(1))
    }
}
