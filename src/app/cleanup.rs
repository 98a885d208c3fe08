//! Now and then, what is of no more use is forgotten: ended sessions, answers to old forms, links, mails, jobs and
//! imports long past.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::db::Conn;
use crate::db::schema::{form_posts, sessions};
use crate::model::imports;
use crate::model::sessions::{impersonation, known_browser, tenant_choice};
use crate::model::users::links;
use crate::services::{jobs, mail, rate_limit};
use crate::web::state::AppState;

const EVERY: Duration = Duration::from_secs(15 * 60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Starts it beside the server.
pub fn start(app: &AppState) {
    let app = app.clone();
    actix_web::rt::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = app.tidy().await {
                tracing::warn!(%error, "housekeeping waits for its next turn");
            }
        }
    });
}

/// Forgets what is past at `now`. Sessions that nobody used for longer than `idle` can go.
pub fn forget(conn: &mut Conn, now: Timestamp, idle: Duration) -> Result<(), Error> {
    let unused = now - idle.max(DAY);
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now).or(sessions::seen_at.lt(unused))))
        .execute(conn)?;
    impersonation::forget(conn, now)?;
    tenant_choice::forget(conn, now)?;
    known_browser::forget(conn, now)?;
    rate_limit::forget(conn, now)?;
    diesel::delete(form_posts::table.filter(form_posts::created_at.lt(now - DAY))).execute(conn)?;
    links::forget(conn, now - 90 * DAY)?;
    mail::forget(conn, now - 90 * DAY)?;
    jobs::forget(conn, now - 30 * DAY)?;
    imports::forget(conn, now)?;
    Ok(())
}
