//! What the widgets of a dashboard show to whoever may see so much.

use crate::base::error::Error;
use crate::base::text::Count;
use crate::model::customers::Customer;
use crate::model::dashboards::{Chart, Metric, Scope, Widget, WidgetKind, metrics};
use crate::model::inventory::Titled;
use crate::tenancy::TenantConn;

/// Devices that the widget of the newest names.
const NEWEST: usize = 8;
/// Inner customers that the widget of the largest names.
const LARGEST: i64 = 8;

/// A figure under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The name.
    pub name: String,
    /// The figure.
    pub n: Count,
    /// Where the name leads, if anywhere.
    pub href: Option<String>,
}

/// What was found for a widget.
pub enum Found {
    /// How many there are.
    Number(Metric, i64),
    /// Devices by type.
    Types(Vec<Line>),
    /// Devices by month.
    Months(Chart, Vec<Line>),
    /// The devices that were added last.
    Newest(Vec<Titled>),
    /// The customers that have most of something.
    Customers(Metric, Vec<Line>),
    /// Text.
    Note(String),
}

/// A widget with what was found for it.
pub struct Filled {
    /// Its heading.
    pub title: String,
    /// In quarters of the page, 1–4.
    pub width: u8,
    /// What it shows.
    pub found: Found,
}

/// Finds what all widgets show.
pub fn fill(t: &mut TenantConn, scope: Scope, widgets: Vec<Widget>) -> Result<Vec<Filled>, Error> {
    let all = scope == Scope::Tenant;
    let mut filled = Vec::with_capacity(widgets.len());
    for widget in widgets {
        let title = match (&widget.shows, widget.title.as_str()) {
            // To an administrator they are all the customers there are.
            (WidgetKind::Number(Metric::Customers), "") if all => "Customers".to_owned(),
            (WidgetKind::InnerCustomers(_), "") if all => "Largest customers".to_owned(),
            _ => widget.name().to_owned(),
        };
        let line = |name: String, n: i64| Line { name, n: n.into(), href: None };
        let found = match widget.shows {
            WidgetKind::Number(of) => Found::Number(of, metrics::number(t, scope, of)?),
            WidgetKind::DevicesByType => {
                Found::Types(metrics::by_type(t, scope)?.into_iter().map(|tally| line(tally.name, tally.n)).collect())
            }
            WidgetKind::DevicesOverTime(chart) => {
                let months = metrics::by_month(t, scope)?.into_iter();
                let n = |added, until| if chart == Chart::Columns { added } else { until };
                Found::Months(
                    chart,
                    months.map(|(name, added, until)| line(month_label(&name), n(added, until))).collect(),
                )
            }
            WidgetKind::NewestDevices => Found::Newest(metrics::newest(t, scope, NEWEST)?),
            WidgetKind::InnerCustomers(by) => {
                let largest = metrics::largest_customers(t, scope, by, LARGEST)?.into_iter();
                let path = |of: &Customer| if all { of.path() } else { of.portal_path() };
                let lines = largest.map(|(of, n)| Line { href: Some(path(&of)), ..line(of.title, n) });
                Found::Customers(by, lines.collect())
            }
            WidgetKind::Note(text) => Found::Note(text),
        };
        filled.push(Filled { title, width: widget.width, found });
    }
    Ok(filled)
}

/// `2026-11` as people read it.
fn month_label(month: &str) -> String {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month) = month.split_once('-').unwrap_or((month, ""));
    let name = month.parse::<usize>().ok().and_then(|n| NAMES.get(n.wrapping_sub(1)));
    name.map_or_else(|| year.to_owned(), |name| format!("{name} {year}"))
}
