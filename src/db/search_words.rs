//! The words of a search: a thing matches that holds all of them, in any order.

use std::cmp::Reverse;

use crate::base::text::searchable::BEGINNING;
use crate::db::RawQuery;
use crate::db::search_terms::{escaped, quoted, rare_part, trigrams};

/// Shorter words are looked for where words of the name begin alone (`base::text::search_key`).
const SHORT: usize = 3;

/// What must stand in a search_key, all of it: the words of a search, short ones behind what marks a beginning, so that
/// each is long enough for a search index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// Those of what was typed, folded. One that is part of another says nothing more.
    pub fn of(term: &str) -> Self {
        Self(distinct(term, |word| {
            let is_short = word.chars().count() < SHORT;
            if is_short { format!("{BEGINNING}{word}") } else { word.to_owned() }
        }))
    }

    /// A query of FTS5's trigram index whose hits hold all words.
    pub fn phrases(&self) -> String {
        self.0.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(" AND ")
    }

    /// The same by some of their trigrams, with a few hits more.
    pub fn trigrams(&self) -> String {
        self.0.iter().map(|part| trigrams(part)).collect::<Vec<_>>().join(" AND ")
    }

    /// A pattern of LIKE by which PostgreSQL's index finds those that may match: the part that is the rarest.
    pub fn rare_part(&self) -> String {
        let rarity = |part: &&String| (!part.starts_with(BEGINNING), part.chars().filter(char::is_ascii_digit).count());
        // Of equals the last, so from the shortest to the longest.
        self.0.iter().rev().max_by_key(rarity).map(|part| rare_part(part)).unwrap_or_default()
    }

    /// The patterns of LIKE by which PostgreSQL's index finds all words.
    pub fn patterns(&self) -> Vec<String> {
        self.0.iter().map(|part| format!("%{}%", escaped(part))).collect()
    }

    /// The condition that a column holds all words, in a form that no index answers.
    pub fn are_in(&self, column: &str) -> RawQuery {
        let like = |(n, pattern): (usize, String)| {
            let and = if n > 0 { " and " } else { "" };
            RawQuery::new(&format!("{and}{column} like ? escape '\\'")).string(pattern)
        };
        self.patterns().into_iter().enumerate().map(like).fold(RawQuery::default(), RawQuery::append)
    }
}

/// The words of a term, the longest first, without those that are part of another.
pub fn distinct_words(term: &str) -> Vec<String> {
    distinct(term, str::to_owned)
}

/// The words of a search where no search index is asked: patterns of LIKE, each of which must match.
pub fn patterns(term: &str) -> Vec<String> {
    distinct_words(term).iter().map(|word| format!("%{}%", escaped(word))).collect()
}

/// The words of a term, each in a form, without those that say nothing more: one character may be folded to many words.
fn distinct(term: &str, form: impl Fn(&str) -> String) -> Vec<String> {
    let mut words: Vec<&str> = term.split_whitespace().collect();
    words.sort_by_key(|word| Reverse(word.chars().count()));
    let mut parts: Vec<String> = Vec::new();
    for part in words.into_iter().map(form) {
        if !parts.iter().any(|other| other.contains(&part)) {
            parts.push(part);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{SearchWords, patterns};
    use crate::base::text::folded;

    #[test]
    fn a_term_has_no_more_conditions_than_words() {
        assert_eq!(patterns("hall hal 5_ hall"), ["%hall%", "%5\\_%"]);
        assert_eq!(patterns(&folded(&"\u{fdfa}".repeat(255))).len(), 3);
        assert_eq!(SearchWords::of(&folded(&"\u{fdfa}".repeat(255))).patterns().len(), 3);
    }

    #[test]
    fn words_are_asked_for_each_by_itself() {
        let words = SearchWords::of("north  hall, floor 7");
        assert_eq!(words.phrases(), "\"north\" AND \"hall,\" AND \"floor\" AND \"ʬʬ7\"");
        assert_eq!(words.rare_part(), "%north%");
        let words = SearchWords::of("meter em-012345");
        assert_eq!(words.rare_part(), "%012345%");
        assert_eq!(words.trigrams(), "\"em-\" AND \"-01\" AND \"123\" AND \"345\" AND \"met\" AND \"ter\"");
    }

    #[test]
    fn short_words_are_looked_for_where_words_begin() {
        assert_eq!(SearchWords::of("a  bc").patterns(), ["%ʬʬbc%", "%ʬʬa%"]);
        assert_eq!(SearchWords::of("北京").trigrams(), "\"ʬʬ北\" AND \"ʬ北京\"");
        assert_eq!(SearchWords::of("100% of").patterns(), ["%100\\%%", "%ʬʬof%"]);
    }

    #[test]
    fn words_that_say_nothing_more_are_left_out() {
        assert_eq!(SearchWords::of("meter met meter"), SearchWords::of("meter"));
        assert_eq!(SearchWords::of("ab meter cd a ab cd"), SearchWords::of("meter ab cd"));
    }
}
