//! Dashboards: made by administrators, assigned to customers, seen by their users.

mod assigning;
mod editing;
mod exchange;
mod figures;
mod homes;
mod listing;

pub use assigning::assign;

use crate::support::actor::{Actor, Page};

/// Adds a dashboard with these widgets (kind, title, setting) and answers its address.
pub async fn add(ann: &Actor, title: &str, widgets: &[(&str, &str, &str)]) -> String {
    let mut form = vec![("csrf".to_owned(), ann.token().await), ("title".to_owned(), title.to_owned())];
    for (at, (kind, name, setting)) in widgets.iter().enumerate() {
        let fields = [("kind", *kind), ("title", *name), ("width", "2"), ("setting", *setting)];
        form.extend(fields.map(|(field, value)| (format!("{field}_{}", at + 1), value.to_owned())));
    }
    let added = ann.post("/dashboards", &form).await;
    added.see_status(303);
    added.location()
}

/// The titles of the widgets on a page, in their order.
pub fn tiles(page: &Page) -> Vec<String> {
    page.all(".tile h2")
}
