//! The small differences of the two dialects, for the statements that diesel's builder cannot say.

use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text};

use super::{Conn, MultiBackend};
use crate::id::{Id, SqlId};

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

/// How many values one statement should look for at once: PostgreSQL takes them as one array, SQLite each by itself.
pub fn most_values(conn: &Conn) -> usize {
    match conn {
        Conn::Sqlite(_) => 1_000,
        Conn::Pg(_) => 10_000,
    }
}

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

/// A statement that is put together piece by piece: each value stands beside its `?`.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    text: String,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Id(Id<()>),
    Text(String),
    Number(i64),
}

impl Statement {
    /// One that begins so.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Goes on with this text.
    pub fn sql(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The value of the next `?`.
    pub fn id<T>(mut self, id: Id<T>) -> Self {
        self.values.push(Value::Id(Id::from_bytes(*id.as_bytes())));
        self
    }

    /// Placeholders for an `in (…)`, and their values.
    pub fn ids<T>(mut self, ids: &[Id<T>]) -> Self {
        self.text.push_str(&value_list(ids.len()));
        self.values.extend(ids.iter().map(|id| Value::Id(Id::from_bytes(*id.as_bytes()))));
        self
    }

    /// The value of the next `?`.
    pub fn string(mut self, text: impl Into<String>) -> Self {
        self.values.push(Value::Text(text.into()));
        self
    }

    /// The value of the next `?`.
    pub fn number(mut self, n: i64) -> Self {
        self.values.push(Value::Number(n));
        self
    }

    /// Goes on with another statement and its values.
    pub fn then(mut self, other: Self) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    fn query<'a>(self, conn: &Conn) -> BoxedSqlQuery<'a, MultiBackend, SqlQuery> {
        let mut query = diesel::sql_query(placeholders(conn, &self.text)).into_boxed();
        for value in self.values {
            query = match value {
                Value::Id(id) => query.bind::<SqlId, _>(id),
                Value::Text(text) => query.bind::<Text, _>(text),
                Value::Number(n) => query.bind::<BigInt, _>(n),
            };
        }
        query
    }

    /// The rows that it selects.
    ///
    /// # Errors
    /// The database's own.
    pub fn load<T>(self, conn: &mut Conn) -> QueryResult<Vec<T>>
    where
        T: QueryableByName<MultiBackend> + 'static,
    {
        self.query(conn).load(conn)
    }

    /// Runs it and answers how many rows it changed.
    ///
    /// # Errors
    /// The database's own.
    pub fn execute(self, conn: &mut Conn) -> QueryResult<usize> {
        self.query(conn).execute(conn)
    }
}
