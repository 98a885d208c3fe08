//! What is done to rows that are selected in a list, or to one from its page: it is asked about in a read, and once that
//! was confirmed it is selected anew and done in a write.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::Errors;
use crate::base::id::JobId;
use crate::pages::confirm::Confirm;
use crate::services::jobs;
use crate::tenancy::TenantConn;
use crate::web::state::AppState;
use crate::web::{self, Answer, BACK, PageContext, TenantAdmin, list_back};

/// Where customers lose more than this, the number is typed to confirm it.
pub const MUCH: u64 = 25;

/// What was done.
pub enum Done {
    /// All of it.
    Now(Answer),
    /// A job was queued for it; the sentence says so.
    Queued(JobId, String),
}

/// Something that is done to several rows at once.
pub trait BulkAction: Clone + Send + 'static {
    /// The rows, as they are stored.
    type Chosen: Send + 'static;

    /// Whether it is to be done, and not only asked about.
    fn is_confirmed(&self) -> bool;

    /// The lists that it can be asked for from: paths, with `*` for an id.
    fn lists(&self) -> &'static [&'static str];

    /// The address of the list that it was asked for from, as the form says it.
    fn back(&self) -> &str;

    /// Waits for whoever changes what the selection depends on.
    fn lock(&self, _: &mut TenantConn) -> Result<(), Error> {
        Ok(())
    }

    /// Finds the rows.
    fn select(&self, t: &mut TenantConn) -> Result<Self::Chosen, Error>;

    /// Whether it is asked about before it is done to these.
    fn asks(&self, _: &Self::Chosen) -> bool {
        true
    }

    /// What is answered when none was selected.
    fn nothing(&self, chosen: &Self::Chosen) -> Option<Answer>;

    /// What is wrong with what was typed to confirm it.
    fn wrong(&self, _: &Self::Chosen) -> Errors {
        Errors::new()
    }

    /// Does it.
    ///
    /// # Errors
    /// `By` why it cannot be done.
    fn run(&self, t: &mut TenantConn, chosen: &Self::Chosen) -> Result<Done, Refused<String>>;

    /// The page that asks.
    fn question(&self, context: PageContext, chosen: &Self::Chosen, errors: &Errors) -> Confirm;
}

/// Asks, or does what was confirmed; asks again when it was not confirmed as it should be. Whatever becomes of it leads
/// back to the list as it was.
pub async fn perform<A: BulkAction>(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    action: A,
) -> Result<HttpResponse, Error> {
    let on = action.clone();
    let back = list_back(&request, action.back(), action.lists());
    let led_back = |answer: Answer| match &back {
        Some(back) => Answer { location: back.clone(), ..answer },
        None => answer,
    };
    let question = |context, chosen: &A::Chosen, errors: &Errors| {
        let mut page = action.question(context, chosen, errors);
        if let Some(back) = &back {
            page.form.hidden.retain(|(name, _)| *name != BACK);
            page.form.hidden.push((BACK, back.clone()));
            page.back.clone_from(back);
        }
        page
    };
    if !action.is_confirmed() {
        let asked = action.clone();
        let chosen = admin.tenant.read(move |t| asked.select(t)).await?;
        if let Some(answer) = action.nothing(&chosen) {
            return led_back(answer).send(&request);
        }
        if action.asks(&chosen) {
            return web::page(&question(context, &chosen, &Errors::new()));
        }
    }
    let done = admin.tenant.write(move |t| {
        on.lock(t)?;
        let chosen = on.select(t)?;
        if let Some(answer) = on.nothing(&chosen) {
            return Ok(Done::Now(answer));
        }
        let errors = on.wrong(&chosen);
        if !errors.is_empty() {
            return Err(Refused::By((chosen, errors, None)));
        }
        on.run(t, &chosen).map_err(|refused| refused.map(|why| (chosen, errors, Some(why))))
    });
    match done.await {
        Ok(Done::Now(answer)) => led_back(answer).send(&request),
        Ok(Done::Queued(job, words)) => {
            AppState::of(&request).work.notify();
            Answer::new(jobs::path(job), words).send(&request)
        }
        Err(refused) => {
            let (chosen, errors, refusal) = refused.reason()?;
            web::unprocessable(&Confirm { refusal, ..question(context, &chosen, &errors) })
        }
    }
}
