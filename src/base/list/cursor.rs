//! Cursors: the place in a list after or before which a page lies, opaque to whoever holds it. A cursor is bound to
//! the sort and filters it was made for; another list does not understand it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::clock::Timestamp;

/// No list has more rows. A cursor is no secret: whoever makes one up must not make sums overflow.
const MOST_ROWS: u64 = 1 << 48;
/// The end of the year 9999.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

/// The sorted value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The id alone sorts.
    Id,
    /// Folded text.
    Text(String),
    /// A count or a time in microseconds.
    Number(i64),
}

impl Key {
    /// The text; empty when it is none.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            _ => String::new(),
        }
    }

    /// The number; 0 when it is none.
    pub fn number(&self) -> i64 {
        match self {
            Self::Number(n) => *n,
            _ => 0,
        }
    }

    /// The number as a time that both databases know.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.number().clamp(0, LAST_MICROS))
    }
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// How many rows lie before the page that follows it.
    pub position: u64,
    /// The sorted value of the row at the place.
    pub key: Key,
    /// The id of the row at the place.
    pub id: [u8; 16],
}

impl Cursor {
    /// Its form in a URL, for a list whose sort and filters hash to `bound_to`.
    pub fn encode(&self, bound_to: u32) -> String {
        let mut bytes = bound_to.to_be_bytes().to_vec();
        bytes.extend(self.position.to_be_bytes());
        bytes.extend(self.id);
        match &self.key {
            Key::Id => bytes.push(b'i'),
            Key::Text(text) => {
                bytes.push(b't');
                bytes.extend(text.as_bytes());
            }
            Key::Number(n) => {
                bytes.push(b'n');
                bytes.extend(n.to_be_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads one; `None` when it is damaged or of another list.
    pub fn decode(text: &str, bound_to: u32) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (bound, bytes) = bytes.split_first_chunk::<4>()?;
        let (position, bytes) = bytes.split_first_chunk::<8>()?;
        let (id, bytes) = bytes.split_first_chunk::<16>()?;
        let position = u64::from_be_bytes(*position);
        if u32::from_be_bytes(*bound) != bound_to || position > MOST_ROWS {
            return None;
        }
        let key = match bytes.split_first()? {
            (b'i', []) => Key::Id,
            (b't', text) => Key::Text(String::from_utf8(text.to_vec()).ok().filter(|text| !text.contains('\0'))?),
            (b'n', n) => Key::Number(i64::from_be_bytes(n.try_into().ok()?)),
            _ => return None,
        };
        Some(Self { position, key, id: *id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_only() {
        for key in [Key::Id, Key::Text("łódź".into()), Key::Number(-7)] {
            let cursor = Cursor { position: 50, key, id: [3; 16] };
            let text = cursor.encode(9);
            assert_eq!(Cursor::decode(&text, 9), Some(cursor));
            assert_eq!(Cursor::decode(&text, 8), None);
            assert_eq!(Cursor::decode(&text[1..], 9), None);
        }
        assert_eq!(Cursor::decode("", 9), None);
        assert_eq!(Cursor::decode("///", 9), None);
    }
}
