//! `/customers/{id}/delete` and `/customers/delete`: the question before deleting, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Field, FormView, fold};
use crate::base::id::{CustomerId, JobId};
use crate::base::list::searched;
use crate::base::text::Count;
use crate::model::customers::listing::{self, Level};
use crate::model::customers::{self, Customer};
use crate::model::inventory::Kind;
use crate::model::lifecycle::delete_plan::{Removal, plan, remove};
use crate::pages::customers::head::crumbs_to;
use crate::services::jobs;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "customers/delete.html")]
struct Delete {
    context: PageContext,
    crumbs: Vec<Crumb>,
    question: String,
    button: &'static str,
    action: String,
    back: String,
    inner: Count,
    inner_words: &'static str,
    users: Count,
    users_words: &'static str,
    devices: Count,
    devices_words: String,
    assets: Count,
    assets_words: String,
    dashboards: Count,
    dashboards_words: &'static str,
    form: FormView,
    ids: Vec<String>,
}

/// What is typed to confirm.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Confirmation {
    confirm: String,
}

/// What must be typed before `removal` happens; nothing when nothing else goes with the one that is named.
fn demanded(removal: &Removal) -> Option<String> {
    match removal.chosen.as_slice() {
        [only] => removal.goes_beyond().then(|| only.title.clone()),
        several => Some(Count(several.len() as u64).to_string()),
    }
}

fn confirmed(removal: &Removal, typed: &str) -> Result<(), Errors> {
    // A number may be typed without its separators.
    let same = |words: &str| match removal.chosen.len() {
        1 => fold(words) == fold(typed),
        n => typed.trim().replace(',', "") == n.to_string(),
    };
    match demanded(removal) {
        Some(words) if !same(&words) => Err(Errors::one(
            "confirm",
            if removal.chosen.len() == 1 {
                format!("Type the title, {words}, to confirm")
            } else {
                format!("Type {words}, the number of customers, to confirm")
            },
        )),
        _ => Ok(()),
    }
}

impl Delete {
    fn one(
        context: PageContext,
        crumbs: Vec<Crumb>,
        customer: &Customer,
        removal: &Removal,
        form: (&str, &Errors),
    ) -> Self {
        let mut view = Self::several(context, removal, form, Vec::new());
        view.question = format!("Delete {}?", customer.title);
        view.button = "Delete customer";
        view.action = format!("{}/delete", customer.path());
        view.back = customer.path();
        view.crumbs = crumbs;
        view
    }

    fn several(context: PageContext, removal: &Removal, (typed, errors): (&str, &Errors), ids: Vec<String>) -> Self {
        let fields = demanded(removal).map(|words| {
            let label = match removal.chosen.len() {
                1 => "Type the title to confirm",
                _ => "Type the number of customers to confirm",
            };
            Field::text("confirm", label).required().hint(words).value(typed).with(errors)
        });
        Self {
            context,
            crumbs: vec![Crumb::new("Customers", "/customers")],
            question: format!("Delete {}?", Count(removal.chosen.len() as u64).of("customer", "customers")),
            button: "Delete customers",
            action: "/customers/delete".into(),
            back: "/customers".into(),
            inner: Count(removal.inner),
            inner_words: one_or("inner customer will be deleted", "inner customers will be deleted", removal.inner),
            users: Count(removal.users),
            users_words: one_or(
                "user will be deleted and signed out",
                "users will be deleted and signed out",
                removal.users,
            ),
            devices: Count(removal.devices),
            devices_words: returning(Kind::Device, removal.devices),
            assets: Count(removal.assets),
            assets_words: returning(Kind::Asset, removal.assets),
            dashboards: Count(removal.dashboards),
            dashboards_words: one_or("dashboard is unassigned", "dashboards are unassigned", removal.dashboards),
            form: FormView::plain(fields.into_iter().collect()),
            ids,
        }
    }
}

fn returning(kind: Kind, n: u64) -> String {
    if n == 1 {
        format!("{} returns to the tenant", kind.one())
    } else {
        format!("{} return to the tenant", kind.several())
    }
}

fn one_or(one: &'static str, several: &'static str, n: u64) -> &'static str {
    if n == 1 { one } else { several }
}

/// `GET /customers/{id}/delete`
pub async fn confirm_delete(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let (customer, crumbs, removal) = admin.tenant.read(move |t| planned(t, id)).await?;
    web::page(&Delete::one(context, crumbs, &customer, &removal, ("", &Errors::new())))
}

