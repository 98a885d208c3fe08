//! Figures for Prometheus: what was asked and how long it took, what waits, and what the database holds. Labels are
//! patterns, names and numbers of ours, never what somebody sent.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::gauges::times;
use crate::config::last_backup;
use crate::db::schema::{jobs, mails, sessions};
use crate::db::{Conn, Db};
use crate::services::password::Hasher;

/// What is counted. Clones count the same.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    held: Family<Kept, Gauge>,
    reachable: Gauge,
    last_backup: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kept {
    what: &'static str,
}

impl Metrics {
    /// Counts for a server with these parts.
    pub fn new(db: &Db, hasher: &Hasher) -> Self {
        let mut registry = Registry::with_prefix("tenantry");
        let (requests, held, reachable) = (Family::default(), Family::default(), Gauge::default());
        let last_backup = Gauge::default();
        let durations = Family::new_with_constructor(times as fn() -> Histogram);
        let kind = if db.url().is_postgres() { "postgres" } else { "sqlite" };
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("database", kind)]);
        registry.register("build", "Build information", build);
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register("request_seconds", "Time until an answer has left", durations.clone());
        registry.register("rows", "Rows in the database", held.clone());
        registry.register("database_reachable", "Whether the database was reachable just now", reachable.clone());
        let help = "When a backup was last made from this data directory, in seconds since 1970; 0 when none was";
        registry.register("last_backup_timestamp_seconds", help, last_backup.clone());
        db.observe(&mut registry);
        hasher.observe(&mut registry);
        Self { registry: Arc::new(registry), requests, durations, held, reachable, last_backup }
    }

    /// A request was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Any word may be sent as one.
        let method = ["GET", "POST", "HEAD"].into_iter().find(|known| *known == method).unwrap_or("other");
        let answered = Answered { method, route: route.to_owned(), status };
        self.requests.get_or_create(&answered).inc();
        self.durations.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// All of it in the text format that Prometheus reads.
    ///
    /// # Errors
    /// Text that cannot be written.
    pub async fn text(&self, db: &Db, data_dir: &Path) -> Result<String, std::fmt::Error> {
        match db.read(look).await {
            Ok(found) => {
                self.reachable.set(1);
                for (what, n) in found {
                    self.held.get_or_create(&Kept { what }).set(n);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what the database holds could not be counted");
                self.reachable.set(0);
            }
        }
        let last = last_backup::read(data_dir);
        self.last_backup.set(last.map_or(0, |last| last.at.seconds_since(Timestamp::EPOCH)));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What waits and what has failed, in all tenants.
fn look(conn: &mut Conn) -> Result<[(&'static str, i64); 5], Error> {
    // Raw: in the words of the indexes, which are of these alone. A value that is bound would not be known to be one.
    let mails_that = |state| mails::table.filter(sql::<Bool>(state)).count();
    Ok([
        ("mails_queued", mails_that("state = 'queued'").get_result(conn)?),
        ("mails_failed", mails_that("state = 'failed'").get_result(conn)?),
        ("jobs_open", jobs::table.filter(jobs::due_at.is_not_null()).count().get_result(conn)?),
        ("jobs_failed", jobs::table.filter(jobs::state.eq("failed")).count().get_result(conn)?),
        ("sessions", sessions::table.count().get_result(conn)?),
    ])
}
