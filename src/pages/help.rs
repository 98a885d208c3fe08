//! `/help`: how to do what the product is for, for whoever looks.

use actix_web::HttpResponse;
use askama::Template;

use crate::base::error::Error;
use crate::web::{self, PageContext, Reader};

/// For administrators.
#[derive(Template)]
#[template(path = "help/administrator.html")]
struct ForAdministrators {
    context: PageContext,
}

/// For customer users.
#[derive(Template)]
#[template(path = "help/customer.html")]
struct ForCustomerUsers {
    context: PageContext,
}

/// `GET /help`
pub async fn show(reader: Reader, context: PageContext) -> Result<HttpResponse, Error> {
    match reader {
        Reader::Admin(_) => web::page(&ForAdministrators { context }),
        Reader::User(_) => web::page(&ForCustomerUsers { context }),
    }
}
