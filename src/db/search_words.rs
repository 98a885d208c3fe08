//! The words of a search: a text matches that holds all of them, in any order.

use std::cmp::Reverse;

use crate::db::RawQuery;
use crate::db::search_terms::{escaped, quoted, rare_part, trigrams};

/// Shorter words are in no search index.
const SHORT: usize = 3;

/// The words of a search of three characters or more, folded. Those of one or two are looked for at the beginnings of words
/// alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWords {
    /// Never empty.
    long: Vec<String>,
    short: Vec<String>,
}

impl SearchWords {
    /// Those of what was typed, folded. One that is part of another says nothing more; where all are short, they are one.
    pub fn of(term: &str) -> Self {
        let mut words: Vec<&str> = term.split_whitespace().collect();
        words.sort_by_key(|word| Reverse(word.chars().count()));
        let (mut long, mut short): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for word in words {
            if word.chars().count() < SHORT {
                if !short.iter().any(|other| other.starts_with(word)) {
                    short.push(word.to_owned());
                }
            } else if !long.iter().any(|other| other.contains(word)) {
                long.push(word.to_owned());
            }
        }
        if long.is_empty() {
            (long, short) = (vec![term.split_whitespace().collect::<Vec<_>>().join(" ")], Vec::new());
        }
        Self { long, short }
    }

    /// Whether a search index finds nothing but what matches.
    pub fn are_indexed(&self) -> bool {
        self.short.is_empty()
    }

    /// A query of FTS5's trigram index whose hits hold all words that it can find.
    pub fn phrases(&self) -> String {
        self.long.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" AND ")
    }

    /// The same by some of their trigrams, with a few hits more.
    pub fn trigrams(&self) -> String {
        self.long.iter().map(|word| trigrams(word)).collect::<Vec<_>>().join(" AND ")
    }

    /// A pattern of LIKE by which PostgreSQL's index finds those that may match: the part that is the rarest.
    pub fn rare_part(&self) -> String {
        let digits = |word: &&String| word.chars().filter(char::is_ascii_digit).count();
        // Of equals the last, so from the shortest to the longest.
        self.long.iter().rev().max_by_key(digits).map(|word| rare_part(word)).unwrap_or_default()
    }

    /// The patterns of LIKE by which PostgreSQL's index finds all words that it can find.
    pub fn patterns(&self) -> Vec<String> {
        self.long.iter().map(|word| format!("%{}%", escaped(word))).collect()
    }

    /// The condition that a column of folded lines holds all words, in a form that no index answers.
    pub fn are_in(&self, column: &str) -> RawQuery {
        let mut condition = RawQuery::default();
        for (n, pattern) in self.patterns().into_iter().enumerate() {
            let and = if n > 0 { " and " } else { "" };
            condition = condition.sql(&format!("{and}{column} like ? escape '\\'")).string(pattern);
        }
        for word in &self.short {
            let word = escaped(word);
            let begins = [format!("{word}%"), format!("% {word}%"), format!("%\n{word}%")];
            let like = format!("{column} like ? escape '\\'");
            condition = condition.sql(&format!(" and ({like} or {like} or {like})"));
            condition = begins.into_iter().fold(condition, RawQuery::string);
        }
        condition
    }
}

#[cfg(test)]
mod tests {
    use super::SearchWords;

    #[test]
    fn words_are_asked_for_each_by_itself() {
        let words = SearchWords::of("north  hall, floor 7");
        assert_eq!(words.phrases(), "\"north\" AND \"hall,\" AND \"floor\"");
        assert_eq!((words.patterns().len(), words.are_indexed()), (3, false));
        let words = SearchWords::of("meter em-012345");
        assert_eq!((words.rare_part().as_str(), words.are_indexed()), ("%012345%", true));
        assert_eq!(words.trigrams(), "\"em-\" AND \"-01\" AND \"123\" AND \"345\" AND \"met\" AND \"ter\"");
    }

    #[test]
    fn words_that_say_nothing_more_are_left_out() {
        assert_eq!(SearchWords::of("meter met meter"), SearchWords::of("meter"));
        assert_eq!(SearchWords::of("a  b").patterns(), ["%a b%"]);
        assert_eq!(SearchWords::of("ab meter cd a ab cd"), SearchWords::of("meter ab cd"));
        assert_eq!(SearchWords::of("100% of").patterns(), ["%100\\%%"]);
    }
}
