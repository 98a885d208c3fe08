//! Charts as the server draws them: positions and lengths of what an SVG shows, in percent across, so that text keeps its
//! size however wide the widget is, and in pixels down.

use crate::base::text::Count;
use crate::model::dashboards::Line;

/// A bar with its name above it.
pub struct Bar {
    /// The name.
    pub name: String,
    /// Its figure.
    pub n: Count,
    /// How long it is, in percent.
    pub width: String,
}

/// A column.
pub struct Column {
    /// What it says, such as "Nov 2026: 12".
    pub title: String,
    /// Where it begins, in percent.
    pub x: String,
    /// How wide it is, in percent.
    pub width: String,
    /// Where its top is.
    pub y: String,
    /// How high it is.
    pub height: String,
}

/// What is drawn.
pub enum Drawing {
    /// Bars one below the other.
    Bars(Vec<Bar>),
    /// Columns side by side.
    Columns(Vec<Column>),
    /// A line, as the points of a polyline in a field of 1,000 by `AREA`.
    Line(String),
}

/// A name under the axis.
pub struct Tick {
    /// Where, in percent.
    pub x: String,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// The name.
    pub name: String,
}

/// A drawing with the same figures in a table.
pub struct ChartView {
    /// What it shows, for those who do not see it.
    pub label: String,
    /// The drawing.
    pub drawing: Drawing,
    /// The height in pixels of what is drawn over time; bars are as high as they are many.
    pub height: usize,
    /// Names under the axis.
    pub ticks: Vec<Tick>,
    /// The figure at the top of the axis.
    pub top: Count,
    /// What the names are, and what the figures.
    pub heads: (&'static str, &'static str),
    /// The figures.
    pub lines: Vec<Line>,
}

/// Pixels that columns and lines may be high.
pub const AREA: usize = 150;
/// Pixels above, for the figure at the top of the axis.
const ABOVE: usize = 20;
/// Pixels below, for the names.
const BELOW: usize = 22;

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

fn largest(lines: &[Line]) -> u64 {
    lines.iter().map(|line| line.n.0).max().unwrap_or(0).max(1)
}

fn label(title: &str, lines: &[Line]) -> String {
    let figures: Vec<String> = lines.iter().map(|line| format!("{} {}", line.name, line.n)).collect();
    format!("{title}: {}", figures.join(", "))
}

/// Bars, one for each line.
pub fn bars(title: &str, heads: (&'static str, &'static str), lines: Vec<Line>) -> ChartView {
    let most = largest(&lines) as f64;
    let bar = |line: &Line| Bar { name: line.name.clone(), n: line.n, width: percent(line.n.0 as f64 / most) };
    let drawing = Drawing::Bars(lines.iter().map(bar).collect());
    let top = Count(largest(&lines));
    ChartView { label: label(title, &lines), drawing, height: 0, ticks: Vec::new(), top, heads, lines }
}

/// Columns side by side, or a line, one place for each line.
pub fn over_time(title: &str, heads: (&'static str, &'static str), lines: Vec<Line>, as_line: bool) -> ChartView {
    let most = largest(&lines);
    let (n, area) = (lines.len().max(1) as f64, AREA as f64);
    let height = |line: &Line| line.n.0 as f64 / most as f64 * area;
    let drawing = if as_line {
        let across = |at: usize| (at as f64 + 0.5) / n * 1000.0;
        let point = |(at, line): (usize, &Line)| format!("{:.1},{:.1}", across(at), area - height(line));
        Drawing::Line(lines.iter().enumerate().map(point).collect::<Vec<_>>().join(" "))
    } else {
        let column = |(at, line): (usize, &Line)| Column {
            title: format!("{}: {}", line.name, line.n),
            x: percent((at as f64 + 0.15) / n),
            width: percent(0.7 / n),
            y: format!("{:.1}", ABOVE as f64 + area - height(line)),
            height: format!("{:.1}", height(line)),
        };
        Drawing::Columns(lines.iter().enumerate().map(column).collect())
    };
    let last = lines.len().saturating_sub(1);
    let tick =
        |at: usize, anchor, x: f64| lines.get(at).map(|line| Tick { x: percent(x), anchor, name: line.name.clone() });
    let ticks =
        [tick(0, "start", 0.0), tick(last / 2, "middle", (last / 2) as f64 / n + 0.5 / n), tick(last, "end", 1.0)];
    let (label, ticks) = (label(title, &lines), ticks.into_iter().flatten().collect());
    ChartView { label, drawing, height: ABOVE + AREA + BELOW, ticks, top: Count(most), heads, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, n: u64) -> Line {
        Line { name: name.into(), n: Count(n), href: None }
    }

    #[test]
    fn the_largest_bar_is_as_long_as_there_is_room() {
        let chart = bars("Types", ("Type", "Devices"), vec![line("meter", 4), line("valve", 1)]);
        let Drawing::Bars(bars) = chart.drawing else { panic!("no bars") };
        assert_eq!((bars[0].width.as_str(), bars[1].width.as_str()), ("100.00%", "25.00%"));
        assert_eq!(chart.label, "Types: meter 4, valve 1");
    }

    #[test]
    fn nothing_at_all_is_drawn_as_nothing() {
        let chart = over_time("Devices", ("Month", "Added"), vec![line("Oct", 0), line("Nov", 0)], false);
        let Drawing::Columns(columns) = chart.drawing else { panic!("no columns") };
        assert!(columns.iter().all(|column| column.height == "0.0"));
        let chart = over_time("Devices", ("Month", "Added"), vec![line("Oct", 1), line("Nov", 2)], true);
        let Drawing::Line(points) = chart.drawing else { panic!("no line") };
        assert_eq!(points, "250.0,75.0 750.0,0.0");
    }
}
