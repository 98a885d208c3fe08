//! Whose users an address is about.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::base::error::Error;
use crate::model::users::{Role, UserList};
use crate::web::path::parse_id;

/// Of `/administrators` and of `/customers/{id}/users`, with what is under either.
impl FromRequest for Role {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let path = request.path();
        ready(match path.strip_prefix("/customers/").and_then(|path| path.split('/').next()) {
            Some(id) => parse_id(id).map(Self::CustomerUser),
            None if path.starts_with("/administrators") => Ok(Self::Administrator),
            None => Err(Error::NotFound),
        })
    }
}

/// Of the same, and of `/users` with what is under it.
impl FromRequest for UserList {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if request.path().starts_with("/users") {
            return ready(Ok(Self::Tenant));
        }
        ready(Role::from_request(request, payload).into_inner().map(Self::Of))
    }
}
