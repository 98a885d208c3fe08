//! `/customers/suggestions`: titles that go on from what is being typed, for the field "Parent customer".

use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::Serialize;

use crate::base::error::Error;
use crate::base::forms::fold;
use crate::base::list::searched;
use crate::db::after_prefix;
use crate::db::schema::customers;
use crate::model::customers::paths_of;
use crate::model::customers::search::matching_any_level;
use crate::model::customers::store::mine;
use crate::web::{self, TenantAdmin};

/// How many are offered.
const MOST: i64 = 10;

#[derive(Serialize)]
struct Suggestion {
    title: String,
    path: String,
}

/// `GET /customers/suggestions`: for what was typed so far.
pub async fn index(admin: TenantAdmin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let term = fold(&searched(&web::asked(&request, "q")));
    let suggestions = admin
        .tenant
        .read(move |t| {
            let begins = customers::title_key.ge(term.clone()).and(customers::title_key.lt(after_prefix(&term)));
            let found = mine(t).filter(begins).order(customers::title_key).select((customers::id, customers::title));
            let mut found: Vec<(crate::base::id::CustomerId, String)> = found.limit(MOST).load(t.conn)?;
            if found.len() < MOST as usize && term.chars().count() >= 3 {
                let more = matching_any_level(t, &term, MOST)?;
                found.extend(
                    more.into_iter().filter(|(id, _)| !found.iter().any(|(known, _)| known == id)).collect::<Vec<_>>(),
                );
                found.truncate(MOST as usize);
            }
            let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
            let paths = paths_of(t, &ids)?;
            let suggestions = found.into_iter().map(|(id, title)| {
                let steps = paths.get(&id).map(Vec::as_slice).unwrap_or_default();
                let path = steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
                Suggestion { title, path }
            });
            Ok::<_, Error>(suggestions.collect::<Vec<_>>())
        })
        .await?;
    Ok(HttpResponse::Ok().json(suggestions))
}
