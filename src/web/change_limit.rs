//! How often a user of a customer changes something: each time leaves an entry in the audit log for good. Administrators
//! work through thousands of rows, and answer for their tenant.

use actix_web::HttpRequest;

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::db::Db;
use crate::model::sessions::viewer::Viewer;
use crate::services::rate_limit::{self, Bucket, CHANGES};
use crate::web::state::AppState;

/// The changes of whoever sent a request.
pub(crate) struct Changes {
    db: Db,
    clock: Clock,
    /// `None` for those who may go on.
    bucket: Option<Bucket>,
}

impl Changes {
    pub(crate) fn by(viewer: &Viewer, request: &HttpRequest) -> Self {
        let app = AppState::of(request);
        // Whoever wants to leave can.
        let bound = !viewer.is_administrator() && request.path() != "/sign-out";
        let bucket = bound.then(|| Bucket::of(&app.secrets, &CHANGES, &viewer.user.to_string()));
        Self { db: app.db.clone(), clock: app.clock.clone(), bucket }
    }

    /// Counts one more.
    ///
    /// # Errors
    /// `TooMany`.
    pub(crate) async fn count(&self) -> Result<(), Error> {
        let Some(bucket) = self.bucket.clone() else { return Ok(()) };
        Ok(rate_limit::take(&self.db, vec![bucket], self.clock.now()).await?)
    }
}
