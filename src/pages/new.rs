//! The page of a form that adds something.

use askama::Template;

use crate::base::forms::FormView;
use crate::web::{Crumb, PageContext};

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
}
