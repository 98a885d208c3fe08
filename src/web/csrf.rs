//! Forged requests. Two independent checks, both of which must hold for every unsafe request: what the browser says of
//! where it comes from (as Go's `CrossOriginProtection`), and a token that only a page of this session holds. The token
//! is masked anew on each page, so that compression tells nothing about it (BREACH).

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::secrets::random;
use crate::web::route::Who;
use crate::web::state::AppState;
use crate::web::{cookies, sender, viewer};

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
    let owner = own_mark(request);
    let said = secret.into_iter().chain(owner.into_iter().flatten());
    let masked: Vec<u8> = mask.iter().cycle().zip(said).map(|(m, s)| m ^ s).collect();
    Ok(URL_SAFE_NO_PAD.encode([&mask[..], &masked].concat()))
}

/// Lets a request pass that comes from a page of ours and carries that page's token.
///
/// # Errors
/// `Forged`; `OtherHost` and `NoCookies` where that is why the page cannot be known as ours.
pub fn check(request: &HttpRequest, token: Option<&str>) -> Result<(), Error> {
    if !from_our_page(request) {
        return Err(if is_by_another_name(request) { other_host(request) } else { Error::Forged });
    }
    let said = token.and_then(unmasked);
    let secret = said.as_deref().and_then(|said| said.get(..32));
    if secret.is_some_and(|secret| secrets(request).iter().any(|one| secret.ct_eq(one).into())) {
        return Ok(());
    }
    let has_cookies = request.headers().contains_key(header::COOKIE);
    Err(if secret.is_some() && !has_cookies { Error::NoCookies } else { Error::Forged })
}

/// Stands for whoever opened a form, so that it goes back to them alone.
pub type OwnerMark = [u8; 16];

/// Whose page a token is from; `None` when nobody was signed in.
pub fn owner(token: &str) -> Option<OwnerMark> {
    unmasked(token)?.get(32..)?.try_into().ok()
}

/// The mark of a user.
pub fn mark_of(request: &HttpRequest, user: UserId) -> OwnerMark {
    let mac = AppState::of(request).secrets.mac("csrf owner", user.as_bytes());
    std::array::from_fn(|at| mac[at])
}

/// The mark of whoever is signed in: not of whom they look as.
pub fn own_mark(request: &HttpRequest) -> Option<OwnerMark> {
    if let Some(NewSession(_, user)) = request.extensions().get() {
        return Some(mark_of(request, *user));
    }
    viewer(request)?;
    sender(request).map(|user| mark_of(request, user))
}

struct NewVisit([u8; 32]);
struct NewSession([u8; 32], UserId);

/// Makes the forms of this answer those of a session of `user` that begins with it; `token` is that in its key.
pub fn bind_to_new_session(request: &HttpRequest, token: &str, user: UserId) {
    let secret = of_session(request, token);
    request.extensions_mut().insert(NewSession(secret, user));
}

/// Drawn from what the browser alone has, not from what is stored of it: the database and the key do not suffice.
fn of_session(request: &HttpRequest, token: &str) -> [u8; 32] {
    AppState::of(request).secrets.mac("csrf session", token.as_bytes())
}

/// What a token may be bound to: one session, or each of several visits.
fn secrets(request: &HttpRequest) -> Vec<[u8; 32]> {
    if let Some(NewSession(secret, _)) = request.extensions().get() {
        return vec![*secret];
    }
    let mut all = Vec::new();
    if viewer(request).is_some() {
        // `{signature}{tenant}.{token}`, verified when the session was found.
        let key = cookies::get(request, cookies::SESSION);
        let token = key.as_deref().and_then(|key| key.rsplit_once('.')).map(|(_, token)| token);
        all.extend(token.map(|token| of_session(request, token)));
        // Somebody may have signed in in another tab after they opened a page that leads in.
        if !is_for_anyone(request) {
            return all;
        }
    } else if let Some(NewVisit(secret)) = request.extensions().get() {
        return vec![*secret];
    }
    all.extend(cookies::beginning(request, COOKIE, VISITS).iter().map(|visit| of_visit(request, visit)));
    all
}

/// Whether everybody may send the form that is sent.
fn is_for_anyone(request: &HttpRequest) -> bool {
    let (pattern, routes) = (request.match_pattern(), AppState::of(request).routes);
    let mut forms = routes.iter().filter(|route| route.method == "POST" && Some(route.path) == pattern.as_deref());
    forms.any(|route| route.who == Who::Anyone)
}

fn of_visit(request: &HttpRequest, visit: &str) -> [u8; 32] {
    AppState::of(request).secrets.mac("csrf visit", visit.as_bytes())
}

/// What a token says: a secret of 32 bytes, and the mark of whoever opened the page.
fn unmasked(token: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (mask, masked) = bytes.split_first_chunk::<32>()?;
    let said = mask.iter().cycle().zip(masked).map(|(m, s)| m ^ s).collect::<Vec<u8>>();
    matches!(said.len(), 32 | 48).then_some(said)
}

/// The host of the page that a form was sent from, as its browser says.
fn origin_of(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::ORIGIN)?.to_str().ok().filter(|origin| origin.contains("://"))
}

/// Whether a form comes from a page that its browser, or a proxy, has under another address than the server knows of: the
/// proxy puts in a Host of its own, and the public URL is not set, or is another. No page of another site can say so.
fn is_by_another_name(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let Some((_, host)) = origin_of(request).and_then(|origin| origin.split_once("://")) else { return false };
    match header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => header("x-forwarded-host") == Some(host),
    }
}

fn other_host(request: &HttpRequest) -> Error {
    let shown = |value: Option<&str>| value.unwrap_or_default().chars().take(255).collect::<String>();
    let origin = shown(origin_of(request));
    let host = shown(request.headers().get(header::HOST).and_then(|value| value.to_str().ok()));
    tracing::warn!(
        origin,
        host,
        public_url = AppState::of(request).public_url(),
        "a form was refused because the server does not know the address of its page: set TENANTRY_PUBLIC_URL to it"
    );
    Error::OtherHost(origin)
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
