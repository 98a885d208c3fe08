//! `/home`: what is there for whoever looks.

mod administrator;
mod customer;

use actix_web::{HttpRequest, HttpResponse};

use crate::auth::Reader;
use crate::error::Error;
use crate::web::Chrome;

/// `GET /home`
pub async fn show(reader: Reader, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    match reader {
        Reader::Admin(admin) => administrator::show(admin, chrome).await,
        Reader::User(person) => customer::show(person, chrome, request).await,
    }
}
