//! The page of an error, which needs no database. Its cause is logged once, with the request id that the page shows.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use crate::base::error::Error;
use crate::web::{self, ImpersonationBanner, RequestId};

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
    request_id: &'a str,
    fault: bool,
    impersonation: Option<ImpersonationBanner>,
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInRequired(_) => StatusCode::SEE_OTHER,
            Self::Forged | Self::OtherHost(_) | Self::NoCookies | Self::ReadOnly => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Full(_) | Self::Uncertain(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::SignInRequired(next) = self {
            return web::see_other(&web::sign_in_path(next));
        }
        let request_id = RequestId::current();
        match self {
            Self::Internal(cause) => tracing::error!(%request_id, %cause, "fault"),
            Self::Full(cause) => tracing::error!(%request_id, %cause, "no room"),
            Self::Uncertain(cause) | Self::Unavailable(cause) => tracing::warn!(%request_id, %cause, "unavailable"),
            _ => {}
        }
        let (title, text) = self.texts();
        let fault = self.status_code().is_server_error();
        let page = ErrorPage {
            title,
            text: &text,
            request_id: &request_id,
            fault,
            impersonation: ImpersonationBanner::current(),
        };
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::TooMany(wait) => _ = answer.insert_header((header::RETRY_AFTER, wait.seconds())),
            _ if self.status_code() == StatusCode::SERVICE_UNAVAILABLE => {
                _ = answer.insert_header((header::RETRY_AFTER, "5"));
            }
            _ => {}
        }
        match page.render() {
            Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
            Err(error) => {
                tracing::error!(%request_id, %error, "the error page itself failed");
                answer.content_type("text/plain; charset=utf-8").body(format!("{title}. {text}"))
            }
        }
    }
}
