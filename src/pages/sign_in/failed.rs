//! Passwords that were guessed wrong, in the audit log of each whom they were compared with. There are at most as many as
//! a user's budgets give in a day, so guessing does not fill the log.

use std::sync::Arc;

use actix_web::HttpRequest;

use crate::base::error::Error;
use crate::base::id::{TenantId, UserId};
use crate::model::users;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::request_origin;
use crate::web::state::AppState;

/// Records, after the answer was given so that nobody learns from its time, that somebody gave another password than
/// that of these users.
pub fn record(request: &HttpRequest, people: Vec<(TenantId, UserId)>) {
    if people.is_empty() {
        return;
    }
    let (app, origin) = (AppState::of(request).clone(), Arc::new(request_origin(request)));
    actix_web::rt::spawn(async move {
        let now = app.clock.now();
        for (tenant, user) in people {
            let origin = origin.clone();
            let recorded = app.db.write(move |writing| {
                let t = &mut TenantConn::within(writing, tenant, origin, now);
                let user = users::find(t, user)?;
                audit::record(t, Entry::of(Action::SignInFailed, &user))
            });
            match recorded.await {
                // Somebody deleted them meanwhile.
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => tracing::warn!(%error, "a wrong password could not be recorded"),
            }
        }
    });
}
