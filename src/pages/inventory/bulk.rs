//! `/devices/assignment`, `/devices/unassignment`, `/devices/delete`, and the same for assets: what is done to those
//! that are chosen in a list, or to all that match, after a question that says to how many. `/customers/{id}/devices`
//! assigns those that are chosen among the ones without a customer.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::{CustomerId, Id};
use crate::base::text::Count;
use crate::model::customers::{self, Customer, Parents, customer_picker};
use crate::model::inventory::bulk::{Action, Target, run};
use crate::model::inventory::bulk_job::outcome;
use crate::model::inventory::loss::Loss;
use crate::model::inventory::{BulkChange, Filter, Item, Kind, store};
use crate::pages::bulk::{BulkAction, Done, MUCH, perform};
use crate::pages::confirm::{Confirm, number_field, wrong_number};
use crate::pages::inventory::index::scope_of;
use crate::pages::inventory::new::crumbs;
use crate::services::jobs::{self, JobDescription as _};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{Answer, BACK, PageContext, Selection, TenantAdmin};

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Delete,
    Unassign,
    /// To the customer whom the question lets one choose.
    Assign,
    /// To this customer, and only those that have none, now as when they were chosen.
    AssignFree(CustomerId),
}

#[derive(Clone)]
struct Change {
    kind: Kind,
    verb: Verb,
    selection: Selection,
}

/// Items that are meant, and to whom they are to be assigned.
struct Chosen {
    what: Target,
    n: u64,
    first: Option<Item>,
    to: Result<Option<Customer>, String>,
    /// Whom they can be assigned to, where that is asked.
    customers: Option<Parents>,
    /// What customers have of them who are then without.
    loss: Loss,
}

impl Chosen {
    /// Whether so much is lost that the number must be typed.
    fn is_much(&self) -> bool {
        self.loss.things > MUCH || !self.loss.is_exact
    }
}

/// Up to this number of items are changed by the request that asks for it, when it is about all that match.
const AT_ONCE: u64 = 500;

impl Change {
    /// What the form of a list says to which items; `None` when it says to none.
    fn what(&self, t: &mut TenantConn) -> Result<Option<Target>, Error> {
        let (kind, selection) = (self.kind, &self.selection);
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

    /// Whether the number is typed to confirm it: of what is deleted, and where customers lose much.
    fn wants_number(&self, chosen: &Chosen) -> bool {
        match self.verb {
            Verb::Delete => true,
            Verb::Unassign | Verb::Assign => chosen.is_much(),
            Verb::AssignFree(_) => false,
        }
    }

    /// Where the list is that the form came from, unless it says so.
    fn list(&self) -> String {
        if let Verb::AssignFree(id) = self.verb {
            return self.kind.path_of(id);
        }
        let inner = if self.selection.field("inner") == "yes" { "?inner=yes" } else { "" };
        match self.selection.field("inside").parse::<CustomerId>() {
            Ok(id) => format!("{}{inner}", self.kind.path_of(id)),
            Err(_) => self.kind.list_path().to_owned(),
        }
    }
}

impl BulkAction for Change {
    type Chosen = Chosen;

    fn lists(&self) -> &'static [&'static str] {
        self.kind.lists()
    }

    fn back(&self) -> &str {
        self.selection.field(BACK)
    }

    /// One is unassigned from its row at once; chosen ones that are free are assigned at once.
    fn is_confirmed(&self) -> bool {
        self.selection.is_confirmed()
            || match self.verb {
                Verb::Unassign => !self.selection.field("only").is_empty(),
                Verb::AssignFree(_) => !self.selection.all(),
                Verb::Delete | Verb::Assign => false,
            }
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        let to = match self.verb {
            Verb::Delete | Verb::Unassign => Ok(None),
            Verb::Assign => customer_picker::chosen(t, self.selection.field("to"), "customer")?,
            Verb::AssignFree(id) => Ok(Some(id)),
        };
        let to = match to {
            Ok(id) => Ok(id.map(|id| customers::find(t, id)).transpose()?),
            Err(words) => Err(words),
        };
        let mut what = self.what(t)?.unwrap_or(Target::These([].into()));
        if let (Verb::AssignFree(_), Target::These(ids)) = (self.verb, &mut what) {
            *ids = store::not_assigned(t, self.kind, &ids.iter().copied().collect::<Vec<_>>())?.into_iter().collect();
        }
        let (n, first) = what.count(t, self.kind)?;
        let customers = (self.verb == Verb::Assign).then(|| customer_picker::parents(t, None)).transpose()?;
        let keeping = to.as_ref().ok().and_then(Option::as_ref).map(|customer| customer.id);
        let loss = Loss::of(t, self.kind, &what, keeping)?;
        Ok(Chosen { what, first: first.filter(|_| n == 1), n, to, customers, loss })
    }

    fn nothing(&self, chosen: &Chosen) -> Option<Answer> {
        let words = format!("Nothing was selected, so no {} was changed.", self.kind.one());
        (chosen.n == 0).then(|| Answer::refusal(self.list(), words))
    }

    fn wrong(&self, chosen: &Chosen) -> Errors {
        let mut errors = match self.wants_number(chosen) {
            true => wrong_number(chosen.n, self.kind.several(), self.selection.field("confirm")),
            false => Errors::new(),
        };
        match (&chosen.to, self.verb) {
            (Ok(None), Verb::Assign) => errors.add("to", "Choose a customer"),
            (Err(words), _) => errors.add("to", words),
            _ => {}
        }
        errors
    }

