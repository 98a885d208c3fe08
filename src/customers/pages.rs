//! `/customers`, `/customers/new` and `/customers/{id}`.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use super::choices::{self, Offered, PARENT};
use super::form::CustomerForm;
use super::hierarchy::{branch_sizes, path_of, paths_of};
pub(crate) use super::listing::SPEC;
use super::listing::{self, Level};
use super::store::{self, Refusal};
use super::{Customer, Step, parents};
use crate::auth::TenantAdmin;
use crate::dashboards;
use crate::error::{Error, Refused};
use crate::form::{Errors, FormView, ThreeWay};
use crate::id::Id;
use crate::jobs::{self, UnderWay};
use crate::list::{ListQuery, ListView, Matches, Slice};
use crate::tenant::{TenantConn, Total};
use crate::users;
use crate::web::{self, Answer, Chrome, Conflict, Count, Crumb, Form, Moment, once};

/// A row of a list of customers.
pub struct Row {
    pub customer: Customer,
    pub created: Moment,
    pub users: Count,
    pub devices: Count,
    pub inner: Count,
    /// The way down to it, without itself; empty unless it is to be shown.
    pub parents: String,
}

impl Row {
    /// A row with the titles of the parents in front of it.
    pub fn new(chrome: &Chrome, customer: Customer, path: &[Step]) -> Self {
        let above = path.split_last().map_or(&[][..], |(_, above)| above);
        let parents = above.iter().map(|step| step.title.as_str()).collect::<Vec<_>>().join(" / ");
        Self {
            created: chrome.moment(customer.created_at),
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
    chrome: Chrome,
    list: ListView,
    rows: Vec<Row>,
    subtitle: String,
    under_way: Vec<UnderWay>,
}

/// What the Customers page shows, as read from the database.
pub(crate) struct Found {
    pub slice: Slice<Customer>,
    pub matches: Matches,
    /// The ways to those that are not at the top.
    pub paths: HashMap<Id<Customer>, Vec<Step>>,
    /// Customers at the top, and of every level.
    pub totals: (Count, Count),
    /// What is done to customers in the background.
    pub under_way: Vec<UnderWay>,
}

/// `GET /customers`
pub async fn index(admin: TenantAdmin, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    let list = web::list_query(&SPEC, &request);
    let asked = list.clone();
    let found = admin
        .tenant
        .read(move |t| {
            let (slice, matches) = listing::list(t, &asked, Level::Top)?;
            let inner: Vec<_> = slice.rows.iter().filter(|row| row.parent_id.is_some()).map(|row| row.id).collect();
            let paths = paths_of(t, &inner)?;
            let totals = (t.total(Total::TopCustomers)?.into(), t.total(Total::Customers)?.into());
            let under_way = jobs::under_way(t, "/customers")?;
            Ok::<_, Error>(Found { slice, matches, paths, totals, under_way })
        })
        .await?;
    show_index(chrome, &list, found)
}

/// The Customers page with what was found.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn show_index(chrome: Chrome, list: &ListQuery, found: Found) -> Result<HttpResponse, Error> {
    let Found { slice, matches, paths, totals: (top, all), under_way } = found;
    let view = ListView::new(&SPEC, list, &slice, matches, |row| listing::place(list, row));
    let none = Vec::new();
    let rows = slice.rows.into_iter().map(|customer| {
        let path = paths.get(&customer.id).unwrap_or(&none);
        Row::new(&chrome, customer, path)
    });
    let mut subtitle = top.of("customer", "customers");
    if all > top {
        subtitle = format!("{subtitle}, {all} with their inner customers");
    }
    let rows = rows.collect();
    web::page(&Index { list: view, rows, subtitle, under_way, chrome })
}

#[derive(Template)]
#[template(path = "customers/new.html")]
struct New {
    chrome: Chrome,
    crumbs: Vec<Crumb>,
    form: FormView,
}

/// `GET /customers/new`; the address may propose a parent.
pub async fn new(admin: TenantAdmin, chrome: Chrome, request: HttpRequest) -> Result<HttpResponse, Error> {
    let proposed = web::asked(&request, "parent");
    let (offered, form, crumbs) = admin
        .tenant
        .read(move |t| {
            let offered = choices::offered(t, None)?;
            let parent = parents::chosen(t, &proposed, PARENT)?.unwrap_or_default();
            let form = CustomerForm { parent: parents::shown(t, &offered.parents, parent)?, ..Default::default() };
            Ok::<_, Error>((offered, form, crumbs_to(t, parent)?))
        })
        .await?;
    let form = FormView { sections: form.sections(&Errors::new(), &offered), hidden: Vec::new() };
    let form = form.hide("form_id", chrome.new_form_id());
    web::page(&New { chrome, crumbs, form })
}

/// The way to a customer, or to the top: links to it and all above it.
///
/// # Errors
/// The database's own.
pub fn crumbs_to(t: &mut TenantConn, parent: Option<Id<Customer>>) -> Result<Vec<Crumb>, Error> {
    let mut crumbs = vec![Crumb::new("Customers", "/customers")];
    if let Some(id) = parent {
        crumbs.extend(path_of(t, id)?.into_iter().map(|step| Crumb::new(step.title.clone(), step.path())));
    }
    Ok(crumbs)
}

/// `POST /customers`
pub async fn create(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    Form(form): Form<CustomerForm>,
) -> Result<HttpResponse, Error> {
    let typed = form.clone();
    let added = once(&admin, &request, (&form.form_id, &form), move |t| {
        let chosen = choices::chosen(t, &typed)?;
        let draft = match typed.parse(chosen) {
            Ok(draft) => draft,
            Err(errors) => return Err(Refused::By(with_taken_title(t, errors, &typed.title, None)?)),
        };
        let customer = store::insert(t, &draft).map_err(told)?;
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
    let offered = admin.tenant.read(|t| choices::offered(t, None)).await?;
    let view = FormView { sections: form.sections(&errors, &offered), hidden: Vec::new() };
    let view = view.hide("form_id", form.form_id);
    web::unprocessable(&New { chrome, crumbs: vec![Crumb::new("Customers", "/customers")], form: view })
}

const TITLE_TAKEN: &str = "Enter another title; a customer with this one exists already";

/// What is wrong with a form, its title included when another customer than `own` has it: a form that is refused
/// says everything at once.
fn with_taken_title(
    t: &mut TenantConn,
    mut errors: Errors,
    title: &str,
    own: Option<Id<Customer>>,
) -> Result<Errors, Error> {
    if errors.on("title").is_none() && store::find_by_title(t, title)?.is_some_and(|other| Some(other.id) != own) {
        errors.add("title", TITLE_TAKEN);
    }
    Ok(errors)
}

/// What a refusal says on the form. A stale save is told otherwise.
fn told(refused: Refused<Refusal>) -> Refused<Errors> {
    Refused::By(match refused {
        Refused::Failed(error) => return Refused::Failed(error),
        Refused::By(Refusal::TitleTaken) => Errors::one("title", TITLE_TAKEN),
        Refused::By(Refusal::ParentGone) => {
            Errors::one("parent", "Choose another parent customer; this one was deleted")
        }
        Refused::By(Refusal::ParentInBranch) => Errors::one(
            "parent",
            "Choose another parent customer; a customer cannot be placed under itself or one of its inner customers",
        ),
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
pub fn head(t: &mut TenantConn, id: Id<Customer>, tab: &'static str) -> Result<Head, Error> {
    let customer = store::find(t, id)?;
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

/// When something was done and by whom.
pub struct Trace {
    pub at: Moment,
    pub by: String,
}

#[derive(Template)]
#[template(path = "customers/show.html")]
struct Show {
    chrome: Chrome,
    head: Head,
    form: FormView,
    created: Trace,
    updated: Trace,
    branch_customers: Count,
    branch_users: Count,
    branch_devices: Count,
    branch_assets: Count,
}

/// Everything that the details show, as read from the database.
struct Details {
    head: Head,
    offered: Offered,
    form: CustomerForm,
    names: users::Names,
    sizes: super::hierarchy::BranchSizes,
}

fn details(t: &mut TenantConn, id: Id<Customer>) -> Result<Details, Error> {
    let head = head(t, id, "details")?;
    let offered = choices::offered(t, Some(id))?;
    let parent = parents::shown(t, &offered.parents, head.customer.parent_id)?;
    let form = CustomerForm::of(&head.customer, parent);
    let names = users::names(t, [head.customer.created_by, head.customer.updated_by])?;
    let sizes = branch_sizes(t, &[id])?;
    Ok(Details { head, offered, form, names, sizes })
}

static NOTHING_WRONG: Errors = Errors::new();

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, chrome: Chrome, typed: Option<(&CustomerForm, &Errors)>) -> Show {
        let stored = &self.form;
        let (form, errors) = typed.unwrap_or((stored, &NOTHING_WRONG));
        let base = typed.map_or_else(|| stored.as_base(), |(form, _)| form.base.clone());
        let sections = form.sections(errors, &self.offered);
        let view = FormView { sections, hidden: Vec::new() };
        let view = view.hide("version", form.version.clone()).hide("base", base);
        let customer = &self.head.customer;
        let trace = |at, by| Trace { at: chrome.moment(at), by: self.names.of(by, chrome.viewer.as_deref()) };
        Show {
            created: trace(customer.created_at, customer.created_by),
            updated: trace(customer.updated_at, customer.updated_by),
            branch_customers: (self.sizes.customers - 1).into(),
            branch_users: self.sizes.users.into(),
            branch_devices: self.sizes.devices.into(),
            branch_assets: self.sizes.assets.into(),
            form: view,
            head: self.head,
            chrome,
        }
    }
}

/// `GET /customers/{id}`
pub async fn show(admin: TenantAdmin, chrome: Chrome, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let details = admin.tenant.read(move |t| details(t, id)).await?;
    web::page(&details.view(chrome, None))
}

/// `POST /customers/{id}`
pub async fn update(
    admin: TenantAdmin,
    chrome: Chrome,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<CustomerForm>,
) -> Result<HttpResponse, Error> {
    let id: Id<Customer> = parse_id(&id)?;
    let typed = form.clone();
    let saved = admin.tenant.write(move |t| {
        store::find(t, id)?;
        let chosen = choices::chosen(t, &typed)?;
        let draft = match typed.parse(chosen) {
            Ok(draft) => draft,
            Err(errors) => return Err(Refused::By((with_taken_title(t, errors, &typed.title, Some(id))?, None))),
        };
        let version = typed.version.parse().unwrap_or(0);
        store::update(t, id, version, &draft).map_err(|refused| match refused {
            Refused::By(Refusal::Stale(theirs)) => Refused::By((Errors::new(), Some(theirs))),
            other => match told(other) {
                Refused::By(errors) => Refused::By((errors, None)),
                Refused::Failed(error) => Refused::Failed(error),
            },
        })
    });
    let (errors, theirs) = match saved.await {
        Ok(customer) => return Answer::new(customer.path(), format!("{} was saved.", customer.title)).send(&request),
        Err(Refused::By(refusal)) => refusal,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let details = admin.tenant.read(move |t| details(t, id)).await?;
    match theirs {
        Some(_) => conflict(chrome, details, &form),
        None => web::unprocessable(&details.view(chrome, Some((&form, &errors)))),
    }
}

/// The page that lets one choose between what somebody else saved and what was typed.
fn conflict(chrome: Chrome, details: Details, yours: &CustomerForm) -> Result<HttpResponse, Error> {
    let none = Errors::new();
    let theirs = &details.form;
    let sections = |form: &CustomerForm| form.sections(&none, &details.offered);
    let three_way = ThreeWay::compare(&sections(&yours.base()), &sections(theirs), &sections(yours));
    let customer = &details.head.customer;
    let view = Conflict {
        by: details.names.of(customer.updated_by, chrome.viewer.as_deref()),
        when: chrome.moment(customer.updated_at),
        title: customer.title.clone(),
        path: customer.path(),
        hidden: [("version", theirs.version.clone()), ("base", theirs.as_base())],
        crumbs: details.head.crumbs.clone(),
        three_way,
        chrome,
    };
    view.send()
}

/// An id in a path; what is none is nobody's.
///
/// # Errors
/// `NotFound`.
pub fn parse_id<T>(text: &str) -> Result<Id<T>, Error> {
    text.parse().map_err(|_| Error::NotFound)
}
