//! `/devices/new` and `/devices/{id}`, and the same for assets.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, ThreeWay};
use crate::base::id::ItemId;
use crate::model::customers::{self, Owner, Parents, customer_picker};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::form::ThingForm;
use crate::model::inventory::store::{self, Refusal};
use crate::model::inventory::{self, Kind, Thing, batch};
use crate::model::users;
use crate::pages::inventory::portal;
use crate::pages::trace::{Trace, name_for_reader};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Entry};
use crate::web::path::parse_id;
use crate::web::{self, Answer, Conflict, Crumb, Form, Nothing, PageContext, Reader, TenantAdmin, idempotent};

const CUSTOMER: &str = "customer";

#[derive(Template)]
#[template(path = "inventory/new.html")]
struct New {
    context: PageContext,
    kind: Kind,
    crumbs: Vec<Crumb>,
    form: FormView,
}

fn crumbs(kind: Kind) -> Vec<Crumb> {
    vec![Crumb::new(kind.title(), kind.list_path())]
}

/// `GET /devices/new`, `GET /assets/new`; the address may propose a customer.
pub async fn new(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let proposed = web::asked(&request, "customer");
    let (customers, form) = admin
        .tenant
        .read(move |t| {
            let customers = customer_picker::parents(t, None)?;
            let customer = customer_picker::chosen(t, &proposed, CUSTOMER)?.unwrap_or_default();
            let form = ThingForm::fresh(customer_picker::shown(t, &customers, customer)?);
            Ok::<_, Error>((customers, form))
        })
        .await?;
    let form = FormView { sections: form.sections(kind, &Errors::new(), &customers), hidden: Vec::new() };
    let form = form.hide("form_id", context.new_form_id());
    web::page(&New { context, kind, crumbs: crumbs(kind), form })
}

