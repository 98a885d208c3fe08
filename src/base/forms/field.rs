//! A field as a page shows it: one description, drawn by one template.

use askama::filters::HtmlSafe;
use askama::{FastWritable, Template};

use crate::base::forms::Errors;

/// How a field is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One line; the HTML input type.
    Line(&'static str),
    /// Several lines.
    Area,
    /// One of a list.
    Select(Vec<Choice>),
    /// One of a few, all visible.
    Radio(Vec<Choice>),
    /// Yes or no; posts `yes`, or nothing.
    Check,
    /// One of very many, found by typing; the address that suggests.
    Suggest(&'static str),
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// A sentence beside it, or nothing.
    pub hint: &'static str,
}

impl Choice {
    /// An entry without a hint.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: "" }
    }
}

/// A labelled field with what was typed into it and what is wrong with that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The posted name.
    pub name: &'static str,
    /// The label, as in the product's contract.
    pub label: &'static str,
    /// What was typed.
    pub value: String,
    /// How it is entered.
    pub kind: Kind,
    /// Whether it must be filled.
    pub required: bool,
    /// A sentence below the label, or nothing.
    pub hint: String,
    /// For browsers that fill in forms (HTML's autofill field names); `off` unless it is about whoever fills it in.
    pub autocomplete: &'static str,
    /// What is wrong, if anything.
    pub error: Option<String>,
    /// Of a list, the address that suggests its entries as one types, or nothing.
    pub suggestions: &'static str,
    /// Whether two of them stand side by side where there is room.
    pub half: bool,
}

/// A template of its own, so that not every form's has it compiled into it.
#[derive(Template)]
#[template(path = "field.html")]
struct Drawn<'f> {
    field: &'f Field,
    star: bool,
}

/// What stands in it was escaped by its own template.
impl HtmlSafe for Drawn<'_> {}

impl Field {
    /// The field as HTML, with an asterisk when it is required.
    pub fn drawn(&self) -> impl FastWritable + HtmlSafe {
        Drawn { field: self, star: self.required }
    }

    /// The same in a form that is required as a whole, where no asterisk says so.
    pub fn drawn_without_star(&self) -> impl FastWritable + HtmlSafe {
        Drawn { field: self, star: false }
    }

    /// A field of this kind that is empty and optional.
    pub fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self {
            name,
            label,
            value: String::new(),
            kind,
            required: false,
            hint: String::new(),
            autocomplete: "off",
            error: None,
            suggestions: "",
            half: false,
        }
    }

    /// One line of text.
    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Line("text"))
    }

    /// An e-mail address.
    pub fn email(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Line("email"))
    }

    /// A phone number.
    pub fn phone(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Line("tel"))
    }

    /// A password; what was typed is never sent back.
    pub fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self::new(name, label, Kind::Line("password")).autocomplete(autocomplete).required()
    }

    /// Several lines of text.
    pub fn area(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Area)
    }

    /// Marks it as to be filled.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says something below the label.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Names it for browsers that fill in forms.
    pub fn autocomplete(mut self, name: &'static str) -> Self {
        self.autocomplete = name;
        self
    }

    /// Lets its list be searched by typing.
    pub fn suggested_by(mut self, address: &'static str) -> Self {
        self.suggestions = address;
        self
    }

    /// Whether what was sent is in its list; what is not is shown again all the same.
    pub fn has_choice(&self) -> bool {
        match &self.kind {
            Kind::Select(choices) => choices.iter().any(|choice| choice.value == self.value),
            _ => true,
        }
    }

    /// Lets two stand side by side.
    pub fn half(mut self) -> Self {
        self.half = true;
        self
    }

    /// Puts in what was typed.
    pub fn value(mut self, typed: impl Into<String>) -> Self {
        self.value = typed.into();
        self
    }

    /// Puts in what is wrong with it, if anything.
    pub fn with(mut self, errors: &Errors) -> Self {
        self.error = errors.on(self.name).map(str::to_owned);
        self
    }

    /// The HTML input type of a line.
    pub fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Line(kind) => kind,
            _ => "text",
        }
    }

    /// The entries of a list.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Select(choices) | Kind::Radio(choices) => choices,
            _ => &[],
        }
    }

    /// What a person reads as its value.
    pub fn shown(&self) -> &str {
        if self.kind == Kind::Check {
            return if self.value.is_empty() { "No" } else { "Yes" };
        }
        self.choices().iter().find(|choice| choice.value == self.value).map_or(&self.value, |choice| &choice.label)
    }

    /// Ids of the hint and the error, for `aria-describedby`.
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("f-{}-hint", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("f-{}-error", self.name));
        }
        ids.join(" ")
    }
}

/// Fields under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading, or nothing.
    pub title: &'static str,
    /// Its fields in order.
    pub fields: Vec<Field>,
}

impl Section {
    /// Fields under a heading.
    pub fn new(title: &'static str, fields: Vec<Field>) -> Self {
        Self { title, fields }
    }

    /// Its fields in rows: those that are half as wide stand side by side with their neighbours.
    pub fn rows(&self) -> Vec<Vec<&Field>> {
        let same_row = |one: &Field, next: &Field| one.half && next.half;
        self.fields.chunk_by(same_row).map(|row| row.iter().collect()).collect()
    }
}
