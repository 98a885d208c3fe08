//! `/dashboards/{id}/delete` and `/dashboards/delete`: the question before deleting, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::DashboardId;
use crate::base::list::searched;
use crate::base::text::Count;
use crate::model::dashboards::listing::{self, Whose};
use crate::model::dashboards::{self, Dashboard, store};
use crate::pages::bulk::{BulkAction, Done, perform};
use crate::pages::confirm::{Confirm, Confirmation, number_field, wrong_number};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{Answer, BACK, Crumb, Form, PageContext, Selection, TenantAdmin};

#[derive(Clone)]
enum Target {
    /// One, and the list it was asked for from.
    One(DashboardId, String),
    /// Those that are selected in the list.
    Selected(Selection),
}

#[derive(Clone)]
struct Deletion {
    target: Target,
    confirmed: bool,
}

impl Deletion {
    fn typed(&self) -> &str {
        match &self.target {
            Target::One(..) => "",
            Target::Selected(selection) => selection.field("confirm"),
        }
    }
}

impl BulkAction for Deletion {
    type Chosen = Vec<Dashboard>;

    fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    fn lists(&self) -> &'static [&'static str] {
        &["/dashboards"]
    }

    fn back(&self) -> &str {
        match &self.target {
            Target::One(_, back) => back,
            Target::Selected(selection) => selection.field(BACK),
        }
    }

    fn select(&self, t: &mut TenantConn) -> Result<Vec<Dashboard>, Error> {
        let ids: Vec<DashboardId> = match &self.target {
            Target::One(id, _) => return Ok(vec![dashboards::find(t, *id)?]),
            Target::Selected(selection) if selection.all() => {
                listing::all_ids(t, Whose::All, &searched(selection.field("q")))?
            }
            Target::Selected(selection) => selection.chosen().into_iter().collect(),
        };
        dashboards::find_all(t, &ids)
    }

    fn nothing(&self, chosen: &Vec<Dashboard>) -> Option<Answer> {
        let words = "Nothing was selected, so nothing was deleted.";
        chosen.is_empty().then(|| Answer::refusal("/dashboards", words))
    }

    fn wrong(&self, chosen: &Vec<Dashboard>) -> Errors {
        wrong_number(chosen.len() as u64, "dashboards", self.typed())
    }

    fn run(&self, t: &mut TenantConn, chosen: &Vec<Dashboard>) -> Result<Done, Refused<String>> {
        store::delete(t, chosen)?;
        let words = match chosen.as_slice() {
            [only] => format!("{} was deleted.", only.title),
            several => format!("{} dashboards were deleted.", Count(several.len() as u64)),
        };
        Ok(Done::Now(Answer::new("/dashboards", words)))
    }

    fn question(&self, context: PageContext, chosen: &Vec<Dashboard>, errors: &Errors) -> Confirm {
        let assigned: i64 = chosen.iter().map(|dashboard| dashboard.customers_count).sum();
        let n = Count::from(assigned);
        let customers = match chosen.as_slice() {
            _ if assigned == 0 => None,
            [_] => {
                Some(format!("It is assigned to {}, whose users will no longer see it.", n.of("customer", "customers")))
            }
            _ => Some(format!(
                "{} will be removed, and those customers’ users will no longer see them.",
                n.of("assignment", "assignments")
            )),
        };
        let number = chosen.len() as u64;
        let (what, button) = match chosen.as_slice() {
            [only] => (only.title.clone(), "Delete dashboard"),
            _ => (Count(number).of("dashboard", "dashboards"), "Delete dashboards"),
        };
        let field = number_field(number, "Type the number of dashboards to confirm", self.typed(), errors);
        let mut form = FormView::plain(field.into_iter().collect());
        let (mut crumbs, mut back) = (vec![Crumb::new("Dashboards", "/dashboards")], "/dashboards".to_owned());
        match (&self.target, chosen.as_slice()) {
            (Target::One(..), of) => of.iter().for_each(|dashboard| {
                back = dashboard.path();
                crumbs.push(Crumb::new(&dashboard.title, dashboard.path()));
            }),
            (Target::Selected(selection), of) => {
                let ids = of.iter().map(|dashboard| dashboard.id.to_string());
                form.hidden = selection.again(&["q"], ids);
            }
        }
        let more = [
            "Anyone whose home dashboard it is will see another one, or the plain home page.",
            "This cannot be reversed. Export it first if you may need it again.",
        ];
        Confirm {
            texts: customers.into_iter().chain(more.map(str::to_owned)).collect(),
            form,
            ..Confirm::deletion(context, crumbs, format!("Delete {what}?"), button.into(), back)
        }
    }
}

/// `GET /dashboards/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?, String::new()), confirmed: false })
        .await
}

/// `POST /dashboards/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?, form.back), confirmed: true }).await
}

/// `POST /dashboards/delete`: asks first, with those that are chosen, or all that match; deletes when that was confirmed.
pub async fn delete_several(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let confirmed = selection.is_confirmed();
    perform(admin, context, request, Deletion { target: Target::Selected(selection), confirmed }).await
}
