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
    form: FormView,
    /// Columns of the file that are not imported.
    left_out: Vec<String>,
}

/// How much of a cell stands beside a column's name.
const SAMPLE: usize = 24;

impl Columns {
    /// The form in which columns are matched.
    pub fn new(context: PageContext, import: &Import, matching: &Matching, errors: &Errors) -> Self {
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
        let delimiter = match head.delimiter {
            b';' => "semicolons",
            b'\t' => "tabs",
            _ => "commas",
        };
        Self {
            crumbs: vec![Crumb::new("Imports", "/imports")],
            heading: format!("Import {}", import.what.name()),
            about: format!(
                "{}: about {}, cells between {delimiter}",
                import.file_name,
                rows(import.row_count.max(0).unsigned_abs())
            ),
            path: import.path(),
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

/// How far it is.
struct Bar {
    done: i64,
    total: i64,
    words: String,
    /// The last full tenth, which is told to those who cannot see it move.
    tenth: i64,
}

#[derive(Template)]
#[template(path = "imports/show.html")]
pub struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    heading: String,
    path: String,
    /// The job that is under way, or was.
    job_path: Option<String>,
    open: bool,
    state: (&'static str, &'static str),
    bar: Option<Bar>,
    sentences: Vec<String>,
    counts: Vec<(Count, &'static str)>,
    refusals_heading: String,
    refusals: Vec<(Count, String)>,
    /// How many more were refused than are shown.
    untold: Count,
    when: FormattedTime,
    /// The words of the button that begins the import, where it can begin.
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
        let bar = job.as_ref().filter(|job| job.state.is_open() && job.total > 0).map(|job| Bar {
            done: job.done.min(job.total),
            total: job.total,
            words: job.progress(UNIT),
            tenth: (job.done * 10 / job.total * 10).min(100),
        });
        let to_do = counts.new + counts.changed;
        let checked = !commits && done == JobState::Done;
        let refused = Count(counts.refused);
        let verb = if commits { "Import of" } else { "Dry run of" };
        Self {
            heading: format!("{verb} {} from {}", import.what.name(), import.file_name),
            path: import.path(),
            open: done.is_open(),
            state: state(&import, job.as_ref()),
            bar,
            sentences: sentences(&import, job.as_ref(), counts),
            counts: if done.is_open() && counts.all() == 0 { Vec::new() } else { numbers(counts) },
            untold: Count(counts.refused.saturating_sub(refusals.len() as u64)),
            refusals_heading: format!("{refused} {} refused", if refused.0 == 1 { "row is" } else { "rows are" }),
            refusals: refusals.into_iter().map(|refusal| (Count(refusal.line), refusal.reason)).collect(),
            when: context.moment(import.created_at),
            commit: (checked && to_do > 0).then(|| format!("Import {}", rows(to_do))),
            can_match: !commits && !done.is_open(),
            can_try_again: done == JobState::Failed,
            list: import.what.list(),
            job_path: job.map(|job| job.path()),
            crumbs: vec![Crumb::new("Imports", "/imports")],
            context,
        }
    }
}

fn numbers(counts: Counts) -> Vec<(Count, &'static str)> {
    let numbers = [(counts.new, "new"), (counts.changed, "changed"), (counts.unchanged, "unchanged")];
    numbers.into_iter().chain([(counts.refused, "refused")]).map(|(n, word)| (Count(n), word)).collect()
}

/// What is true of it now.
fn sentences(import: &Import, job: Option<&StoredJob>, counts: Counts) -> Vec<String> {
    let done = job.map_or(JobState::Done, |job| job.state);
    let problem = job.map(|job| job.problem.as_str()).unwrap_or_default();
    let commits = import.state == State::Importing;
    let message = match (commits, done) {
        (_, JobState::Queued | JobState::Running) if !problem.is_empty() => {
            format!("The last try failed and is repeated by itself. {problem}")
        }
        (_, JobState::Queued | JobState::Running) => "It goes on by itself; this page may be closed.".into(),
        (false, JobState::Failed) => format!("The dry run stopped before its end. {problem}"),
        (true, JobState::Failed) => format!("It stopped before its end. {problem} What was done before stays done."),
        (false, JobState::Cancelled) => "The dry run was cancelled.".into(),
        (true, JobState::Cancelled) => "It was cancelled. What was done before stays done.".into(),
        (_, JobState::Done) if counts.all() == 0 => "The file has no rows.".into(),
        (false, JobState::Done) if counts.new + counts.changed == 0 => {
            "Nothing is imported yet, and there is nothing to import.".into()
        }
        (false, JobState::Done) => "Nothing is imported yet. This is what would become of the rows.".into(),
        (true, JobState::Done) => {
            let imported = counts.new + counts.changed;
            format!("{} {} imported.", rows(imported), if imported == 1 { "was" } else { "were" })
        }
    };
    vec![message]
}
