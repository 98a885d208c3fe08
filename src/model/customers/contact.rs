//! How a customer is reached and where it is. Row, draft, form and bulk load hold the same struct, and what concerns each
//! of its fields (forms, files, the audit log, searching) goes through one list, `FIELDS`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Errors, Field, Kind};
use crate::base::text;
use crate::db::schema::customers;
use crate::model::customers::countries;

/// As stored; in a form, as typed.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
#[serde(default)]
pub struct ContactDetails {
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

/// All fields, in the order of the form.
pub const FIELDS: [ContactField; 8] = [
    ContactField::new("email", "Email", |c| &c.email, |c| &mut c.email).of(Text::Email).half().or(EMAIL_NAMES),
    ContactField::new("phone", "Phone", |c| &c.phone, |c| &mut c.phone).of(Text::Phone).half().or(PHONE_NAMES),
    ContactField::new("country", "Country", |c| &c.country, |c| &mut c.country).of(Text::Country).half().or(&[
        "countryname",
        "countrycode",
        "countryregion",
        "nation",
    ]),
    ContactField::new("state", "State / Province", |c| &c.state, |c| &mut c.state).half().or(&[
        "state",
        "province",
        "region",
        "county",
        "stateorprovince",
    ]),
    ContactField::new("city", "City", |c| &c.city, |c| &mut c.city).half().or(&["town", "place", "locality"]),
    ContactField::new("zip", "Zip / Postal code", |c| &c.zip, |c| &mut c.zip).half().or(&[
        "zip",
        "zipcode",
        "postalcode",
        "postcode",
        "plz",
    ]),
    ContactField::new("address", "Address", |c| &c.address, |c| &mut c.address).or(&[
        "address1",
        "addressline1",
        "street",
        "streetaddress",
    ]),
    ContactField::new("address2", "Address 2", |c| &c.address2, |c| &mut c.address2).or(&[
        "addressline2",
        "street2",
        "suite",
        "apartment",
    ]),
];

/// What other systems call addresses for mail: small letters, nothing between them.
pub const EMAIL_NAMES: &[&str] =
    &["emailaddress", "emailadresse", "emailid", "mail", "mailaddress", "username", "userprincipalname"];
/// The same of numbers of phones.
pub const PHONE_NAMES: &[&str] =
    &["phonenumber", "phoneno", "telephone", "telephonenumber", "tel", "mobile", "mobilephone", "cell", "cellphone"];

/// The same in the order of files, which have the phone and the email address last.
pub fn fields_in_files() -> impl Iterator<Item = &'static ContactField> {
    const IN_FILES: &[ContactField] = &FIELDS;
    let (reached, place) = IN_FILES.split_at(2);
    place.iter().chain(reached.iter().rev())
}

/// What is written into a field.
#[derive(Debug, Clone, Copy)]
enum Text {
    Line,
    Email,
    Phone,
    Country,
}

/// One of the fields.
#[derive(Debug, Clone, Copy)]
pub struct ContactField {
    /// The posted name, which is the column's.
    pub name: &'static str,
    /// The label in forms, files and the audit log.
    pub label: &'static str,
    /// What other systems call it in files: small letters, nothing between them.
    pub other_names: &'static [&'static str],
    value: fn(&ContactDetails) -> &String,
    value_mut: fn(&mut ContactDetails) -> &mut String,
    text: Text,
    is_half: bool,
}

impl ContactField {
    const fn new(
        name: &'static str,
        label: &'static str,
        value: fn(&ContactDetails) -> &String,
        value_mut: fn(&mut ContactDetails) -> &mut String,
    ) -> Self {
        Self { name, label, other_names: &[], value, value_mut, text: Text::Line, is_half: false }
    }

    const fn or(self, other_names: &'static [&'static str]) -> Self {
        Self { other_names, ..self }
    }

    const fn of(self, text: Text) -> Self {
        Self { text, ..self }
    }

    /// Stands beside its neighbour.
    const fn half(self) -> Self {
        Self { is_half: true, ..self }
    }

    /// The value as people read it.
    pub fn shown<'c>(&self, contact: &'c ContactDetails) -> &'c str {
        let value = (self.value)(contact);
        if let Text::Country = self.text { countries::name(value) } else { value }
    }

    /// Puts the cell of a file into a form, where a country stands by its code.
    pub fn put(&self, cell: &str, typed: &mut ContactDetails) {
        let code = if let Text::Country = self.text { countries::code(cell) } else { None };
        code.unwrap_or(cell).clone_into((self.value_mut)(typed));
    }

    /// The field of the form with what was typed and what is wrong with that.
    pub fn field(&self, typed: &ContactDetails, errors: &Errors) -> Field {
        let (name, label) = (self.name, self.label);
        let field = match self.text {
            Text::Line => Field::text(name, label),
            Text::Email => Field::email(name, label),
            Text::Phone => Field::phone(name, label),
            Text::Country => Field::new(name, label, Kind::Select(countries::choices())),
        };
        let field = field.value((self.value)(typed)).with(errors);
        if self.is_half { field.half() } else { field }
    }

    fn parse(&self, typed: &ContactDetails) -> Result<String, String> {
        let typed = (self.value)(typed);
        match self.text {
            Text::Line | Text::Phone => forms::line(self.label, typed, 255),
            Text::Email => forms::email(self.label, typed),
            Text::Country if typed.trim().is_empty() || !countries::name(typed.trim()).is_empty() => {
                Ok(typed.trim().to_owned())
            }
            Text::Country => Err("Choose a country from the list".into()),
        }
    }
}

impl ContactDetails {
    /// Reads what was typed; notes what is wrong.
    pub fn parse(&self, errors: &mut Errors) -> Self {
        let mut contact = Self::default();
        for field in fields_in_files() {
            *(field.value_mut)(&mut contact) = errors.take(field.name, field.parse(self));
        }
        contact
    }

    /// What a search looks at: countries by name, addresses for mail also as they are looked up.
    pub fn searched(&self) -> Vec<String> {
        let texts = FIELDS.iter().map(|field| match field.text {
            Text::Email => text::searchable_address((field.value)(self)),
            _ => field.shown(self).to_owned(),
        });
        texts.filter(|text| !text.is_empty()).collect()
    }
}
