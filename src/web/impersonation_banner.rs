//! What every page says, errors included, while an administrator looks at the portal as one of their users sees it.

use actix_web::HttpRequest;

use crate::base::error::Error;
use crate::base::time::FormattedTime;
use crate::web::state::AppState;
use crate::web::{csrf, viewer, zone_of};

tokio::task_local! {
    static BAR: Option<ImpersonationBanner>;
}

/// As whom they look, until when, and the token of the form that ends it.
#[derive(Debug, Clone)]
pub struct ImpersonationBanner {
    /// The user's name.
    pub name: String,
    /// The title of the user's customer.
    pub customer: String,
    /// When it ends by itself.
    pub until: FormattedTime,
    /// The token.
    pub csrf: String,
}

impl ImpersonationBanner {
    /// That of the answer to `request`; `None` for everybody who sees what is theirs.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn of(request: &HttpRequest) -> Result<Option<Self>, Error> {
        let Some(viewer) = viewer(request) else { return Ok(None) };
        let Some(impersonation) = &viewer.impersonation else { return Ok(None) };
        Ok(Some(Self {
            name: viewer.name.clone(),
            customer: viewer.customer.as_ref().map(|customer| customer.title.clone()).unwrap_or_default(),
            until: zone_of(request).format(impersonation.until, AppState::of(request).clock.now()),
            csrf: csrf::token(request)?,
        }))
    }

    /// Answers a request under this bar: its error pages cannot look for it themselves.
    pub async fn over<F: Future>(bar: Option<Self>, answer: F) -> F::Output {
        BAR.scope(bar, answer).await
    }

    /// That of the request being answered.
    pub fn current() -> Option<Self> {
        BAR.try_with(Clone::clone).unwrap_or_default()
    }
}
