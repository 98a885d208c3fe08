//! `/devices/assignment`, `/devices/unassignment`, `/devices/delete`, and the same for assets: what is done to those
//! that are chosen in a list, or to all that match, after a question that says to how many.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Field, FormView};
use crate::base::id::{CustomerId, Id, JobId};
use crate::base::text::Count;
use crate::model::customers::{self, customer_picker};
use crate::model::inventory::bulk::{Action, Target, run};
use crate::model::inventory::bulk_job::outcome;
use crate::model::inventory::{BulkChange, Filter, Kind, Thing, store};
use crate::pages::inventory::index::scope_of;
use crate::services::jobs::{self, JobDescription as _};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "inventory/bulk.html")]
struct Question {
    context: PageContext,
    crumbs: Vec<Crumb>,
    question: String,
    text: String,
    button: String,
    danger: bool,
    action: String,
    back: String,
    form: FormView,
    ids: Vec<String>,
}

/// How a bulk action is asked about.
pub struct Asked {
    /// The question, of how many.
    pub question: fn(Kind, Count) -> String,
    /// What it means.
    pub text: String,
    /// The button.
    pub button: &'static str,
    /// Where the answer is posted.
    pub address: String,
    /// Where one goes afterwards.
    pub back: String,
    /// Whether it is done without a question.
    pub straight: bool,
    /// Whether it is done to those alone that are assigned to no customer, now as when they were chosen.
    pub free_only: bool,
}

/// What the form of a list says to which things; `None` when it says to none.
fn what(t: &mut TenantConn, kind: Kind, selection: &Selection) -> Result<Option<Target>, Error> {
    let inside = selection.field("inside");
    if !inside.is_empty() {
        customers::find(t, parse_id(inside)?)?;
    }
    let only = selection.field("only");
    if !only.is_empty() {
        return Ok(Some(Target::These(only.parse().into_iter().collect())));
    }
    if !selection.all() {
        return Ok(Some(Target::These(selection.chosen())));
    }
    let scope = scope_of(t, |name| selection.field(name).to_owned())?;
    Ok(scope.map(|scope| Target::Matching(Filter::new(kind, scope, selection.field("type"), selection.field("q")))))
}

/// Where the list is that the form came from.
fn back(kind: Kind, selection: &Selection) -> String {
    let inner = if selection.field("inner") == "yes" { "?inner=yes" } else { "" };
    match selection.field("inside").parse::<CustomerId>() {
        Ok(id) => format!("{}{inner}", kind.path_of(id)),
        Err(_) => kind.list_path().to_owned(),
    }
}

/// What must be asked again: how many, the first of them, what is wrong.
struct Again {
    n: u64,
    first: Option<Thing>,
    errors: Errors,
}

/// Up to this number of things are changed by the request that asks for it, when it is about all that match.
const AT_ONCE: u64 = 500;

/// What became of what was confirmed.
enum Done {
    AtOnce { n: u64, changed: u64, name: Option<String>, to: Option<String> },
    Queued(JobId, String),
}

fn do_or_queue(
    t: &mut TenantConn,
    kind: Kind,
    what: Target,
    action: Action,
    (n, first): (u64, Option<Thing>),
) -> Result<Done, Error> {
    let to = match action {
        Action::Assign(id) => Some(customers::find(t, id)?.title),
        _ => None,
    };
    match what {
        Target::Matching(of) if n > AT_ONCE => {
            let (job, work) = (Id::new(t.now), BulkChange::new(t, of, action, n, to));
            jobs::queue(t, job, &work, n)?;
            jobs::record_begun(t, job, &work)?;
            Ok(Done::Queued(job, work.heading()))
        }
        what => {
            let changed = if n == 0 { 0 } else { run(t, kind, &what, action)? };
            Ok(Done::AtOnce { n, changed, name: first.filter(|_| n == 1).map(|thing| thing.name), to })
        }
    }
}

