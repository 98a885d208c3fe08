//! Where a request comes from, for the audit log.

use actix_web::HttpRequest;

use crate::tenancy::audit::{Origin, Who};
use crate::web::{address_of, agent_of};

/// Where a request comes from, while it is not known who sent it.
pub fn request_origin(request: &HttpRequest) -> Origin {
    Origin { who: Who::Somebody, address: address_of(request), agent: agent_of(request) }
}
