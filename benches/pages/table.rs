//! The rows that are printed: what, on which database, what was measured and the limits it is held to, with tabs between
//! them. `bin/bench` makes a table of them.

use std::cell::Cell;

use crate::process::Result;

/// What was measured.
pub struct Figure {
    text: String,
    limits: Vec<Limit>,
}

/// How much something may be, in words, and whether it is within that.
pub struct Limit {
    text: String,
    is_kept: bool,
}

impl Figure {
    pub fn new(text: impl Into<String>, limits: impl IntoIterator<Item = Limit>) -> Self {
        Self { text: text.into(), limits: limits.into_iter().collect() }
    }
}

/// At most `limit`; `{}` stands for it in `words`.
pub fn at_most(value: f64, limit: f64, words: &str) -> Limit {
    Limit { text: format!("≤ {}", words.replace("{}", &limit.to_string())), is_kept: value <= limit }
}

/// At least `limit` per cent.
pub fn at_least_percent(share: f64, limit: f64) -> Limit {
    Limit { text: format!("≥ {limit} %"), is_kept: share * 100.0 >= limit }
}

/// The rows of one database.
pub struct Table {
    pub database: &'static str,
    has_gaps: Cell<bool>,
}

impl Table {
    pub fn of(database: &'static str) -> Self {
        Self { database, has_gaps: Cell::new(false) }
    }

    /// A row; what could not be measured says why.
    pub fn row(&self, what: &str, measured: Result<Figure>) {
        let (text, target) = match measured {
            Ok(Figure { text, limits }) => {
                let missed = if limits.iter().all(|limit| limit.is_kept) { "" } else { " **missed**" };
                let target: Vec<&str> = limits.iter().map(|limit| limit.text.as_str()).collect();
                (format!("{text}{missed}"), target.join(", "))
            }
            Err(why) => {
                self.has_gaps.set(true);
                let why = why.to_string().replace(['\t', '\n', '|'], " ");
                (format!("**not measured**: {}", why.chars().take(300).collect::<String>()), String::new())
            }
        };
        eprintln!("{}: {what}: {text}", self.database);
        println!("{what}\t{}\t{text}\t{target}", self.database);
    }

    /// A row of what is told apart from the table.
    pub fn detail(&self, what: &str, text: &str) {
        println!("+\t{}\t{what}\t{text}", self.database);
    }

    /// Whether something could not be measured.
    pub fn has_gaps(&self) -> bool {
        self.has_gaps.get()
    }
}
