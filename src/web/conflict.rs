//! The page after somebody else saved in between: nothing is overwritten until one has chosen.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::ThreeWay;
use crate::base::time::FormattedTime;
use crate::web::{Crumb, PageContext, answer};

/// What was edited, what somebody else made of it, and the choices.
#[derive(Template)]
#[template(path = "conflict.html")]
pub struct Conflict {
    /// The layout's needs.
    pub context: PageContext,
    /// The way to what was edited.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub title: String,
    /// Who saved in between.
    pub by: String,
    /// When.
    pub when: FormattedTime,
    /// Where the choice is posted, and where nothing of one's own is kept.
    pub path: String,
    /// The comparison.
    pub three_way: ThreeWay,
    /// The version and values that the choice is made upon.
    pub hidden: [(&'static str, String); 2],
}

impl Conflict {
    /// Sends it, with the status 409.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub fn send(&self) -> Result<HttpResponse, Error> {
        answer(StatusCode::CONFLICT, self)
    }
}