fn planned(t: &mut TenantConn, id: CustomerId) -> Result<(Customer, Vec<Crumb>, Removal), Error> {
    let customer = customers::find(t, id)?;
    let crumbs = crumbs_to(t, Some(id))?;
    let removal = plan(t, &[id])?;
    Ok((customer, crumbs, removal))
}

/// `POST /customers/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let typed = form.confirm.clone();
    let done = admin.tenant.write(move |t| {
        t.lock_hierarchy()?;
        let (customer, crumbs, planned) = planned(t, id)?;
        if let Err(errors) = confirmed(&planned, &typed) {
            return Err(Refused::By(Box::new((customer, crumbs, planned, errors))));
        }
        let job = remove(t, &planned)?;
        Ok((customer, job))
    });
    match done.await {
        Ok((customer, job)) => {
            let back = customer.parent_id.map_or("/customers".into(), |id| format!("/customers/{id}/customers"));
            answer(&request, back, job, &customer.title, false)
        }
        Err(Refused::By(refused)) => {
            let (customer, crumbs, removal, errors) = *refused;
            web::unprocessable(&Delete::one(context, crumbs, &customer, &removal, (&form.confirm, &errors)))
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// `POST /customers/delete`: asks first, with the customers that are chosen, or all that match; deletes when that was
/// confirmed.
pub async fn delete_several(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let typed = (!selection.field("asked").is_empty()).then(|| selection.field("confirm").to_owned());
    let all = selection.all();
    let q = searched(selection.field("q"));
    let level = match selection.field("inside") {
        "" => Level::Top,
        inside => Level::Inside(parse_id(inside)?),
    };
    let ids: Vec<CustomerId> = selection.chosen().into_iter().collect();
    let done = admin.tenant.write(move |t| {
        t.lock_hierarchy()?;
        let ids = if all { listing::all_ids(t, &q, level)? } else { ids };
        let planned = plan(t, &ids)?;
        let refused = match &typed {
            None => Some(Errors::new()),
            Some(typed) => confirmed(&planned, typed).err(),
        };
        if planned.chosen.is_empty() {
            return Ok(None);
        }
        if let Some(errors) = refused {
            return Err(Refused::By((planned, errors, typed)));
        }
        let job = remove(t, &planned)?;
        Ok(Some((planned, job)))
    });
    let back = level_path(level);
    match done.await {
        Ok(Some((removed, job))) => match removed.chosen.as_slice() {
            [only] => answer(&request, back, job, &only.title, false),
            several => answer(&request, back, job, &Count(several.len() as u64).of("customer", "customers"), true),
        },
        Ok(None) => Answer::refusal(back, "Nothing was selected, so nothing was deleted.").send(&request),
        Err(Refused::By((removal, errors, typed))) => {
            let asked_before = typed.is_some();
            let ids = if all { Vec::new() } else { removal.chosen.iter().map(|c| c.id.to_string()).collect() };
            let typed = typed.unwrap_or_default();
            let mut view = Delete::several(context, &removal, (&typed, &errors), ids);
            view.back = back;
            view.form = view.form.hide("asked", "yes");
            for name in ["all", "q", "inside"] {
                if !selection.field(name).is_empty() {
                    view.form = view.form.hide(name, selection.field(name));
                }
            }
            if let [only] = removal.chosen.as_slice() {
                view.question = format!("Delete {}?", only.title);
                view.button = "Delete customer";
            }
            if asked_before { web::unprocessable(&view) } else { web::page(&view) }
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Back to the list when everything is gone, else to where one can see it go.
fn answer(
    request: &HttpRequest,
    back: String,
    job: Option<JobId>,
    what: &str,
    several: bool,
) -> Result<HttpResponse, Error> {
    let answer = match job {
        None => Answer::new(back, format!("{what} {} deleted.", if several { "were" } else { "was" })),
        Some(job) => {
            AppState::of(request).work.ring();
            let text = format!("{what} {} being deleted.", if several { "are" } else { "is" });
            Answer::new(jobs::path(job), text)
        }
    };
    answer.send(request)
}

fn level_path(level: Level) -> String {
    match level {
        Level::Top => "/customers".into(),
        Level::Every | Level::With(_) | Level::Without(_) => "/customers".into(),
        Level::Inside(id) => format!("/customers/{id}/customers"),
    }
}
