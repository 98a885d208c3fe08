//! How one import is shown: its columns while they are matched, then how far it is and what came of it.

use std::collections::BTreeMap;

use askama::Template;
use serde::Deserialize;

use crate::base::forms::{Choice, Errors, Field, FormView, Kind, Section};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::imports::batch::Refusal;
use crate::model::imports::import_job::UNIT;
use crate::model::imports::rejected_rows::is_reason;
use crate::model::imports::{Column, Counts, Import, ImportJob, ImportKind, State};
use crate::pages::imports::index::rows;
use crate::pages::imports::reading::FirstRows;
use crate::pages::jobs::{Bar, Progress, state_sentence};
use crate::services::jobs::{JobState, StoredJob};
use crate::web::{Crumb, PageContext};

/// Rows that were refused, as many as are shown.
pub const REFUSALS: i64 = 20;

/// How far an import is, in a word, and the style class of its pill.
pub fn state(import: &Import, job: Option<&StoredJob>) -> (&'static str, &'static str) {
    let done = job.map_or(JobState::Done, |job| job.state);
    match (import.state, done) {
        (State::Arriving, _) => ("Arriving", "wait"),
        (State::Matching, _) => ("Columns", "wait"),
        (_, JobState::Failed) => ("Failed", "bad"),
        (_, JobState::Cancelled) => ("Cancelled", ""),
        (State::Checking, JobState::Done) => ("Checked", "wait"),
        (State::Importing, JobState::Done) => ("Imported", "ok"),
        (State::Checking, _) => ("Checking", "here"),
        (State::Importing, _) => ("Importing", "here"),
    }
}

/// What became of the rows. Of a job that is still stored, it is what the job says: the one row that says at the same time
/// whether it has ended.
pub fn counts(import: &Import, job: Option<&StoredJob>) -> Counts {
    match (job.and_then(StoredJob::parse::<ImportJob>), import.state) {
        (Some(job), _) => job.counts(),
        (_, State::Importing) => import.imported,
        _ => import.checked,
    }
}

/// Which column of the file each field is: its place, or nothing when the file has none.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<(String, String)>")]
pub struct Matching {
    /// By the fields' names.
    columns: BTreeMap<String, String>,
    /// How new users get in: `mail` or `link`.
    pub activation_method: String,
}

impl TryFrom<Vec<(String, String)>> for Matching {
    type Error = String;

    fn try_from(pairs: Vec<(String, String)>) -> Result<Self, String> {
        let mut columns = BTreeMap::new();
        for (name, value) in pairs {
            let known =
                name == METHOD || ImportKind::ALL.iter().any(|what| what.columns().iter().any(|c| c.name == name));
            if !known {
                return Err(format!("unknown field `{name}`"));
            }
            if columns.contains_key(&name) {
                return Err(format!("duplicate field `{name}`"));
            }
            columns.insert(name, value);
        }
        Ok(Self { activation_method: columns.remove(METHOD).unwrap_or_default(), columns })
    }
}

/// The field that says how new users get in.
const METHOD: &str = "activation_method";

impl Matching {
    /// As it was found or said before.
    pub fn of(import: &Import) -> Self {
        let links = import.state == State::Checking && !import.invite;
        let named = import.columns.iter().enumerate().filter_map(|(at, name)| Some((name.clone()?, at.to_string())));
        Self { columns: named.collect(), activation_method: if links { "link".into() } else { "mail".into() } }
    }

    fn value(&self, column: &Column) -> String {
        self.columns.get(column.name).cloned().unwrap_or_default()
    }

    /// What each column of the file is.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(&self, import: &Import) -> Result<Vec<Option<String>>, Errors> {
        let mut errors = Errors::new();
        let mut columns: Vec<Option<String>> = vec![None; import.head.names.len()];
        for column in import.what.columns() {
            let chosen = self.value(column);
            match chosen.parse::<usize>().ok().and_then(|at| columns.get_mut(at)) {
                None if chosen.is_empty() && *column == import.what.key() => {
                    errors.add(column.name, format!("Choose the column of the {}", column.label.to_lowercase()));
                }
                None if chosen.is_empty() => {}
                None => errors.add(column.name, "Choose a column of the file"),
                Some(Some(_)) => errors.add(column.name, "Choose another column; this one is chosen above already"),
                Some(free) => *free = Some(column.name.to_owned()),
            }
        }
        if import.what == ImportKind::Users && !["mail", "link"].contains(&self.activation_method.as_str()) {
            errors.add(METHOD, "Choose how new users get the activation link");
        }
        if errors.is_empty() { Ok(columns) } else { Err(errors) }
    }
}

