//! How large the head of an answer may be. Proxies read it into a buffer of one page of memory, 4 kB; of a larger one nginx
//! takes it that the server is broken, and leaves the server out.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The longest head, in bytes.
const LONGEST: usize = 4_000;
/// What is written besides what the map holds: the first line, `date`, `content-length` and the like.
const BESIDES: usize = 250;
/// The longest address that a query carries along, as it is written there.
const LONGEST_NEXT: usize = 2_000;

/// What a value in a query cannot hold as it is. Nothing else is encoded: everything would be up to three times as long.
const IN_QUERY: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'/').add(b'<').add(b'>').add(b'\\');

/// Where somebody signs in who then goes on to `next`; an address too long to be carried along is left out.
pub fn sign_in_path(next: &str) -> String {
    let next = utf8_percent_encode(next, IN_QUERY).to_string();
    if next.len() <= LONGEST_NEXT { format!("/sign-in?next={next}") } else { "/sign-in".into() }
}

/// Makes a head small enough: a redirect that is too long loses its query first, and then all of its path.
pub(crate) fn shorten(headers: &mut HeaderMap) {
    let redirects = [header::LOCATION, HeaderName::from_static("x-location")];
    for name in redirects {
        if size(headers) <= LONGEST {
            return;
        }
        let Some(to) = headers.get(&name).and_then(|value| value.to_str().ok()) else { continue };
        let path = to.split(['?', '#']).next().unwrap_or_default();
        let path = if path.len() <= LONGEST / 4 { path } else { "/" };
        if let Ok(path) = HeaderValue::from_str(path) {
            headers.insert(name, path);
        }
    }
}

fn size(headers: &HeaderMap) -> usize {
    BESIDES + headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_carried_along_as_it_was_unless_it_is_too_long() {
        assert_eq!(
            sign_in_path("/customers?q=a%20b&sort=-title"),
            "/sign-in?next=%2Fcustomers?q=a%2520b%26sort=-title"
        );
        assert_eq!(sign_in_path(&format!("/customers?q={}", "x".repeat(2_000))), "/sign-in");
    }

    #[test]
    fn a_redirect_loses_its_query_and_then_its_path() {
        let mut headers = HeaderMap::new();
        headers
            .insert(header::LOCATION, HeaderValue::from_str(&format!("/customers?q={}", "x".repeat(5_000))).unwrap());
        shorten(&mut headers);
        assert_eq!(headers.get(header::LOCATION).unwrap(), "/customers");
        headers.insert(header::LOCATION, HeaderValue::from_str(&"/x".repeat(5_000)).unwrap());
        shorten(&mut headers);
        assert_eq!(headers.get(header::LOCATION).unwrap(), "/");
        headers.insert(header::LOCATION, HeaderValue::from_static("/customers?q=a"));
        shorten(&mut headers);
        assert_eq!(headers.get(header::LOCATION).unwrap(), "/customers?q=a");
    }
}
