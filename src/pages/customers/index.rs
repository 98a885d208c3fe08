//! `/customers` and `/customers/new`, and what the pages of one customer share.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::CustomerId;
use crate::base::list::{ListQuery, ListView, Slice, TotalCount};
use crate::base::text::Count;
use crate::base::time::FormattedTime;
use crate::model::customers::form::CustomerForm;
use crate::model::customers::hierarchy::path_of;
use crate::model::customers::listing::{self, Level};
use crate::model::customers::{self, Customer, SPEC, Step, customer_picker, depth, paths_of, store};
use crate::model::dashboards;
use crate::model::lifecycle::form_options::{self, PARENT};
use crate::model::lifecycle::save::{self, Refusal};
use crate::services::jobs::{self, UnderWay};
use crate::tenancy::{TenantConn, Total};
use crate::web::state::AppState;
use crate::web::{self, Answer, Crumb, Form, PageContext, TenantAdmin, idempotent};

/// A row of a list of customers.
pub struct Row {
    pub customer: Customer,
    pub created: FormattedTime,
    pub users: Count,
    pub devices: Count,
    pub inner: Count,
    /// The way down to it, without itself; empty unless it is to be shown.
    pub parents: String,
}

impl Row {
    /// A row with the titles of the parents in front of it.
    pub fn new(context: &PageContext, customer: Customer, path: &[Step]) -> Self {
        let above = path.split_last().map_or(&[][..], |(_, above)| above);
        let parents = above.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
        Self {
            created: context.moment(customer.created_at),
            users: customer.users_count.into(),
            devices: customer.devices_count.into(),
            inner: customer.inner_count.into(),
            parents,
            customer,
        }
    }
}

#[derive(Template)]
#[template(path = "customers/index.html")]
struct Index {
    context: PageContext,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    under_way: Vec<UnderWay>,
}

/// What the Customers page shows, as read from the database.
pub(crate) struct Found {
    pub slice: Slice<Customer>,
    pub matches: TotalCount,
    /// The ways to those that are not at the top.
    pub paths: HashMap<CustomerId, Vec<Step>>,
    /// Customers at the top, and of every level.
    pub totals: (Count, Count),
    /// What is done to customers in the background.
    pub under_way: Vec<UnderWay>,
}

/// `GET /customers`
pub async fn index(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let registry = AppState::of(&request).jobs.clone();
    let found = admin
        .tenant
        .read(move |t| {
            let (slice, matches) = listing::list(t, &asked, Level::Top)?;
            let inner: Vec<_> = slice.rows.iter().filter(|row| row.parent_id.is_some()).map(|row| row.id).collect();
            let paths = paths_of(t, &inner)?;
            let top = match matches {
                // What is listed without a search is the top.
                TotalCount::Exactly(n) if asked.q.is_empty() => Count(n),
                _ => t.total(Total::TopCustomers)?.into(),
            };
            let totals = (top, t.total(Total::Customers)?.into());
            let under_way = jobs::under_way(t, &registry, "/customers")?;
            Ok::<_, Error>(Found { slice, matches, paths, totals, under_way })
        })
        .await?;
    show_index(context, &list, found)
}

/// The Customers page with what was found.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn show_index(context: PageContext, list: &ListQuery, found: Found) -> Result<HttpResponse, Error> {
    let Found { slice, matches, paths, totals: (top, all), under_way } = found;
    let mut view = ListView::new(&SPEC, list, &slice, matches, |row| listing::place(list, row)).exported(list);
    let none = Vec::new();
    let rows = slice.rows.into_iter().map(|customer| {
        let path = paths.get(&customer.id).unwrap_or(&none);
        Row::new(&context, customer, path)
    });
    let mut subtitle = top.of("customer", "customers");
    if all > top {
        subtitle = format!("{subtitle}, {all} with their inner customers");
    }
    if all > top && list.q.is_empty() {
        let every = list.export_url();
        let and = if every.contains('?') { '&' } else { '?' };
        view.exports.push(("Export every level", format!("{every}{and}inner=yes")));
    }
    let rows = rows.collect();
    web::page(&Index { list: view, rows, subtitle, under_way, context })
}

#[derive(Template)]
#[template(path = "customers/new.html")]
struct New {
    context: PageContext,
    crumbs: Vec<Crumb>,
    form: FormView,
}

/// `GET /customers/new`; the address may propose a parent.
pub async fn new(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let proposed = web::asked(&request, "parent");
    let (offered, form, crumbs) = admin
        .tenant
        .read(move |t| {
            let offered = form_options::offered(t, None)?;
            let parent = customer_picker::chosen(t, &proposed, PARENT)?.unwrap_or_default();
            let form =
                CustomerForm { parent: customer_picker::shown(t, &offered.parents, parent)?, ..Default::default() };
            Ok::<_, Error>((offered, form, crumbs_to(t, parent)?))
        })
        .await?;
    let form = FormView { sections: form.sections(&Errors::new(), &offered), hidden: Vec::new() };
    let form = form.hide("form_id", context.new_form_id());
    web::page(&New { context, crumbs, form })
}