/// Asks, or does what was confirmed, and says to how many it was done.
///
/// # Errors
/// `NotFound` when the list's customer is not there.
pub async fn act(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
    action: Action,
    asked: Asked,
) -> Result<HttpResponse, Error> {
    let confirmed = !selection.field("asked").is_empty();
    let (go, typed) = (confirmed || asked.straight, selection.field("confirm").to_owned());
    let free_only = asked.free_only;
    let chosen = selection.clone();
    let done = admin.tenant.write(move |t| {
        let none = Target::These([].into());
        let mut what = what(t, kind, &chosen)?.unwrap_or(none);
        if let Target::These(ids) = &mut what
            && free_only
        {
            *ids = store::not_assigned(t, kind, &ids.iter().copied().collect::<Vec<_>>())?.into_iter().collect();
        }
        let (n, first) = what.count(t, kind)?;
        let wrong = if confirmed && action == Action::Delete { unconfirmed(kind, n, &typed) } else { None };
        if n > 0 && (!go || wrong.is_some()) {
            return Err(Refused::By(Box::new(Again { n, first, errors: wrong.unwrap_or_default() })));
        }
        Ok(do_or_queue(t, kind, what, action, (n, first))?)
    });
    match done.await {
        Ok(Done::AtOnce { n: 0, .. }) => {
            Answer::refusal(asked.back, format!("Nothing was selected, so no {} was changed.", kind.one()))
                .send(&request)
        }
        Ok(Done::AtOnce { n, changed, name, to }) => {
            let text = outcome(kind, action, n, changed, name.as_deref(), to.as_deref());
            Answer::new(asked.back, text).send(&request)
        }
        Ok(Done::Queued(job, heading)) => {
            AppState::of(&request).work.ring();
            Answer::new(jobs::path(job), format!("{heading} has begun.")).send(&request)
        }
        Err(Refused::By(again)) => {
            let page = question(context, kind, &selection, action, asked, &again);
            if again.errors.is_empty() { web::page(&page) } else { web::unprocessable(&page) }
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Deleting several wants their number typed.
fn unconfirmed(kind: Kind, n: u64, typed: &str) -> Option<Errors> {
    let same = n == 1 || typed.trim().replace(',', "") == n.to_string();
    let words = format!("Type {}, the number of {}, to confirm", Count(n), kind.several());
    (!same).then(|| Errors::one("confirm", words))
}

fn question(
    context: PageContext,
    kind: Kind,
    selection: &Selection,
    action: Action,
    asked: Asked,
    again: &Again,
) -> Question {
    let mut fields = Vec::new();
    if action == Action::Delete && again.n > 1 {
        let label = match kind {
            Kind::Device => "Type the number of devices to confirm",
            Kind::Asset => "Type the number of assets to confirm",
        };
        let number = Count(again.n).to_string();
        fields.push(
            Field::text("confirm", label).required().hint(number).value(selection.field("confirm")).with(&again.errors),
        );
    }
    let one = again.first.as_ref().filter(|_| again.n == 1);
    let question = (asked.question)(kind, Count(again.n));
    let question = match one {
        Some(thing) => question.replacen(&kind.count(Count(1)), &thing.name, 1),
        None => question,
    };
    let view = page(context, kind, selection, asked, fields, action == Action::Delete);
    let button = match action {
        Action::Delete if again.n == 1 => format!("Delete {}", kind.one()),
        Action::Delete => format!("Delete {}", kind.several()),
        Action::Assign(_) | Action::Unassign => view.button,
    };
    Question { question, button, ..view }
}

/// The page of a question about a selection, which it carries along.
fn page(
    context: PageContext,
    kind: Kind,
    selection: &Selection,
    asked: Asked,
    fields: Vec<Field>,
    danger: bool,
) -> Question {
    let mut form = FormView::plain(fields).hide("asked", "yes");
    for name in ["all", "q", "type", "customer", "inner", "assigned", "inside"] {
        if !selection.field(name).is_empty() {
            form = form.hide(name, selection.field(name));
        }
    }
    Question {
        crumbs: vec![Crumb::new(kind.title(), kind.list_path())],
        question: String::new(),
        text: asked.text,
        button: asked.button.into(),
        danger,
        action: asked.address,
        back: asked.back,
        ids: if selection.all() { Vec::new() } else { selection.ids.clone() },
        form,
        context,
    }
}

/// `POST /devices/delete`, `POST /assets/delete`
pub async fn delete(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let asked = Asked {
        question: |kind, n| format!("Delete {}?", kind.count(n)),
        text: "This cannot be reversed. To have it again, everything must be entered anew.".into(),
        button: "Delete",
        address: format!("{}/delete", kind.list_path()),
        back: back(kind, &selection),
        straight: false,
        free_only: false,
    };
    act(admin, kind, context, request, selection, Action::Delete, asked).await
}

/// `POST /devices/unassignment`, `POST /assets/unassignment`: one from its row at once, several after a question.
pub async fn unassign(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let asked = Asked {
        question: |kind, n| format!("Unassign {}?", kind.count(n)),
        text: "What is assigned to a customer returns to the tenant.".into(),
        button: "Unassign",
        address: format!("{}/unassignment", kind.list_path()),
        back: back(kind, &selection),
        straight: !selection.field("only").is_empty(),
        free_only: false,
    };
    act(admin, kind, context, request, selection, Action::Unassign, asked).await
}

/// `POST /devices/assignment`, `POST /assets/assignment`: asks to which customer, then assigns.
pub async fn assign(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let typed = selection.field("to").to_owned();
    let confirmed = !selection.field("asked").is_empty();
    let chosen = selection.clone();
    let read = admin.tenant.read(move |t| {
        let to = customer_picker::chosen(t, &typed, "customer")?;
        let what = what(t, kind, &chosen)?;
        let counted = what.map(|what| what.count(t, kind)).transpose()?;
        Ok::<_, Error>((to, counted.unwrap_or((0, None)), customer_picker::parents(t, None)?))
    });
    let (to, (n, first), customers) = read.await?;
    let asked = Asked {
        question: |kind, n| format!("Assign {}", kind.count(n)),
        text: "What is assigned to another customer is assigned to this one instead.".into(),
        button: "Assign",
        address: format!("{}/assignment", kind.list_path()),
        back: back(kind, &selection),
        straight: true,
        free_only: false,
    };
    let to = match to {
        _ if n == 0 => Ok(None),
        Ok(None) => Err("Choose a customer".to_owned()),
        to => to,
    };
    match to {
        Ok(Some(id)) if confirmed => act(admin, kind, context, request, selection, Action::Assign(id), asked).await,
        Ok(None) => act(admin, kind, context, request, selection, Action::Unassign, asked).await,
        to => {
            let errors = match (to, confirmed) {
                (Err(words), true) => Errors::one("to", words),
                _ => Errors::new(),
            };
            let hint = "The title of the customer";
            let field = customers.field("to", "Customer", hint).required();
            let fields = vec![field.value(selection.field("to")).with(&errors)];
            let question = match first.filter(|_| n == 1) {
                Some(thing) => format!("Assign {}", thing.name),
                None => (asked.question)(kind, Count(n)),
            };
            let view = Question { question, ..page(context, kind, &selection, asked, fields, false) };
            if errors.is_empty() { web::page(&view) } else { web::unprocessable(&view) }
        }
    }
}
