//! Figures for Prometheus: what was asked and how long it took, what waits, and what the database holds. Labels are
//! patterns, names and numbers of ours, never what somebody sent.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, HttpServer, web};
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

use crate::app::server::App;
use crate::base::clock::Timestamp;
use crate::base::error::Error;
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

/// Upper bounds of the histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// A histogram of times.
pub fn times() -> Histogram {
    Histogram::new(SECONDS)
}

/// Somebody who waits, for as long as this lives, whether they get their turn or go away.
pub struct Waits<'a>(&'a Gauge);

impl<'a> Waits<'a> {
    /// One more who waits.
    pub fn at(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
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
        registry.register("build", "What runs", build);
        registry.register("requests", "Requests that were answered", requests.clone());
        registry.register("request_seconds", "Time until an answer has left", durations.clone());
        registry.register("rows", "What the database holds", held.clone());
        registry.register("database_reachable", "Whether the database was reachable just now", reachable.clone());
        let help = "When a backup was last made from this data directory, in seconds since 1970; 0 when none was";
        registry.register("last_backup_timestamp_seconds", help, last_backup.clone());
        db.observe(&mut registry);
        hasher.observe(&mut registry);
        Self { registry: Arc::new(registry), requests, durations, held, reachable, last_backup }
    }

    /// A request was answered.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::HEAD => "HEAD",
            // Any word may be sent as one.
            _ => "other",
        };
        let answered = Answered { method, route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&answered).inc();
        self.durations.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// All of it in the text format that Prometheus reads.
    async fn text(&self, app: &App) -> Result<String, std::fmt::Error> {
        match app.db.read(look).await {
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
        let last = crate::cli::backup::last(&app.config.storage.data_dir);
        self.last_backup.set(last.map_or(0, |last| last.at.seconds_since(Timestamp::EPOCH)));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What waits and what has failed, in all tenants.
fn look(conn: &mut Conn) -> Result<[(&'static str, i64); 5], Error> {
    // In the words of the indexes, which are of these alone.
    let mails_that = |state| mails::table.filter(sql::<Bool>(state)).count();
    Ok([
        ("mails_queued", mails_that("state = 'queued'").get_result(conn)?),
        ("mails_failed", mails_that("state = 'failed'").get_result(conn)?),
        ("jobs_open", jobs::table.filter(jobs::due_at.is_not_null()).count().get_result(conn)?),
        ("jobs_failed", jobs::table.filter(jobs::state.eq("failed")).count().get_result(conn)?),
        ("sessions", sessions::table.count().get_result(conn)?),
    ])
}

/// Answers `/metrics` and nothing else on a listener of its own, which is not for the public.
///
/// # Errors
/// The system's own.
pub fn serve(app: &App, listener: TcpListener) -> std::io::Result<actix_web::dev::Server> {
    let app = app.clone();
    let factory = move || {
        let shared = web::Data::new(app.clone());
        actix_web::App::new().app_data(shared).route("/metrics", web::get().to(show))
    };
    Ok(HttpServer::new(factory).workers(1).disable_signals().listen(listener)?.run())
}

async fn show(app: web::Data<App>) -> HttpResponse {
    match app.metrics.text(&app).await {
        Ok(text) => {
            HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
