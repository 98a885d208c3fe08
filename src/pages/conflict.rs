//! The page after somebody else saved in between: nothing is overwritten until one has chosen.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::ThreeWay;
use crate::pages::trace::Trace;
use crate::web::{self, Crumb, PageContext, Revision};

/// What was edited, what somebody else made of it, and the choices.
#[derive(Template)]
#[template(path = "conflict.html")]
pub struct Conflict {
    pub context: PageContext,
    /// The way to what was edited.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub title: String,
    /// Where the choice is posted, and where nothing of one's own is kept.
    pub path: String,
    /// Who saved in between, and when.
    pub saved: Trace,
    /// What they saved, on which the choice is made.
    pub theirs: Revision,
    /// The comparison.
    pub three_way: ThreeWay,
}

impl Conflict {
    /// Sends it, with the status 409.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub fn send(&self) -> Result<HttpResponse, Error> {
        web::answer(StatusCode::CONFLICT, self)
    }
}
