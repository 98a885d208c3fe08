//! `/devices/types`, `/assets/types`: types in use, while one is typed.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::base::error::Error;
use crate::base::list::searched;
use crate::base::text::Count;
use crate::model::inventory::{Kind, types};
use crate::web::{self, TenantAdmin};

#[derive(Serialize)]
struct Suggestion {
    title: String,
    path: String,
}

/// How many are offered.
const MOST: usize = 10;

/// `GET /devices/types`, `GET /assets/types`: for what was typed so far.
pub async fn index(admin: TenantAdmin, kind: Kind, request: HttpRequest) -> Result<HttpResponse, Error> {
    let typed = searched(&web::query_param(&request, "q"));
    let found = admin.tenant.read(move |t| types::in_use(t, kind, &typed, MOST)).await?;
    let index: Vec<Suggestion> =
        found.into_iter().map(|one| Suggestion { title: one.name, path: kind.count(Count::from(one.n)) }).collect();
    Ok(HttpResponse::Ok().json(index))
}
