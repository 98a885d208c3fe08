//! Time: a `Timestamp` in microseconds, as both databases keep it, and the `Clock` that tests can move.

use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::SqlType;
use serde::{Deserialize, Serialize};

/// The column type of a time: `timestamptz` on PostgreSQL, microseconds since 1970 (UTC) on SQLite.
#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct SqlTime;

impl diesel::sql_types::SqlOrd for SqlTime {}

/// A moment, in microseconds since 1970 (UTC).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow, Serialize, Deserialize,
)]
#[diesel(sql_type = SqlTime)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01, which stands for "never" where a column is sorted by.
    pub const EPOCH: Self = Self(0);

    /// The moment this many microseconds after 1970 (UTC).
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970 (UTC).
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds from `earlier` to this moment; negative when it lies before.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1_000_000)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// What tells the time; every clone of one clock tells the same.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Microseconds that tests have moved it ahead of the machine's clock.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        let micros = jiff::Timestamp::now().as_microsecond();
        Timestamp(micros + self.ahead.load(Ordering::Relaxed))
    }

    /// Moves the clock ahead, for tests of what expires.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(micros, Ordering::Relaxed);
    }
}
