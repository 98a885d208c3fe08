//! Forms: what a field is, what can be wrong with it, and how text is read. Knows no resource.

pub mod field;
pub mod text;
pub mod three_way;

pub use field::{Choice, Field, Kind, Section};
pub use text::{email, line, paragraph};
pub use three_way::ThreeWay;

/// A form as a template draws it.
#[derive(Debug, Clone, Default)]
pub struct FormView {
    /// Its fields.
    pub sections: Vec<Section>,
    /// Fields that nobody sees: name and value.
    pub hidden: Vec<(&'static str, String)>,
}

impl FormView {
    /// A form of one section without a heading.
    pub fn plain(fields: Vec<Field>) -> Self {
        Self { sections: vec![Section::new("", fields)], hidden: Vec::new() }
    }

    /// Adds a field that nobody sees.
    pub fn hide(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// The fields that something is wrong with.
    pub fn wrong(&self) -> Vec<&Field> {
        self.sections.iter().flat_map(|section| &section.fields).filter(|field| field.error.is_some()).collect()
    }

    /// Whether something is wrong.
    pub fn has_errors(&self) -> bool {
        !self.wrong().is_empty()
    }

    /// The heading of the summary of what is wrong.
    pub fn summary(&self) -> String {
        match self.wrong().len() {
            1 => "One thing needs your attention".into(),
            n => format!("{n} things need your attention"),
        }
    }
}

/// Why a form is not saved.
#[derive(Debug)]
pub enum Rejection {
    /// What is wrong with it.
    Invalid(Errors),
    /// Somebody else saved in between.
    Stale,
}

impl Rejection {
    /// One field and what is wrong with it.
    pub fn one(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(Errors::one(field, message))
    }
}

impl From<Rejection> for Errors {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(errors) => errors,
            Rejection::Stale => Self::new(),
        }
    }
}

/// What is wrong with a form: a sentence per field, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(Vec<(&'static str, String)>);

impl Errors {
    /// None.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One.
    pub fn one(field: &'static str, message: impl Into<String>) -> Self {
        Self(vec![(field, message.into())])
    }

    /// Notes what is wrong with `field`.
    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push((field, message.into()));
    }

    /// The same with other words for a field.
    pub fn reworded(mut self, field: &str, message: String) -> Self {
        if let Some((_, old)) = self.0.iter_mut().find(|(name, _)| *name == field) {
            *old = message;
        }
        self
    }

    /// The value, or a note of what is wrong with `field` and the default in its place.
    pub fn take<T: Default>(&mut self, field: &'static str, read: Result<T, String>) -> T {
        read.unwrap_or_else(|message| {
            self.add(field, message);
            T::default()
        })
    }

    /// The same of a text that must be there; `words` ask for it.
    pub fn require(&mut self, field: &'static str, read: Result<String, String>, message: impl Into<String>) -> String {
        let text = read.and_then(|text| if text.is_empty() { Err(message.into()) } else { Ok(text) });
        self.take(field, text)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields with what is wrong with them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, message)| (*field, message.as_str()))
    }

    /// What is wrong with the field, if anything.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }
}