/// The way to a customer, or to the top: links to it and all above it.
pub fn crumbs_to(t: &mut TenantConn, parent: Option<CustomerId>) -> Result<Vec<Crumb>, Error> {
    let mut crumbs = vec![Crumb::new("Customers", "/customers")];
    if let Some(id) = parent {
        crumbs.extend(path_of(t, id)?.into_iter().map(|step| Crumb::new(step.title.clone(), step.path())));
    }
    Ok(crumbs)
}

/// `POST /customers`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<CustomerForm>,
) -> Result<HttpResponse, Error> {
    let typed = form.clone();
    let added = idempotent(&admin, &request, (&form.form_id, &form), move |t| {
        let chosen = form_options::chosen(t, &typed)?;
        let parent = chosen.parent.as_ref().ok().copied().flatten();
        let draft = match typed.parse(chosen) {
            Ok(draft) => draft,
            Err(errors) => {
                let errors = with_deep_parent(t, errors, parent)?;
                return Err(Refused::By(with_taken_title(t, errors, &typed.title, None)?));
            }
        };
        let customer = match save::insert(t, &draft) {
            Ok(saved) => saved.customer,
            // It is found before the title is looked at.
            Err(Refused::By(Refusal::TooDeep(deep))) => {
                let errors = Errors::one("parent", deep.on_form());
                return Err(Refused::By(with_taken_title(t, errors, &typed.title, None)?));
            }
            Err(refused) => return Err(into_form_errors(refused)),
        };
        let to = match (typed.again.as_str(), draft.parent) {
            ("", _) => customer.path(),
            (_, None) => "/customers/new".into(),
            (_, Some(parent)) => format!("/customers/new?parent={parent}"),
        };
        Ok(Answer::new(to, format!("{} was added.", customer.title)))
    });
    let errors = match added.await {
        Ok(answer) => return answer.send(&request),
        Err(Refused::By(errors)) => errors,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let offered = admin.tenant.read(|t| form_options::offered(t, None)).await?;
    let view = FormView { sections: form.sections(&errors, &offered), hidden: Vec::new() };
    let view = view.hide("form_id", form.form_id);
    web::unprocessable(&New { context, crumbs: vec![Crumb::new("Customers", "/customers")], form: view })
}

const TITLE_TAKEN: &str = "Enter another title; a customer with this one exists already";
pub(crate) const PARENT_IN_BRANCH: &str =
    "Choose another parent customer; a customer cannot be placed under itself or one of its inner customers";

/// What is wrong with a form, its title included when another customer than `own` has it: a form that is refused
/// says everything at once.
pub(crate) fn with_taken_title(
    t: &mut TenantConn,
    mut errors: Errors,
    title: &str,
    own: Option<CustomerId>,
) -> Result<Errors, Error> {
    if errors.on("title").is_none() && store::find_by_title(t, title)?.is_some_and(|other| Some(other.id) != own) {
        errors.add("title", TITLE_TAKEN);
    }
    Ok(errors)
}

/// What is wrong with a form, its parent included when a customer under it would be too deep.
fn with_deep_parent(t: &mut TenantConn, mut errors: Errors, parent: Option<CustomerId>) -> Result<Errors, Error> {
    if let Some(deep) = depth::wrong_with_adding(t, parent)? {
        errors.add("parent", deep.on_form());
    }
    Ok(errors)
}

/// What a refusal says on the form. A stale save is told otherwise.
pub(crate) fn into_form_errors(refused: Refused<Refusal>) -> Refused<Errors> {
    Refused::By(match refused {
        Refused::Failed(error) => return Refused::Failed(error),
        Refused::By(Refusal::TitleTaken) => Errors::one("title", TITLE_TAKEN),
        Refused::By(Refusal::ParentGone) => {
            Errors::one("parent", "Choose another parent customer; this one was deleted")
        }
        Refused::By(Refusal::ParentInBranch) => Errors::one("parent", PARENT_IN_BRANCH),
        Refused::By(Refusal::TooDeep(deep)) => Errors::one("parent", deep.on_form()),
        Refused::By(Refusal::Stale(_)) => Errors::new(),
    })
}

/// What the tabs and the head of a customer's pages show.
pub struct Head {
    pub customer: Customer,
    pub crumbs: Vec<Crumb>,
    pub tab: &'static str,
    pub users: Count,
    pub inner: Count,
    pub devices: Count,
    pub assets: Count,
    pub dashboards: Count,
}

/// Reads what the pages of a customer share.
///
/// # Errors
/// `NotFound` when the tenant has no such customer.
pub fn head(t: &mut TenantConn, id: CustomerId, tab: &'static str) -> Result<Head, Error> {
    let customer = customers::find(t, id)?;
    let crumbs = crumbs_to(t, customer.parent_id)?;
    Ok(Head {
        dashboards: dashboards::count_of(t, id)?.into(),
        crumbs,
        tab,
        users: customer.users_count.into(),
        inner: customer.inner_count.into(),
        devices: customer.devices_count.into(),
        assets: customer.assets_count.into(),
        customer,
    })
}
