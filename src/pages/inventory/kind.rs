//! Which kind an address is about.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::base::error::Error;
use crate::model::inventory::Kind;

impl FromRequest for Kind {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let about = |kind: Self| request.path().split('/').any(|part| part == kind.several());
        ready(Self::ALL.into_iter().find(|kind| about(*kind)).ok_or(Error::NotFound))
    }
}
