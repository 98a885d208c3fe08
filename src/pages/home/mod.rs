//! `/home`: what is there for whoever looks.

pub mod administrator;
pub mod customer;

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::Error;
use crate::web::{PageContext, Reader};

/// `GET /home`
pub async fn show(reader: Reader, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    match reader {
        Reader::Admin(admin) => administrator::show(admin, context, request).await,
        Reader::User(person) => customer::show(person, context, request).await,
    }
}
