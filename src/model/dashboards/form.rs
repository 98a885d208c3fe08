//! The dashboard form: title, description and the ordered widgets. Each button but "Save" changes the form alone: it
//! comes back with a widget more, less, or elsewhere, and with everything that was typed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::error::Error;
use crate::base::forms::{self, Choice, Errors, Field, Kind, Section};
use crate::model::dashboards::widgets::{CATALOGUE, MOST, WidgetField, WidgetInput, choices, entry};
use crate::model::dashboards::{Dashboard, DashboardDraft, Widget};

/// Posted names of a widget's fields.
struct Names {
    kind: &'static str,
    title: &'static str,
    width: &'static str,
    setting: &'static str,
}

/// One for each widget that a dashboard can have; fields have names that live as long as the program.
static NAMES: LazyLock<Vec<Names>> = LazyLock::new(|| (1..=MOST).map(Names::of_place).collect());

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DashboardForm {
    pub title: String,
    pub description: String,
    pub widgets: Vec<WidgetInput>,
    /// The kind chosen to be added.
    pub add: String,
    /// The button that was pressed; empty for "Save".
    pub step: String,
}

/// The values that a form began with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Base {
    title: String,
    description: String,
    widgets: Vec<WidgetInput>,
}

/// The longest base that is sent along; beyond it, what was edited is not shown when somebody else saved.
const LONGEST_BASE: usize = 24_000;

impl<'de> Deserialize<'de> for DashboardForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Reads the fields of a form, of which a number are called by the place of their widget.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = DashboardForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a dashboard")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DashboardForm, A::Error> {
        let mut typed: BTreeMap<String, String> = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            if typed.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format!("duplicate field `{name}`")));
            }
        }
        let mut take = |name: &str| typed.remove(name);
        let mut form = DashboardForm {
            title: take("title").unwrap_or_default(),
            description: take("description").unwrap_or_default(),
            widgets: Vec::new(),
            add: take("add").unwrap_or_default(),
            step: take("step").unwrap_or_default(),
        };
        // As the page that asks to choose between two lists posts them.
        if let Some(json) = take("widgets").filter(|json| !json.is_empty()) {
            form.widgets = serde_json::from_str(&json).map_err(A::Error::custom)?;
            form.widgets.truncate(MOST);
        }
        for names in NAMES.iter() {
            let [kind, title, width, setting] = [names.kind, names.title, names.width, names.setting].map(&mut take);
            if let Some(kind) = kind {
                let [title, width, setting] = [title, width, setting].map(Option::unwrap_or_default);
                form.widgets.push(WidgetInput { kind, title, width, setting });
            }
        }
        match typed.keys().next() {
            Some(name) => Err(A::Error::custom(format!("unknown field `{name}`"))),
            None => Ok(form),
        }
    }
}

/// A widget as the form shows it.
pub struct WidgetFields {
    /// Its place, from 1.
    pub place: usize,
    /// What kind it is, for people.
    pub label: &'static str,
    /// What it is called where it is moved and removed.
    pub name: String,
    /// Posted name and value of its kind.
    pub kind: (&'static str, String),
    /// Title and width, side by side.
    pub line: [Field; 2],
    /// Its setting, if it has one.
    pub setting: Option<Field>,
    /// Whether it is the first, the last.
    pub ends: (bool, bool),
    /// What it shows and how wide it is: "Devices, 1 of 4 columns".
    pub about: String,
    /// Whether its fields are in sight: it is where the last step was done, or something is wrong with it.
    pub open: bool,
    /// Whether it is where the last step was done.
    pub focus: bool,
}

impl DashboardForm {
    /// The form of a stored dashboard.
    ///
    /// # Errors
    /// Widgets that cannot be read.
    pub fn of(dashboard: &Dashboard) -> Result<Self, Error> {
        Ok(Self {
            title: dashboard.title.clone(),
            description: dashboard.description.clone(),
            widgets: dashboard.widgets()?.iter().map(WidgetInput::of).collect(),
            ..Self::default()
        })
    }

