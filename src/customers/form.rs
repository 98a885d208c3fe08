//! The customer form: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use super::{Customer, countries};
use crate::form::{self, Choice, Errors, Field, Kind, Section};
use crate::id::Id;

/// What was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerForm {
    pub title: String,
    pub description: String,
    pub parent: String,
    pub country: String,
    pub state: String,
    pub city: String,
    pub zip: String,
    pub address: String,
    pub address2: String,
    pub phone: String,
    pub email: String,
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
pub struct CustomerDraft {
    /// 1–255 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// The customer it is to be an inner customer of.
    pub parent: Option<Id<Customer>>,
    /// ISO 3166-1 alpha-2, or empty.
    pub country: String,
    /// State or province.
    pub state: String,
    /// City.
    pub city: String,
    /// Zip or postal code.
    pub zip: String,
    /// First line of the address.
    pub address: String,
    /// Second line of the address.
    pub address2: String,
    /// As typed.
    pub phone: String,
    /// An address, or empty.
    pub email: String,
}

/// How a customer is chosen: from a list while it is short, by typing a title when there are many.
#[derive(Debug, Clone)]
pub enum Parents {
    /// All that can be chosen.
    Few(Vec<Choice>),
    /// Too many for a list.
    Many,
}

impl CustomerForm {
    /// The form of a stored customer; `parent` is what its parent's field holds.
    pub fn of(customer: &Customer, parent: String) -> Self {
        Self {
            title: customer.title.clone(),
            description: customer.description.clone(),
            parent,
            country: customer.country.clone(),
            state: customer.state.clone(),
            city: customer.city.clone(),
            zip: customer.zip.clone(),
            address: customer.address.clone(),
            address2: customer.address2.clone(),
            phone: customer.phone.clone(),
            email: customer.email.clone(),
            version: customer.version.to_string(),
            ..Self::default()
        }
    }

    /// Reads it. `parent` is what the parent's field was found to mean.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self, parent: Result<Option<Id<Customer>>, String>) -> Result<CustomerDraft, Errors> {
        let mut errors = Errors::new();
        let title = errors.take("title", form::line("Title", &self.title, 255));
        if title.is_empty() && errors.on("title").is_none() {
            errors.add("title", "Enter a title");
        }
        let draft = CustomerDraft {
            title,
            description: errors.take("description", form::paragraph("Description", &self.description, 2000)),
            parent: errors.take("parent", parent),
            country: errors.take("country", country(&self.country)),
            state: errors.take("state", form::line("State / Province", &self.state, 255)),
            city: errors.take("city", form::line("City", &self.city, 255)),
            zip: errors.take("zip", form::line("Zip / Postal code", &self.zip, 255)),
            address: errors.take("address", form::line("Address", &self.address, 255)),
            address2: errors.take("address2", form::line("Address 2", &self.address2, 255)),
            phone: errors.take("phone", form::line("Phone", &self.phone, 255)),
            email: errors.take("email", form::email("Email", &self.email)),
        };
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The form as shown.
    pub fn sections(&self, errors: &Errors, parents: &Parents) -> Vec<Section> {
        let hint = "The title of the customer it belongs to; empty for none";
        let parent = parents.field("parent", "Parent customer", hint);
        let countries = Kind::Select(countries::choices());
        vec![
            Section::new(
                "Customer",
                vec![
                    Field::text("title", "Title").required().value(&self.title).with(errors),
                    Field::area("description", "Description").value(&self.description).with(errors),
                    parent.value(&self.parent).with(errors),
                ],
            ),
            Section::new(
                "Contact",
                vec![
                    Field::email("email", "Email").half().value(&self.email).with(errors),
                    Field::phone("phone", "Phone").half().value(&self.phone).with(errors),
                    Field::new("country", "Country", countries).half().value(&self.country).with(errors),
                    Field::text("state", "State / Province").half().value(&self.state).with(errors),
                    Field::text("city", "City").half().value(&self.city).with(errors),
                    Field::text("zip", "Zip / Postal code").half().value(&self.zip).with(errors),
                    Field::text("address", "Address").value(&self.address).with(errors),
                    Field::text("address2", "Address 2").value(&self.address2).with(errors),
                ],
            ),
        ]
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

fn country(typed: &str) -> Result<String, String> {
    let code = typed.trim();
    if code.is_empty() || !countries::name(code).is_empty() {
        Ok(code.to_owned())
    } else {
        Err("Choose a country from the list".into())
    }
}
