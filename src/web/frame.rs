//! What every answer gets, whoever gave it: a request id, a line in the log, security headers, the cookies that were
//! collected, and the form of a redirect that a dialog understands.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error as WebError, HttpMessage, HttpRequest, ResponseError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::error::Error;
use crate::web::access_log::{Line, LoggedBody};
use crate::web::state::AppState;
use crate::web::timeouts::ActiveRequest;
use crate::web::{assets, client_address, cookies, head_limit, sender};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request being answered, which its log line and its error page share.
pub struct RequestId;

impl RequestId {
    /// The current one; empty outside a request.
    pub fn current() -> String {
        REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
    }
}

const POLICY: &str = "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; img-src 'self'; script-src 'self'; style-src 'self'";
const ALWAYS: [(&str, &str); 8] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // A link's secret is in its path, so no page tells another site where it was called from.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// Whether the request was made by the script that shows pages in a dialog.
pub(crate) fn in_dialog(request: &HttpRequest) -> bool {
    request.headers().contains_key("x-tenantry-dialog")
}

/// The outermost middleware.
///
/// # Errors
/// Those of the inner ones that are no answer yet, such as a session that cannot be written down; as an answer.
pub async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<LoggedBody>, WebError> {
    let started = Instant::now();
    let id = crate::base::secrets::random::<9>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))?;
    let (secure, metrics, health) = {
        let app = AppState::of(request.request());
        (app.is_secure(), app.metrics.clone(), app.health.clone())
    };
    let at_work = ActiveRequest::on(request.request());
    let client = client_address(request.request());
    let static_file = request.path().starts_with("/static/");
    let method = request.method().clone();
    let changes = !method.is_safe();
    let answer = REQUEST_ID.scope(id.clone(), async {
        let answer = next.call(request).await;
        answer.map_err(|error| {
            let cause = error.to_string();
            // What a form asked for may have been done before.
            let error = if changes { Error::uncertain(cause) } else { Error::unavailable(cause) };
            error.error_response()
        })
    });
    let mut response = match answer.await {
        Ok(response) => response,
        Err(mut response) => {
            protect(response.headers_mut(), &id, secure, false);
            let status = response.status();
            let route = "unknown".into();
            Line { id, method, route, status, client, user: None, started, metrics, at_work }.tell(0, false);
            return Err(InternalError::from_response("unavailable", response).into());
        }
    };

    let request = response.request().clone();
    let pending = request.extensions_mut().remove::<cookies::Pending>().unwrap_or_default();
    for cookie in pending.0 {
        response.response_mut().add_cookie(&cookie)?;
    }
    let keeps = static_file && response.status().is_success();
    protect(response.headers_mut(), &id, secure, keeps);
    let status = response.status();
    forget_fetched_ahead(response.headers_mut(), &method, status);
    if in_dialog(&request) && response.status() == StatusCode::SEE_OTHER {
        // A script cannot see where a redirect leads, and following it would use up the flash.
        if let Some(to) = response.headers_mut().remove(header::LOCATION).next() {
            response.headers_mut().insert(HeaderName::from_static("x-location"), to);
        }
        *response.response_mut().status_mut() = StatusCode::NO_CONTENT;
    }
    head_limit::shorten(response.headers_mut());
    if health.is_stopping() {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let route = request.match_pattern().unwrap_or_else(|| "unknown".into());
    let (status, user) = (response.status(), sender(&request));
    let line = Line { id, method, route, status, client, user, started, metrics, at_work };
    Ok(response.map_body(|_, body| LoggedBody::new(body.boxed(), line)))
}

/// After a change, pages that the browser fetched ahead tell how things were before.
fn forget_fetched_ahead(headers: &mut HeaderMap, method: &Method, status: StatusCode) {
    if !method.is_safe() && (status.is_success() || status.is_redirection()) {
        insert(headers, "clear-site-data", "\"prefetchCache\", \"prerenderCache\"");
    }
}

/// The headers of every answer. `keeps`: whether browsers may keep it, as they may files but nothing about a file that
/// is not there yet.
fn protect(headers: &mut HeaderMap, id: &str, secure: bool, keeps: bool) {
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if secure {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    if !keeps {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Lets browsers fetch pages ahead that are free of side effects; the rules are a static file.
        insert(headers, "speculation-rules", &format!("\"{}/speculation.json\"", assets::root()));
    }
    insert(headers, "x-request-id", id);
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
