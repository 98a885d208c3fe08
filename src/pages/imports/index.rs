//! `/imports`: the form that sends a file, and the imports there were. `/imports/{id}`: what can be done about one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::{Choice, Errors, Field, FormView, Kind};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::imports::{Import, ImportKind, State, store};
use crate::pages::imports::reading;
use crate::pages::imports::show::{self, Matching};
use crate::services::jobs::{self, JobState, StoredJob};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Form, Nothing, PageContext, TenantAdmin};

/// What was typed into the form that sends a file, besides the file.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// What its rows are.
    pub what: String,
    /// Which creation this is.
    pub form_id: String,
}

/// An import in the list.
struct Row {
    path: String,
    file_name: String,
    what: &'static str,
    /// How far it is, in a word, and the style class of its pill.
    state: (&'static str, &'static str),
    counts: String,
    when: FormattedTime,
}

#[derive(Template)]
#[template(path = "imports/index.html")]
struct Index {
    context: PageContext,
    form: FormView,
    what: Field,
    file_error: Option<String>,
    /// In megabytes.
    limit: u64,
    rows: Vec<Row>,
}

/// Imports that are listed.
const LISTED: i64 = 50;

fn listed(t: &mut TenantConn) -> Result<Vec<(Import, Option<StoredJob>)>, Error> {
    store::newest(t, LISTED)?.into_iter().map(|import| with_job(t, import)).collect()
}

/// An import with what is done, or was done last.
fn with_job(t: &mut TenantConn, import: Import) -> Result<(Import, Option<StoredJob>), Error> {
    let job = match import.job.map(|id| jobs::find(t, id)).transpose() {
        // It was long ago.
        Err(Error::NotFound) => None,
        found => found?,
    };
    Ok((import, job))
}

impl Row {
    fn new(context: &PageContext, (import, job): (Import, Option<StoredJob>)) -> Self {
        let counts = show::counts(&import, job.as_ref());
        Self {
            path: import.path(),
            what: import.what.title(),
            state: show::state(&import, job.as_ref()),
            counts: if counts.all() == 0 { String::new() } else { counts.summary() },
            when: context.time(import.created_at),
            file_name: import.file_name,
        }
    }
}

/// `GET /imports`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let asked = ImportKind::parse(&web::query_param(&request, "what")).map_or("", ImportKind::name);
    let typed = Typed { what: asked.to_owned(), form_id: context.new_form_id() };
    let limit = AppState::of(&request).config.import_limit;
    refused(admin, context, typed, limit, (Errors::new(), StatusCode::OK)).await
}

/// The form again, with what is wrong.
pub async fn refused(
    admin: TenantAdmin,
    context: PageContext,
    typed: Typed,
    limit: u64,
    (errors, status): (Errors, StatusCode),
) -> Result<HttpResponse, Error> {
    let found = admin.tenant.read(listed).await?;
    let rows = found.into_iter().map(|found| Row::new(&context, found)).collect();
    let kinds = ImportKind::ALL.map(|what| Choice::new(what.name(), what.title()));
    let what = Field::new("what", "What are you importing?", Kind::Radio(kinds.into())).required();
    let what = what.value(&typed.what).with(&errors);
    let file = Field::text("file", "File").required().with(&errors);
    let file_error = file.error.clone();
    let form = FormView::plain(vec![what.clone(), file]).hide("form_id", typed.form_id);
    let view = Index { form, what, file_error, limit: limit / 1_000_000, rows, context };
    web::answer(status, &view)
}

/// `found` for whoever says what is to become of the import.
pub(crate) fn locked(t: &mut TenantConn, id: &str) -> Result<(Import, Option<StoredJob>), Error> {
    store::lock(t, parse_id(id)?)?;
    found(t, id)
}

pub(crate) fn found(t: &mut TenantConn, id: &str) -> Result<(Import, Option<StoredJob>), Error> {
    let import = store::find(t, parse_id(id)?)?;
    if import.state == State::Arriving {
        return Err(Error::NotFound);
    }
    with_job(t, import)
}

/// `GET /imports/{id}`; `?columns=yes` shows its columns once more.
pub async fn show(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let again = web::query_param(&request, "columns") == "yes";
    let (import, job, first_rows, refused) = admin
        .tenant
        .read(move |t| {
            let (import, job) = found(t, &id)?;
            let open = job.as_ref().is_some_and(|job| job.state.is_open());
            let matched_now = import.state == State::Matching || (again && import.state == State::Checking && !open);
            let first_rows = matched_now.then(|| reading::first_rows(t, &import)).transpose()?;
            let refused = crate::model::imports::rejected_rows::after(t, import.id, import.state, 0, show::REFUSALS)?;
            Ok::<_, Error>((import, job, first_rows, refused))
        })
        .await?;
    if let Some(first_rows) = first_rows {
        let matching = Matching::of(&import);
        return web::page(&show::Columns::new(context, &import, first_rows, &matching, &Errors::new()));
    }
    web::page(&show::Show::new(context, import, job, refused))
}

/// `POST /imports/{id}`: says what the columns are, and asks for the dry run.
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Matching>,
) -> Result<HttpResponse, Error> {
    let asked = admin.tenant.write(move |t| {
        let (import, job) = locked(t, &id)?;
        let open = job.is_some_and(|job| job.state.is_open());
        if open || import.state == State::Importing {
            t.no_changes()?;
            return Ok(Ok(Answer::refusal(import.path(), "The import had begun already; nothing was changed.")));
        }
        let columns = match form.read(&import) {
            Ok(columns) => columns,
            Err(errors) => {
                t.no_changes()?;
                let first_rows = reading::first_rows(t, &import)?;
                return Ok(Err((import, first_rows, form, errors)));
            }
        };
        store::match_columns(t, import.id, &columns, form.activation_method == "mail")?;
        store::start(t, &import, false)?;
        Ok::<_, Error>(Ok(Answer::new(import.path(), "The dry run has started.")))
    });
    match asked.await? {
        Ok(answer) => {
            AppState::of(&request).work.notify();
            answer.send(&request)
        }
        Err((import, first_rows, form, errors)) => {
            web::unprocessable(&show::Columns::new(context, &import, first_rows, &form, &errors))
        }
    }
}

/// `POST /imports/{id}/commit`: asks for the import itself, after its dry run.
pub async fn commit(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let asked = admin.tenant.write(move |t| {
        let (import, job) = locked(t, &id)?;
        let checked = job.as_ref().is_none_or(|job| job.state == JobState::Done);
        if import.state == State::Checking && checked {
            store::start(t, &import, true)?;
            return Ok(Answer::new(import.path(), format!("The import of {} has started.", import.file_name)));
        }
        t.no_changes()?;
        let text = format!("The import of {} had begun already, or was not checked yet.", import.file_name);
        Ok::<_, Error>(Answer::refusal(import.path(), text))
    });
    let answer = asked.await?;
    AppState::of(&request).work.notify();
    answer.send(&request)
}

/// A number of rows in words.
pub(crate) fn rows(n: u64) -> String {
    Count(n).of("row", "rows")
}
