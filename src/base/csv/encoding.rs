//! How the text of a file is encoded, and reading it as UTF-8 whatever it is, from any place where a character begins.

use std::io::{self, Read};
use std::ops::Range;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

/// How text is written as bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As nearly everything does.
    #[default]
    Utf8,
    /// As "Unicode Text" of spreadsheets.
    Utf16Le,
    /// The same with the bytes of a pair the other way round.
    Utf16Be,
    /// As spreadsheets of Western Europe and America write CSV.
    Windows1252,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// As forms have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// As people know it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16",
            Self::Utf16Be => "UTF-16, big endian",
            Self::Windows1252 => "Windows-1252 (Western European)",
        }
    }

    /// The one with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.name() == name)
    }

    /// How many bytes of the file a text takes that was read from it; the rest of a character counts with its first byte.
    pub(crate) fn encoded_length(self, text: &[u8]) -> u64 {
        let units = |byte: &u8| match (self, byte) {
            (_, 0x80..=0xbf) => 0,
            (Self::Windows1252, _) => 1,
            // Characters of four bytes in UTF-8 are pairs of two in UTF-16.
            (_, 0xf0..) => 4,
            _ => 2,
        };
        if self == Self::Utf8 { text.len() as u64 } else { text.iter().map(units).sum() }
    }

    /// The beginning of a file as UTF-8. A character that is cut off at its end is left out, but in UTF-8, where the text
    /// stays as it is.
    pub fn decode_start(self, start: &[u8]) -> Vec<u8> {
        let Some(mut decoder) = self.decoder() else { return start.to_vec() };
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length(start.len()).unwrap_or_default());
        let _ = decoder.decode_to_string(start, &mut text, false);
        text.into_bytes()
    }

    /// Turns pieces of a file into UTF-8; none where they are UTF-8.
    pub(crate) fn decoder(self) -> Option<Decoder> {
        Some(match self {
            Self::Utf8 => return None,
            Self::Utf16Le => UTF_16LE.new_decoder_without_bom_handling(),
            Self::Utf16Be => UTF_16BE.new_decoder_without_bom_handling(),
            Self::Windows1252 => WINDOWS_1252.new_decoder_without_bom_handling(),
        })
    }
}

/// Bytes that are decoded at once. Each becomes three of UTF-8 at most.
const ENCODED: usize = 16 * 1024;
const BUFFER: usize = 64 * 1024;

/// Text of a file in UTF-8, a part of it at a time.
pub(crate) struct TextBuffer<R> {
    input: R,
    decoder: Option<Decoder>,
    encoded: Vec<u8>,
    text: Box<[u8]>,
    unread: Range<usize>,
    ended: bool,
}

impl<R: Read> TextBuffer<R> {
    pub(crate) fn new(input: R, encoding: Encoding) -> Self {
        let decoder = encoding.decoder();
        let encoded = if decoder.is_some() { vec![0; ENCODED] } else { Vec::new() };
        Self { input, decoder, encoded, text: vec![0; BUFFER].into(), unread: 0..0, ended: false }
    }

    /// What was not passed over yet; more is read when that is nothing. Empty: the file has ended.
    pub(crate) fn unread(&mut self) -> io::Result<&[u8]> {
        while self.unread.is_empty() && !self.ended {
            let buffer: &mut [u8] = if self.decoder.is_some() { &mut self.encoded } else { &mut self.text };
            let n = match self.input.read(buffer) {
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.ended = n == 0;
            let text = match &mut self.decoder {
                None => n,
                // All of it has room, so nothing is left over.
                Some(decoder) => decoder.decode_to_utf8(&self.encoded[..n], &mut self.text, self.ended).2,
            };
            self.unread = 0..text;
        }
        Ok(&self.text[self.unread.clone()])
    }

    /// Passes over the next bytes, and answers them.
    pub(crate) fn pass(&mut self, n: usize) -> &[u8] {
        let passed = self.unread.start..self.unread.start + n;
        self.unread.start = passed.end;
        &self.text[passed]
    }
}
