//! What a search looks at: a column named search_key.

use crate::base::text::keys::address_key;
use crate::base::text::normalize::folded;

/// Stands before each place of a name where a word of one or two characters may begin, and makes it long enough for an index
/// of trigrams. A letter, since PostgreSQL's index has no signs; one that no folded text has.
pub const BEGINNING: &str = "ʬʬ";

/// A name and other texts of the same thing, folded, a line each. In the first line each word of the name follows
/// `BEGINNING`; behind them once more, by their first two characters, those that begin inside of another: after a sign, and
/// with each character of Chinese, Japanese or Korean.
pub fn search_key<'t>(name: &str, others: impl IntoIterator<Item = &'t str>) -> String {
    let name = folded(name);
    let mut key = String::with_capacity(2 * name.len());
    let begin = |key: &mut String| {
        key.push_str(if key.is_empty() { "" } else { " " });
        key.push_str(BEGINNING);
    };
    for word in name.split(' ').filter(|word| !word.is_empty()) {
        begin(&mut key);
        key.push_str(word);
    }
    for word in name.split(' ') {
        let chars: Vec<char> = word.chars().collect();
        for at in 1..chars.len() {
            if begins(chars[at - 1], chars[at]) {
                begin(&mut key);
                key.extend(&chars[at..chars.len().min(at + 2)]);
            }
        }
    }
    for other in others {
        key.push('\n');
        let mut lines = other.split('\n').map(folded).filter(|line| !line.is_empty());
        key.extend(lines.next());
        for line in lines {
            key.push('\n');
            key.push_str(&line);
        }
    }
    key
}

/// An e-mail address as a search finds it: as it was typed and, where that is something else, as it is looked up.
pub fn searchable_address(address: &str) -> String {
    let (typed, looked_up) = (folded(address), address_key(address));
    if typed == looked_up { typed } else { format!("{typed} {looked_up}") }
}

fn begins(before: char, c: char) -> bool {
    c.is_alphanumeric() && (!before.is_alphanumeric() || is_ideograph(c))
}

/// Whether a character is a word or a syllable: Han, Kana, Hangul.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3040}'..='\u{30FF}' | '\u{3130}'..='\u{318F}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_where_they_begin() {
        assert_eq!(search_key("Müller & Söhne", ["", "Köln  2"]), "ʬʬmuller ʬʬ& ʬʬsohne\n\nkoln 2");
        assert_eq!(search_key("EM-0012 Nord-Ost", ["a  b\n\n c"]), "ʬʬem-0012 ʬʬnord-ost ʬʬ00 ʬʬos\na b\nc");
        assert_eq!(search_key("北京电力", []), "ʬʬ北京电力 ʬʬ京电 ʬʬ电力 ʬʬ力");
        assert_eq!(search_key("", ["x"]), "\nx");
    }
}
