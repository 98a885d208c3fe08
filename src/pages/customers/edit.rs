//! `/customers/{id}`: the details of one, to be read and changed.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::{Errors, FormView, Rejection};
use crate::base::id::CustomerId;
use crate::base::text::Count;
use crate::model::customers::form::{CustomerForm, Offered};
use crate::model::customers::hierarchy::BranchSizes;
use crate::model::customers::{branch_size, customer_picker};
use crate::model::lifecycle::form;
use crate::model::users;
use crate::pages::conflict::{self, Edited};
use crate::pages::customers::head::{Head, head};
use crate::pages::customers::new::gone;
use crate::pages::trace::Trace;
use crate::services::jobs;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::state::AppState;
use crate::web::{self, Answer, PageContext, Revision, Submitted, TenantAdmin};

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
    stored: Submitted<CustomerForm, Revision>,
    names: users::Names,
    sizes: BranchSizes,
}

fn details(t: &mut TenantConn, id: CustomerId) -> Result<Details, Error> {
    let head = head(t, id, "details")?;
    let offered = form::offered(t, Some(id))?;
    let parent = customer_picker::shown(t, &offered.parents, head.customer.parent_id)?;
    let stored = Submitted::stored(head.customer.version, CustomerForm::of(&head.customer, parent));
    let names = users::names(t, [head.customer.created_by, head.customer.updated_by])?;
    let sizes = branch_size(t, &head.customer)?;
    Ok(Details { head, offered, stored, names, sizes })
}

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, context: PageContext, typed: Option<(Submitted<CustomerForm, Revision>, Errors)>) -> Show {
        let (sent, errors) = typed.unwrap_or((self.stored, Errors::new()));
        let customer = &self.head.customer;
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            created: trace(customer.created_at, customer.created_by),
            updated: trace(customer.updated_at, customer.updated_by),
            branch_customers: (self.sizes.customers - 1).into(),
            branch_users: self.sizes.users.into(),
            branch_devices: self.sizes.devices.into(),
            branch_assets: self.sizes.assets.into(),
            form: sent.meta.view(sent.form.sections(&errors, &self.offered)),
            head: self.head,
            context,
        }
    }

    /// The page that lets one choose between what somebody else saved and what was typed.
    fn conflict(self, context: PageContext, sent: &Submitted<CustomerForm, Revision>) -> Result<HttpResponse, Error> {
        let customer = self.head.customer;
        let edited = Edited {
            path: customer.path(),
            saved: Trace::new(&context, &self.names, customer.updated_at, customer.updated_by),
            title: customer.title,
            crumbs: self.head.crumbs,
            stored: self.stored,
        };
        conflict::send(context, edited, &sent.opened(), &sent.form, |form| form.sections(&Errors::new(), &self.offered))
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
    sent: Submitted<CustomerForm, Revision>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let typed = sent.clone();
    let saved = admin.tenant.write(move |t| form::update(t, id, typed.meta.number(), &typed.form)).await;
    let rejection = match saved {
        Ok(saved) => {
            let to = match saved.follows {
                None => saved.customer.path(),
                Some(job) => {
                    AppState::of(&request).work.notify();
                    jobs::path(job)
                }
            };
            return Answer::new(to, web::saved(&saved.customer.title, saved.is_changed())).send(&request);
        }
        Err(refused) => match refused.reason() {
            Err(Error::NotFound) => return gone(&admin, context, sent.form).await,
            reason => reason?,
        },
    };
    let details = admin.tenant.read(move |t| details(t, id)).await?;
    match rejection {
        Rejection::Invalid(errors) => web::unprocessable(&details.view(context, Some((sent, errors)))),
        Rejection::Stale => details.conflict(context, &sent),
    }
}
