//! Texts: numbers and names as people read them, and in which forms they are stored, compared, sorted and searched.

pub mod keys;
pub mod normalize;
pub mod searchable;

pub use keys::{address_key, beginnings, changed_key, key, mail_address};
pub use normalize::{clean, clean_lines, composed, folded, same};
pub use searchable::{search_key, searchable_address};

/// A number as people read it: `1,240`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

impl From<i64> for Count {
    fn from(n: i64) -> Self {
        Self(n.max(0).unsigned_abs())
    }
}

impl Count {
    /// The number with the word for one or for several: `1 user`, `3 users`.
    pub fn of(self, one: &str, several: &str) -> String {
        format!("{self} {}", if self.0 == 1 { one } else { several })
    }
}

/// First and last name, or the address when both are empty.
pub fn display_name(first: &str, last: &str, email: &str) -> String {
    match (first, last) {
        ("", "") => email.to_owned(),
        (first, "") => first.to_owned(),
        ("", last) => last.to_owned(),
        (first, last) => format!("{first} {last}"),
    }
}

/// Words as they begin a sentence.
pub fn capitalized(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Words that began a sentence, inside of one.
pub fn uncapitalized(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (2_000_000, "2,000,000")] {
            assert_eq!(Count(n).to_string(), text);
        }
    }
}
