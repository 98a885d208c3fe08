//! The small differences of the two dialects, for the statements that diesel's builder cannot say.

use super::Conn;

/// `statement` with its `?` numbered as PostgreSQL wants them. No `?` may stand in it for anything else.
pub fn placeholders(conn: &Conn, statement: &str) -> String {
    match conn {
        Conn::Sqlite(_) => statement.to_owned(),
        Conn::Pg(_) => {
            let mut numbered = String::with_capacity(statement.len() + 16);
            let mut parts = statement.split('?');
            numbered.push_str(parts.next().unwrap_or_default());
            for (at, part) in parts.enumerate() {
                numbered.push_str(&format!("${}{part}", at + 1));
            }
            numbered
        }
    }
}

/// `n` placeholders for an `in (…)`.
pub fn value_list(n: usize) -> String {
    vec!["?"; n].join(", ")
}
