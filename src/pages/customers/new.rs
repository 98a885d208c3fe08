//! `/customers/new`: the form that adds a customer.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Rejection};
use crate::model::customers::customer_picker;
use crate::model::customers::form::CustomerForm;
use crate::model::lifecycle::form::{self, PARENT};
use crate::pages::customers::head::crumbs_to;
use crate::pages::new::{Gone, New};
use crate::web::{self, Answer, Creation, PageContext, Submitted, TenantAdmin};

/// The form, with what is wrong with it. As long as nothing is, its parent is what an address proposes.
async fn load(
    admin: &TenantAdmin,
    context: PageContext,
    sent: Submitted<CustomerForm, Creation>,
    errors: Errors,
) -> Result<New, Error> {
    let Submitted { form: mut typed, meta } = sent;
    let read = admin.tenant.read(move |t| {
        let offered = form::offered(t, None)?;
        let parent = customer_picker::chosen(t, &typed.parent, PARENT)?.unwrap_or_default();
        if errors.is_empty() {
            typed.parent = customer_picker::shown(t, &offered.parents, parent)?;
        }
        Ok::<_, Error>((crumbs_to(t, parent)?, meta.view(typed.sections(&errors, &offered))))
    });
    let (crumbs, form) = read.await?;
    Ok(New { context, crumbs, title: "Add customer".into(), action: "/customers".into(), form, gone: None })
}

/// `GET /customers/new`; the address may propose a parent.
pub async fn new(admin: TenantAdmin, context: PageContext, request: HttpRequest) -> Result<HttpResponse, Error> {
    let form = CustomerForm { parent: web::query_param(&request, "parent"), ..Default::default() };
    let sent = Submitted::fresh(&context, form);
    web::page(&load(&admin, context, sent, Errors::new()).await?)
}

/// What was typed about a customer that is no longer there.
///
/// # Errors
/// Those of the database.
pub async fn gone(admin: &TenantAdmin, context: PageContext, form: CustomerForm) -> Result<HttpResponse, Error> {
    let sent = Submitted::fresh(&context, form);
    load(admin, context, sent, Errors::new()).await?.send_gone(Gone::new("This customer", true))
}

/// `POST /customers`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    sent: Submitted<CustomerForm, Creation>,
) -> Result<HttpResponse, Error> {
    let added = admin.idempotent(&request, &sent, |t, sent| {
        let customer = form::insert(t, &sent.form)?.customer;
        let to = match customer.parent_id {
            _ if !sent.meta.is_wanted_again() => customer.path(),
            None => "/customers/new".into(),
            Some(parent) => format!("/customers/new?parent={parent}"),
        };
        Ok::<_, Refused<Rejection>>(Answer::new(to, format!("{} was added.", customer.title)))
    });
    match added.await {
        Ok(answer) => answer.send(&request),
        Err(refused) => {
            let errors = refused.reason()?.into();
            web::unprocessable(&load(&admin, context, sent, errors).await?)
        }
    }
}
