//! The page after somebody else saved in between: nothing is overwritten until one has chosen.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::{Section, ThreeWay};
use crate::pages::trace::Trace;
use crate::web::{self, Crumb, PageContext, Revision, Submitted};

/// What was edited, as it is stored now.
pub struct Edited<F> {
    /// The way to it.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub title: String,
    /// Where the choice is posted, and where nothing of one's own is kept.
    pub path: String,
    /// Who saved in between, and when.
    pub saved: Trace,
    /// Its form, filled with what they saved.
    pub stored: Submitted<F, Revision>,
}

#[derive(Template)]
#[template(path = "conflict.html")]
struct Conflict {
    context: PageContext,
    crumbs: Vec<Crumb>,
    title: String,
    path: String,
    saved: Trace,
    /// On which the choice is made.
    theirs: Revision,
    three_way: ThreeWay,
}

/// Answers with the choices between what somebody else saved and a form as it was `opened` and as it was `typed`, and the
/// status 409; `sections` shows a form.
///
/// # Errors
/// A template that cannot be rendered.
pub fn send<F>(
    context: PageContext,
    edited: Edited<F>,
    opened: &F,
    typed: &F,
    sections: impl Fn(&F) -> Vec<Section>,
) -> Result<HttpResponse, Error> {
    let Edited { crumbs, title, path, saved, stored } = edited;
    let three_way = ThreeWay::compare([opened, &stored.form, typed].map(sections));
    web::answer(StatusCode::CONFLICT, &Conflict { context, crumbs, title, path, saved, theirs: stored.meta, three_way })
}
