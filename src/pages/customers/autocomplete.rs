//! `/customers/suggestions`: titles that go on from what is being typed, for the field "Parent customer".

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::base::error::Error;
use crate::base::list::searched;
use crate::base::text::{self, Count};
use crate::model::customers::store::find_all;
use crate::model::customers::{Customer, autocomplete, paths_of};
use crate::web::{self, TenantAdmin};

#[derive(Serialize)]
struct Suggestion {
    title: String,
    path: String,
    /// How much there is of it.
    about: String,
}

/// What a customer has, in numbers.
fn size(customer: &Customer) -> String {
    let users = Count::from(customer.counts.users).of("user", "users");
    format!("{users}, {}", Count::from(customer.counts.devices).of("device", "devices"))
}

/// `GET /customers/suggestions`: for what was typed so far.
pub async fn index(admin: TenantAdmin, request: HttpRequest) -> Result<HttpResponse, Error> {
    let term = text::folded(&searched(&web::query_param(&request, "q")));
    let suggestions = admin
        .tenant
        .read(move |t| {
            let found = autocomplete::suggestions(t, &term)?;
            let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
            let paths = paths_of(t, &ids)?;
            let sizes: HashMap<_, _> = find_all(t, &ids)?.into_iter().map(|one| (one.id, size(&one))).collect();
            let suggestions = found.into_iter().map(|(id, title)| {
                let steps = paths.get(&id).map(Vec::as_slice).unwrap_or_default();
                let path = steps.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
                Suggestion { title, path, about: sizes.get(&id).cloned().unwrap_or_default() }
            });
            Ok::<_, Error>(suggestions.collect::<Vec<_>>())
        })
        .await?;
    Ok(HttpResponse::Ok().json(suggestions))
}