#[derive(Template)]
#[template(path = "imports/columns.html")]
pub struct Columns {
    context: PageContext,
    crumbs: Vec<Crumb>,
    heading: String,
    about: String,
    path: String,
    /// How the file is read, and its first rows.
    reading: String,
    first_rows: FirstRows,
    form: FormView,
    /// Columns of the file that are not imported.
    left_out: Vec<String>,
}

/// How much of a cell stands beside a column's name.
const SAMPLE: usize = 24;

impl Columns {
    /// The form in which columns are matched.
    pub fn new(
        context: PageContext,
        import: &Import,
        first_rows: FirstRows,
        matching: &Matching,
        errors: &Errors,
    ) -> Self {
        let head = &import.head;
        let name = |at: usize| match head.names.get(at).map(|name| name.trim()) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("Column {}", at + 1),
        };
        let choice = |at: usize| {
            let samples = head.samples.iter().filter_map(|row| row.get(at)).find(|cell| !cell.is_empty());
            let sample: String = samples.map(|cell| cell.chars().take(SAMPLE).collect()).unwrap_or_default();
            let label = if sample.is_empty() { name(at) } else { format!("{} ({sample})", name(at)) };
            Choice::new(at.to_string(), label)
        };
        let places = 0..head.names.len();
        let choices: Vec<Choice> =
            [Choice::new("", "Not in the file")].into_iter().chain(places.clone().map(choice)).collect();
        let field = |column: &Column| {
            let field = Field::new(column.name, column.label, Kind::Select(choices.clone())).half();
            let field = field.value(matching.value(column)).with(errors);
            if *column == import.what.key() { field.required() } else { field }
        };
        let mut sections = vec![Section::new("", import.what.columns().iter().map(field).collect())];
        if import.what == ImportKind::Users {
            sections.push(Section::new("New users", vec![activation(matching, errors)]));
        }
        let used: Vec<String> = import.what.columns().iter().map(|column| matching.value(column)).collect();
        let unused = places.filter(|at| !used.contains(&at.to_string()) && !is_reason(&name(*at)));
        Self {
            crumbs: vec![Crumb::new("Imports", "/imports")],
            heading: format!("Import {}", import.what.name()),
            about: format!("{}: about {}", import.file_name, rows(import.row_count.max(0).unsigned_abs())),
            path: import.path(),
            reading: head.description(),
            first_rows,
            form: FormView { sections, hidden: Vec::new() },
            left_out: unused.map(name).collect(),
            context,
        }
    }
}

fn activation(matching: &Matching, errors: &Errors) -> Field {
    let later = "No mail goes out; the page of each user displays one when you ask for it.";
    let methods = vec![
        Choice::new("mail", "Send activation mails"),
        Choice { value: "link".into(), label: "Display activation links later".into(), hint: later },
    ];
    Field::new(METHOD, "Activation method", Kind::Radio(methods))
        .required()
        .value(&matching.activation_method)
        .with(errors)
}

#[derive(Template)]
#[template(path = "imports/show.html")]
pub struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    job: Progress,
    path: String,
    /// The address of the job that is under way, or was.
    job_path: Option<String>,
    counts: Vec<(Count, &'static str)>,
    refusals_heading: String,
    refusals: Vec<(Count, String)>,
    /// How many more were refused than are shown.
    untold: Count,
    when: FormattedTime,
    /// What is to be told of cells that a spreadsheet has ruined.
    ruined: Option<String>,
    /// The label of the button that begins the import, where it can begin.
    commit: Option<String>,
    can_match: bool,
    can_try_again: bool,
    list: (&'static str, &'static str),
}

