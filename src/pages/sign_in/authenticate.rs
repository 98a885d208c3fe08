//! Whoever has the address and the password that were typed.

use actix_web::HttpRequest;

use crate::base::error::{Refused, RetryAfter};
use crate::model::authentication::{LoginAttempt, Match, authenticate};
use crate::pages::sign_in::{SignInForm, failed};
use crate::services::password::is_too_long;
use crate::web::known_browser::browser_of;
use crate::web::state::AppState;
use crate::web::{client_address, networks};

fn attempt(request: &HttpRequest, form: &SignInForm) -> LoginAttempt {
    let app = AppState::of(request);
    let networks = client_address(request).map(networks);
    let (line, site) = networks.map_or((None, None), |networks| (networks.line, networks.site));
    // No address of anybody is as long as this.
    let short = form.email.len() <= 1024;
    LoginAttempt {
        password: form.password.clone(),
        email: if short { form.email.clone() } else { form.email.chars().take(1024).collect() },
        usable: short && !form.email.contains('\0') && !is_too_long(&form.password),
        browser: browser_of(request),
        line,
        site,
        secrets: app.secrets.clone(),
        now: app.clock.now(),
    }
}

/// Everybody who has the address and whose password it is.
///
/// # Errors
/// `By` how long to wait after too many tries.
pub(crate) async fn matching(request: &HttpRequest, form: &SignInForm) -> Result<Vec<Match>, Refused<RetryAfter>> {
    let app = AppState::of(request);
    let outcome = authenticate(&app.db, &app.hasher, attempt(request, form)).await?;
    failed::record(request, outcome.wrong);
    Ok(outcome.matches)
}
