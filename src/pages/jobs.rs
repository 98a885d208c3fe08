//! `/jobs/{id}`: how far work is, what came of it, and ending it early.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::users;
use crate::pages::trace::name_for_reader;
use crate::services::jobs::{self, JobDescription, JobState, Registry, StoredJob, store};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Subject};
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, TenantAdmin};

/// How far work is, as a page shows it.
pub struct Progress {
    pub heading: String,
    pub open: bool,
    /// The state in a word, and the style class of its pill.
    pub state: (&'static str, &'static str),
    /// What is true of it now, as sentences.
    pub sentences: Vec<String>,
    /// Absent before anything is counted, in a state that counts no more.
    pub bar: Option<Bar>,
}

/// How much of it is done.
pub struct Bar {
    pub done: i64,
    pub total: i64,
    pub label: String,
    /// The last full tenth, which is told to those who cannot see it move.
    pub tenth: i64,
}

impl Bar {
    /// That of a job; none before anything is counted.
    pub fn of(job: &StoredJob, unit: &str) -> Option<Self> {
        (job.total > 0).then(|| Self {
            done: job.done.min(job.total),
            total: job.total,
            label: job.progress(unit),
            tenth: (job.done * 10 / job.total * 10).min(100),
        })
    }
}

#[derive(Template)]
#[template(path = "jobs/show.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    job: Progress,
    path: String,
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

impl Show {
    fn new(context: PageContext, Found { job, description, names }: Found) -> Self {
        let back = description.list();
        let unit = description.unit();
        let status = Some(description.status_message(job.state)).filter(|message| !message.is_empty());
        let refused = Count::from(job.refused);
        let progress = Progress {
            heading: description.heading(),
            open: job.state.is_open(),
            state: pill(job.state),
            sentences: status.into_iter().chain(state_sentence(&job, unit)).collect(),
            bar: Bar::of(&job, unit).filter(|_| job.state != JobState::Done),
        };
        Self {
            job: progress,
            path: job.path(),
            untold: Count(refused.0.saturating_sub(job.refusals.len() as u64)),
            refusals_heading: format!("{refused} could not be done"),
            refusals: job.refusals,
            asked: context.time(job.created_at),
            asked_by: name_for_reader(&context, &names, job.asked_by),
            ended: job.ended_at.map(|at| context.time(at)),
            can_be_cancelled: job.state.is_open() && description.can_be_cancelled(),
            can_be_tried_again: job.state == JobState::Failed,
            crumbs: vec![Crumb::new(back.0, back.1)],
            back,
            context,
        }
    }
}

fn pill(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Queued => ("Waiting", "wait"),
        JobState::Running => ("Under way", "here"),
        JobState::Done => ("Done", "ok"),
        JobState::Failed => ("Failed", "bad"),
        JobState::Cancelled => ("Cancelled", ""),
    }
}

/// What the state of a job means, besides what the work itself says.
pub fn state_sentence(job: &StoredJob, unit: &str) -> Option<String> {
    match job.state {
        JobState::Queued | JobState::Running if !job.problem.is_empty() => {
            Some(format!("The last attempt failed. It will be retried automatically. {}", job.problem))
        }
        JobState::Queued | JobState::Running => {
            Some("This continues in the background. You can leave this page.".into())
        }
        JobState::Failed => Some(format!("It failed. {} Changes made so far were kept.", job.problem)),
        JobState::Cancelled => {
            let progress = job.progress(unit);
            Some(format!("It was cancelled after {progress}. Changes made so far were kept."))
        }
        JobState::Done => None,
    }
}

/// A job as it is shown.
struct Found {
    job: StoredJob,
    description: Box<dyn JobDescription>,
    names: users::Names,
}

impl Found {
    fn find(t: &mut TenantConn, registry: &Registry, id: &str) -> Result<Self, Error> {
        let job = jobs::find(t, parse_id(id)?)?;
        let names = users::names(t, [job.asked_by])?;
        Ok(Self { description: registry.describe(&job), job, names })
    }

    /// Where one sees what became of it.
    fn shown_at(&self) -> String {
        self.description.page().unwrap_or_else(|| self.job.path())
    }

    fn subject(&self) -> Subject {
        jobs::subject(self.job.id, &*self.description)
    }
}

/// `GET /jobs/{id}`
pub async fn show(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let registry = AppState::of(&request).jobs.clone();
    let found = admin.tenant.read(move |t| Found::find(t, &registry, &id)).await?;
    web::page(&Show::new(context, found))
}

/// `POST /jobs/{id}/cancel`
pub async fn cancel(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let registry = AppState::of(&request).jobs.clone();
    let done = admin.tenant.write(move |t| {
        let found = Found::find(t, &registry, &id)?;
        let may = found.description.can_be_cancelled();
        let heading = found.description.heading();
        if may && jobs::cancel(t, found.job.id)? {
            audit::record(t, Entry::of(Action::Cancel, &found.subject()))?;
            return Ok(Answer::new(found.shown_at(), format!("{heading} was cancelled.")));
        }
        let why = if may { "had ended already" } else { "cannot be cancelled" };
        Ok::<_, Error>(Answer::refusal(found.shown_at(), format!("{heading} {why}.")))
    });
    done.await?.send(&request)
}

/// `POST /jobs/{id}/retry`
pub async fn retry(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let registry = AppState::of(&request).jobs.clone();
    let done = admin.tenant.write(move |t| {
        let found = Found::find(t, &registry, &id)?;
        let heading = found.description.heading();
        if store::try_again(t, found.job.id)? {
            audit::record(t, Entry::of(Action::Retry, &found.subject()))?;
            return Ok(Answer::new(found.shown_at(), format!("{heading} is tried again.")));
        }
        let text = format!("{heading} has not failed, so it is not tried again.");
        Ok::<_, Error>(Answer::refusal(found.shown_at(), text))
    });
    let answer = done.await?;
    AppState::of(&request).work.notify();
    answer.send(&request)
}
