//! Style sheets, scripts and icons, packed into the binary by `build.rs` and compressed ahead.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::Error;

struct File {
    name: &'static str,
    mime: &'static str,
    raw: &'static [u8],
    br: &'static [u8],
    gz: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address below which all static files are; it changes when any of them does.
pub fn root() -> &'static str {
    ROOT
}

/// `GET /static/{version}/{name}`.
///
/// # Errors
/// `NotFound` for a file of another version.
pub async fn asset(request: HttpRequest) -> Result<HttpResponse, Error> {
    let name = request.path().strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/')).ok_or(Error::NotFound)?;
    let at = FILES.binary_search_by(|file| file.name.cmp(name)).map_err(|_| Error::NotFound)?;
    let file = &FILES[at];
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let accepts = |coding| accepted.unwrap_or_default().split(',').any(|part| allows(part, coding));
    let (coding, bytes) = if accepts("br") {
        ("br", file.br)
    } else if accepts("gzip") {
        ("gzip", file.gz)
    } else {
        ("identity", file.raw)
    };
    Ok(HttpResponse::Ok()
        .content_type(file.mime)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "accept-encoding"))
        .insert_header((header::CONTENT_ENCODING, coding))
        .body(bytes))
}

/// Whether an element of `Accept-Encoding` allows a coding; a weight of zero forbids it (RFC 9110 §12.4.2).
fn allows(part: &str, coding: &str) -> bool {
    let mut words = part.split(';').map(str::trim);
    let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
    let weight = words.find_map(|word| word.strip_prefix("q=")?.parse::<f32>().ok());
    named && weight != Some(0.0)
}