impl Show {
    /// An import whose columns are matched.
    pub fn new(context: PageContext, import: Import, job: Option<StoredJob>, refusals: Vec<Refusal>) -> Self {
        let done = job.as_ref().map_or(JobState::Done, |job| job.state);
        let commits = import.state == State::Importing;
        let counts = counts(&import, job.as_ref());
        let to_do = counts.new + counts.changed;
        let checked = !commits && done == JobState::Done;
        let refused = Count(counts.refused);
        let verb = if commits { "Import of" } else { "Dry run of" };
        let progress = Progress {
            heading: format!("{verb} {} from {}", import.what.name(), import.file_name),
            open: done.is_open(),
            state: state(&import, job.as_ref()),
            sentences: vec![sentence(&import, job.as_ref(), counts)],
            bar: job.as_ref().filter(|job| job.state.is_open()).and_then(|job| Bar::of(job, UNIT)),
        };
        Self {
            job: progress,
            path: import.path(),
            counts: if done.is_open() && counts.all() == 0 { Vec::new() } else { numbers(counts) },
            untold: Count(counts.refused.saturating_sub(refusals.len() as u64)),
            refusals_heading: format!("{refused} {} refused", if refused.0 == 1 { "row is" } else { "rows are" }),
            refusals: refusals.into_iter().map(|refusal| (Count(refusal.line), refusal.reason)).collect(),
            when: context.time(import.created_at),
            commit: (checked && to_do > 0).then(|| commit_label(&import, counts)),
            ruined: ruined(counts, job.as_ref()),
            can_match: !commits && !done.is_open(),
            can_try_again: done == JobState::Failed,
            list: import.what.list(),
            job_path: job.map(|job| job.path()),
            crumbs: vec![Crumb::new("Imports", "/imports")],
            context,
        }
    }
}

/// Says how many mails will go out as well.
fn commit_label(import: &Import, counts: Counts) -> String {
    let import_rows = format!("Import {}", rows(counts.new + counts.changed));
    if import.what == ImportKind::Users && import.invite && counts.new > 0 {
        format!("{import_rows} and send {}", Count(counts.new).of("activation mail", "activation mails"))
    } else {
        import_rows
    }
}

/// Cells that look as if a spreadsheet had ruined them, with the first of them.
fn ruined(counts: Counts, job: Option<&StoredJob>) -> Option<String> {
    if counts.ruined == 0 {
        return None;
    }
    let examples = job.and_then(StoredJob::parse::<ImportJob>).map(|job| job.ruined().to_vec()).unwrap_or_default();
    let shown = examples.iter().map(|(line, cell)| format!("{cell} on line {}", Count(*line))).collect::<Vec<_>>();
    let cells = Count(counts.ruined).of("cell looks", "cells look");
    let such = if shown.is_empty() { String::new() } else { format!(": {}", shown.join(", ")) };
    Some(format!(
        "{cells} as if a spreadsheet had changed what was typed{such}. Format the column as text, enter the values again, \
         and import the corrected file."
    ))
}

fn numbers(counts: Counts) -> Vec<(Count, &'static str)> {
    let numbers = [(counts.new, "new"), (counts.changed, "changed"), (counts.unchanged, "unchanged")];
    numbers.into_iter().chain([(counts.refused, "refused")]).map(|(n, word)| (Count(n), word)).collect()
}

/// What is true of it now.
fn sentence(import: &Import, job: Option<&StoredJob>, counts: Counts) -> String {
    let commits = import.state == State::Importing;
    let problem = job.map_or("", |job| &job.problem);
    match job.map_or(JobState::Done, |job| job.state) {
        JobState::Failed if !commits => format!("The dry run failed. {problem}"),
        JobState::Cancelled if !commits => "The dry run was cancelled.".into(),
        JobState::Cancelled => "It was cancelled. Changes made so far were kept.".into(),
        JobState::Done if counts.all() == 0 => "The file has no rows.".into(),
        JobState::Done if commits => {
            let imported = counts.new + counts.changed;
            format!("{} {} imported.", rows(imported), if imported == 1 { "was" } else { "were" })
        }
        JobState::Done if counts.new + counts.changed == 0 => {
            "Nothing is imported yet, and nothing would change.".into()
        }
        JobState::Done => "Nothing is imported yet. Here is what would happen.".into(),
        JobState::Queued | JobState::Running | JobState::Failed => {
            job.and_then(|job| state_sentence(job, UNIT)).unwrap_or_default()
        }
    }
}
