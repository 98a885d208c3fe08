//! Cookies that an answer sets, collected while the request is handled, and the choices that are kept in them.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpMessage, HttpRequest};

use crate::web::state::AppState;

/// Cookies to set when the answer goes out.
#[derive(Default)]
pub(crate) struct Pending(pub Vec<Cookie<'static>>);

/// Sets a cookie for all pages with the answer to `request`; an age of `None` lasts until the browser is closed, an
/// age of zero removes it.
pub fn put(request: &HttpRequest, name: &str, value: String, age: Option<Duration>) {
    let secure = AppState::of(request).is_secure();
    let mut cookie = Cookie::build(full_name(name, secure), value)
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

/// The value of a cookie that was set by `put`.
pub fn get(request: &HttpRequest, name: &str) -> Option<String> {
    let name = full_name(name, AppState::of(request).is_secure());
    request.cookie(&name).map(|cookie| cookie.value().to_owned())
}

/// The values of cookies whose names, as `put` had them, begin so; at most `limit`.
pub fn beginning(request: &HttpRequest, with: &str, limit: usize) -> Vec<String> {
    let with = full_name(with, AppState::of(request).is_secure());
    let Ok(sent) = request.cookies() else { return Vec::new() };
    let those = sent.iter().filter(|cookie| cookie.name().starts_with(&with));
    those.take(limit).map(|cookie| cookie.value().to_owned()).collect()
}

/// `__Host-` binds a cookie to this host and to https (RFC 6265bis §4.1.3.2).
pub fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
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
