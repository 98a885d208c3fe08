//! The customer form: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Choice, Errors, Field, Kind, Section};
use crate::base::id::{CustomerId, DashboardId};
use crate::model::customers::Customer;
use crate::model::customers::contact::{self, ContactDetails};

/// What was typed. Keys that are unknown are refused beside those of a flattened struct as well.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerForm {
    pub title: String,
    pub description: String,
    pub parent: String,
    #[serde(flatten)]
    pub contact: ContactDetails,
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
    /// How it is reached and where it is.
    pub contact: ContactDetails,
    /// What its users see at first; assigned to it with that.
    pub home: Option<DashboardId>,
    /// Whether they see it without its toolbar.
    pub hide_home_toolbar: bool,
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
            contact: customer.contact.clone(),
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
            contact: self.contact.parse(&mut errors),
            home: errors.take("home_dashboard", chosen.home),
            hide_home_toolbar: !self.hide_home_toolbar.is_empty(),
        };
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }

    /// The form as shown.
    pub fn sections(&self, errors: &Errors, offered: &Offered) -> Vec<Section> {
        let hint = "Leave empty for a top-level customer";
        let parent = offered.parents.field("parent", "Parent customer", hint);
        vec![
            Section::new(
                "Customer",
                vec![
                    Field::text("title", "Title").required().value(&self.title).with(errors),
                    Field::area("description", "Description").value(&self.description).with(errors),
                    parent.value(&self.parent).with(errors),
                ],
            ),
            Section::new("Contact", contact::FIELDS.map(|field| field.field(&self.contact, errors)).into()),
            Section::new(
                "Home",
                vec![
                    Field::new("home_dashboard", "Home dashboard", Kind::Select(offered.homes.clone()))
                        .hint("The first page its users see. It is assigned to the customer automatically.")
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
