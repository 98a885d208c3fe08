//! The form of a thing: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Errors, Field, Section, fold};
use crate::base::id::CustomerId;
use crate::model::customers::Parents;
use crate::model::inventory::{Kind, Thing};

/// What was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThingForm {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub label: String,
    pub description: String,
    pub customer: String,
    /// Which creation this is, so that a second post has the first one's answer.
    #[serde(skip_serializing)]
    pub form_id: String,
    /// The version that was edited.
    #[serde(skip_serializing)]
    pub version: String,
    /// The values that were edited, as JSON of this form.
    #[serde(skip_serializing)]
    pub base: String,
    /// Whether the form is wanted again after adding.
    #[serde(skip_serializing)]
    pub again: String,
}

/// What is meant: cannot be wrong but for what only the database knows.
#[derive(Debug, Clone, Default)]
pub struct ThingDraft {
    /// 1–255 characters.
    pub name: String,
    /// 1–255 characters.
    pub type_name: String,
    /// At most 255 characters.
    pub label: String,
    /// At most 2,000 characters.
    pub description: String,
    /// The customer it is to be assigned to.
    pub customer: Option<CustomerId>,
}

impl ThingDraft {
    /// What a search looks at.
    pub fn search_key(&self) -> String {
        [&self.name, &self.label, &self.type_name].map(|text| fold(text)).join("\n")
    }
}

/// The type that a new thing has unless somebody says otherwise.
const USUAL_TYPE: &str = "default";

impl ThingForm {
    /// An empty form; `customer` is what the field of the customer holds.
    pub fn fresh(customer: String) -> Self {
        Self { type_name: USUAL_TYPE.into(), customer, ..Self::default() }
    }

    /// The form of a stored thing; `customer` is what the field of the customer holds.
    pub fn of(thing: &Thing, customer: String) -> Self {
        Self {
            name: thing.name.clone(),
            type_name: thing.type_name.clone(),
            label: thing.label.clone(),
            description: thing.description.clone(),
            customer,
            version: thing.version.to_string(),
            ..Self::default()
        }
    }

    /// Reads it. `customer` is what the field of the customer was found to mean.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self, customer: Result<Option<CustomerId>, String>) -> Result<ThingDraft, Errors> {
        let mut errors = Errors::new();
        let draft = ThingDraft {
            name: required(&mut errors, "name", "Name", &self.name),
            type_name: required(&mut errors, "type", "Type", &self.type_name),
            label: errors.take("label", forms::line("Label", &self.label, 255)),
            description: errors.take("description", forms::paragraph("Description", &self.description, 2000)),
            customer: errors.take("customer", customer),
        };
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The form as shown.
    pub fn sections(&self, kind: Kind, errors: &Errors, customers: &Parents) -> Vec<Section> {
        let types = match kind {
            Kind::Device => "/devices/types",
            Kind::Asset => "/assets/types",
        };
        let hint = "The title of the customer it is assigned to; empty for none";
        let type_hint = "One in use is suggested as you type; any other is a new one";
        vec![Section::new(
            "",
            vec![
                Field::text("name", "Name").required().value(&self.name).with(errors),
                Field::new("type", "Type", forms::Kind::Suggest(types))
                    .required()
                    .hint(type_hint)
                    .value(&self.type_name)
                    .with(errors),
                Field::text("label", "Label").value(&self.label).with(errors),
                Field::area("description", "Description").value(&self.description).with(errors),
                customers.field("customer", "Customer", hint).value(&self.customer).with(errors),
            ],
        )]
    }

    /// The values as a hidden field keeps them, to be compared with when somebody else saves in between.
    pub fn as_base(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The values that were edited; those typed when the hidden field cannot be read.
    pub fn base(&self) -> Self {
        serde_json::from_str(&self.base).unwrap_or_else(|_| self.clone())
    }
}

fn required(errors: &mut Errors, field: &'static str, label: &str, typed: &str) -> String {
    errors.require(field, forms::line(label, typed, 255), format!("Enter a {field}"))
}
