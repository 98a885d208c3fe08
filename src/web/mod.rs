//! What every page shares: answering, the layout's needs, forms posted by a browser, cookies, static files. Knows no
//! resource.

pub mod access_log;
pub mod assets;
pub mod change_limit;
pub mod client;
pub mod cookies;
pub mod csrf;
pub mod error_page;
pub mod export_stream;
pub mod extractors;
pub mod flash;
pub mod form;
pub mod frame;
pub mod head_limit;
pub mod idempotency;
pub mod impersonation_banner;
pub mod known_browser;
pub mod list_back;
pub mod origin;
pub mod page_context;
pub mod path;
pub mod route;
pub mod search_limit;
pub mod session_store;
pub mod state;
pub mod submitted;
pub mod timeouts;
pub mod upload;

pub use assets::asset;
pub use client::{client_address, networks};
pub use cookies::{adopt_session, full_name, remember_size, remembered_size};
pub use csrf::{OwnerMark, bind_to_new_session, from_our_page};
pub use extractors::{
    Anyone, Branch, CustomerUser, Reader, SignedIn, TenantAdmin, is_signed_out, sender, viewer, way_back,
};
pub use flash::Flash;
pub use form::{Form, Nothing, Selection, UnsentForm, unsent_form};
pub use frame::{RequestId, frame};
pub use head_limit::sign_in_path;
pub use idempotency::{Answer, take_out_links};
pub use impersonation_banner::ImpersonationBanner;
pub use list_back::{BACK, carried_back, list_back};
pub use origin::request_origin;
pub use page_context::PageContext;
pub use search_limit::{SearchLimit, limit_searches};
pub use submitted::{Creation, Revision, Submitted};
pub use upload::{FileForm, FileStream, Upload, is_upload};

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded;

use crate::base::error::{Error, RetryAfter};
use crate::base::list::{ListQuery, ListSpec};
use crate::base::time::DisplayZone;

/// An HTML page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn page(view: &impl Template) -> Result<HttpResponse, Error> {
    answer(StatusCode::OK, view)
}

/// The same form again, with what is wrong.
///
/// # Errors
/// A template that cannot be rendered.
pub fn unprocessable(view: &impl Template) -> Result<HttpResponse, Error> {
    answer(StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// An HTML page with another status.
///
/// # Errors
/// A template that cannot be rendered.
pub fn answer(status: StatusCode, view: &impl Template) -> Result<HttpResponse, Error> {
    let html = view.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// The same form again, after it was sent too often.
///
/// # Errors
/// A template that cannot be rendered.
pub fn too_many(view: &impl Template, wait: RetryAfter) -> Result<HttpResponse, Error> {
    let mut page = answer(StatusCode::TOO_MANY_REQUESTS, view)?;
    page.headers_mut().insert(header::RETRY_AFTER, wait.seconds().into());
    Ok(page)
}

/// Sends the browser on to a page of ours.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// `next` when it is a page of ours to go to, else `None`: a path with one slash in front, nothing that a browser could
/// take for another host.
pub fn local_path(next: &str) -> Option<&str> {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.len() <= 2000
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then_some(next)
}

/// The address that a request came from.
pub fn address_of(request: &HttpRequest) -> String {
    client_address(request).map(|address| address.to_string()).unwrap_or_default()
}

/// The browser that sent a request, as it calls itself; at most 255 characters.
pub fn agent_of(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.chars().take(255).collect()
}

/// What the URL of a list asks for. A page size in it is kept for the next lists, but not that of a link that came from
/// elsewhere: it was somebody else's choice.
pub fn list_query(spec: &ListSpec, request: &HttpRequest) -> ListQuery {
    let list = ListQuery::parse(spec, request.path(), request.query_string(), remembered_size(request));
    let from = request.headers().get("sec-fetch-site");
    if list.size_asked && from.is_none_or(|site| site == "same-origin") {
        remember_size(request, list.size);
    }
    list
}

/// The time zone of whoever sent `request`, which a script of ours keeps in a cookie; UTC until then.
pub fn zone_of(request: &HttpRequest) -> DisplayZone {
    let name = cookies::get(request, "tz").map(|name| name.replace("%2F", "/"));
    DisplayZone::named(&name.unwrap_or_default())
}

/// A parameter of the URL, read leniently: empty when it is missing, the first when it is doubled.
pub fn query_param(request: &HttpRequest, name: &str) -> String {
    let mut asked = form_urlencoded::parse(request.query_string().as_bytes());
    asked.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The sentence of a form that was saved, be it that nothing on it was new.
pub fn saved(name: &str, changed: bool) -> String {
    if changed { format!("{name} was saved.") } else { format!("Nothing was changed: {name} is as before.") }
}

/// The name of a file about something that is called so: letters and digits of ASCII, which every system takes, with a
/// hyphen between words; `usual` where there are none.
pub fn file_name(title: &str, usual: &str) -> String {
    let plain = title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
    let plain: String = plain.take(80).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.is_empty() { usual.to_owned() } else { words.join("-") }
}

/// A link of the way that leads to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Its words.
    pub title: String,
    /// Where it leads.
    pub href: String,
}

impl Crumb {
    /// A link with these words.
    pub fn new(title: impl Into<String>, href: impl Into<String>) -> Self {
        Self { title: title.into(), href: href.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_plain() {
        assert_eq!(file_name("Łódź: floor \"2\"\r\n../etc", "dashboard"), "d-floor-2-etc");
        assert_eq!(file_name("日本", "dashboard"), "dashboard");
    }

    #[test]
    fn only_paths_of_ours_are_followed() {
        for good in ["/", "/customers?q=a%20b&sort=-title", "/customers/0190#x"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in
            ["", "customers", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/\t/evil", "/é"]
        {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }
}
