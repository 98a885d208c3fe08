//! `/administrators`: those who administer the tenant, by the same pages as other users.

use actix_web::{HttpRequest, HttpResponse};

use crate::auth::TenantAdmin;
use crate::error::Error;
use crate::users::{Role, UserForm, list_pages};
use crate::web::{Form, PageContext};

/// `GET /administrators`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    list_pages::index_of(admin, context, request, Role::Administrator).await
}

/// `GET /administrators/new`
pub async fn new(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    list_pages::new_of(admin, context, request, Role::Administrator).await
}

/// `POST /administrators`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<UserForm>,
) -> Result<HttpResponse, Error> {
    list_pages::create_of(admin, context, request, Role::Administrator, form).await
}
