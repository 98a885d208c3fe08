//! Widgets: what one can show, and how one is read and written. A form, a file and the database say the same words.

use serde::{Deserialize, Serialize};

use crate::base::forms::{self, Choice};

/// A dashboard has no more.
pub const MOST: usize = 24;
/// Code points in a note.
pub const LONGEST_NOTE: usize = 2_000;
/// Code points in the title of a widget.
pub const LONGEST_TITLE: usize = 100;

/// What is counted by a number tile, and what customers are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Devices.
    Devices,
    /// Assets.
    Assets,
    /// Inner customers of every level; for an administrator, all customers.
    Customers,
    /// Users of customers.
    Users,
}

impl Metric {
    const ALL: [Self; 4] = [Self::Devices, Self::Assets, Self::Customers, Self::Users];
    /// What customers can be ranked by.
    const SIZES: [Self; 2] = [Self::Devices, Self::Users];

    fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::Assets => "assets",
            Self::Customers => "customers",
            Self::Users => "users",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Devices => "Devices",
            Self::Assets => "Assets",
            Self::Customers => "Inner customers",
            Self::Users => "Users",
        }
    }
}

/// How figures over time are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    /// How many were added in each month.
    Columns,
    /// How many there were at the end of each month.
    Line,
}

/// What a widget shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WidgetKind {
    /// One number.
    Number(Metric),
    /// Devices of each type.
    DevicesByType,
    /// Devices month by month.
    DevicesOverTime(Chart),
    /// The devices that were added last.
    NewestDevices,
    /// The largest inner customers.
    InnerCustomers(Metric),
    /// Text in paragraphs.
    Note(String),
}

/// A kind of widget in the catalogue.
pub struct Entry {
    /// Its name in forms and files.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The name of its setting in files; nothing when it has none.
    pub setting: &'static str,
    /// How wide it is at first.
    pub width: u8,
}

/// Everything that a dashboard can show.
pub const CATALOGUE: [Entry; 6] = [
    Entry { name: "number", label: "Number tile", setting: "of", width: 1 },
    Entry { name: "devices_by_type", label: "Devices by type", setting: "", width: 2 },
    Entry { name: "devices_over_time", label: "Devices over time", setting: "chart", width: 2 },
    Entry { name: "newest_devices", label: "Newest devices", setting: "", width: 2 },
    Entry { name: "inner_customers", label: "Inner customers by size", setting: "by", width: 2 },
    Entry { name: "note", label: "Note", setting: "text", width: 2 },
];

/// The kind with this name.
pub fn entry(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

impl WidgetKind {
    /// Reads what a form or file says.
    ///
    /// # Errors
    /// What is wrong with the setting, in words; `None` when there is no such kind.
    pub fn read(kind: &str, setting: &str) -> Result<Self, Option<String>> {
        let of = |among: &[Metric]| among.iter().find(|of| of.name() == setting).copied();
        let choose = |among: Vec<Choice>| {
            let names: Vec<String> = among.into_iter().map(|choice| choice.value).collect();
            Some(format!("Choose one of {}", names.join(", ")))
        };
        match kind {
            "number" => of(&Metric::ALL).map(Self::Number).ok_or_else(|| choose(choices(kind))),
            "inner_customers" => of(&Metric::SIZES).map(Self::InnerCustomers).ok_or_else(|| choose(choices(kind))),
            "devices_over_time" => match setting {
                "columns" => Ok(Self::DevicesOverTime(Chart::Columns)),
                "line" => Ok(Self::DevicesOverTime(Chart::Line)),
                _ => Err(choose(choices(kind))),
            },
            "devices_by_type" => Ok(Self::DevicesByType),
            "newest_devices" => Ok(Self::NewestDevices),
            "note" => match forms::paragraph("Text", setting, LONGEST_NOTE) {
                Ok(text) if text.is_empty() => Err(Some("Enter the text of the note".into())),
                Ok(text) => Ok(Self::Note(text)),
                Err(words) => Err(Some(words)),
            },
            _ => Err(None),
        }
    }

    /// Its name in forms and files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::DevicesByType => "devices_by_type",
            Self::DevicesOverTime(_) => "devices_over_time",
            Self::NewestDevices => "newest_devices",
            Self::InnerCustomers(_) => "inner_customers",
            Self::Note(_) => "note",
        }
    }

    /// Its setting in forms and files.
    pub fn setting(&self) -> &str {
        match self {
            Self::Number(of) | Self::InnerCustomers(of) => of.name(),
            Self::DevicesOverTime(Chart::Columns) => "columns",
            Self::DevicesOverTime(Chart::Line) => "line",
            Self::Note(text) => text,
            Self::DevicesByType | Self::NewestDevices => "",
        }
    }

    /// What it is called while it has no title.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Number(of) => of.label(),
            _ => entry(self.kind()).map_or("", |entry| entry.label),
        }
    }
}

