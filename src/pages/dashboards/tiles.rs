//! The widgets of a dashboard as a page shows them.

use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::customers::Owner;
use crate::model::dashboards::fill::{Filled, Found};
use crate::model::dashboards::metrics::MONTHS;
use crate::model::dashboards::{Chart, Metric};
use crate::model::inventory::{Kind, Titled};
use crate::pages::dashboards::charts::{self, ChartView};
use crate::web::PageContext;

/// A device in the widget of the newest.
pub struct Newest {
    pub name: String,
    pub kind: String,
    pub customer: Option<String>,
    pub href: String,
    pub created: FormattedTime,
}

/// What a widget holds.
pub enum Body {
    /// One number with what it counts.
    Number(Count, &'static str),
    /// A drawing and its figures.
    Chart(ChartView),
    /// Devices, newest first.
    Newest(Vec<Newest>),
    /// Paragraphs.
    Note(Vec<String>),
    /// There is nothing to show; the sentence says so.
    Nothing(&'static str),
}

/// A widget as a page shows it.
pub struct Tile {
    /// Its place, for ids.
    pub place: usize,
    pub title: String,
    /// The style class of its width.
    pub width: &'static str,
    pub body: Body,
}

/// The tiles of a page. `all`: whether they are told of the whole tenant.
pub fn tiles(context: &PageContext, filled: Vec<Filled>, all: bool) -> Vec<Tile> {
    let tile = |(at, one): (usize, Filled)| {
        let width = ["w1", "w2", "w3", "w4"][usize::from(one.width.clamp(1, 4)) - 1];
        Tile { place: at + 1, width, body: body(context, &one.title, one.found, all), title: one.title }
    };
    filled.into_iter().enumerate().map(tile).collect()
}

fn body(context: &PageContext, title: &str, found: Found, all: bool) -> Body {
    match found {
        Found::Number(of, n) => Body::Number(n.into(), unit(of, n, all)),
        Found::Types(lines) if lines.is_empty() => Body::Nothing("No devices yet."),
        Found::Types(lines) => Body::Chart(charts::bars(title, ("Type", "Devices"), lines)),
        Found::Months(chart, lines) if lines.iter().all(|line| line.n.0 == 0) => Body::Nothing(match chart {
            Chart::Columns => "No devices were added in the last 12 months.",
            Chart::Line => "No devices yet.",
        }),
        Found::Months(chart, lines) => {
            debug_assert_eq!(lines.len(), MONTHS);
            let what = if chart == Chart::Columns { "Devices added" } else { "Devices in total" };
            Body::Chart(charts::over_time(title, ("Month", what), lines, chart == Chart::Line))
        }
        Found::Newest(items) if items.is_empty() => Body::Nothing("No devices yet."),
        Found::Newest(items) => {
            let one = |(item, owner): Titled| Newest {
                href: Kind::Device.path(item.id),
                created: context.time(item.created_at),
                name: item.name,
                kind: item.type_name,
                customer: owner.and_then(Owner::shown),
            };
            Body::Newest(items.into_iter().map(one).collect())
        }
        Found::Customers(_, lines) if lines.is_empty() => {
            Body::Nothing(if all { "No customers yet." } else { "No inner customers yet." })
        }
        Found::Customers(by, lines) => {
            let what = if by == Metric::Users { "Users" } else { "Devices" };
            Body::Chart(charts::bars(title, ("Customer", what), lines))
        }
        Found::Note(text) => Body::Note(text.split("\n\n").map(|part| part.trim().to_owned()).collect()),
    }
}

fn unit(of: Metric, n: i64, all: bool) -> &'static str {
    match (of, n == 1, all) {
        (Metric::Devices, true, _) => "device",
        (Metric::Devices, false, _) => "devices",
        (Metric::Assets, true, _) => "asset",
        (Metric::Assets, false, _) => "assets",
        (Metric::Users, true, _) => "user",
        (Metric::Users, false, _) => "users",
        (Metric::Customers, true, true) => "customer",
        (Metric::Customers, false, true) => "customers",
        (Metric::Customers, true, false) => "inner customer",
        (Metric::Customers, false, false) => "inner customers",
    }
}
