//! What is searched for, as the search indexes of the two databases are asked for it: FTS5's of trigrams, pg_trgm's.

use std::cmp::Reverse;

/// Text whose every character stands for itself in LIKE, escaped by a backslash.
pub fn escaped(term: &str) -> String {
    term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The first text, in byte order, after all that begin with `prefix`.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// A phrase of FTS5's query language.
pub fn quoted(term: &str) -> String {
    format!("\"{}\"", term.replace('"', "\"\""))
}

/// A query of FTS5's trigram index whose hits are those of the phrase `term` and few others: it asks for some of its
/// trigrams, in any place, which spares the index most of its lists and all positions. Every second one finds a number
/// soonest, and more than a few find no text sooner. Whoever uses it looks at the text of each hit.
pub fn trigrams(term: &str) -> String {
    const ENOUGH: usize = 8;
    let chars: Vec<char> = term.chars().collect();
    let last = chars.len().saturating_sub(3);
    let starts = (0..last).step_by(last.div_ceil(ENOUGH).max(2)).chain([last]);
    let parts = starts.map(|at| quoted(&chars[at..chars.len().min(at + 3)].iter().collect::<String>()));
    parts.collect::<Vec<_>>().join(" AND ")
}

/// A pattern of LIKE whose matches hold `term`, and few others: it asks for some of its trigrams, which spares PostgreSQL's
/// index most of its lists. Where a term has numbers they are those with most digits, which are rare; else the first, the
/// last and one between. Whoever uses it looks at the text of each match.
pub fn rare_part(term: &str) -> String {
    const ENOUGH: usize = 4;
    let chars: Vec<char> = term.chars().collect();
    let Some(last) = chars.len().checked_sub(3) else { return format!("%{}%", escaped(term)) };
    let digits = |at: &usize| chars[*at..*at + 3].iter().filter(|c| c.is_ascii_digit()).count();
    let mut starts: Vec<usize> = (0..=last).collect();
    starts.sort_by_key(|at| Reverse(digits(at)));
    if digits(&starts[0]) < 2 {
        starts = vec![0, last / 2, last];
    }
    starts.truncate(ENOUGH);
    starts.sort_unstable();
    let (mut pattern, mut end) = (String::from("%"), 0);
    for at in starts {
        if at >= end && end > 0 {
            pattern.push('%');
        }
        pattern.push_str(&escaped(&chars[at.max(end)..(at + 3).max(end)].iter().collect::<String>()));
        end = at + 3;
    }
    pattern + "%"
}

#[cfg(test)]
mod tests {
    use super::{rare_part, trigrams};

    #[test]
    fn some_trigrams_stand_for_a_term() {
        assert_eq!(trigrams("abc"), "\"abc\"");
        assert_eq!(trigrams("abcd"), "\"abc\" AND \"bcd\"");
        assert_eq!(trigrams("harbour"), "\"har\" AND \"rbo\" AND \"our\"");
        assert_eq!(trigrams("a\"bé c"), "\"a\"\"b\" AND \"bé \" AND \"é c\"");
        assert_eq!(trigrams(&"long ".repeat(20)).matches(" AND ").count(), 8);
    }

    #[test]
    fn some_parts_stand_for_a_term() {
        assert_eq!(rare_part("em-012345"), "%012345%");
        assert_eq!(rare_part("ca-0006"), "%a-0006%");
        assert_eq!(rare_part("12% of 3_456 and 78"), "%12\\%%3\\_456%");
        assert_eq!(rare_part("a\\12"), "%a\\\\12%");
        assert_eq!(rare_part("é12"), "%é12%");
        assert_eq!(rare_part("north hall, floor 7"), "%nor%ll,%r 7%");
        assert_eq!(rare_part("north"), "%north%");
        for whole in ["abc", "abcd", "it's", "ab", ""] {
            assert_eq!(rare_part(whole), format!("%{whole}%"));
        }
    }
}
