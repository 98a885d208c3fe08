//! The values of fields in entries.

use std::fmt;
use std::rc::Rc;

use crate::base::error::Error;
use crate::base::id::Id;
use crate::tenancy::TenantConn;

/// The id of a row that fields of other rows name. An entry keeps its title, for the row may be gone when the entry is read.
pub trait Reference: fmt::Debug {
    /// The identity.
    fn id(&self) -> Id<()>;

    /// What the row is called at this moment, or that it was deleted.
    fn title(&self, t: &mut TenantConn) -> Result<String, Error>;
}

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    /// As it stands.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Another row. Its title is looked up when the entry is recorded: only then is it known whether the field is in it.
    Reference(Rc<dyn Reference>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}
impl<R: Reference + 'static> From<Option<R>> for Value {
    fn from(row: Option<R>) -> Self {
        row.map_or(Self::nothing(), |row| Self::Reference(Rc::new(row)))
    }
}

/// Rows are the same when their ids are: two may have one title.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Flag(one), Self::Flag(other)) => one == other,
            (Self::Reference(one), Self::Reference(other)) => one.id() == other.id(),
            _ => false,
        }
    }
}
impl Eq for Value {}

impl Value {
    pub(crate) fn nothing() -> Self {
        Self::Text(String::new())
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Flag(false) || *self == Self::nothing()
    }

    /// As the log keeps it.
    pub(crate) fn into_text(self, t: &mut TenantConn) -> Result<String, Error> {
        Ok(match self {
            Self::Text(text) => text,
            Self::Flag(true) => "Yes".into(),
            Self::Flag(false) => "No".into(),
            Self::Reference(row) => row.title(t)?,
        })
    }
}
