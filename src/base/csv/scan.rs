//! Looking a file over as it arrives, in pieces of any size: whether it is text, how it is encoded, and about how many
//! rows it has.

use encoding_rs::Decoder;

use crate::base::csv::head::{SIGNATURE, Signature, signature};
use crate::base::csv::reader::LineEnds;
use crate::base::csv::{BOM, Encoding, Unreadable};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text {
        /// How it is encoded.
        encoding: Encoding,
        /// About how many rows there are, that of the column names left out.
        rows: u64,
    },
    /// A zip archive, as workbooks are.
    Zip,
}

/// What is known of the pieces so far.
#[derive(Default)]
pub struct Scan {
    /// The first bytes, until there are enough to tell what kind of file it is.
    start: Vec<u8>,
    kind: Kind,
    rows: Rows,
}

#[derive(Default)]
enum Kind {
    #[default]
    Unknown,
    Zip,
    Utf16(Encoding, Box<Decoder>),
    Bytes(Utf8Check),
}

impl Scan {
    /// Looks at the next piece.
    ///
    /// # Errors
    /// Why the file cannot be read, as soon as that is known.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        if !matches!(self.kind, Kind::Unknown) {
            return self.look_at(piece);
        }
        self.start.extend(piece);
        if self.start.len() < SIGNATURE { Ok(()) } else { self.begin() }
    }

    fn begin(&mut self) -> Result<(), Unreadable> {
        let start = std::mem::take(&mut self.start);
        self.kind = match signature(&start) {
            Signature::Zip => Kind::Zip,
            Signature::Unreadable(why) => return Err(why),
            Signature::Utf16(encoding) => match encoding.decoder() {
                Some(decoder) => Kind::Utf16(encoding, Box::new(decoder)),
                None => Kind::Unknown,
            },
            Signature::Other => Kind::Bytes(Utf8Check::default()),
        };
        self.look_at(&start)
    }

    fn look_at(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        match &mut self.kind {
            Kind::Unknown | Kind::Zip => Ok(()),
            Kind::Utf16(_, decoder) => {
                let room = decoder.max_utf8_buffer_length(piece.len()).unwrap_or_default();
                let mut text = String::with_capacity(room);
                let _ = decoder.decode_to_string(piece, &mut text, false);
                self.rows.count(text.as_bytes())
            }
            Kind::Bytes(check) => {
                check.look_at(piece);
                self.rows.count(piece)
            }
        }
    }

    /// There is no further piece.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub fn finish(mut self) -> Result<Content, Unreadable> {
        if matches!(self.kind, Kind::Unknown) {
            self.begin()?;
        }
        let encoding = match self.kind {
            Kind::Zip => return Ok(Content::Zip),
            Kind::Utf16(encoding, _) => encoding,
            Kind::Bytes(check) => check.encoding(),
            Kind::Unknown => Encoding::Utf8,
        };
        match self.rows.number() {
            0 => Err(Unreadable::Empty),
            rows => Ok(Content::Text { encoding, rows: rows - 1 }),
        }
    }
}

/// Whether text is in UTF-8.
#[derive(Debug, Default)]
struct Utf8Check {
    /// The beginning of a character whose rest is in the next piece.
    split: Vec<u8>,
    /// Characters of several bytes.
    long: u64,
    /// Bytes that belong to no character.
    wrong: u64,
}

impl Utf8Check {
    fn look_at(&mut self, piece: &[u8]) {
        if self.split.is_empty() {
            return self.check(piece);
        }
        let mut whole = std::mem::take(&mut self.split);
        whole.extend(piece);
        self.check(&whole);
    }

    fn check(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() {
            let (text, after) = match std::str::from_utf8(rest) {
                Ok(_) => (rest, &[][..]),
                Err(error) => {
                    let (text, after) = rest.split_at(error.valid_up_to());
                    match error.error_len() {
                        None => {
                            self.split = after.to_vec();
                            (text, &[][..])
                        }
                        Some(wrong) => {
                            self.wrong += wrong as u64;
                            (text, &after[wrong..])
                        }
                    }
                }
            };
            self.long += text.iter().filter(|byte| **byte >= 0xc0).count() as u64;
            rest = after;
        }
    }

    /// Text in Windows-1252 has hardly ever what would be a character in UTF-8, so a few wrong bytes in text that has many
    /// of those are a damage of their rows.
    fn encoding(&self) -> Encoding {
        let wrong = self.wrong + self.split.len() as u64;
        if wrong > 0 && wrong >= self.long { Encoding::Windows1252 } else { Encoding::Utf8 }
    }
}

/// Counts rows.
#[derive(Debug, Default)]
struct Rows {
    ended: u64,
    line_ends: LineEnds,
    lines: u64,
    quoted: bool,
    /// Whether anything stands after the last line end.
    open: bool,
    /// Bytes of a byte order mark that were seen at the beginning, which are nothing.
    mark: usize,
}

impl Rows {
    fn count(&mut self, text: &[u8]) -> Result<(), Unreadable> {
        for byte in text {
            if self.mark < BOM.len() && BOM[self.mark] == *byte {
                self.mark += 1;
                continue;
            }
            self.mark = BOM.len();
            if self.line_ends.begins(*byte) {
                self.lines += 1;
                self.ended += u64::from(self.open && !self.quoted);
                self.open = false;
                continue;
            }
            match byte {
                0 => return Err(Unreadable::Nul(self.lines + 1)),
                b'"' => self.quoted = !self.quoted,
                _ => {}
            }
            self.open |= *byte != b'\n';
        }
        Ok(())
    }

    fn number(&self) -> u64 {
        self.ended + u64::from(self.open || self.quoted)
    }
}
