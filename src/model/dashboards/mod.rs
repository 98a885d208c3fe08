//! Dashboards: a title and an ordered list of widgets. They belong to the tenant and are shown to the customers they are
//! assigned to; what a widget shows is counted over what the person looking may see.

pub mod assignments;
pub mod customer_homes;
pub mod fill;
pub mod form;
pub mod home;
pub mod json;
pub mod listing;
pub mod metrics;
pub mod store;
pub mod user_homes;
pub mod widgets;

pub use assignments::{assign, assigned_under, customers_gone};
pub use fill::Line;
pub use fill::fill;
pub use metrics::Scope;
pub use store::{DashboardDraft, by_titles, find, find_all, insert, titles_of};
pub use widgets::{Chart, Metric, Widget, WidgetKind};

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::id::{DashboardId, UserId};
use crate::db::schema::dashboards;
use crate::tenancy::audit::{self, Audited, Subject, Value};

/// A dashboard as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = dashboards)]
pub struct Dashboard {
    /// Its identity.
    pub id: DashboardId,
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
    pub updated_by: Option<UserId>,
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
    fn widgets_summary(&self) -> String {
        let summary = |widget: &Widget| match widget.shows.setting() {
            "" => format!("{}: {}, width {}", widget.name(), widget.shows.label(), widget.width),
            setting => format!("{}: {}, {setting}, width {}", widget.name(), widget.shows.label(), widget.width),
        };
        self.widgets().unwrap_or_default().iter().map(summary).collect::<Vec<_>>().join("\n")
    }

    /// Its widgets in their order.
    ///
    /// # Errors
    /// When what is stored was not written by this program.
    pub fn widgets(&self) -> Result<Vec<Widget>, crate::base::error::Error> {
        serde_json::from_str(&self.widgets).map_err(crate::base::error::Error::internal)
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
            ("Widgets", Value::Text(self.widgets_summary())),
        ]
    }
}

/// The address of a dashboard.
pub fn path(id: DashboardId) -> String {
    format!("/dashboards/{id}")
}
