//! The page of a form that adds something.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::FormView;
use crate::web::{self, Crumb, PageContext};

/// The form, empty or with what is wrong with it.
#[derive(Template)]
#[template(path = "new.html")]
pub struct New {
    pub context: PageContext,
    pub crumbs: Vec<Crumb>,
    pub title: String,
    /// Where it is posted; also the list, to which one goes who does not want it.
    pub action: String,
    pub form: FormView,
    /// Set when it holds what was typed about something that is no longer there.
    pub gone: Option<Gone>,
}

/// What is said with a form whose thing is no longer there, or not theirs: nobody can tell which.
pub struct Gone {
    pub text: String,
    /// Whether it can be added as a new one.
    pub can_be_added: bool,
}

impl Gone {
    /// What was typed of `what` is shown again.
    pub fn new(what: &str, can_be_added: bool) -> Self {
        let next = if can_be_added { "Add it as a new one, or copy what you need." } else { "Copy what you need." };
        let text = format!("{what} is no longer there, so nothing was saved. What you typed is still here. {next}");
        Self { text, can_be_added }
    }
}

impl New {
    fn can_be_added(&self) -> bool {
        self.gone.as_ref().is_none_or(|gone| gone.can_be_added)
    }

    /// Sends it about something that is no longer there, with the status 404.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub fn send_gone(self, gone: Gone) -> Result<HttpResponse, Error> {
        web::answer(StatusCode::NOT_FOUND, &Self { gone: Some(gone), ..self })
    }
}