/// What the setting of a kind can be chosen from; empty when it is not chosen.
pub fn choices(kind: &str) -> Vec<Choice> {
    let of = |among: &[Metric]| among.iter().map(|of| Choice::new(of.name(), of.label())).collect();
    match kind {
        "number" => of(&Metric::ALL),
        "inner_customers" => of(&Metric::SIZES),
        "devices_over_time" => {
            vec![Choice::new("columns", "Added in each month"), Choice::new("line", "In total at each month’s end")]
        }
        _ => Vec::new(),
    }
}

/// One widget of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredWidget", try_from = "StoredWidget")]
pub struct Widget {
    /// What it shows.
    pub shows: WidgetKind,
    /// At most 100 characters; when empty, it is called by what it shows.
    pub title: String,
    /// How many of four columns it takes, 1 to 4.
    pub width: u8,
}

impl Widget {
    /// What it is called.
    pub fn name(&self) -> &str {
        if self.title.is_empty() { self.shows.label() } else { &self.title }
    }
}

/// What was typed or read for one widget, not yet understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WidgetInput {
    pub kind: String,
    pub title: String,
    pub width: String,
    pub setting: String,
}

/// The fields of a widget that something can be wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WidgetField {
    /// What it shows.
    Kind,
    /// Its title.
    Title,
    /// Its width.
    Width,
    /// Its setting.
    Setting,
}

impl WidgetInput {
    /// How a widget of this kind begins.
    pub fn new(entry: &Entry) -> Self {
        let setting = choices(entry.name).into_iter().next().map(|choice| choice.value).unwrap_or_default();
        Self { kind: entry.name.into(), title: String::new(), width: entry.width.to_string(), setting }
    }

    /// What a form holds for a widget.
    pub fn of(widget: &Widget) -> Self {
        Self {
            kind: widget.shows.kind().into(),
            title: widget.title.clone(),
            width: widget.width.to_string(),
            setting: widget.shows.setting().into(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(&self) -> Result<Widget, Vec<(WidgetField, String)>> {
        let mut wrong = Vec::new();
        let title =
            forms::line("Title", &self.title, LONGEST_TITLE).map_err(|words| wrong.push((WidgetField::Title, words)));
        let width = self.width.trim().parse().ok().filter(|width| (1..=4).contains(width));
        if width.is_none() {
            wrong.push((WidgetField::Width, "Choose a width of 1, 2, 3 or 4 columns".into()));
        }
        let shows = WidgetKind::read(&self.kind, &self.setting).map_err(|words| match words {
            Some(words) => wrong.push((WidgetField::Setting, words)),
            None => {
                let names = CATALOGUE.map(|entry| entry.name).join(", ");
                wrong.push((WidgetField::Kind, format!("Choose one of {names}")));
            }
        });
        match (shows, title, width) {
            (Ok(shows), Ok(title), Some(width)) => Ok(Widget { shows, title, width }),
            _ => Err(wrong),
        }
    }
}

/// A widget as it is written in files and in the database.
#[derive(Serialize, Deserialize)]
struct StoredWidget {
    kind: String,
    title: String,
    width: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chart: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl From<Widget> for StoredWidget {
    fn from(widget: Widget) -> Self {
        let kind = widget.shows.kind();
        let setting =
            |name| entry(kind).filter(|entry| entry.setting == name).map(|_| widget.shows.setting().to_owned());
        let (of, by, chart, text) = (setting("of"), setting("by"), setting("chart"), setting("text"));
        Self { kind: kind.into(), width: widget.width, of, by, chart, text, title: widget.title }
    }
}

impl TryFrom<StoredWidget> for Widget {
    type Error = String;

    fn try_from(written: StoredWidget) -> Result<Self, String> {
        let setting = written.of.or(written.by).or(written.chart).or(written.text).unwrap_or_default();
        let typed = WidgetInput { kind: written.kind, title: written.title, width: written.width.to_string(), setting };
        typed.read().map_err(|wrong| format!("{wrong:?}"))
    }
}
