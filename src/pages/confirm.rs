//! The page that asks before something is done.

use askama::Template;
use serde::Deserialize;

use crate::base::forms::{Errors, Field, FormView};
use crate::base::text::Count;
use crate::web::{Crumb, PageContext};

/// What is sent to delete one thing: what was typed to confirm it, and the list to go back to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Confirmation {
    pub confirm: String,
    pub back: String,
}

/// The question, and what its answer means.
#[derive(Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    pub context: PageContext,
    pub crumbs: Vec<Crumb>,
    pub question: String,
    /// What goes with it: numbers, each with its words.
    pub counts: Vec<(Count, String)>,
    /// What it means, a paragraph each.
    pub texts: Vec<String>,
    /// What is to be typed or chosen first, and what says again what it is about.
    pub form: FormView,
    pub button: String,
    /// Whether it cannot be undone.
    pub danger: bool,
    /// Where the answer is posted.
    pub action: String,
    /// Where one goes who does not want it.
    pub back: String,
    /// Why it cannot be done at all; then nothing is asked.
    pub refusal: Option<String>,
}

impl Confirm {
    /// The question whether something is deleted for good, by the button called `button`; asked on the way from `back`.
    pub fn deletion(context: PageContext, crumbs: Vec<Crumb>, question: String, button: String, back: String) -> Self {
        Self {
            context,
            crumbs,
            question,
            counts: Vec::new(),
            texts: Vec::new(),
            form: FormView::default(),
            button,
            danger: true,
            action: format!("{back}/delete"),
            back,
            refusal: None,
        }
    }
}

/// The field into which the number of what is deleted is typed, unless it is one.
pub fn number_field(n: u64, label: &'static str, typed: &str, errors: &Errors) -> Option<Field> {
    (n > 1).then(|| Field::text("confirm", label).required().hint(Count(n).to_string()).value(typed).with(errors))
}

/// What is wrong with the number that was typed. Its separators may be missing.
pub fn wrong_number(n: u64, several: &str, typed: &str) -> Errors {
    if n == 1 || typed.trim().replace(',', "") == n.to_string() {
        return Errors::new();
    }
    Errors::one("confirm", format!("Type {}, the number of {several}, to confirm", Count(n)))
}
