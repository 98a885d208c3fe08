//! `/administrators`: those who administer the tenant, by the same pages as other users.

use actix_web::{HttpRequest, HttpResponse};

use crate::auth::TenantAdmin;
use crate::error::Error;
use crate::users::{Role, UserForm, list_pages};
use crate::web::{Chrome, Form};

/// `GET /administrators`
pub async fn index(admin: TenantAdmin, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    list_pages::index_of(admin, chrome, request, Role::Administrator).await
}

/// `GET /administrators/new`
pub async fn new(admin: TenantAdmin, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    list_pages::new_of(admin, chrome, request, Role::Administrator).await
}

/// `POST /administrators`
pub async fn create(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    Form(form): Form<UserForm>,
) -> Result<HttpResponse, Error> {
    list_pages::create_of(admin, chrome, request, Role::Administrator, form).await
}
