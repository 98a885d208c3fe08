//! The customer form: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Choice, Errors, Field, Kind, Section, fold};
use crate::base::id::{CustomerId, DashboardId};
use crate::model::customers::{Customer, countries};

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
    pub home_dashboard: String,
    pub hide_home_toolbar: String,
}

/// What is meant: cannot be wrong but for what only the database knows.
#[derive(Debug, Clone, Default)]
pub struct CustomerDraft {
    /// 1–255 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// The customer it is to be an inner customer of.
    pub parent: Option<CustomerId>,
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
    /// What its users see at first; assigned to it with that.
    pub home: Option<DashboardId>,
    /// Whether they see it without its toolbar.
    pub hide_home_toolbar: bool,
}

impl CustomerDraft {
    /// What a search looks at.
    pub fn search_key(&self) -> String {
        let d = self;
        let searched = [&d.title, &d.email, &d.phone, &d.city, &d.address, &d.address2, &d.zip, &d.description];
        searched.map(|text| fold(text)).join("\n")
    }

    /// What lists are sorted by country by.
    pub fn country_key(&self) -> String {
        fold(countries::name(&self.country))
    }
}

/// How a customer is chosen: from a list while it is short, by typing a title when there are many.
#[derive(Debug, Clone)]
pub enum Parents {
    /// All that can be chosen.
    Few(Vec<Choice>),
    /// Too many for a list.
    Many,
}

/// What can be chosen.
#[derive(Debug, Clone)]
pub struct Offered {
    /// As the parent customer.
    pub parents: Parents,
    /// As the home dashboard.
    pub homes: Vec<Choice>,
}

/// What was chosen, or what is wrong with it.
#[derive(Debug)]
pub struct Chosen {
    /// The parent customer.
    pub parent: Result<Option<CustomerId>, String>,
    /// The home dashboard.
    pub home: Result<Option<DashboardId>, String>,
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
            home_dashboard: customer.home_dashboard_id.map(|id| id.to_string()).unwrap_or_default(),
            hide_home_toolbar: if customer.hide_home_toolbar { "yes".into() } else { String::new() },
        }
    }

    /// Reads it. `chosen` is what the fields that name other things were found to mean.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self, chosen: Chosen) -> Result<CustomerDraft, Errors> {
        let mut errors = Errors::new();
        let draft = CustomerDraft {
            title: errors.require("title", forms::line("Title", &self.title, 255), "Enter a title"),
            description: errors.take("description", forms::paragraph("Description", &self.description, 2000)),
            parent: errors.take("parent", chosen.parent),
            country: errors.take("country", country(&self.country)),
            state: errors.take("state", forms::line("State / Province", &self.state, 255)),
            city: errors.take("city", forms::line("City", &self.city, 255)),
            zip: errors.take("zip", forms::line("Zip / Postal code", &self.zip, 255)),
            address: errors.take("address", forms::line("Address", &self.address, 255)),
            address2: errors.take("address2", forms::line("Address 2", &self.address2, 255)),
            phone: errors.take("phone", forms::line("Phone", &self.phone, 255)),
            email: errors.take("email", forms::email("Email", &self.email)),
            home: errors.take("home_dashboard", chosen.home),
            hide_home_toolbar: !self.hide_home_toolbar.is_empty(),
        };
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The form as shown.
    pub fn sections(&self, errors: &Errors, offered: &Offered) -> Vec<Section> {
        let hint = "The title of the customer it belongs to; empty for none";
        let parent = offered.parents.field("parent", "Parent customer", hint);
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
            Section::new(
                "Home",
                vec![
                    Field::new("home_dashboard", "Home dashboard", Kind::Select(offered.homes.clone()))
                        .hint("What its users see at first; choosing one assigns it to the customer")
                        .value(&self.home_dashboard)
                        .with(errors),
                    Field::new("hide_home_toolbar", "Hide home dashboard toolbar", Kind::Check)
                        .value(&self.hide_home_toolbar)
                        .with(errors),
                ],
            ),
        ]
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
