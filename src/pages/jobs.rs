//! `/jobs/{id}`: how far work is, what came of it, and ending it early.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::users;
use crate::pages::trace::name_for_reader;
use crate::services::jobs::{self, Job, State, store};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, TenantAdmin};

#[derive(Template)]
#[template(path = "jobs/show.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    heading: String,
    path: String,
    open: bool,
    /// The state in a word, and the style class of its pill.
    state: (&'static str, &'static str),
    /// What is true of it now, as sentences.
    sentences: Vec<String>,
    /// Absent before anything is counted, in a state that counts no more.
    bar: Option<Bar>,
    refusals: Vec<String>,
    refusals_heading: String,
    /// How many more were refused than are told.
    untold: Count,
    asked: FormattedTime,
    asked_by: String,
    ended: Option<FormattedTime>,
    can_be_cancelled: bool,
    can_be_tried_again: bool,
    back: (&'static str, &'static str),
}

/// How far it is.
struct Bar {
    done: i64,
    total: i64,
    words: String,
    /// The last full tenth, which is told to those who cannot see it move.
    tenth: i64,
}

impl Show {
    fn new(context: PageContext, job: Job, names: &users::Names) -> Self {
        let back = job.work.as_ref().map_or(("Customers", "/customers"), crate::app::jobs::Work::list);
        let told = job.work.as_ref().map(|work| work.told(job.state)).filter(|told| !told.is_empty());
        let refused = Count::from(job.refused);
        Self {
            heading: job.heading(),
            path: job.path(),
            open: job.state.is_open(),
            state: words(job.state),
            sentences: told.into_iter().chain(more(&job)).collect(),
            bar: (job.state != State::Done && job.total > 0).then(|| Bar {
                done: job.done,
                total: job.total,
                words: job.progress(),
                tenth: job.done * 10 / job.total * 10,
            }),
            untold: Count(refused.0.saturating_sub(job.refusals.len() as u64)),
            refusals_heading: format!("{refused} could not be done"),
            refusals: job.refusals,
            asked: context.moment(job.created_at),
            asked_by: name_for_reader(&context, names, job.asked_by),
            ended: job.ended_at.map(|at| context.moment(at)),
            can_be_cancelled: job.state.is_open()
                && job.work.as_ref().is_some_and(crate::app::jobs::Work::can_be_cancelled),
            can_be_tried_again: job.state == State::Failed,
            crumbs: vec![Crumb::new(back.0, back.1)],
            back,
            context,
        }
    }
}

fn words(state: State) -> (&'static str, &'static str) {
    match state {
        State::Queued => ("Waiting", "wait"),
        State::Running => ("Under way", "here"),
        State::Done => ("Done", "ok"),
        State::Failed => ("Failed", "bad"),
        State::Cancelled => ("Cancelled", ""),
    }
}

/// What is to be said besides what the work itself says.
fn more(job: &Job) -> Option<String> {
    match job.state {
        State::Queued | State::Running if !job.problem.is_empty() => {
            Some(format!("The last try failed and is repeated by itself. {}", job.problem))
        }
        State::Queued | State::Running => Some("It goes on by itself; this page may be closed.".into()),
        State::Failed => Some(format!("It stopped before its end. {} What was done before stays done.", job.problem)),
        State::Cancelled => {
            Some(format!("It was cancelled after {}. What was done before stays done.", job.progress()))
        }
        State::Done => None,
    }
}

fn found(t: &mut TenantConn, id: &str) -> Result<(Job, users::Names), Error> {
    let job = jobs::find(t, parse_id(id)?)?;
    let names = users::names(t, [job.asked_by])?;
    Ok((job, names))
}

/// `GET /jobs/{id}`
pub async fn show(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let (job, names) = admin.tenant.read(move |t| found(t, &id)).await?;
    web::page(&Show::new(context, job, &names))
}

/// `POST /jobs/{id}/cancel`
pub async fn cancel(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let done = admin.tenant.write(move |t| {
        let (job, _) = found(t, &id)?;
        let may = job.work.as_ref().is_some_and(crate::app::jobs::Work::can_be_cancelled);
        let heading = job.heading();
        if may && jobs::cancel(t, job.id)? {
            audit::record(t, Entry::of(Action::Cancel, &job))?;
            return Ok(Answer::new(shown_at(&job), format!("{heading} was cancelled.")));
        }
        let why = if may { "had ended already" } else { "cannot be cancelled" };
        Ok::<_, Error>(Answer::refusal(shown_at(&job), format!("{heading} {why}.")))
    });
    done.await?.send(&request)
}

/// Where one sees what became of a job.
fn shown_at(job: &Job) -> String {
    job.work.as_ref().and_then(crate::app::jobs::Work::page).unwrap_or_else(|| job.path())
}

/// `POST /jobs/{id}/retry`
pub async fn retry(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let done = admin.tenant.write(move |t| {
        let (job, _) = found(t, &id)?;
        let heading = job.heading();
        if store::try_again(t, job.id)? {
            audit::record(t, Entry::of(Action::Retry, &job))?;
            return Ok(Answer::new(shown_at(&job), format!("{heading} is tried again.")));
        }
        let text = format!("{heading} has not failed, so it is not tried again.");
        Ok::<_, Error>(Answer::refusal(shown_at(&job), text))
    });
    let answer = done.await?;
    AppState::of(&request).work.ring();
    answer.send(&request)
}
