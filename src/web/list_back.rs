//! The way back to the list that a change was asked for from: as it was searched, filtered, sorted and placed.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::web::{local_path, query_param};

/// The name of the field that carries it through a form.
pub const BACK: &str = "back";

/// The address of the list from which something was asked for: as the form says it, else of the page that the browser
/// comes from. `None` when that is none of `lists`: paths, with `*` for an id.
pub fn list_back(request: &HttpRequest, said: &str, lists: &[&str]) -> Option<String> {
    let is_list = |address: &str| {
        let path = address.split_once('?').map_or(address, |(path, _)| path);
        local_path(address).is_some() && lists.iter().any(|list| is_at(path, list))
    };
    if !said.is_empty() {
        return Some(said.to_owned()).filter(|said| is_list(said));
    }
    let page = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let page = page.and_then(|page| url::Url::parse(page).ok())?;
    let address = match page.query() {
        Some(query) => format!("{}?{query}", page.path()),
        None => page.path().to_owned(),
    };
    Some(address).filter(|address| is_list(address))
}

/// The address of the list that a page under it is to lead back to, as its own address says.
pub fn carried_back(request: &HttpRequest, lists: &[&str]) -> Option<String> {
    Some(query_param(request, BACK)).filter(|said| !said.is_empty()).and_then(|said| list_back(request, &said, lists))
}

fn is_at(path: &str, list: &str) -> bool {
    let mut parts = path.split('/').zip(list.split('/'));
    path.split('/').count() == list.split('/').count() && parts.all(|(part, known)| known == "*" || part == known)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_list_that_was_asked_about_is_gone_back_to() {
        let back = |said: &str, referer: &str| {
            let request = TestRequest::default().insert_header((header::REFERER, referer)).to_http_request();
            list_back(&request, said, &["/customers", "/customers/*/customers"])
        };
        assert_eq!(back("/customers?q=a&sort=title", ""), Some("/customers?q=a&sort=title".into()));
        assert_eq!(back("", "https://any.example/customers?q=a"), Some("/customers?q=a".into()));
        assert_eq!(back("", "https://any.example/customers/1/customers"), Some("/customers/1/customers".into()));
        for said in [
            "//evil.example/customers",
            "https://evil.example/customers",
            "/customers/2",
            "/customers#x",
            "/customers/2/users",
        ] {
            assert_eq!(back(said, "https://any.example/customers"), None, "{said}");
        }
        for referer in ["", "nonsense", "https://any.example/customers/2", "https://any.example/"] {
            assert_eq!(back("", referer), None, "{referer}");
        }
    }
}