    fn run(&self, t: &mut TenantConn, chosen: &Chosen) -> Result<Done, Refused<String>> {
        let to = chosen.to.as_ref().map_err(|words| Refused::By(words.clone()))?.as_ref();
        let action = match (self.verb, to) {
            (Verb::Delete, _) => Action::Delete,
            (_, Some(customer)) => Action::Assign(customer.id),
            (_, None) => Action::Unassign,
        };
        let to = to.map(|customer| customer.title.as_str());
        if let Target::Matching(of) = &chosen.what
            && chosen.n > AT_ONCE
        {
            let (job, work) = (Id::new(t.now), BulkChange::new(t, of.clone(), action, chosen.n, to.map(str::to_owned)));
            jobs::queue(t, job, &work, chosen.n)?;
            jobs::record_begun(t, job, &work)?;
            return Ok(Done::Queued(job, format!("{} has started.", work.heading())));
        }
        let changed = run(t, self.kind, &chosen.what, action)?;
        let name = chosen.first.as_ref().map(|item| item.name.as_str());
        Ok(Done::Now(Answer::new(self.list(), outcome(self.kind, action, chosen.n, changed, name, to))))
    }

    fn question(&self, context: PageContext, chosen: &Chosen, errors: &Errors) -> Confirm {
        let (kind, selection) = (self.kind, &self.selection);
        let items = match &chosen.first {
            Some(item) => item.name.clone(),
            None => kind.count(Count(chosen.n)),
        };
        let list = kind.list_path();
        let (question, text, button, action) = match self.verb {
            Verb::Delete => (
                format!("Delete {items}?"),
                "This cannot be reversed.".to_owned(),
                format!("Delete {}", if chosen.n == 1 { kind.one() } else { kind.several() }),
                format!("{list}/delete"),
            ),
            Verb::Unassign => {
                (format!("Unassign {items}?"), String::new(), "Unassign".into(), format!("{list}/unassignment"))
            }
            Verb::Assign => (format!("Assign {items}"), String::new(), "Assign".into(), format!("{list}/assignment")),
            Verb::AssignFree(id) => {
                let title = chosen.to.as_ref().ok().and_then(Option::as_ref).map_or("", |customer| &customer.title);
                (format!("Assign {items}"), format!("They are assigned to {title}."), "Assign".into(), kind.path_of(id))
            }
        };
        let to = chosen.customers.as_ref().map(|customers| {
            let field = customers.field("to", "Customer", "The title of the customer").required();
            field.value(selection.field("to")).with(errors)
        });
        let label = match kind {
            Kind::Device => "Type the number of devices to confirm",
            Kind::Asset => "Type the number of assets to confirm",
        };
        let number =
            self.wants_number(chosen).then(|| number_field(chosen.n, label, selection.field("confirm"), errors));
        let mut form = FormView::plain(to.into_iter().chain(number.flatten()).collect());
        let carried = ["q", "type", "customer", "inner", "assigned", "inside"];
        form.hidden = selection.again(&carried, selection.ids.iter().cloned());
        let loss = if matches!(self.verb, Verb::AssignFree(_)) { String::new() } else { loss_words(kind, chosen) };
        let texts = [loss, text].into_iter().filter(|text| !text.is_empty());
        Confirm {
            texts: texts.collect(),
            form,
            danger: self.verb == Verb::Delete || self.wants_number(chosen),
            action,
            ..Confirm::deletion(context, crumbs(kind), question, button, self.list())
        }
    }
}

/// Who loses what, in numbers.
fn loss_words(kind: Kind, chosen: &Chosen) -> String {
    let Loss { things, customers, is_exact } = chosen.loss;
    let (of_them, customers) = (Count(things), Count(customers).of("customer", "customers"));
    let end = "whose users will no longer see them.";
    match (things, chosen.n) {
        (0, 1) => format!("The {} is not assigned to a customer.", kind.one()),
        (0, _) => "None of them is assigned to a customer.".into(),
        (1, 1) => "It belongs to 1 customer, whose users will no longer see it.".into(),
        (1, _) => "1 of them belongs to 1 customer, whose users will no longer see it.".into(),
        _ if !is_exact => format!("At least {of_them} of them belong to at least {customers}, {end}"),
        (lost, n) if lost == n => format!("They belong to {customers}, {end}"),
        _ => format!("{of_them} of them belong to {customers}, {end}"),
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
    perform(admin, context, request, Change { kind, verb: Verb::Delete, selection }).await
}

/// `POST /devices/unassignment`, `POST /assets/unassignment`: one from its row at once, several after a question.
pub async fn unassign(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Change { kind, verb: Verb::Unassign, selection }).await
}

/// `POST /devices/assignment`, `POST /assets/assignment`: asks to which customer, then assigns.
pub async fn assign(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Change { kind, verb: Verb::Assign, selection }).await
}

/// `POST /customers/{id}/devices`, `POST /customers/{id}/assets`: assigns what was chosen among those that are not
/// assigned; asks first when that is all that match.
pub async fn assign_free(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    mut selection: Selection,
) -> Result<HttpResponse, Error> {
    let verb = Verb::AssignFree(parse_id(&id)?);
    selection.fields.retain(|(name, _)| !["assigned", "inside", "customer", "inner", "to"].contains(&name.as_str()));
    selection.fields.push(("assigned".into(), "no".into()));
    perform(admin, context, request, Change { kind, verb, selection }).await
}
