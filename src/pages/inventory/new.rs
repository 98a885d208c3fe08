//! `/devices/new`, and the same for assets: the form that adds one.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Rejection};
use crate::model::customers::customer_picker;
use crate::model::inventory::form::{CUSTOMER, ItemForm, draft};
use crate::model::inventory::{Kind, store};
use crate::pages::new::{Gone, New};
use crate::web::{self, Answer, Creation, Crumb, PageContext, Submitted, TenantAdmin};

/// The way to the pages of a device or an asset.
pub fn crumbs(kind: Kind) -> Vec<Crumb> {
    vec![Crumb::new(kind.title(), kind.list_path())]
}

/// The form, with what is wrong with it. As long as nothing is, its customer is what an address proposes.
async fn load(
    admin: &TenantAdmin,
    kind: Kind,
    context: PageContext,
    sent: Submitted<ItemForm, Creation>,
    errors: Errors,
) -> Result<New, Error> {
    let Submitted { mut form, meta } = sent;
    let read = admin.tenant.read(move |t| {
        let customers = customer_picker::parents(t, None)?;
        if errors.is_empty() {
            let customer = customer_picker::chosen(t, &form.customer, CUSTOMER)?.unwrap_or_default();
            form.customer = customer_picker::shown(t, &customers, customer)?;
        }
        Ok::<_, Error>(meta.view(form.sections(kind, &errors, &customers)))
    });
    let (title, action) = (format!("Add {}", kind.one()), kind.list_path().to_owned());
    Ok(New { form: read.await?, crumbs: crumbs(kind), title, action, context, gone: None })
}

/// `GET /devices/new`, `GET /assets/new`; the address may propose a customer.
pub async fn new(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let sent = Submitted::fresh(&context, ItemForm::fresh(web::query_param(&request, "customer")));
    web::page(&load(&admin, kind, context, sent, Errors::new()).await?)
}

/// What was typed about a device or an asset that is no longer there.
///
/// # Errors
/// Those of the database.
pub async fn gone(
    admin: &TenantAdmin,
    kind: Kind,
    context: PageContext,
    form: ItemForm,
) -> Result<HttpResponse, Error> {
    let sent = Submitted::fresh(&context, form);
    let page = load(admin, kind, context, sent, Errors::new()).await?;
    page.send_gone(Gone::new(&format!("This {}", kind.one()), true))
}

/// `POST /devices`, `POST /assets`
pub async fn create(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    sent: Submitted<ItemForm, Creation>,
) -> Result<HttpResponse, Error> {
    let added = admin.idempotent(&request, &sent, move |t, sent| {
        let draft = draft(t, kind, &sent.form, None)?;
        let item = store::insert(t, kind, &draft).map_err(|refused| refused.map(|it| it.rejection(kind)))?;
        let to = match item.customer_id {
            _ if !sent.meta.is_wanted_again() => kind.path(item.id),
            None => format!("{}/new", kind.list_path()),
            Some(customer) => format!("{}/new?customer={customer}", kind.list_path()),
        };
        Ok::<_, Refused<Rejection>>(Answer::new(to, format!("{} was added.", item.name)))
    });
    match added.await {
        Ok(answer) => answer.send(&request),
        Err(refused) => {
            let errors = refused.reason()?.into();
            web::unprocessable(&load(&admin, kind, context, sent, errors).await?)
        }
    }
}
