//! `/imports/templates/{what}`: a file with the column names alone, to be filled in.

use actix_web::http::header;
use actix_web::{HttpResponse, web::Path};

use crate::base::csv::{BOM, write_row};
use crate::base::error::Error;
use crate::model::imports::ImportKind;
use crate::web::TenantAdmin;

/// `GET /imports/templates/{what}`
pub async fn download(_: TenantAdmin, what: Path<String>) -> Result<HttpResponse, Error> {
    let what = ImportKind::parse(&what).ok_or(Error::NotFound)?;
    let mut file = BOM.to_vec();
    write_row(&mut file, b',', what.columns().iter().map(|column| column.label));
    let disposition = format!("attachment; filename=\"{}-template.csv\"", what.name());
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(file))
}
