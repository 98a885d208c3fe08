//! The form of an item: what was typed, what is meant by it, and how it is shown.

use serde::{Deserialize, Serialize};

use crate::base::error::Refused;
use crate::base::forms::{self, Errors, Field, Rejection, Section};
use crate::base::id::{CustomerId, ItemId};
use crate::model::customers::{Parents, customer_picker};
use crate::model::inventory::store::{self, Refusal};
use crate::model::inventory::{Item, Kind};
use crate::tenancy::TenantConn;

/// What the customer is called where it is wrong.
pub const CUSTOMER: &str = "customer";

/// What was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemForm {
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub label: String,
    pub description: String,
    pub customer: String,
}

/// What is meant: cannot be wrong but for what only the database knows.
#[derive(Debug, Clone, Default)]
pub struct ItemDraft {
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

/// The type that a new item has unless somebody says otherwise.
const USUAL_TYPE: &str = "default";

impl ItemForm {
    /// An empty form; `customer` is what the field of the customer holds.
    pub fn fresh(customer: String) -> Self {
        Self { type_name: USUAL_TYPE.into(), customer, ..Self::default() }
    }

    /// The form of a stored item; `customer` is what the field of the customer holds.
    pub fn of(item: &Item, customer: String) -> Self {
        Self {
            name: item.name.clone(),
            type_name: item.type_name.clone(),
            label: item.label.clone(),
            description: item.description.clone(),
            customer,
        }
    }

    /// Reads it. `customer` is what the field of the customer was found to mean.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self, customer: Result<Option<CustomerId>, String>) -> Result<ItemDraft, Errors> {
        let mut errors = Errors::new();
        let draft = ItemDraft {
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
        let type_hint = "Pick an existing type or enter a new one";
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
}

/// What a form means, that of the stored item `own` or of a new one.
///
/// # Errors
/// Everything that is wrong with it, at once: also that another one of its kind has the name.
pub fn draft(
    t: &mut TenantConn,
    kind: Kind,
    form: &ItemForm,
    own: Option<ItemId>,
) -> Result<ItemDraft, Refused<Rejection>> {
    let customer = customer_picker::chosen(t, &form.customer, CUSTOMER)?;
    let mut errors = match form.parse(customer) {
        Ok(draft) => return Ok(draft),
        Err(errors) => errors,
    };
    if errors.on("name").is_none() && store::is_taken(t, kind, &form.name, own)? {
        errors.add("name", name_taken(kind));
    }
    Err(Refused::By(Rejection::Invalid(errors)))
}

fn name_taken(kind: Kind) -> String {
    format!("Enter another name; {} with this one exists already", kind.an())
}

impl Refusal {
    /// What the form of one of `kind` says.
    pub fn rejection(self, kind: Kind) -> Rejection {
        match self {
            Self::NameTaken => Rejection::one("name", name_taken(kind)),
            Self::CustomerGone => Rejection::one("customer", "Choose another customer; this one was deleted"),
            Self::Stale => Rejection::Stale,
        }
    }
}

fn required(errors: &mut Errors, field: &'static str, label: &str, typed: &str) -> String {
    errors.require(field, forms::line(label, typed, 255), format!("Enter a {field}"))
}
