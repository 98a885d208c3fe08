//! The cookie by which a browser is known in which somebody has signed in.

use actix_web::HttpRequest;

use crate::base::error::Error;
use crate::base::secrets::Token;
use crate::model::sessions::Browser;
use crate::model::sessions::known_browser::AGE;
use crate::web::cookies;

const COOKIE: &str = "browser";

/// The browser that sent a request; `None` when nobody has signed in with it.
pub fn browser_of(request: &HttpRequest) -> Option<Browser> {
    Some(Browser::holding(&held(request)?))
}

fn held(request: &HttpRequest) -> Option<Token> {
    Token::parse(&cookies::get(request, COOKIE)?)
}

/// The token of the browser that sent `request`, which keeps it from now on.
///
/// # Errors
/// When the system has no randomness to give.
pub(crate) fn keep(request: &HttpRequest) -> Result<Token, Error> {
    let token = held(request).map_or_else(Token::random, Ok)?;
    let age = actix_web::cookie::time::Duration::try_from(AGE).map_err(Error::internal)?;
    cookies::put(request, COOKIE, token.reveal(), Some(age));
    Ok(token)
}
