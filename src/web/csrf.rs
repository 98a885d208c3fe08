//! Forged requests. Two independent checks, both of which must hold for every unsafe request: what the browser says of
//! where it comes from (as Go's `CrossOriginProtection`), and a token that only a page of this session holds. The token
//! is masked anew on each page, so that compression tells nothing about it (BREACH).

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::base::error::Error;
use crate::base::secrets::random;
use crate::web::state::AppState;
use crate::web::{cookies, viewer};

/// What the cookies of visits begin with. Each has a name of its own: pages that a browser opens at the same time without
/// any, such as tabs of the last session, do not take each other's away.
const COOKIE: &str = "visit-";
/// So many visits of one browser are looked at: one for each page that was opened before any had an answer.
const VISITS: usize = 32;

/// A token for the forms of a page. Somebody who is not signed in gets a cookie that it is bound to.
///
/// # Errors
/// When the system has no randomness to give.
pub fn token(request: &HttpRequest) -> Result<String, Error> {
    let secret = match secrets(request).first() {
        Some(secret) => *secret,
        None => {
            let (visit, name) = (URL_SAFE_NO_PAD.encode(random::<16>()?), URL_SAFE_NO_PAD.encode(random::<6>()?));
            cookies::put(request, &format!("{COOKIE}{name}"), visit.clone(), None);
            let secret = of_visit(request, &visit);
            request.extensions_mut().insert(NewVisit(secret));
            secret
        }
    };
    let mask: [u8; 32] = random()?;
    let masked: Vec<u8> = mask.iter().zip(secret).map(|(m, s)| m ^ s).collect();
    Ok(URL_SAFE_NO_PAD.encode([&mask[..], &masked].concat()))
}

/// Lets a request pass that comes from a page of ours and carries that page's token.
///
/// # Errors
/// `Forged`.
pub fn check(request: &HttpRequest, token: Option<&str>) -> Result<(), Error> {
    if from_our_page(request) && secrets(request).into_iter().any(|secret| holds(token, secret)) {
        Ok(())
    } else {
        Err(Error::Forged)
    }
}

struct NewVisit([u8; 32]);
struct NewSession([u8; 32]);

/// Makes the forms of this answer those of a session that begins with it; `token` is that in its key.
pub fn bind_to_new_session(request: &HttpRequest, token: &str) {
    let secret = of_session(request, token);
    request.extensions_mut().insert(NewSession(secret));
}

/// Drawn from what the browser alone has, not from what is stored of it: the database and the key do not suffice.
fn of_session(request: &HttpRequest, token: &str) -> [u8; 32] {
    AppState::of(request).secrets.mac("csrf session", token.as_bytes())
}

/// What a token may be bound to: one session, or each of several visits.
fn secrets(request: &HttpRequest) -> Vec<[u8; 32]> {
    if let Some(NewSession(secret)) = request.extensions().get() {
        return vec![*secret];
    }
    if viewer(request).is_some() {
        // `{signature}{tenant}.{token}`, verified when the session was found.
        let key = cookies::get(request, "session");
        let token = key.as_deref().and_then(|key| key.rsplit_once('.')).map(|(_, token)| token);
        return token.map(|token| of_session(request, token)).into_iter().collect();
    }
    if let Some(NewVisit(secret)) = request.extensions().get() {
        return vec![*secret];
    }
    cookies::beginning(request, COOKIE, VISITS).iter().map(|visit| of_visit(request, visit)).collect()
}

fn of_visit(request: &HttpRequest, visit: &str) -> [u8; 32] {
    AppState::of(request).secrets.mac("csrf visit", visit.as_bytes())
}

fn holds(token: Option<&str>, secret: [u8; 32]) -> bool {
    let Some(bytes) = token.and_then(|token| URL_SAFE_NO_PAD.decode(token).ok()) else { return false };
    let Some((mask, masked)) = bytes.split_first_chunk::<32>() else { return false };
    let unmasked: Vec<u8> = mask.iter().zip(masked).map(|(m, s)| m ^ s).collect();
    unmasked.ct_eq(&secret).into()
}

/// A browser names the site a request comes from in `Sec-Fetch-Site`, an older one in `Origin`. A request with neither
/// does not come from a browser, and then nobody can have been tricked into it; the token must hold all the same.
pub fn from_our_page(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let origin = header(header::ORIGIN);
    let app = AppState::of(request);
    let from_here = |any_scheme: bool| {
        origin.is_none_or(|origin| {
            let scheme = if app.is_secure() { "https" } else { "http" };
            let (of, host) = origin.split_once("://").unwrap_or_default();
            (Some(host) == header(header::HOST) && (any_scheme || of == scheme)) || origin == app.public_url()
        })
    };
    match header(header::HeaderName::from_static("sec-fetch-site")) {
        // The browser has compared the schemes.
        Some("same-origin" | "none") => from_here(true),
        None => from_here(false),
        Some(_) => false,
    }
}
