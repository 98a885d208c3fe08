//! The widgets of a dashboard as a page shows them, filled with what the person looking may see.

use crate::base::error::Error;
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::customers::{Customer, Owner};
use crate::model::dashboards::charts::{self, ChartView, Line};
use crate::model::dashboards::metrics::{self, MONTHS};
use crate::model::dashboards::{Chart, Of, Scope, Shows, Widget};
use crate::model::inventory::{Kind, Titled};
use crate::tenancy::TenantConn;
use crate::web::PageContext;

/// Devices that the widget of the newest names.
const NEWEST: usize = 8;
/// Inner customers that the widget of the largest names.
const LARGEST: i64 = 8;

/// What was found for a widget.
pub enum Found {
    Number(Of, i64),
    Types(Vec<Line>),
    Months(Chart, Vec<Line>),
    Newest(Vec<Titled>),
    Customers(Of, Vec<Line>),
    Note(String),
}

/// A widget with what was found for it.
pub struct Filled {
    title: String,
    width: u8,
    found: Found,
}

/// Finds what all widgets show.
///
/// # Errors
/// The database's own.
pub fn fill(t: &mut TenantConn, scope: Scope, widgets: Vec<Widget>) -> Result<Vec<Filled>, Error> {
    let all = scope == Scope::Tenant;
    let mut filled = Vec::with_capacity(widgets.len());
    for widget in widgets {
        let title = match (&widget.shows, widget.title.as_str()) {
            // To an administrator they are all the customers there are.
            (Shows::Number(Of::Customers), "") if all => "Customers".to_owned(),
            (Shows::InnerCustomers(_), "") if all => "Customers by size".to_owned(),
            _ => widget.name().to_owned(),
        };
        let line = |name: String, n: i64| Line { name, n: n.into(), href: None };
        let found = match widget.shows {
            Shows::Number(of) => Found::Number(of, metrics::number(t, scope, of)?),
            Shows::DevicesByType => {
                Found::Types(metrics::by_type(t, scope)?.into_iter().map(|tally| line(tally.name, tally.n)).collect())
            }
            Shows::DevicesOverTime(chart) => {
                let months = metrics::by_month(t, scope)?.into_iter();
                let n = |added, until| if chart == Chart::Columns { added } else { until };
                Found::Months(
                    chart,
                    months.map(|(name, added, until)| line(month_words(&name), n(added, until))).collect(),
                )
            }
            Shows::NewestDevices => Found::Newest(metrics::newest(t, scope, NEWEST)?),
            Shows::InnerCustomers(by) => {
                let largest = metrics::largest_customers(t, scope, by, LARGEST)?.into_iter();
                let path = |of: &Customer| if all { of.path() } else { of.portal_path() };
                let lines = largest.map(|(of, n)| Line { href: Some(path(&of)), ..line(of.title, n) });
                Found::Customers(by, lines.collect())
            }
            Shows::Note(text) => Found::Note(text),
        };
        filled.push(Filled { title, width: widget.width, found });
    }
    Ok(filled)
}

/// `2026-11` as people read it.
fn month_words(month: &str) -> String {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month) = month.split_once('-').unwrap_or((month, ""));
    let name = month.parse::<usize>().ok().and_then(|n| NAMES.get(n.wrapping_sub(1)));
    name.map_or_else(|| year.to_owned(), |name| format!("{name} {year}"))
}

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
        Found::Months(_, lines) if lines.iter().all(|line| line.n.0 == 0) => Body::Nothing("No devices yet."),
        Found::Months(chart, lines) => {
            debug_assert_eq!(lines.len(), MONTHS);
            let what = if chart == Chart::Columns { "Devices added" } else { "Devices in total" };
            Body::Chart(charts::over_time(title, ("Month", what), lines, chart == Chart::Line))
        }
        Found::Newest(things) if things.is_empty() => Body::Nothing("No devices yet."),
        Found::Newest(things) => {
            let one = |(thing, owner): Titled| Newest {
                href: Kind::Device.path(thing.id),
                created: context.moment(thing.created_at),
                name: thing.name,
                kind: thing.type_name,
                customer: owner.and_then(Owner::shown),
            };
            Body::Newest(things.into_iter().map(one).collect())
        }
        Found::Customers(_, lines) if lines.is_empty() => {
            Body::Nothing(if all { "No customers yet." } else { "No inner customers yet." })
        }
        Found::Customers(by, lines) => {
            let what = if by == Of::Users { "Users" } else { "Devices" };
            Body::Chart(charts::bars(title, ("Customer", what), lines))
        }
        Found::Note(text) => Body::Note(text.split("\n\n").map(|part| part.trim().to_owned()).collect()),
    }
}

fn unit(of: Of, n: i64, all: bool) -> &'static str {
    match (of, n == 1, all) {
        (Of::Devices, true, _) => "device",
        (Of::Devices, false, _) => "devices",
        (Of::Assets, true, _) => "asset",
        (Of::Assets, false, _) => "assets",
        (Of::Users, true, _) => "user",
        (Of::Users, false, _) => "users",
        (Of::Customers, true, true) => "customer",
        (Of::Customers, false, true) => "customers",
        (Of::Customers, true, false) => "inner customer",
        (Of::Customers, false, false) => "inner customers",
    }
}
