//! `/customers/{id}`: the details of one, to be read and changed.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, ThreeWay};
use crate::base::id::CustomerId;
use crate::base::text::Count;
use crate::model::customers::form::{CustomerForm, Offered};
use crate::model::customers::hierarchy::{BranchSizes, is_under};
use crate::model::customers::{self, branch_sizes, customer_picker, depth};
use crate::model::lifecycle::form_options;
use crate::model::lifecycle::save::{self, Refusal};
use crate::model::users;
use crate::pages::customers::index::{Head, PARENT_IN_BRANCH, head, into_form_errors, with_taken_title};
use crate::pages::trace::{Trace, name_for_reader};
use crate::services::jobs;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, Conflict, Form, PageContext, TenantAdmin};

#[derive(Template)]
#[template(path = "customers/show.html")]
struct Show {
    context: PageContext,
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
    sizes: BranchSizes,
}

fn details(t: &mut TenantConn, id: CustomerId) -> Result<Details, Error> {
    let head = head(t, id, "details")?;
    let offered = form_options::offered(t, Some(id))?;
    let parent = customer_picker::shown(t, &offered.parents, head.customer.parent_id)?;
    let form = CustomerForm::of(&head.customer, parent);
    let names = users::names(t, [head.customer.created_by, head.customer.updated_by])?;
    let sizes = branch_sizes(t, &[id])?;
    Ok(Details { head, offered, form, names, sizes })
}

static NOTHING_WRONG: Errors = Errors::new();

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, context: PageContext, typed: Option<(&CustomerForm, &Errors)>) -> Show {
        let stored = &self.form;
        let (form, errors) = typed.unwrap_or((stored, &NOTHING_WRONG));
        let base = typed.map_or_else(|| stored.as_base(), |(form, _)| form.base.clone());
        let sections = form.sections(errors, &self.offered);
        let view = FormView { sections, hidden: Vec::new() };
        let view = view.hide("version", form.version.clone()).hide("base", base);
        let customer = &self.head.customer;
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            created: trace(customer.created_at, customer.created_by),
            updated: trace(customer.updated_at, customer.updated_by),
            branch_customers: (self.sizes.customers - 1).into(),
            branch_users: self.sizes.users.into(),
            branch_devices: self.sizes.devices.into(),
            branch_assets: self.sizes.assets.into(),
            form: view,
            head: self.head,
            context,
        }
    }
}

/// `GET /customers/{id}`
pub async fn show(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let details = admin.tenant.read(move |t| details(t, id)).await?;
    web::page(&details.view(context, None))
}

/// `POST /customers/{id}`
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<CustomerForm>,
) -> Result<HttpResponse, Error> {
    let id: CustomerId = parse_id(&id)?;
    let typed = form.clone();
    let saved = admin.tenant.write(move |t| {
        customers::find(t, id)?;
        let chosen = form_options::chosen(t, &typed)?;
        let parent = chosen.parent.as_ref().ok().copied().flatten();
        let draft = match typed.parse(chosen) {
            Ok(draft) => draft,
            Err(errors) => {
                let errors = with_taken_title(t, errors, &typed.title, Some(id))?;
                return Err(Refused::By((with_wrong_parent(t, errors, parent, id)?, None)));
            }
        };
        let version = typed.version.parse().unwrap_or(0);
        save::update(t, id, version, &draft).or_else(|refused| {
            // It is found before the title is looked at.
            let parent = matches!(refused, Refused::By(Refusal::ParentInBranch | Refusal::TooDeep(_)));
            if let Refused::By(Refusal::Stale(theirs)) = refused {
                return Err(Refused::By((Errors::new(), Some(theirs))));
            }
            Err(match into_form_errors(refused) {
                Refused::By(errors) if parent => {
                    Refused::By((with_taken_title(t, errors, &typed.title, Some(id))?, None))
                }
                Refused::By(errors) => Refused::By((errors, None)),
                Refused::Failed(error) => Refused::Failed(error),
            })
        })
    });
    let (errors, theirs) = match saved.await {
        Ok(saved) => {
            let follows = saved.follows.map(|job| {
                AppState::of(&request).work.ring();
                jobs::path(job)
            });
            let into_form_errors = web::saved(&saved.customer.title, saved.is_changed());
            return Answer::new(follows.unwrap_or_else(|| saved.customer.path()), into_form_errors).send(&request);
        }
        Err(Refused::By(refusal)) => refusal,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let details = admin.tenant.read(move |t| details(t, id)).await?;
    match theirs {
        Some(_) => conflict(context, details, &form),
        None => web::unprocessable(&details.view(context, Some((&form, &errors)))),
    }
}

/// What is wrong with a form, its parent included when that is of the customer's own branch or would make it too deep: a
/// form that is refused says everything at once.
fn with_wrong_parent(
    t: &mut TenantConn,
    mut errors: Errors,
    parent: Option<CustomerId>,
    own: CustomerId,
) -> Result<Errors, Error> {
    if let Some(parent) = parent
        && is_under(t, parent, own)?
    {
        errors.add("parent", PARENT_IN_BRANCH);
    } else if let Some(parent) = parent
        && let Some(deep) = depth::wrong_with_moving(t, own, Some(parent))?
    {
        errors.add("parent", deep.on_form());
    }
    Ok(errors)
}

/// The page that lets one choose between what somebody else saved and what was typed.
fn conflict(context: PageContext, details: Details, yours: &CustomerForm) -> Result<HttpResponse, Error> {
    let none = Errors::new();
    let theirs = &details.form;
    let sections = |form: &CustomerForm| form.sections(&none, &details.offered);
    let three_way = ThreeWay::compare(&sections(&yours.base()), &sections(theirs), &sections(yours));
    let customer = &details.head.customer;
    let view = Conflict {
        by: name_for_reader(&context, &details.names, customer.updated_by),
        when: context.moment(customer.updated_at),
        title: customer.title.clone(),
        path: customer.path(),
        hidden: [("version", theirs.version.clone()), ("base", theirs.as_base())],
        crumbs: details.head.crumbs.clone(),
        three_way,
        context,
    };
    view.send()
}
