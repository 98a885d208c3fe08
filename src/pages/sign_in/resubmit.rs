//! A form that is sent after the session ended is not lost: the answer asks to sign in, carries what was typed along,
//! sealed, and afterwards offers to send it, to whoever typed it alone.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error as WebError, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::text::capitalized;
use crate::model::customers::{contact, countries};
use crate::pages::sign_in;
use crate::web::csrf::own_mark;
use crate::web::route::{Route, Who};
use crate::web::state::AppState;
use crate::web::{
    self, OwnerMark, PageContext, UnsentForm, from_our_page, is_signed_out, is_upload, unsent_form, way_back,
};

/// What was typed, and where it was sent.
#[derive(Serialize, Deserialize)]
struct PendingForm {
    /// Whose; nobody's when the page came from an earlier version.
    owner: Option<OwnerMark>,
    path: String,
    fields: Vec<(String, String)>,
}

/// What fits into the form that signs in.
const LONGEST: usize = 120_000;

/// Lets every request pass but a form of ours for which somebody must be signed in and nobody is.
///
/// # Errors
/// Those of the inner services.
pub async fn keep<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    // A file is chosen again: it is too large to carry along.
    let wanted = request.method() == "POST" && is_signed_out(request.request()) && !is_upload(request.request());
    if !wanted
        || !needs_somebody(AppState::of(request.request()).routes, request.path())
        || !from_our_page(request.request())
    {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let (http, mut payload) = (request.request().clone(), request.take_payload());
    let answer = match unsent_form(&http, &mut payload).await {
        Ok(unsent) => ask(&http, unsent),
        Err(error) => Err(error),
    };
    let answer = answer.unwrap_or_else(|error| error.error_response());
    drop(http);
    Ok(request.into_response(answer).map_into_right_body())
}

/// Whether a form at this path is for somebody who is signed in.
fn needs_somebody(routes: &[Route], path: &str) -> bool {
    let posts = routes.iter().filter(|route| route.method == "POST");
    posts.filter(|route| route.who != Who::Anyone).any(|route| matches(route.path, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part.starts_with('{') || part == given => {}
            _ => return false,
        }
    }
}

impl PendingForm {
    fn new(request: &HttpRequest, UnsentForm { owner, fields }: UnsentForm) -> Self {
        Self { owner, path: request.path().to_owned(), fields }
    }

    /// A password is typed again, and of a button there is nothing to keep.
    fn is_worth_keeping(&self) -> bool {
        let secret = self.fields.iter().any(|(name, _)| name.contains("password"));
        !secret && self.fields.iter().any(|(_, value)| !value.is_empty())
    }
}

fn ask(request: &HttpRequest, unsent: UnsentForm) -> Result<HttpResponse, Error> {
    let kept = PendingForm::new(request, unsent);
    let worth_it = kept.owner.is_some() && kept.is_worth_keeping();
    let sealed = worth_it.then(|| seal(request, &kept)).transpose()?;
    let sealed = sealed.filter(|sealed| sealed.len() <= LONGEST);
    sign_in::ask_again(PageContext::of(request)?, sealed, way_back(request))
}

fn seal(request: &HttpRequest, kept: &PendingForm) -> Result<String, Error> {
    let json = serde_json::to_vec(kept).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(AppState::of(request).secrets.seal("kept", &json)?))
}

#[derive(Template)]
#[template(path = "sign_in/resubmit.html")]
struct Offer {
    context: PageContext,
    kept: PendingForm,
    /// What was typed, by the fields' names.
    typed: Vec<(String, String)>,
}

/// What became of a form that was kept.
pub enum Kept {
    /// Nothing was.
    Nothing,
    /// Somebody else typed it.
    Anothers,
    /// The page that offers to send it.
    Offered(HttpResponse),
}

/// The page that offers to send what was kept, once its owner has signed in.
///
/// # Errors
/// A template that cannot be rendered.
pub fn offer(request: &HttpRequest, sealed: &str) -> Result<Kept, Error> {
    let json =
        URL_SAFE_NO_PAD.decode(sealed).ok().and_then(|sealed| AppState::of(request).secrets.open("kept", &sealed));
    let Some(kept) = json.and_then(|json| serde_json::from_slice::<PendingForm>(&json).ok()) else {
        return Ok(Kept::Nothing);
    };
    if kept.owner.is_none() || kept.owner != own_mark(request) {
        return Ok(Kept::Anothers);
    }
    Ok(Kept::Offered(web::page(&Offer::of(request, kept)?)?))
}

/// The same page for a form whose token ended with an earlier session of whoever sends it; `None` when there is nothing to
/// offer.
///
/// # Errors
/// A template that cannot be rendered.
pub fn offer_again(request: &HttpRequest, unsent: UnsentForm) -> Result<Option<HttpResponse>, Error> {
    let kept = PendingForm::new(request, unsent);
    if !kept.is_worth_keeping() {
        return Ok(None);
    }
    web::answer(StatusCode::FORBIDDEN, &Offer::of(request, kept)?).map(Some)
}

impl Offer {
    fn of(request: &HttpRequest, kept: PendingForm) -> Result<Self, Error> {
        let quiet = ["version", "base", "form_id", "again", "ids", "inside", "only", "asked", "confirmed"];
        let shown = kept.fields.iter().filter(|(name, value)| !value.is_empty() && !quiet.contains(&name.as_str()));
        let typed = shown.map(|(name, value)| labelled(name, value)).collect();
        Ok(Self { context: PageContext::of(request)?, kept, typed })
    }
}

/// A field and its value as its form shows them.
fn labelled(name: &str, value: &str) -> (String, String) {
    if let Some(field) = contact::FIELDS.iter().find(|field| field.name == name) {
        let country = if name == "country" { countries::name(value) } else { "" };
        return (field.label.to_owned(), if country.is_empty() { value } else { country }.to_owned());
    }
    (capitalized(&name.replace('_', " ")), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_for_somebody_are_known_by_their_address() {
        let post = |path, who| Route { method: "POST", path, who };
        let routes = [
            post("/customers", Who::TenantAdmin),
            post("/users/{id}/access", Who::TenantAdmin),
            post("/sign-in", Who::Anyone),
            post("/activate/{token}", Who::Anyone),
        ];
        for (path, needs) in [
            ("/customers", true),
            ("/users/0190/access", true),
            ("/sign-in", false),
            ("/activate/secret", false),
            ("/nowhere", false),
        ] {
            assert_eq!(needs_somebody(&routes, path), needs, "{path}");
        }
    }
}
