//! `/dashboards/{id}/delete` and `/dashboards/delete`: the question before deleting, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, Field, FormView};
use crate::base::id::DashboardId;
use crate::base::list::searched;
use crate::base::text::Count;
use crate::model::dashboards::listing::{self, Whose};
use crate::model::dashboards::{self, Dashboard, store};
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "dashboards/delete.html")]
struct Delete {
    context: PageContext,
    crumbs: Vec<Crumb>,
    question: String,
    /// What it means for customers; nothing when they are not touched.
    customers: String,
    button: &'static str,
    action: String,
    back: String,
    form: FormView,
    ids: Vec<String>,
}

impl Delete {
    fn new(context: PageContext, dashboards: &[Dashboard]) -> Self {
        let assigned: i64 = dashboards.iter().map(|dashboard| dashboard.customers_count).sum();
        let n = Count::from(assigned);
        let customers = match dashboards {
            _ if assigned == 0 => String::new(),
            [_] => format!("It is assigned to {}, whose users no longer see it.", n.of("customer", "customers")),
            _ => format!("{} are taken back; users no longer see them.", n.of("assignment", "assignments")),
        };
        let (question, button) = match dashboards {
            [only] => (format!("Delete {}?", only.title), "Delete dashboard"),
            several => {
                (format!("Delete {}?", Count(several.len() as u64).of("dashboard", "dashboards")), "Delete dashboards")
            }
        };
        Self {
            context,
            crumbs: vec![Crumb::new("Dashboards", "/dashboards")],
            question,
            customers,
            button,
            action: "/dashboards/delete".into(),
            back: "/dashboards".into(),
            form: FormView::default(),
            ids: Vec::new(),
        }
    }
}

/// `GET /dashboards/{id}/delete`
pub async fn confirm_delete(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let dashboard = admin.tenant.read(move |t| dashboards::find(t, id)).await?;
    let mut view = Delete::new(context, std::slice::from_ref(&dashboard));
    view.crumbs.push(Crumb::new(&dashboard.title, dashboard.path()));
    view.action = dashboard.act_path("delete");
    view.back = dashboard.path();
    web::page(&view)
}

/// `POST /dashboards/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let deleted = admin.tenant.write(move |t| {
        let dashboard = dashboards::find(t, id)?;
        store::delete(t, std::slice::from_ref(&dashboard))?;
        Ok::<_, Error>(dashboard)
    });
    Answer::new("/dashboards", format!("{} was deleted.", deleted.await?.title)).send(&request)
}

/// What must be typed before several are deleted.
fn unconfirmed(n: usize, typed: &str) -> Option<Errors> {
    let same = n == 1 || typed.trim().replace(',', "") == n.to_string();
    let words = format!("Type {}, the number of dashboards, to confirm", Count(n as u64));
    (!same).then(|| Errors::one("confirm", words))
}

/// `POST /dashboards/delete`: asks first, with those that are chosen, or all that match; deletes when that was confirmed.
pub async fn delete_several(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let (all, q) = (selection.all(), searched(selection.field("q")));
    let asked = !selection.field("asked").is_empty();
    let typed = selection.field("confirm").to_owned();
    let ids: Vec<DashboardId> = selection.chosen().into_iter().collect();
    let done = admin.tenant.write(move |t| {
        let ids = if all { listing::all_ids(t, Whose::All, &q)? } else { ids };
        let chosen = dashboards::find_all(t, &ids)?;
        let wrong = if asked { unconfirmed(chosen.len(), &typed) } else { None };
        if !chosen.is_empty() && (!asked || wrong.is_some()) {
            return Err(Refused::By((chosen, wrong.unwrap_or_default())));
        }
        store::delete(t, &chosen)?;
        Ok(chosen)
    });
    match done.await {
        Ok(gone) => {
            let text = match gone.as_slice() {
                [] => "Nothing was selected, so nothing was deleted.".into(),
                [only] => format!("{} was deleted.", only.title),
                several => format!("{} dashboards were deleted.", Count(several.len() as u64)),
            };
            Answer::new("/dashboards", text).refused_if(gone.is_empty()).send(&request)
        }
        Err(Refused::By((chosen, errors))) => {
            let mut view = Delete::new(context, &chosen);
            if chosen.len() > 1 {
                let field = Field::text("confirm", "Type the number of dashboards to confirm").required();
                let field = field.hint(Count(chosen.len() as u64).to_string());
                view.form = FormView::plain(vec![field.value(selection.field("confirm")).with(&errors)]);
            }
            view.form = view.form.hide("asked", "yes");
            for name in ["all", "q"] {
                if !selection.field(name).is_empty() {
                    view.form = view.form.hide(name, selection.field(name));
                }
            }
            if !all {
                view.ids = chosen.iter().map(|dashboard| dashboard.id.to_string()).collect();
            }
            if errors.is_empty() { web::page(&view) } else { web::unprocessable(&view) }
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}
