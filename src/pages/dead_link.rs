//! The page of a link that does not work: why, and what to do next.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::base::error::Error;
use crate::model::activation::{Dead, Purpose};
use crate::web::{self, PageContext};

#[derive(Template)]
#[template(path = "activation/dead.html")]
struct DeadPage {
    context: PageContext,
    title: &'static str,
    text: &'static str,
    /// Where a new mail can be asked for.
    resend: Option<String>,
    /// Where a new password can be asked for.
    forgot: bool,
    /// Whether signing in is what comes next: the password was chosen, be it by the first of two clicks.
    signs_in: bool,
}

/// The page of a link that does not work.
///
/// # Errors
/// A template that cannot be rendered.
pub fn dead(context: PageContext, token: &str, purpose: Purpose, dead: &Dead) -> Result<HttpResponse, Error> {
    let (status, title, text) = match (dead, purpose) {
        (Dead::Used, Purpose::Activate) => (
            StatusCode::GONE,
            "This activation link has already been used",
            "A password was chosen with it. Sign in with your email address and that password.",
        ),
        (Dead::NotNeeded, _) => (
            StatusCode::GONE,
            "You have already activated",
            "A password was chosen with another link. Sign in with your email address and that password.",
        ),
        (Dead::Taken, _) => (
            StatusCode::CONFLICT,
            "This address is in use",
            "Another user has this email address by now. Choose another one on your account page.",
        ),
        (Dead::Used, Purpose::ConfirmAddress) => (
            StatusCode::GONE,
            "This link has already been used",
            "The address was confirmed with it. Sign in with that address.",
        ),
        (Dead::Expired, Purpose::ConfirmAddress) => (
            StatusCode::GONE,
            "This link has expired",
            "Enter the address once more on your account page, and use the link in the new mail.",
        ),
        (Dead::Used, Purpose::Reset) => (
            StatusCode::GONE,
            "This link has already been used",
            "A new password was chosen with it. Sign in with that password, or ask for another link.",
        ),
        (Dead::Expired, Purpose::Activate) => (
            StatusCode::GONE,
            "This activation link has expired",
            "Ask for a new activation mail; it goes to the same address.",
        ),
        (Dead::Expired, Purpose::Reset) => (
            StatusCode::GONE,
            "This link has expired",
            "A link to choose a new password works for 30 minutes. Ask for another one.",
        ),
        (Dead::Unknown, Purpose::Activate) => (
            StatusCode::NOT_FOUND,
            "This activation link does not work",
            "A newer link may have taken its place: use the one in the latest mail. Or it was cut off: copy the whole link from the mail. If that does not help, ask whoever invited you for a new one.",
        ),
        (Dead::Unknown, Purpose::Reset | Purpose::ConfirmAddress) => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "A newer link may have taken its place: use the one in the latest mail. Or it was cut off: copy the whole link from the mail.",
        ),
    };
    let resend =
        matches!((dead, purpose), (Dead::Expired, Purpose::Activate)).then(|| format!("/activate/{token}/mail"));
    let forgot = purpose == Purpose::Reset;
    let signs_in = resend.is_none() && (!forgot || matches!(dead, Dead::Used));
    let page = DeadPage { context, title, text, resend, forgot, signs_in };
    web::answer(status, &page)
}
