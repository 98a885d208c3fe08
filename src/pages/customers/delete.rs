//! `/customers/{id}/delete` and `/customers/delete`: the question before deleting, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Field, FormView};
use crate::base::id::CustomerId;
use crate::base::list::searched;
use crate::base::text::{self, Count};
use crate::model::customers;
use crate::model::customers::listing::{self, Level};
use crate::model::inventory::Kind;
use crate::model::lifecycle::delete_plan::{Removal, plan, remove};
use crate::pages::bulk::{BulkAction, Done, perform};
use crate::pages::confirm::{Confirm, Confirmation, number_field, wrong_number};
use crate::pages::customers::head::crumbs_to;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{Answer, BACK, Crumb, Form, PageContext, Selection, TenantAdmin};

#[derive(Clone)]
enum Target {
    /// One, from its page.
    One(CustomerId),
    /// Those that are selected in the list of a level.
    Selected(Level, Selection),
}

#[derive(Clone)]
struct Deletion {
    target: Target,
    /// What was typed to confirm it; nothing while it is only asked about.
    confirmation: Option<String>,
    /// The list it was asked for from.
    back: String,
}

/// What goes, and the way to the page that asks.
struct Chosen {
    removal: Removal,
    crumbs: Vec<Crumb>,
}

fn list_path(level: Level) -> String {
    match level {
        Level::Inside(id) => format!("/customers/{id}/customers"),
        _ => "/customers".into(),
    }
}

impl BulkAction for Deletion {
    type Chosen = Chosen;

    fn is_confirmed(&self) -> bool {
        self.confirmation.is_some()
    }

    fn lists(&self) -> &'static [&'static str] {
        &["/customers", "/customers/*/customers"]
    }

    fn back(&self) -> &str {
        &self.back
    }

    fn lock(&self, t: &mut TenantConn) -> Result<(), Error> {
        t.lock_hierarchy()
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        let (ids, crumbs) = match &self.target {
            Target::One(id) => {
                customers::find(t, *id)?;
                (vec![*id], crumbs_to(t, Some(*id))?)
            }
            Target::Selected(level, selection) => {
                let ids = match selection.all() {
                    true => listing::all_ids(t, &searched(selection.field("q")), *level)?,
                    false => selection.chosen().into_iter().collect(),
                };
                (ids, crumbs_to(t, None)?)
            }
        };
        Ok(Chosen { removal: plan(t, &ids)?, crumbs })
    }

    fn nothing(&self, Chosen { removal, .. }: &Chosen) -> Option<Answer> {
        match &self.target {
            Target::Selected(level, _) if removal.chosen.is_empty() => {
                Some(Answer::refusal(list_path(*level), "Nothing was selected, so nothing was deleted."))
            }
            _ => None,
        }
    }

    /// One that others go with is confirmed by its title, several by their number.
    fn wrong(&self, Chosen { removal, .. }: &Chosen) -> Errors {
        let typed = self.confirmation.as_deref().unwrap_or_default();
        match removal.chosen.as_slice() {
            [only] if removal.goes_beyond() && text::same(&only.title) != text::same(typed) => {
                Errors::one("confirm", format!("Type the title, {}, to confirm", only.title))
            }
            several => wrong_number(several.len() as u64, "customers", typed),
        }
    }

    fn run(&self, t: &mut TenantConn, Chosen { removal, .. }: &Chosen) -> Result<Done, Refused<String>> {
        let (what, one) = match removal.chosen.as_slice() {
            [only] => (only.title.clone(), true),
            several => (Count(several.len() as u64).of("customer", "customers"), false),
        };
        if let Some(job) = remove(t, removal)? {
            return Ok(Done::Queued(job, format!("{what} {} being deleted.", if one { "is" } else { "are" })));
        }
        let level = match (&self.target, removal.chosen.first()) {
            (Target::Selected(level, _), _) => *level,
            (Target::One(_), one) => one.and_then(|customer| customer.parent_id).map_or(Level::Top, Level::Inside),
        };
        Ok(Done::Now(Answer::new(list_path(level), format!("{what} {} deleted.", if one { "was" } else { "were" }))))
    }

    fn question(&self, context: PageContext, Chosen { removal, crumbs }: &Chosen, errors: &Errors) -> Confirm {
        let n = removal.chosen.len() as u64;
        let typed = self.confirmation.as_deref().unwrap_or_default();
        let (what, button, field) = match removal.chosen.as_slice() {
            [only] => {
                let field = Field::text("confirm", "Type the title to confirm").required().hint(&only.title);
                let field = removal.goes_beyond().then(|| field.value(typed).with(errors));
                (only.title.clone(), "Delete customer", field)
            }
            _ => {
                let field = number_field(n, "Type the number of customers to confirm", typed, errors);
                (Count(n).of("customer", "customers"), "Delete customers", field)
            }
        };
        let mut form = FormView::plain(field.into_iter().collect());
        let (action, back) = match &self.target {
            Target::One(id) => (format!("{}/delete", customers::path(*id)), customers::path(*id)),
            Target::Selected(level, selection) => {
                let ids = removal.chosen.iter().map(|customer| customer.id.to_string());
                form.hidden = selection.again(&["q", "inside"], ids);
                ("/customers/delete".into(), list_path(*level))
            }
        };
        let mut texts = vec!["This cannot be reversed.".into()];
        if !removal.goes_beyond() {
            texts.insert(0, "It has no inner customers and no users.".into());
        }
        let page = Confirm::deletion(context, crumbs.clone(), format!("Delete {what}?"), button.into(), back);
        Confirm { counts: counts(removal), texts, form, action, ..page }
    }
}

/// What goes with them.
fn counts(removal: &Removal) -> Vec<(Count, String)> {
    let returning = |kind: Kind, n| {
        let words = if n == 1 { kind.one() } else { kind.several() };
        (n, format!("{words} will return to the tenant"))
    };
    let words = |n, one: &str, several: &str| (n, if n == 1 { one } else { several }.to_owned());
    let all = [
        words(removal.inner, "inner customer will be deleted", "inner customers will be deleted"),
        words(removal.users, "user will be deleted and signed out", "users will be deleted and signed out"),
        returning(Kind::Device, removal.devices),
        returning(Kind::Asset, removal.assets),
        words(removal.dashboards, "dashboard will be unassigned", "dashboards will be unassigned"),
    ];
    all.into_iter().filter(|(n, _)| *n > 0).map(|(n, words)| (Count(n), words)).collect()
}

/// `GET /customers/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let target = Target::One(parse_id(&id)?);
    perform(admin, context, request, Deletion { target, confirmation: None, back: String::new() }).await
}

/// `POST /customers/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<HttpResponse, Error> {
    let target = Target::One(parse_id(&id)?);
    perform(admin, context, request, Deletion { target, confirmation: Some(form.confirm), back: form.back }).await
}

/// `POST /customers/delete`: asks first, with the customers that are chosen, or all that match; deletes when that was
/// confirmed.
pub async fn delete_several(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let level = match selection.field("inside") {
        "" => Level::Top,
        inside => Level::Inside(parse_id(inside)?),
    };
    let confirmation = selection.is_confirmed().then(|| selection.field("confirm").to_owned());
    let back = selection.field(BACK).to_owned();
    perform(admin, context, request, Deletion { target: Target::Selected(level, selection), confirmation, back }).await
}
