//! What requests share.

use std::sync::{Arc, OnceLock};

use actix_web::{HttpRequest, web};

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::base::worker::WakeSignal;
use crate::config::Config;
use crate::db::Db;
use crate::services::health::Health;
use crate::services::jobs::Registry;
use crate::services::metrics::Metrics;
use crate::services::password::Hasher;
use crate::tenancy::rows;
use crate::web::SearchLimit;
use crate::web::route::Route;

/// What requests share. Clones share it too.
#[derive(Clone)]
pub struct AppState {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// What tells the time.
    pub clock: Clock,
    /// Keys.
    pub secrets: Secrets,
    /// Passwords at rest.
    pub hasher: Hasher,
    /// Whether it goes on.
    pub health: Health,
    /// What is counted.
    pub metrics: Metrics,
    /// The bell that tells the courier of mail.
    pub post: WakeSignal,
    /// The bell that tells of background work.
    pub work: WakeSignal,
    /// The kinds of background work.
    pub jobs: Registry,
    /// Who searches now.
    pub searches: SearchLimit,
    /// Every address, and who may use it.
    pub routes: &'static [Route],
    pub(crate) public_url: Arc<str>,
    pub(crate) set_up: Arc<OnceLock<()>>,
}

impl AppState {
    /// What the requests of this server share.
    pub fn of(request: &HttpRequest) -> &Self {
        // `build` hands it to every worker; a server without it could not have been started.
        request.app_data::<web::Data<Self>>().map(|data| &***data).unwrap_or_else(|| unreachable!("no app"))
    }

    /// The base of every link in a mail, without a slash at its end.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Whether there is a tenant. Asked until there is one.
    ///
    /// # Errors
    /// `Unavailable` when the database is away.
    pub async fn is_set_up(&self) -> Result<bool, Error> {
        if self.set_up.get().is_some() {
            return Ok(true);
        }
        let any = self.db.read(rows::any).await?;
        if any {
            self.set_up.get_or_init(|| ());
        }
        Ok(any)
    }

    /// Whether people reach it by https.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}