    /// Does what a button asks for; answers the place of the widget it was done to, or `None` when the form is to be
    /// saved.
    pub fn step(&mut self) -> Option<Option<usize>> {
        let (what, place) = self.step.rsplit_once('-').unwrap_or((&self.step, ""));
        let at = place.parse::<usize>().ok().and_then(|place| place.checked_sub(1));
        let at = at.filter(|at| *at < self.widgets.len());
        let done = match (what, at) {
            ("", _) => return None,
            ("add", _) => match entry(&self.add) {
                Some(entry) if self.widgets.len() < MOST => {
                    self.widgets.push(WidgetInput::new(entry));
                    Some(self.widgets.len() - 1)
                }
                _ => None,
            },
            ("up", Some(at)) => {
                let to = at.saturating_sub(1);
                self.widgets.swap(at, to);
                Some(to)
            }
            ("down", Some(at)) => {
                let to = (at + 1).min(self.widgets.len() - 1);
                self.widgets.swap(at, to);
                Some(to)
            }
            ("remove", Some(at)) => {
                self.widgets.remove(at);
                Some(at.min(self.widgets.len().saturating_sub(1)))
            }
            _ => None,
        };
        self.step.clear();
        Some(done)
    }

    /// Reads it.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(&self) -> Result<DashboardDraft, Errors> {
        let mut errors = Errors::new();
        let (title, description) = head(&self.title, &self.description, &mut errors);
        let mut widgets: Vec<Widget> = Vec::new();
        for (typed, names) in self.widgets.iter().zip(NAMES.iter()) {
            match typed.read() {
                Ok(widget) => widgets.push(widget),
                Err(wrong) => {
                    for (part, words) in wrong {
                        errors.add(names.name(part), words);
                    }
                }
            }
        }
        if errors.is_empty() { Ok(DashboardDraft { title, description, widgets }) } else { Err(errors) }
    }

    /// The widgets that can be shown as they are.
    pub fn readable(&self) -> Vec<Widget> {
        self.widgets.iter().filter_map(|typed| typed.read().ok()).collect()
    }

    /// Title and description as shown.
    pub fn sections(&self, errors: &Errors) -> Vec<Section> {
        vec![Section::new(
            "",
            vec![
                Field::text("title", "Title").required().value(&self.title).with(errors),
                Field::area("description", "Description")
                    .hint("Only administrators see it.")
                    .value(&self.description)
                    .with(errors),
            ],
        )]
    }

    /// The widgets as shown; `focus` is the place where something was just done.
    pub fn widget_fields(&self, errors: &Errors, focus: Option<usize>) -> Vec<WidgetFields> {
        let last = self.widgets.len().saturating_sub(1);
        let one = |(at, (typed, names)): (usize, (&WidgetInput, &Names))| {
            let label = entry(&typed.kind).map_or("Unknown widget", |entry| entry.label);
            let widths = (1..=4).map(|n| Choice::new(n.to_string(), format!("{n} of 4 columns")));
            let title = Field::text(names.title, "Title").hint("Leave empty for the default title");
            let width = Field::new(names.width, "Width", Kind::Select(widths.collect()));
            let line = [title.half().value(&typed.title).with(errors), width.half().value(&typed.width).with(errors)];
            let setting = setting_field(typed, names).map(|field| field.value(&typed.setting).with(errors));
            let focus = focus == Some(at);
            WidgetFields {
                place: at + 1,
                label,
                about: about(typed),
                name: if typed.title.trim().is_empty() { label.to_owned() } else { typed.title.clone() },
                kind: (names.kind, typed.kind.clone()),
                open: focus || line.iter().chain(&setting).any(|field| field.error.is_some()),
                line,
                setting,
                ends: (at == 0, at == last),
                focus,
            }
        };
        self.widgets.iter().zip(NAMES.iter()).enumerate().map(one).collect()
    }

