//! `/healthz` and `/readyz`, for service managers and load balancers, and the end: whoever asks whether this process is
//! ready learns first that it is not any more, then the listener closes, then what is under way is finished.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error as WebError, HttpRequest, HttpResponse, ResponseError as _};

use crate::base::error::Error;
use crate::web::state::AppState;

/// `GET /healthz`: the process is alive. Asks nobody else, so that an outage of the database restarts nothing.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /readyz`: the process takes requests and its database answers.
pub async fn ready(request: HttpRequest) -> HttpResponse {
    let app = AppState::of(&request);
    app.health.note_poll();
    let (mut answer, words) = if app.health.is_stopping() {
        (HttpResponse::ServiceUnavailable(), "stopping\n")
    } else if app.health.database_answers(&app.db).await {
        (HttpResponse::Ok(), "ready\n")
    } else {
        (HttpResponse::ServiceUnavailable(), "the database does not answer\n")
    };
    answer.content_type("text/plain; charset=utf-8").body(words)
}

/// Answers that the database does not answer, until it was there once and is up to date.
///
/// # Errors
/// Those of the inner services.
pub async fn when_database_is_there<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    if AppState::of(request.request()).health.is_open() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let answer = Error::unavailable("it was not there yet since the start").error_response();
    Ok(request.into_response(answer).map_into_right_body())
}
