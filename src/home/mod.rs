//! `/home`: what is there for whoever looks.

mod administrator;
mod customer;

use actix_web::{HttpRequest, HttpResponse};

use crate::auth::Reader;
use crate::error::Error;
use crate::web::PageContext;

/// `GET /home`
pub async fn show(reader: Reader, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    match reader {
        Reader::Admin(admin) => administrator::show(admin, context).await,
        Reader::User(person) => customer::show(person, context, request).await,
    }
}