    /// The kinds that can be added; none when the dashboard is full.
    pub fn catalogue(&self) -> Vec<Choice> {
        if self.widgets.len() >= MOST {
            return Vec::new();
        }
        CATALOGUE.iter().map(|entry| Choice::new(entry.name, entry.label)).collect()
    }

    /// The values as a hidden field keeps them, as JSON of `Base`.
    pub fn as_base(&self) -> String {
        let (title, description) = (self.title.clone(), self.description.clone());
        let base = Base { title, description, widgets: self.widgets.clone() };
        serde_json::to_string(&base).ok().filter(|json| json.len() <= LONGEST_BASE).unwrap_or_default()
    }

    /// The form as it was when it was opened, which `base` keeps; as it is now when that is not known.
    pub fn opened(&self, base: &str) -> Self {
        match serde_json::from_str::<Base>(base) {
            Ok(Base { title, description, widgets }) => Self { title, description, widgets, ..Self::default() },
            Err(_) => self.clone(),
        }
    }

    /// The fields by which two who edited at once choose: the widgets are one of them.
    pub fn compared(&self) -> Vec<Section> {
        let mut sections = self.sections(&Errors::new());
        let json = serde_json::to_string(&self.widgets).unwrap_or_default();
        let in_words = |typed: &WidgetInput| {
            let label = entry(&typed.kind).map_or("", |entry| entry.label);
            let title = if typed.title.is_empty() { String::new() } else { format!(" “{}”", typed.title) };
            let note = if typed.kind == "note" { typed.setting.as_str() } else { "" };
            let setting = choices(&typed.kind).into_iter().find(|choice| choice.value == typed.setting);
            let setting = setting.map_or_else(|| note.to_owned(), |choice| choice.label);
            let setting = if setting.is_empty() { setting } else { format!(" ({setting})") };
            format!("{label}{title}{setting}, {} of 4", typed.width)
        };
        let words = self.widgets.iter().map(in_words).collect::<Vec<_>>().join("; ");
        let field = Field::new("widgets", "Widgets", Kind::Select(vec![Choice::new(json.clone(), words)]));
        sections.push(Section::new("", vec![field.value(json)]));
        sections
    }
}

impl Names {
    fn of_place(place: usize) -> Self {
        let name = |part: &str| -> &'static str { format!("{part}_{place}").leak() };
        Self { kind: name("kind"), title: name("title"), width: name("width"), setting: name("setting") }
    }

    fn name(&self, part: WidgetField) -> &'static str {
        match part {
            // Nobody sees the field of the kind.
            WidgetField::Kind | WidgetField::Title => self.title,
            WidgetField::Width => self.width,
            WidgetField::Setting => self.setting,
        }
    }
}

/// Reads title and description, as in a form so in a file.
pub fn head(title: &str, description: &str, errors: &mut Errors) -> (String, String) {
    let title = errors.require("title", forms::line("Title", title, 255), "Enter a title");
    (title, errors.take("description", forms::paragraph("Description", description, 2_000)))
}

/// What a widget shows and how wide it is.
fn about(typed: &WidgetInput) -> String {
    let setting = choices(&typed.kind).into_iter().find(|choice| choice.value == typed.setting);
    let setting = setting.map(|choice| format!("{}, ", choice.label)).unwrap_or_default();
    format!("{setting}{} of 4 columns", typed.width)
}

fn setting_field(typed: &WidgetInput, names: &Names) -> Option<Field> {
    match typed.kind.as_str() {
        "number" => Some(Field::new(names.setting, "What is counted", Kind::Select(choices("number")))),
        "inner_customers" => Some(Field::new(names.setting, "Size", Kind::Select(choices("inner_customers")))),
        "devices_over_time" => Some(Field::new(names.setting, "Show", Kind::Select(choices("devices_over_time")))),
        "note" => Some(Field::area(names.setting, "Text").required()),
        _ => None,
    }
}
