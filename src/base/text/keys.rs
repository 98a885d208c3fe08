//! Keys: texts that are equal for names that are the same, and that sort names as people expect. A column named *_key holds
//! one; both databases compare them byte by byte.

use crate::base::text::normalize::{folded, plain, same};

/// Behind a key: the zeros that its numbers begin with.
const ZEROS: char = '\u{1}';
/// Behind a key: what it is the same as, where accents say more than the key.
const EXACT: char = '\u{2}';
/// Behind a key: an id, where an earlier version let two names stand beside each other that are the same.
pub const TWIN: char = '\u{3}';

/// The key of a name. Two names have one key if they are the same (`same`). Keys sort letters with accents beside those
/// without, and numbers by their value.
pub fn key(name: &str) -> String {
    let exact = same(name);
    let plain = plain(&exact);
    let (mut key, zeros) = by_value(&plain);
    if plain != exact {
        key.push(EXACT);
        key.push_str(&exact);
    } else if !zeros.is_empty() {
        key.push(ZEROS);
        key.push_str(&zeros);
    }
    key
}

/// The key of a name that another one takes the place of; `None` if they are the same, so that each keeps its key where an
/// earlier version let two be.
pub fn changed_key(before: &str, after: &str) -> Option<String> {
    let after = key(after);
    (after != key(before)).then_some(after)
}

/// The range of keys that are this one, or that of a twin: an earlier version let both be.
pub fn with_twins(key: String) -> (String, String) {
    let end = format!("{key}\u{4}");
    (key, end)
}

/// The text with each number led by its length, so that longer ones come later, and without the zeros before it; and how
/// many those were, number by number up to the last that has some.
fn by_value(text: &str) -> (String, String) {
    let (mut key, mut zeros) = (String::with_capacity(text.len() + 4), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        key.push_str(&rest[..at]);
        let number = &rest[at..];
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let value = number[..end].trim_start_matches('0');
        let value = if value.is_empty() { "0" } else { value };
        key.push_str(&length(value.len()));
        key.push_str(value);
        // Never more than a name has characters, so always a character.
        zeros.extend(char::from_u32('0' as u32 + (end - value.len()) as u32));
        rest = &number[end..];
    }
    key.push_str(rest);
    zeros.truncate(zeros.trim_end_matches('0').len());
    (key, zeros)
}

/// Sorts numbers of this many digits before longer ones.
fn length(digits: usize) -> String {
    if digits < 10 { (digits - 1).to_string() } else { format!("9{digits:03}") }
}

/// Ranges of keys, smaller ones first: all names whose folded text begins with `start`, and those that would without the
/// zeros that their numbers begin with. `None`: not to be told from the beginning of a key, since it ends with a number that
/// begins with zeros.
pub fn beginnings(start: &str) -> Option<Vec<(String, String)>> {
    let start = folded(start);
    let words = start.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &start[words.len()..];
    let (prefix, _) = by_value(words);
    if digits.is_empty() {
        return Some(vec![range(prefix)]);
    }
    if digits.starts_with('0') {
        return None;
    }
    let mut ranges: Vec<_> =
        (digits.len()..10).map(|more| range(format!("{prefix}{}{digits}", length(more)))).collect();
    ranges.extend((digits.len().max(10)..=255).map(|more| range(format!("{prefix}{}{digits}", length(more)))));
    Some(ranges)
}

fn range(prefix: String) -> (String, String) {
    let end = format!("{prefix}\u{10FFFF}");
    (prefix, end)
}

/// The key of an e-mail address: its domain as names of hosts are looked up, whichever way it was typed.
pub fn address_key(address: &str) -> String {
    mail_address(&same(address))
}

/// An e-mail address as mail servers know it: its domain as names of hosts are looked up (RFC 5891).
pub fn mail_address(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((mailbox, domain)) if !domain.is_ascii() => match idna::domain_to_ascii(domain) {
            Ok(domain) => format!("{mailbox}@{domain}"),
            Err(_) => address.to_owned(),
        },
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_the_same_have_one_key_and_no_others() {
        for [one, other] in [["Acme  Ltd", "ACME LTD"], ["Straße 7", "strasse 7"], ["ＥＭ-０１", "em-01"]] {
            assert_eq!(key(one), key(other));
        }
        let names = [
            "1",
            "01",
            "001",
            "10",
            "0",
            "00",
            "",
            "a",
            "ä",
            "a1",
            "a01",
            "a1 1",
            "a01 1",
            "a1 01",
            "a 1",
            "ä1",
            "ä01",
            "1234567890",
            "01234567890",
            "a11",
            "Müller",
            "Muller",
            "Lodz",
            "Łódź",
            "`",
            "'",
            "٣",
            "3",
        ];
        let mut keys: Vec<String> = names.iter().map(|name| key(name)).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), names.len());
    }

    #[test]
    fn keys_sort_numbers_by_value_and_accents_beside_their_letters() {
        let sorted = [
            "Ahre",
            "Ähre",
            "Ahre 2",
            "meter",
            "Meter 1",
            "meter 2",
            "meter 02",
            "meter 9",
            "Meter 10",
            "meter 10a",
            "meter 99",
            "meter 1000000000",
            "meter 20000000000",
            "Ostern",
            "Österreich",
            "Škoda",
            "Zebra",
            "水",
        ];
        let mut keys = sorted.map(key);
        keys.sort();
        assert_eq!(keys, sorted.map(key));
    }

    #[test]
    fn beginnings_find_all_that_begin_so() {
        let names = [
            "meter",
            "meter 1",
            "meter 12",
            "meter 123",
            "meter 2",
            "meter 10000000001",
            "meter 2 b",
            "métér 1x",
            "m",
            "meter 01",
        ];
        for start in ["", "m", "meter 1", "METER 2", "meter 12", "meter 2 b", "x"] {
            let ranges = beginnings(start).unwrap_or_default();
            for name in names {
                let found = ranges.iter().filter(|(from, to)| (from..to).contains(&&key(name))).count();
                let begins = folded(name).replace(" 0", " ").starts_with(&folded(start));
                assert_eq!(found, usize::from(begins), "{start:?} {name}");
            }
        }
        assert_eq!(beginnings("meter 0"), None);
    }

    #[test]
    fn an_address_is_the_same_with_its_domain_in_either_form() {
        assert_eq!(address_key("Ann@BÜCHER.example"), "ann@xn--bcher-kva.example");
        assert_eq!(address_key("ann@xn--bcher-kva.example\u{200B}"), "ann@xn--bcher-kva.example");
        assert_eq!(address_key(" Ann@Example.com"), "ann@example.com");
        assert_eq!(address_key("nobody"), "nobody");
    }
}
