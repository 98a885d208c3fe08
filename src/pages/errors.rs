//! What went wrong, inside the frame for whoever is signed in, so that the navigation stays where it is.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{Error as WebError, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use crate::base::error::Error;
use crate::pages::sign_in::resubmit;
use crate::web::{self, ImpersonationBanner, PageContext, UnsentForm, viewer};

#[derive(Template)]
#[template(path = "errors/in_frame.html")]
struct InFrame<'a> {
    context: PageContext,
    title: &'a str,
    text: &'a str,
}

/// Draws the errors of somebody's own making again with the frame around them. Those of the server keep their page, which
/// needs nothing.
///
/// # Errors
/// Those of the inner services.
pub async fn in_frame<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    let response = next.call(request).await?;
    let error = response.response().error().and_then(|error| error.as_error::<Error>());
    let Some(error) = error.filter(|error| error.status_code().is_client_error()) else {
        return Ok(response.map_into_left_body());
    };
    let http = response.request();
    if viewer(http).is_none() {
        return Ok(response.map_into_left_body());
    }
    let mut page = draw(http, error)?;
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    let http = http.clone();
    Ok(ServiceResponse::new(http, page).map_into_right_body())
}

fn draw(request: &HttpRequest, error: &Error) -> Result<HttpResponse, Error> {
    let unsent = request.extensions_mut().remove::<UnsentForm>();
    if let Some(unsent) = unsent
        && let Some(page) = resubmit::offer_again(request, unsent)?
    {
        return Ok(page);
    }
    let (title, text) = error.texts();
    // Of no section: who has no such page learns nothing of whether there is one.
    let mut context = PageContext::outside(request)?;
    // What knows of it on the way is behind.
    context.impersonation = ImpersonationBanner::of(request)?;
    web::answer(error.status_code(), &InFrame { context, title, text: &text })
}
