//! `/administrators`: those who administer the tenant, by the same pages as other users.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::Error;
use crate::model::users::{Role, UserForm};
use crate::pages::users::index;
use crate::web::{Form, PageContext, TenantAdmin};

/// `GET /administrators`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    index::index_of(admin, context, request, Role::Administrator).await
}

/// `GET /administrators/new`
pub async fn new(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    index::new_of(admin, context, request, Role::Administrator).await
}

/// `POST /administrators`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<UserForm>,
) -> Result<HttpResponse, Error> {
    index::create_of(admin, context, request, Role::Administrator, form).await
}
