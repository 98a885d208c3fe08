//! `/imports/{id}/reading`: how the file was recognized, its first rows, and saying that it is to be read otherwise.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::{Deserialize, Serialize};

use crate::base::csv::{DELIMITERS, Encoding};
use crate::base::error::Error;
use crate::base::forms::{Choice, Errors, Field, FormView, Kind};
use crate::base::text::{Count, capitalized};
use crate::model::imports::head::delimiter_name;
use crate::model::imports::{CsvHeader, Import, Reading, State, file_chunks, store};
use crate::pages::imports::index::{found, locked};
use crate::services::jobs::StoredJob;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::{self, Answer, Crumb, Form, PageContext, TenantAdmin};

/// How a file is to be read, as chosen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadingForm {
    encoding: String,
    delimiter: String,
    names_line: String,
}

/// The first rows of a file, with their lines.
pub type FirstRows = Vec<(Count, Vec<String>)>;

#[derive(Template)]
#[template(path = "imports/reading.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    path: String,
    about: String,
    form: FormView,
    first_rows: FirstRows,
}

/// Cells of a row, and characters of a cell, that are shown.
const CELLS: usize = 8;
const SHOWN: usize = 40;

/// The first rows of the file of an import, shortened.
///
/// # Errors
/// Those of the database.
pub fn first_rows(t: &mut TenantConn, import: &Import) -> Result<FirstRows, Error> {
    let rows = import.head.first_rows(&start(t, import)?).into_iter();
    Ok(rows
        .map(|(line, cells)| (Count(line), cells.iter().take(CELLS).map(|cell| shortened(cell)).collect()))
        .collect())
}

impl Show {
    fn new(context: PageContext, import: &Import, rows: FirstRows, chosen: &ReadingForm, errors: &Errors) -> Self {
        let encodings = Encoding::ALL.map(|encoding| Choice::new(encoding.name(), encoding.label())).to_vec();
        let delimiters = DELIMITERS
            .map(|delimiter| Choice::new(u32::from(delimiter).to_string(), capitalized(delimiter_name(delimiter))));
        let line = |(line, cells): &(Count, Vec<String>)| {
            Choice::new(line.0.to_string(), format!("Line {line}: {}", cells.join(", ")))
        };
        let mut lines: Vec<Choice> = rows.iter().map(line).collect();
        lines.push(Choice::new("0", "The file has no column names"));
        let select = |name, label, choices, value: &str| {
            Field::new(name, label, Kind::Select(choices)).value(value).with(errors).required()
        };
        let mut fields = Vec::new();
        // How a workbook is written, it says itself.
        if !import.head.format.workbook {
            fields.push(select("encoding", "Encoding", encodings, &chosen.encoding).half());
            fields.push(select("delimiter", "Cells are separated by", delimiters.to_vec(), &chosen.delimiter).half());
        }
        fields.push(select("names_line", "Column names", lines, &chosen.names_line));
        Self {
            crumbs: vec![Crumb::new("Imports", "/imports"), Crumb::new(import.file_name.clone(), import.path())],
            path: import.path(),
            about: format!("{}: {}", import.file_name, import.head.description()),
            form: FormView::plain(fields),
            first_rows: rows,
            context,
        }
    }
}

/// The beginning of the file of an import.
fn start(t: &mut TenantConn, import: &Import) -> Result<Vec<u8>, Error> {
    Ok(file_chunks::get(t, import.id, 0)?.unwrap_or_default())
}

fn shortened(cell: &str) -> String {
    match cell.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

impl ReadingForm {
    fn of(head: &CsvHeader) -> Self {
        Self {
            encoding: head.format.encoding.name().into(),
            delimiter: u32::from(head.format.delimiter).to_string(),
            names_line: head.names_line.to_string(),
        }
    }

    /// What was chosen; what was left out stays as it is.
    fn parse(&self, head: &CsvHeader) -> Result<(Encoding, Reading), Errors> {
        let mut errors = Errors::new();
        let encoding = match self.encoding.as_str() {
            "" => Some(head.format.encoding),
            name => Encoding::parse(name),
        };
        let delimiter = match self.delimiter.as_str() {
            "" => Some(head.format.delimiter),
            n => n.parse().ok().filter(|delimiter| DELIMITERS.contains(delimiter)),
        };
        if encoding.is_none() {
            errors.add("encoding", "Choose an encoding from the list");
        }
        if delimiter.is_none() {
            errors.add("delimiter", "Choose what separates the cells");
        }
        let names_line = self.names_line.parse().ok();
        if names_line.is_none() {
            errors.add("names_line", "Choose the line of the column names");
        }
        match encoding {
            Some(encoding) if errors.is_empty() => Ok((encoding, Reading { delimiter, names_line })),
            _ => Err(errors),
        }
    }
}

/// An import whose file can be read otherwise: nothing is done with it now, nor was.
fn is_open(import: &Import, job: Option<&StoredJob>) -> bool {
    import.state != State::Importing && job.is_none_or(|job| !job.state.is_open())
}

/// `GET /imports/{id}/reading`
pub async fn edit(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let (import, job, rows) = admin
        .tenant
        .read(move |t| {
            let (import, job) = found(t, &id)?;
            let rows = first_rows(t, &import)?;
            Ok::<_, Error>((import, job, rows))
        })
        .await?;
    if !is_open(&import, job.as_ref()) {
        return Answer::refusal(import.path(), BEGUN).send(&request);
    }
    web::page(&Show::new(context, &import, rows, &ReadingForm::of(&import.head), &Errors::new()))
}

const BEGUN: &str = "The import had begun already; nothing was changed.";

/// `POST /imports/{id}/reading`: reads the file otherwise; its columns are matched once more.
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<ReadingForm>,
) -> Result<HttpResponse, Error> {
    let read = admin.tenant.write(move |t| {
        let (import, job) = locked(t, &id)?;
        if !is_open(&import, job.as_ref()) {
            t.no_changes()?;
            return Ok(Ok(Answer::refusal(import.path(), BEGUN)));
        }
        let start = start(t, &import)?;
        let read = form.parse(&import.head).and_then(|(encoding, reading)| {
            let head = import.head.read_again(&start, encoding, import.what, reading);
            head.map_err(|why| Errors::one("names_line", why.sentence()))
        });
        Ok::<_, Error>(match read {
            Ok(head) if head == import.head => {
                t.no_changes()?;
                Ok(Answer::new(import.path(), "Nothing was changed: the file is read so already."))
            }
            Ok(head) => {
                let (before, after) = (import.head.description(), head.description());
                audit::record(t, Entry::of(Action::Change, &import).change("Read as", &before, &after))?;
                store::read_again(t, &import, &head)?;
                Ok(Answer::new(import.path(), "The file was read again. Check which column is which."))
            }
            Err(errors) => {
                t.no_changes()?;
                Err((first_rows(t, &import)?, import, form, errors))
            }
        })
    });
    match read.await? {
        Ok(answer) => answer.send(&request),
        Err((rows, import, form, errors)) => web::unprocessable(&Show::new(context, &import, rows, &form, &errors)),
    }
}
