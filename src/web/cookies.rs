//! Cookies that an answer sets, collected while the request is handled, and the choices that are kept in them.

use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error as WebError, HttpMessage, HttpRequest};

use crate::base::secrets::Secrets;
use crate::web::state::AppState;

/// What the cookie of a session is called here.
pub(crate) const SESSION: &str = "session";

/// Cookies to set when the answer goes out.
#[derive(Default)]
pub(crate) struct Pending(pub Vec<Cookie<'static>>);

/// Sets a cookie for all pages with the answer to `request`; an age of `None` lasts until the browser is closed, an
/// age of zero removes it.
pub fn put(request: &HttpRequest, name: &str, value: String, age: Option<Duration>) {
    let app = AppState::of(request);
    let secure = app.is_secure();
    let mut cookie = Cookie::build(full_name(name, secure, &app.secrets), value)
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .finish();
    cookie.set_max_age(age);
    let mut extensions = request.extensions_mut();
    if extensions.get::<Pending>().is_none() {
        extensions.insert(Pending::default());
    }
    if let Some(pending) = extensions.get_mut::<Pending>() {
        pending.0.retain(|other| other.name() != cookie.name());
        pending.0.push(cookie);
    }
}

/// The value of a cookie that was set by `put`, by an earlier version, or by a script of ours.
pub fn get(request: &HttpRequest, name: &str) -> Option<String> {
    let app = AppState::of(request);
    let own = request.cookie(&full_name(name, app.is_secure(), &app.secrets));
    let cookie = own.or_else(|| request.cookie(&bound(name, app.is_secure())));
    cookie.map(|cookie| cookie.value().to_owned())
}

/// The values of cookies whose names, as `put` had them, begin so; at most `limit`.
pub fn beginning(request: &HttpRequest, with: &str, limit: usize) -> Vec<String> {
    let with = bound(with, AppState::of(request).is_secure());
    let Ok(sent) = request.cookies() else { return Vec::new() };
    let those = sent.iter().filter(|cookie| cookie.name().starts_with(&with));
    those.take(limit).map(|cookie| cookie.value().to_owned()).collect()
}

/// `__Host-` binds a cookie to this host and to https (RFC 6265bis §4.1.3.2).
fn bound(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// What browsers call a cookie. They send it to every port of a host, so servers with different keys, which run beside each
/// other there, have different names for theirs.
pub fn full_name(name: &str, secure: bool, secrets: &Secrets) -> String {
    let mark = secrets.mac("cookie name", &[]);
    bound(&format!("{name}-{:02x}{:02x}{:02x}{:02x}", mark[0], mark[1], mark[2], mark[3]), secure)
}

/// Lets a session go on that an earlier version began, whose cookie had no mark in its name: only its value is signed.
///
/// # Errors
/// Those of the inner services.
pub async fn adopt_session<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, WebError> {
    let app = AppState::of(request.request());
    let (earlier, name) = (bound(SESSION, app.is_secure()), full_name(SESSION, app.is_secure(), &app.secrets));
    // Read here as they stand: actix-web keeps what it has read of them once.
    let lines = request.headers().get_all(header::COOKIE).filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    let sent: Vec<(&str, &str)> =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    let held = |name: &str| sent.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let adopted = match (held(&name), held(&earlier)) {
        (None, Some(value)) => HeaderValue::from_str(&format!("{name}={value}")).ok(),
        _ => None,
    };
    if let Some(cookie) = adopted {
        request.headers_mut().append(header::COOKIE, cookie);
    }
    next.call(request).await
}

/// The page size chosen last, if any.
pub fn remembered_size(request: &HttpRequest) -> Option<u32> {
    get(request, "size")?.parse().ok()
}

/// Keeps the page size for the lists to come.
pub fn remember_size(request: &HttpRequest, size: u32) {
    if remembered_size(request) != Some(size) {
        put(request, "size", size.to_string(), Some(Duration::days(365)));
    }
}
