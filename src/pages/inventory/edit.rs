//! `/devices/{id}`, and the same for assets: the details of one, to be read and changed.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::Error;
use crate::base::forms::{Errors, FormView, Rejection};
use crate::base::id::ItemId;
use crate::model::customers::{self, Parents, customer_picker};
use crate::model::inventory::form::{ItemForm, draft};
use crate::model::inventory::{Item, Kind, store};
use crate::model::users;
use crate::pages::conflict::{self, Edited};
use crate::pages::inventory::new::{crumbs, gone};
use crate::pages::inventory::portal;
use crate::pages::trace::Trace;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, PageContext, Reader, Revision, Submitted, TenantAdmin};

#[derive(Template)]
#[template(path = "inventory/show.html")]
struct Show {
    context: PageContext,
    kind: Kind,
    crumbs: Vec<Crumb>,
    item: Item,
    path: String,
    /// The customer that it is assigned to.
    customer: Option<Crumb>,
    form: FormView,
    created: Trace,
    updated: Trace,
}

/// Everything that the details show, as read from the database.
struct Details {
    kind: Kind,
    item: Item,
    customer: Option<Crumb>,
    customers: Parents,
    stored: Submitted<ItemForm, Revision>,
    names: users::Names,
}

fn details(t: &mut TenantConn, kind: Kind, id: ItemId) -> Result<Details, Error> {
    let item = store::find(t, kind, id)?;
    let customers = customer_picker::parents(t, None)?;
    let customer = item.customer_id.map(|id| customers::find(t, id)).transpose()?;
    let customer = customer.map(|customer| Crumb::new(customer.title.clone(), customer.path()));
    let form = ItemForm::of(&item, customer_picker::shown(t, &customers, item.customer_id)?);
    let names = users::names(t, [item.created_by, item.updated_by])?;
    Ok(Details { kind, stored: Submitted::stored(item.version, form), item, customer, customers, names })
}

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, context: PageContext, typed: Option<(Submitted<ItemForm, Revision>, Errors)>) -> Show {
        let (sent, errors) = typed.unwrap_or((self.stored, Errors::new()));
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            created: trace(self.item.created_at, self.item.created_by),
            updated: trace(self.item.updated_at, self.item.updated_by),
            path: self.kind.path(self.item.id),
            crumbs: crumbs(self.kind),
            form: sent.meta.view(sent.form.sections(self.kind, &errors, &self.customers)),
            kind: self.kind,
            customer: self.customer,
            item: self.item,
            context,
        }
    }

    /// The page that lets one choose between what somebody else saved and what was typed.
    fn conflict(self, context: PageContext, sent: &Submitted<ItemForm, Revision>) -> Result<HttpResponse, Error> {
        let edited = Edited {
            path: self.kind.path(self.item.id),
            saved: Trace::new(&context, &self.names, self.item.updated_at, self.item.updated_by),
            title: self.item.name,
            crumbs: crumbs(self.kind),
            stored: self.stored,
        };
        conflict::send(context, edited, &sent.opened(), &sent.form, |form| {
            form.sections(self.kind, &Errors::new(), &self.customers)
        })
    }
}

/// `GET /devices/{id}`, `GET /assets/{id}`
pub async fn show(reader: Reader, kind: Kind, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let admin = match reader {
        Reader::Admin(admin) => admin,
        Reader::User(person) => return portal::show(person, kind, context, id).await,
    };
    let details = admin.tenant.read(move |t| details(t, kind, id)).await?;
    web::page(&details.view(context, None))
}

/// `POST /devices/{id}`, `POST /assets/{id}`
pub async fn update(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    sent: Submitted<ItemForm, Revision>,
) -> Result<HttpResponse, Error> {
    let (id, typed) = (parse_id(&id)?, sent.clone());
    let saved = admin.tenant.write(move |t| {
        store::find(t, kind, id)?;
        let draft = draft(t, kind, &typed.form, Some(id))?;
        let saved = store::update(t, kind, id, typed.meta.number(), &draft);
        saved.map_err(|refused| refused.map(|it| it.rejection(kind)))
    });
    let rejection = match saved.await {
        Ok(item) => {
            let changed = item.version != sent.meta.number();
            return Answer::new(kind.path(id), web::saved(&item.name, changed)).send(&request);
        }
        Err(refused) => match refused.reason() {
            Err(Error::NotFound) => return gone(&admin, kind, context, sent.form).await,
            reason => reason?,
        },
    };
    let details = admin.tenant.read(move |t| details(t, kind, id)).await?;
    match rejection {
        Rejection::Invalid(errors) => web::unprocessable(&details.view(context, Some((sent, errors)))),
        Rejection::Stale => details.conflict(context, &sent),
    }
}
