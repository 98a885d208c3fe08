//! What can be imported and which columns it has; finding them among the column names of a file.

use serde::{Deserialize, Serialize};

use crate::base::text;
use crate::model::imports::{customers, inventory, users};
use crate::model::inventory::Kind;

/// A column that rows of a kind may have. The first of a kind tells the rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The field's name, as forms have it.
    pub name: &'static str,
    /// The field's label, as files have it.
    pub label: &'static str,
    /// What other systems call it, in small letters and without anything between them.
    other_names: &'static [&'static str],
}

impl Column {
    /// A column called so.
    pub const fn new(name: &'static str, label: &'static str) -> Self {
        Self { name, label, other_names: &[] }
    }

    /// The same, that other systems call so as well: in small letters and without anything between them.
    pub const fn or(self, other_names: &'static [&'static str]) -> Self {
        Self { other_names, ..self }
    }

    fn is_called_here(&self, letters_of_name: &str) -> bool {
        [self.label, self.name].iter().any(|name| letters(name) == letters_of_name)
    }

    fn is_called_elsewhere(&self, letters_of_name: &str) -> bool {
        self.other_names.contains(&letters_of_name)
    }
}

/// The labels of columns.
pub fn labels(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.label).collect()
}

/// The letters and digits of a column's name: "E-Mail *" and "e_mail" are the same.
fn letters(name: &str) -> String {
    text::folded(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What other systems call the customer whose something is.
pub(crate) const CUSTOMER_NAMES: &[&str] =
    &["customername", "customertitle", "company", "companyname", "organization", "organisation", "account", "owner"];
/// What other systems call a description.
pub(crate) const DESCRIPTION_NAMES: &[&str] = &["comment", "comments", "remark", "remarks"];

/// The column of a file of refused rows that says why; left out when such a file is imported.
pub const REASON: &str = "Reason";

/// What rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Customers, known by their titles.
    Customers,
    /// Users of customers, known by their addresses.
    Users,
    /// Devices, known by their names.
    Devices,
    /// Assets, known by their names.
    Assets,
}

impl ImportKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Customers, Self::Users, Self::Devices, Self::Assets];

    /// As addresses, commands and the database have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Users => "users",
            Self::Devices => Kind::Device.several(),
            Self::Assets => Kind::Asset.several(),
        }
    }

    /// The one that is called so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }

    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Customers => "Customers",
            Self::Users => "Users",
            Self::Devices => Kind::Device.title(),
            Self::Assets => Kind::Asset.title(),
        }
    }

    /// Where one sees what was imported: a list and its address.
    pub const fn list(self) -> (&'static str, &'static str) {
        match self {
            Self::Customers | Self::Users => ("Customers", "/customers"),
            Self::Devices => (Kind::Device.title(), Kind::Device.list_path()),
            Self::Assets => (Kind::Asset.title(), Kind::Asset.list_path()),
        }
    }

    /// The columns that its rows may have.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Customers => &customers::COLUMNS,
            Self::Users => users::COLUMNS,
            Self::Devices | Self::Assets => inventory::COLUMNS,
        }
    }

    /// What the cell of that column is compared by.
    pub fn row_key(self, cell: &str) -> String {
        if self == Self::Users { text::address_key(cell) } else { text::key(cell) }
    }

    /// The column that tells its rows apart.
    pub fn key(self) -> Column {
        self.columns()[0]
    }

    /// What each column of a file is, as far as its name tells; nothing is found twice. A name as the forms have it goes
    /// before one of other systems.
    pub fn matched(self, names: &[String]) -> Vec<Option<String>> {
        let names: Vec<String> = names.iter().map(|name| letters(name)).collect();
        let mut matched: Vec<Option<String>> = vec![None; names.len()];
        let mut free: Vec<Column> = self.columns().to_vec();
        for is_called in [Column::is_called_here, Column::is_called_elsewhere] {
            for (name, found) in names.iter().zip(&mut matched).filter(|(_, found)| found.is_none()) {
                if let Some(at) = free.iter().position(|column| is_called(column, name)) {
                    *found = Some(free.remove(at).name.to_owned());
                }
            }
        }
        matched
    }

    /// For each of its columns, in their order, the place in the file's rows.
    pub fn places(self, columns: &[Option<String>]) -> Vec<Option<usize>> {
        let place = |column: &Column| columns.iter().position(|name| name.as_deref() == Some(column.name));
        self.columns().iter().map(place).collect()
    }
}
