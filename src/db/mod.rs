//! The two databases behind one connection type. Knows how to connect, wait, read and write; knows no table.

pub mod connect;
pub mod database;
pub mod errors;
mod first_rows;
mod group_commit;
pub mod migrate;
pub mod not_deleting;
mod pool;
pub mod pool_health;
pub mod raw_query;
pub mod schema;
pub mod search_terms;
mod search_words;
mod set_aside;
pub mod sum;
pub mod transaction;
mod types;
pub mod violation;

pub use connect::{Access, ConnectError, DatabaseUrl, prepare_load};
pub use database::Db;
pub use first_rows::first_rows;
pub use migrate::{
    Failed, Newer, applied, has_table, known, lock_migrations, migrate, migrate_to, migrate_within, refuse_newer_than,
};
pub use raw_query::{Condition, RawQuery, in_ids, most_values};
pub use search_terms::{after_prefix, escaped};
pub use search_words::{SearchWords, distinct_words, patterns};
pub use set_aside::set_aside;
pub use sum::{Sum, sum};
pub use violation::violates;

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// A connection to either database. Queries are written once, against this.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded default.
    Sqlite(SqliteConnection),
    /// For many processes over one database.
    Pg(PgConnection),
}

impl Conn {
    /// Which of the two it is.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Pg(_))
    }
}

/// Evaluates one expression with the concrete connection of either database, for the few statements that diesel
/// cannot express on both at once.
#[macro_export]
macro_rules! on_both {
    ($conn:expr, $c:ident => $e:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $e,
            $crate::db::Conn::Pg($c) => $e,
        }
    };
}
