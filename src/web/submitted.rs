//! A form that adds or edits something: what was typed, and apart from it what its page put in beside the fields.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::forms::{FormView, Section};
use crate::web::PageContext;
use crate::web::form::{Read, body, checked, fields};

/// A posted form. `T` is as for `Form`; `M` are the fields beside it.
#[derive(Debug, Clone)]
pub struct Submitted<T, M> {
    /// What was typed.
    pub form: T,
    /// What came with it.
    pub meta: M,
}

/// Fields of a form that are not what it is about.
pub trait Meta: DeserializeOwned + 'static {
    /// Their names.
    const NAMES: [&'static str; 2];
}

/// What a form that adds something carries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Creation {
    /// Which creation this is, so that a second post has the first one's answer.
    pub form_id: String,
    again: String,
}

/// What a form that edits something carries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Revision {
    version: String,
    /// The values that were edited, as JSON, to be compared with when somebody else saves in between.
    pub base: String,
}

impl Meta for Creation {
    const NAMES: [&'static str; 2] = ["form_id", "again"];
}

impl Meta for Revision {
    const NAMES: [&'static str; 2] = ["version", "base"];
}

impl Creation {
    /// One that nobody has sent yet.
    pub fn new(form_id: String) -> Self {
        Self { form_id, again: String::new() }
    }

    /// The form around its fields.
    pub fn view(&self, sections: Vec<Section>) -> FormView {
        FormView { sections, hidden: vec![("form_id", self.form_id.clone())] }
    }

    /// Whether the form is wanted once more after adding.
    pub fn is_wanted_again(&self) -> bool {
        !self.again.is_empty()
    }
}

impl Revision {
    /// What is stored as `version`; `base` are the values of its form.
    pub fn new(version: i64, base: String) -> Self {
        Self { version: version.to_string(), base }
    }

    /// The version that was edited; 0, which nothing has, when it is no number.
    pub fn number(&self) -> i64 {
        self.version.parse().unwrap_or(0)
    }

    /// The form around its fields.
    pub fn view(&self, sections: Vec<Section>) -> FormView {
        FormView { sections, hidden: self.hidden().into() }
    }

    /// The fields that carry it.
    pub fn hidden(&self) -> [(&'static str, String); 2] {
        [("version", self.version.clone()), ("base", self.base.clone())]
    }
}

impl<T> Submitted<T, Creation> {
    /// A form that is shown for the first time.
    pub fn fresh(context: &PageContext, form: T) -> Self {
        Self { form, meta: Creation::new(context.new_form_id()) }
    }
}

impl<T: Serialize> Submitted<T, Revision> {
    /// The form of what is stored as `version`.
    pub fn stored(version: i64, form: T) -> Self {
        Self { meta: Revision::new(version, serde_json::to_string(&form).unwrap_or_default()), form }
    }
}

impl<T: DeserializeOwned + Clone> Submitted<T, Revision> {
    /// The values that were edited; those typed when it is not known.
    pub fn opened(&self) -> T {
        serde_json::from_str(&self.meta.base).unwrap_or_else(|_| self.form.clone())
    }
}

impl<T: DeserializeOwned + 'static, M: Meta> FromRequest for Submitted<T, M> {
    type Error = Error;
    type Future = Read<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, body) = (request.clone(), body(request, payload));
        Box::pin(async move {
            let pairs = checked(&request, &body.await?)?.into_iter();
            let (meta, form) = pairs.partition(|(name, _)| M::NAMES.contains(&name.as_str()));
            Ok(Self { form: fields(form)?, meta: fields(meta)? })
        })
    }
}
