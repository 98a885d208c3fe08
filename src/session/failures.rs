//! Sign-ins that fail, in the audit log of whoever they were meant for.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;

use crate::app::App;
use crate::audit::{self, Action, Entry, Origin};
use crate::error::Error;
use crate::id::Id;
use crate::tenant::{Tenant, TenantConn};
use crate::users::{self, User};

/// How long after a sign-in that failed others of the same user leave no entry: guessing does not fill the log.
const FAILURES_APART: Duration = Duration::from_secs(15 * 60);

/// Records, after the answer was given so that nobody learns from its time, that somebody had the address of these users
/// and not their password.
pub fn record(request: &HttpRequest, people: Vec<(Id<Tenant>, Id<User>)>) {
    if people.is_empty() {
        return;
    }
    let (app, origin) = (App::of(request).clone(), Arc::new(Origin::of(request)));
    actix_web::rt::spawn(async move {
        let now = app.clock.now();
        for (tenant, user) in people {
            let origin = origin.clone();
            let known = app.db.read(move |conn| failed_lately(&mut TenantConn::found(conn, tenant, now), user)).await;
            let recorded = match known {
                Ok(true) => continue,
                Ok(false) => app.db.write(move |writing| {
                    let t = &mut TenantConn::within(writing, tenant, origin, now);
                    users::lock(t, &[user])?;
                    if failed_lately(t, user)? {
                        return t.nothing_changed();
                    }
                    let user = users::find(t, user)?;
                    audit::record(t, Entry::of(Action::SignInFailed, &user))
                }),
                Err(error) => return tracing::warn!(%error, "a sign-in that failed could not be recorded"),
            };
            if let Err(error) = recorded.await {
                tracing::warn!(%error, "a sign-in that failed could not be recorded");
            }
        }
    });
}

fn failed_lately(t: &mut TenantConn, user: Id<User>) -> Result<bool, Error> {
    let since = t.now - FAILURES_APART;
    audit::was_done_since(t, Action::SignInFailed, user, since)
}
