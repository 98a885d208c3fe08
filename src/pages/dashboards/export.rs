//! `/dashboards/{id}/export`: a dashboard as a file.

use actix_web::http::header;
use actix_web::{HttpResponse, web::Path};

use crate::base::error::Error;
use crate::base::id::DashboardId;
use crate::model::dashboards::{json, store};
use crate::web::path::parse_id;
use crate::web::{TenantAdmin, file_name};

/// `GET /dashboards/{id}/export`
pub async fn show(admin: TenantAdmin, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    let dashboard = admin.tenant.read(move |t| store::find(t, id)).await?;
    let disposition = format!("attachment; filename=\"{}.json\"", file_name(&dashboard.title, "dashboard"));
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(json::write(&dashboard)?))
}
