//! Rows as a backup of PostgreSQL holds them: arrays in JSON, compressed, in pieces of some megabytes. Neither writing nor
//! reading ever holds more than one piece, whatever a file says.

use std::cell::Cell;
use std::io::{self, BufReader, Read, Write as _};
use std::rc::Rc;

use anyhow::{Result, bail};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Bytes of rows after which a piece is full.
pub(crate) const PIECE: usize = 8 << 20;
/// The largest row that is read.
const LARGEST_ROW: u64 = 16 << 20;

/// A piece that is being written.
pub(crate) struct Writing {
    content: DeflateEncoder<Vec<u8>>,
    bytes: usize,
    n: usize,
}

impl Writing {
    /// An empty one.
    pub fn new() -> Self {
        Self { content: DeflateEncoder::new(Vec::new(), Compression::fast()), bytes: 0, n: 0 }
    }

    /// Adds a row, and says whether that is enough.
    pub fn add(&mut self, row: &str) -> io::Result<bool> {
        self.content.write_all(if self.n == 0 { b"[" } else { b"," })?;
        self.content.write_all(row.as_bytes())?;
        self.bytes += row.len();
        self.n += 1;
        Ok(self.bytes >= PIECE)
    }

    /// How many rows it has, and what is kept; `None` when it has none.
    pub fn finish(mut self) -> io::Result<Option<(usize, Vec<u8>)>> {
        if self.n == 0 {
            return Ok(None);
        }
        self.content.write_all(b"]")?;
        Ok(Some((self.n, self.content.finish()?)))
    }
}

/// Hands on the rows of a piece, about `at_once` bytes at a time, as an array in JSON and how many they are. Earlier
/// versions wrote pieces of any size.
pub(crate) fn read(content: &[u8], at_once: usize, take: impl FnMut(&str, usize) -> Result<()>) -> Result<()> {
    let read = Rc::new(Cell::new(0));
    let from = BufReader::new(Limited { from: DeflateDecoder::new(content), read: Rc::clone(&read) });
    let mut failed = None;
    let rows = Rows { take, at_once, read, failed: &mut failed };
    let mut content = serde_json::Deserializer::from_reader(from);
    let done = content.deserialize_seq(rows).and_then(|()| content.end());
    match (failed, done) {
        (Some(why), _) => Err(why),
        (None, Err(why)) => bail!("it is damaged: {why}"),
        (None, Ok(())) => Ok(()),
    }
}

/// Refuses to go on where a row does not end.
struct Limited<R> {
    from: R,
    /// Bytes since the last row.
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > LARGEST_ROW {
            return Err(io::Error::other("a row has more than 16 MB"));
        }
        let n = self.from.read(buffer)?;
        self.read.set(self.read.get() + n as u64);
        Ok(n)
    }
}

struct Rows<'a, F> {
    take: F,
    at_once: usize,
    read: Rc<Cell<u64>>,
    /// Why it was not taken, which serde has no place for.
    failed: &'a mut Option<anyhow::Error>,
}

impl<'de, F: FnMut(&str, usize) -> Result<()>> Visitor<'de> for Rows<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut rows: A) -> Result<(), A::Error> {
        let (mut some, mut n) = (String::new(), 0);
        loop {
            let row: Option<Box<RawValue>> = rows.next_element()?;
            self.read.set(0);
            if let Some(row) = &row {
                some.push(if n == 0 { '[' } else { ',' });
                some.push_str(row.get());
                n += 1;
            }
            if n > 0 && (row.is_none() || some.len() >= self.at_once) {
                some.push(']');
                if let Err(why) = (self.take)(&some, n) {
                    *self.failed = Some(why);
                    return Err(serde::de::Error::custom("refused"));
                }
                some.clear();
                n = 0;
            }
            if row.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::*;

    fn deflated(parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
        let mut content = DeflateEncoder::new(Vec::new(), Compression::best());
        parts.for_each(|part| content.write_all(&part).unwrap());
        content.finish().unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let mut piece = Writing::new();
        assert!(!piece.add("{\"a\":1}").unwrap());
        assert!(piece.add(&format!("{{\"a\":\"{}\"}}", "x".repeat(PIECE))).unwrap());
        assert!(piece.add("{\"a\":[\"]\"]}").unwrap());
        let (n, content) = piece.finish().unwrap().unwrap();
        let mut batches = Vec::new();
        read(&content, PIECE, |rows, n| {
            batches.push((rows.len(), n));
            Ok(())
        })
        .unwrap();
        assert_eq!(n, 3);
        assert_eq!(batches, [(PIECE + 18, 2), (13, 1)]);
        assert!(Writing::new().finish().unwrap().is_none());
    }

    #[test]
    fn a_bomb_is_refused_before_it_goes_off() {
        let blanks = || std::iter::repeat_n(vec![b' '; 1 << 20], 40);
        let nothing = deflated(blanks());
        assert!(nothing.len() < 1 << 16);
        let one_row = deflated([b"[\"".to_vec()].into_iter().chain(blanks()).chain([b"\"]".to_vec()]));
        for bomb in [nothing, one_row] {
            let why = read(&bomb, PIECE, |_, _| Ok(())).unwrap_err().to_string();
            assert!(why.contains("a row has more than 16 MB"), "{why}");
        }
    }

    #[test]
    fn what_is_no_array_or_breaks_off_is_refused() {
        for text in ["", "{}", "[{}", "[{}]]", "nonsense"] {
            let content = deflated([text.as_bytes().to_vec()].into_iter());
            let read = read(&content, PIECE, |_, _| Ok(()));
            assert!(read.is_err(), "{text}");
        }
    }
}