/// `POST /devices`, `POST /assets`
pub async fn create(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<ThingForm>,
) -> Result<HttpResponse, Error> {
    let typed = form.clone();
    let added = idempotent(&admin, &request, (&form.form_id, &form), move |t| {
        let customer = customer_picker::chosen(t, &typed.customer, CUSTOMER)?;
        let draft = match typed.parse(customer) {
            Ok(draft) => draft,
            Err(errors) => return Err(Refused::By(with_taken_name(t, kind, errors, &typed.name, None)?)),
        };
        let thing = store::insert(t, kind, &draft).map_err(|refused| into_form_errors(kind, refused))?;
        let to = match (typed.again.as_str(), draft.customer) {
            ("", _) => kind.path(thing.id),
            (_, None) => format!("{}/new", kind.list_path()),
            (_, Some(customer)) => format!("{}/new?customer={customer}", kind.list_path()),
        };
        Ok(Answer::new(to, format!("{} was added.", thing.name)))
    });
    let errors = match added.await {
        Ok(answer) => return answer.send(&request),
        Err(Refused::By(errors)) => errors,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let customers = admin.tenant.read(|t| customer_picker::parents(t, None)).await?;
    let view = FormView { sections: form.sections(kind, &errors, &customers), hidden: Vec::new() };
    let view = view.hide("form_id", form.form_id);
    web::unprocessable(&New { context, kind, crumbs: crumbs(kind), form: view })
}

fn name_taken(kind: Kind) -> String {
    format!("Enter another name; {} with this one exists already", kind.an())
}

/// What is wrong with a form, its name included when another thing than `own` has it: a form that is refused says
/// everything at once.
fn with_taken_name(
    t: &mut TenantConn,
    kind: Kind,
    mut errors: Errors,
    name: &str,
    own: Option<ItemId>,
) -> Result<Errors, Error> {
    if errors.on("name").is_none() && store::is_taken(t, kind, name, own)? {
        errors.add("name", name_taken(kind));
    }
    Ok(errors)
}

/// What a refusal says on the form. A stale save is told otherwise.
fn into_form_errors(kind: Kind, refused: Refused<Refusal>) -> Refused<Errors> {
    Refused::By(match refused {
        Refused::Failed(error) => return Refused::Failed(error),
        Refused::By(Refusal::NameTaken) => Errors::one("name", name_taken(kind)),
        Refused::By(Refusal::CustomerGone) => Errors::one("customer", "Choose another customer; this one was deleted"),
        Refused::By(Refusal::Stale) => Errors::new(),
    })
}

#[derive(Template)]
#[template(path = "inventory/show.html")]
struct Show {
    context: PageContext,
    kind: Kind,
    crumbs: Vec<Crumb>,
    thing: Thing,
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
    thing: Thing,
    customer: Option<Crumb>,
    customers: Parents,
    form: ThingForm,
    names: users::Names,
}

fn details(t: &mut TenantConn, kind: Kind, id: ItemId) -> Result<Details, Error> {
    let thing = store::find(t, kind, id)?;
    let customers = customer_picker::parents(t, None)?;
    let customer = thing.customer_id.map(|id| customers::find(t, id)).transpose()?;
    let customer = customer.map(|customer| Crumb::new(customer.title.clone(), customer.path()));
    let form = ThingForm::of(&thing, customer_picker::shown(t, &customers, thing.customer_id)?);
    let names = users::names(t, [thing.created_by, thing.updated_by])?;
    Ok(Details { kind, thing, customer, customers, form, names })
}

impl Details {
    /// The page, with what was typed and what is wrong with it.
    fn view(self, context: PageContext, typed: Option<(&ThingForm, &Errors)>) -> Show {
        let (stored, right) = (&self.form, Errors::new());
        let (form, errors) = typed.unwrap_or((stored, &right));
        let base = typed.map_or_else(|| stored.as_base(), |(form, _)| form.base.clone());
        let view = FormView { sections: form.sections(self.kind, errors, &self.customers), hidden: Vec::new() };
        let view = view.hide("version", form.version.clone()).hide("base", base);
        let trace = |at, by| Trace::new(&context, &self.names, at, by);
        Show {
            created: trace(self.thing.created_at, self.thing.created_by),
            updated: trace(self.thing.updated_at, self.thing.updated_by),
            path: self.kind.path(self.thing.id),
            crumbs: crumbs(self.kind),
            kind: self.kind,
            customer: self.customer,
            thing: self.thing,
            form: view,
            context,
        }
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
    Form(form): Form<ThingForm>,
) -> Result<HttpResponse, Error> {
    let id: ItemId = parse_id(&id)?;
    let typed = form.clone();
    let saved = admin.tenant.write(move |t| {
        store::find(t, kind, id)?;
        let customer = customer_picker::chosen(t, &typed.customer, CUSTOMER)?;
        let draft = match typed.parse(customer) {
            Ok(draft) => draft,
            Err(errors) => return Err(Refused::By((with_taken_name(t, kind, errors, &typed.name, Some(id))?, false))),
        };
        let version = typed.version.parse().unwrap_or(0);
        store::update(t, kind, id, version, &draft).map_err(|refused| {
            let stale = matches!(refused, Refused::By(Refusal::Stale));
            match into_form_errors(kind, refused) {
                Refused::By(errors) => Refused::By((errors, stale)),
                Refused::Failed(error) => Refused::Failed(error),
            }
        })
    });
    let (errors, stale) = match saved.await {
        Ok(thing) => {
            let changed = thing.version.to_string() != form.version;
            return Answer::new(kind.path(id), web::saved(&thing.name, changed)).send(&request);
        }
        Err(Refused::By(refusal)) => refusal,
        Err(Refused::Failed(error)) => return Err(error),
    };
    let details = admin.tenant.read(move |t| details(t, kind, id)).await?;
    if stale {
        conflict(context, details, &form)
    } else {
        web::unprocessable(&details.view(context, Some((&form, &errors))))
    }
}

/// The page that lets one choose between what somebody else saved and what was typed.
fn conflict(context: PageContext, details: Details, yours: &ThingForm) -> Result<HttpResponse, Error> {
    let none = Errors::new();
    let theirs = &details.form;
    let sections = |form: &ThingForm| form.sections(details.kind, &none, &details.customers);
    let three_way = ThreeWay::compare(&sections(&yours.base()), &sections(theirs), &sections(yours));
    let view = Conflict {
        by: name_for_reader(&context, &details.names, details.thing.updated_by),
        when: context.moment(details.thing.updated_at),
        title: details.thing.name.clone(),
        path: details.kind.path(details.thing.id),
        hidden: [("version", theirs.version.clone()), ("base", theirs.as_base())],
        crumbs: crumbs(details.kind),
        three_way,
        context,
    };
    view.send()
}

#[derive(Template)]
#[template(path = "inventory/delete.html")]
struct Delete {
    context: PageContext,
    kind: Kind,
    crumbs: Vec<Crumb>,
    thing: Thing,
    path: String,
    customer: Option<String>,
}

/// `GET /devices/{id}/delete`, `GET /assets/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let found = admin.tenant.read(move |t| inventory::find_in_order(t, kind, &[id])).await?;
    let (thing, owner) = found.into_iter().next().ok_or(Error::NotFound)?;
    let path = kind.path(thing.id);
    let mut crumbs = crumbs(kind);
    crumbs.push(Crumb::new(thing.name.clone(), path.clone()));
    web::page(&Delete { context, kind, crumbs, thing, path, customer: owner.and_then(Owner::shown) })
}

/// `POST /devices/{id}/delete`, `POST /assets/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    kind: Kind,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let gone = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        let thing = store::find(t, kind, id)?;
        let mut counter_changes = CounterChanges::default();
        if batch::delete(t, kind, &[id], &mut counter_changes)?.len() == 0 {
            return Err(Error::NotFound); // somebody else was quicker
        }
        counter_changes.settle(t, kind)?;
        audit::record(t, Entry::deleted(&(kind, &thing)))?;
        Ok::<_, Error>(thing)
    });
    let thing = gone.await?;
    Answer::new(kind.list_path(), format!("{} was deleted.", thing.name)).send(&request)
}
