//! Transactions of the application that wait for each other at the test's will, so that they meet where they seldom do.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use super::app::App;
use super::records::Records;

/// How long a test waits for transactions to meet before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets transactions read a table but not change it, until as many wait as the test needs to meet there: then they
/// change it at the same moment. SQLite's single writer lets no two meet, so nothing is held there.
pub struct Held(Option<Records>);

/// Holds the changes of a table of an application.
pub fn hold(app: &App, table: &str) -> Held {
    let url = app.database_url();
    Held((!url.starts_with("sqlite:")).then(|| {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute(&format!("begin; lock table {table} in share mode")).unwrap();
        Records::Postgres(connection)
    }))
}

/// Holds the rows of an application that a query finds, as whoever changes them does.
pub fn hold_rows(app: &App, query: &str) -> Held {
    let url = app.database_url();
    Held((!url.starts_with("sqlite:")).then(|| {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute(&format!("begin; {query} for no key update")).unwrap();
        Records::Postgres(connection)
    }))
}

/// Fails when somebody holds one of these rows.
pub fn assert_free(app: &App, query: &str) {
    let url = app.database_url();
    if !url.starts_with("sqlite:") {
        let mut connection = PgConnection::establish(&url).unwrap();
        connection.batch_execute(&format!("{query} for no key update nowait")).unwrap();
    }
}

impl Held {
    /// Waits until this many transactions wait for a lock, and lets them go on.
    pub async fn release_at(self, waiting: i64) {
        self.met(waiting).await.release();
    }

    /// Lets them go on.
    pub fn release(self) {
        if let Some(mut records) = self.0 {
            records.run("commit");
        }
    }

    /// Waits until this many transactions wait for a lock.
    pub async fn met(self, waiting: i64) -> Self {
        let Some(mut records) = self.0 else { return self };
        let met = tokio::task::spawn_blocking(move || {
            let since = Instant::now();
            loop {
                let waits = "select count(*) from pg_stat_activity \
                             where datname = current_database() and wait_event_type = 'Lock'";
                let now = records.number(waits);
                if now >= waiting {
                    return records;
                }
                assert!(since.elapsed() < PATIENCE, "{now} instead of {waiting} wait");
            }
        });
        Self(Some(met.await.unwrap()))
    }
}
