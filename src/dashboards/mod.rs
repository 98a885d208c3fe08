//! Dashboards: a title and an ordered list of widgets. They belong to the tenant and are shown to the customers they are
//! assigned to; what a widget shows is counted over what the person looking may see.

mod assignees_page;
mod assignments;
mod charts;
mod customer_page;
mod delete;
mod editor;
mod form;
pub mod home;
mod import;
mod json;
mod list_pages;
mod listing;
mod metrics;
mod pages;
mod render;
mod store;
mod widgets;

pub use assignees_page::{choose, create as assign_to, index as customers, remove as unassign_from};
pub use assignments::{assign, assigned_under, count_of, customers_gone};
pub use charts::Drawing;
pub use customer_page::remove as of_customer_unassign;
pub use customer_page::{choose as of_customer_choose, create as of_customer_assign, index as of_customer};
pub use delete::{ask as delete_ask, delete, delete_several};
pub use editor::{create, edit, new, update};
pub use import::{create as import, new as import_ask};
pub use json::export;
pub use list_pages::index;
pub use metrics::Scope;
pub use pages::{copy, set_home, show};
pub use render::{Body, Tile, fill, tiles};
pub use store::{DashboardDraft, by_titles, find, find_all, insert, titles_of};
pub use widgets::{Chart, Of, Shows, Widget};

use diesel::prelude::*;

use crate::audit::{self, Audited, Subject, Value};
use crate::clock::Timestamp;
use crate::id::Id;
use crate::schema::dashboards;
use crate::users::User;

/// A dashboard as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = dashboards)]
pub struct Dashboard {
    /// Its identity.
    pub id: Id<Dashboard>,
    /// 1–255 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    widgets: String,
    /// Customers that it is assigned to.
    pub customers_count: i64,
    /// Grows with every change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Option<Id<User>>,
}

impl Dashboard {
    /// The address of it.
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// The address of something that belongs to it.
    pub fn act_path(&self, act: &str) -> String {
        format!("{}/{act}", self.path())
    }

    /// Its widgets, a line each; nothing when they cannot be read.
    fn widgets_told(&self) -> String {
        let told = |widget: &Widget| match widget.shows.setting() {
            "" => format!("{}: {}, width {}", widget.name(), widget.shows.label(), widget.width),
            setting => format!("{}: {}, {setting}, width {}", widget.name(), widget.shows.label(), widget.width),
        };
        self.widgets().unwrap_or_default().iter().map(told).collect::<Vec<_>>().join("\n")
    }

    /// Its widgets in their order.
    ///
    /// # Errors
    /// When what is stored was not written by this program.
    pub fn widgets(&self) -> Result<Vec<Widget>, crate::error::Error> {
        serde_json::from_str(&self.widgets).map_err(crate::error::Error::internal)
    }
}

impl Audited for Dashboard {
    fn subject(&self) -> Subject {
        let (kind, id) = (audit::Kind::Dashboard, self.id.cast());
        Subject { kind, id, title: self.title.clone(), concerns: Vec::new() }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Title", Value::from(&self.title)),
            ("Description", Value::from(&self.description)),
            ("Widgets", Value::Text(self.widgets_told())),
        ]
    }
}

/// The address of a dashboard.
pub fn path(id: Id<Dashboard>) -> String {
    format!("/dashboards/{id}")
}
