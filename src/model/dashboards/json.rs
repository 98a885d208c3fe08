//! Dashboards as files: what one says, and how such a file is read, with what is wrong said by
//! field and line.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::base::error::Error;
use crate::base::forms::Errors;
use crate::base::text::Count;
use crate::model::dashboards::form::head;
use crate::model::dashboards::widgets::{MOST, WidgetField, WidgetInput, entry};
use crate::model::dashboards::{Dashboard, DashboardDraft, Widget};

/// What says that a file is a dashboard.
const SCHEMA: &str = "tenantry.dashboard";
/// So much is said to be wrong with one file; the rest is counted.
const MOST_WRONG: usize = 20;
/// A field is named with so many letters.
const MOST_LETTERS: usize = 60;
/// The only version there is.
const VERSION: u64 = 1;

#[derive(Serialize)]
struct File<'a> {
    schema: &'static str,
    version: u64,
    title: &'a str,
    description: &'a str,
    widgets: Vec<Widget>,
}

/// A dashboard as the text of a file.
///
/// # Errors
/// Widgets that cannot be read.
pub fn write(dashboard: &Dashboard) -> Result<String, Error> {
    let file = File {
        schema: SCHEMA,
        version: VERSION,
        title: &dashboard.title,
        description: &dashboard.description,
        widgets: dashboard.widgets()?,
    };
    let mut json = serde_json::to_string_pretty(&file).map_err(Error::internal)?;
    json.push('\n');
    Ok(json)
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// A file while it is read, with what was found wrong with it.
struct Reading<'a> {
    text: &'a str,
    wrong: Vec<String>,
    /// How much more is wrong than is said.
    more: usize,
}

impl<'a> Reading<'a> {
    /// The line on which a value begins.
    fn line(&self, value: &RawValue) -> usize {
        let at = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Whether no more is said to be wrong: then what was found is counted, and nothing of it is read.
    fn is_full(&self) -> bool {
        self.wrong.len() >= MOST_WRONG
    }

    fn wrong(&mut self, line: usize, field: &str, words: &str) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        self.wrong.push(format!("Line {line}, {}: {words}", shortened(field)));
    }

    /// The text of a field; nothing where there is none.
    fn string(&mut self, object: &Object<'a>, path: &str, name: &str) -> String {
        let Some(value) = object.get(name) else { return String::new() };
        serde_json::from_str(value.get()).unwrap_or_else(|_| {
            self.wrong(self.line(value), &format!("{path}{name}"), "Write text in quotation marks");
            String::new()
        })
    }

    /// Refuses what no version of ours writes: it would be lost.
    fn known(&mut self, object: &Object<'a>, path: &str, names: &[&str]) {
        for (name, value) in object.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
            if self.is_full() {
                self.more += 1;
                continue;
            }
            self.wrong(self.line(value), &format!("{path}{name}"), "Remove it; there is no such field");
        }
    }

    fn widget(&mut self, at: usize, value: &'a RawValue) -> Option<Widget> {
        let (line, path) = (self.line(value), format!("widgets[{}].", at + 1));
        let Ok(object) = serde_json::from_str::<Object<'a>>(value.get()) else {
            self.wrong(line, path.trim_end_matches('.'), "Write an object in braces");
            return None;
        };
        let before = self.wrong.len();
        let kind = self.string(&object, &path, "kind");
        let setting = entry(&kind).map_or("", |entry| entry.setting);
        let typed = WidgetInput {
            title: self.string(&object, &path, "title"),
            width: object.get("width").map_or_else(|| "1".to_owned(), |width| width.get().to_owned()),
            setting: if setting.is_empty() { String::new() } else { self.string(&object, &path, setting) },
            kind,
        };
        if entry(&typed.kind).is_some() {
            self.known(&object, &path, &["kind", "title", "width", setting]);
        }
        let wrong = match typed.read() {
            Ok(widget) if self.wrong.len() == before => return Some(widget),
            Ok(_) => Vec::new(),
            Err(wrong) => wrong,
        };
        for (part, words) in wrong {
            let name = match part {
                WidgetField::Kind => "kind",
                WidgetField::Title => "title",
                WidgetField::Width => "width",
                WidgetField::Setting => setting,
            };
            let line = object.get(name).map_or(line, |value| self.line(value));
            self.wrong(line, &format!("{path}{name}"), &words);
        }
        None
    }
}

/// Reads a file.
///
/// # Errors
/// What is wrong with it, each with its line and field.
pub fn read(text: &str) -> Result<DashboardDraft, Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut file = Reading { text, wrong: Vec::new(), more: 0 };
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        vec![format!("Line {}: This is not the JSON of a dashboard ({error})", error.line().max(1))]
    })?;
    let schema = file.string(&object, "", "schema");
    if schema != SCHEMA {
        let line = object.get("schema").map_or(1, |value| file.line(value));
        return Err(vec![format!("Line {line}, schema: Choose a file that was exported from a dashboard ({SCHEMA})")]);
    }
    let version = object.get("version").map_or("none", |value| value.get());
    if version != VERSION.to_string() {
        let line = object.get("version").map_or(1, |value| file.line(value));
        let words =
            format!("This is version {} of the format, and only version {VERSION} can be read", shortened(version));
        return Err(vec![format!("Line {line}, version: {words}")]);
    }
    file.known(&object, "", &["schema", "version", "title", "description", "widgets"]);
    let (title, description) = (file.string(&object, "", "title"), file.string(&object, "", "description"));
    let mut errors = Errors::new();
    let (title, description) = head(&title, &description, &mut errors);
    for name in ["title", "description"] {
        if let Some(words) = errors.on(name) {
            let line = object.get(name).map_or(1, |value| file.line(value));
            file.wrong(line, name, words);
        }
    }
    let mut widgets = Vec::new();
    if let Some(value) = object.get("widgets") {
        match serde_json::from_str::<Vec<&RawValue>>(value.get()) {
            Err(_) => file.wrong(file.line(value), "widgets", "Write a list in brackets"),
            Ok(found) if found.len() > MOST => {
                let words = format!("A dashboard has at most {MOST} widgets; these are {}", found.len());
                file.wrong(file.line(value), "widgets", &words);
            }
            Ok(found) => {
                let found = found.into_iter().enumerate();
                widgets = found.filter_map(|(at, value)| file.widget(at, value)).collect();
            }
        }
    }
    if file.wrong.is_empty() {
        return Ok(DashboardDraft { title, description, widgets });
    }
    if file.more > 0 {
        file.wrong.push(format!("{} more like these", Count(file.more as u64)));
    }
    Err(file.wrong)
}

/// A name that somebody made up, short enough to be read.
fn shortened(field: &str) -> String {
    match field.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &field[..end]),
        None => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_by_line_and_field() {
        let text = "{\n\"schema\": \"tenantry.dashboard\", \"version\": 1,\n\"title\": \" \",\n\"colour\": 1,\n\"widgets\": [\n\
                    {\"kind\": \"number\",\n\"of\": \"cats\",\n\"width\": 9},\n7\n]}";
        let wrong = read(text).err().unwrap_or_default().join("\n");
        for words in [
            "Line 3, title: Enter a title",
            "Line 4, colour: Remove it",
            "Line 7, widgets[1].of: Choose one of devices",
            "Line 8, widgets[1].width: Choose a width",
            "Line 9, widgets[2]: Write an object",
        ] {
            assert!(wrong.contains(words), "{words}\n{wrong}");
        }
    }
}
