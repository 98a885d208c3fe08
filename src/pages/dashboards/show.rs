//! `/dashboards/{id}`: the dashboard, and what is done with one.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;
use serde::Deserialize;

use crate::base::error::Error;
use crate::base::id::DashboardId;
use crate::base::text::Count;
use crate::model::dashboards::home::HOME;
use crate::model::dashboards::listing::{self, Whose};
use crate::model::dashboards::{self, Dashboard, DashboardDraft, Scope};
use crate::pages::dashboards::tiles::{Tile, tiles};
use crate::tenancy::audit::{self, Action, Entry, Value};
use crate::tenancy::rows;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, Reader, TenantAdmin};

#[derive(Template)]
#[template(path = "dashboards/show.html")]
struct Show {
    context: PageContext,
    crumbs: Vec<Crumb>,
    dashboard: Dashboard,
    tiles: Vec<Tile>,
    manages: bool,
    /// Whether it is the home of the whole tenant.
    is_home: bool,
    customers: Count,
}

/// `GET /dashboards/{id}`: administrators see it over the whole tenant, customer users over their branch.
pub async fn show(person: Reader, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    let manages = person.is_administrator();
    let (dashboard, filled, home) = person
        .read(move |t, branch| {
            if let Some(branch) = branch
                && !listing::holds(t, Whose::Branch(branch.root), id)?
            {
                return Err(Error::NotFound);
            }
            let dashboard = dashboards::find(t, id)?;
            let scope = branch.map_or(Scope::Tenant, |branch| Scope::Branch(branch.root));
            let filled = dashboards::fill(t, scope, dashboard.widgets()?)?;
            Ok((dashboard, filled, rows::home_of(t)?.0))
        })
        .await?;
    let tiles = tiles(&context, filled, manages);
    let crumbs = vec![Crumb::new("Dashboards", "/dashboards")];
    let (is_home, customers) = (home == Some(id), dashboard.customers_count.into());
    web::page(&Show { crumbs, dashboard, tiles, manages, is_home, customers, context })
}

/// `POST /dashboards/{id}/copy`: adds another one with the same widgets, assigned to nobody.
pub async fn copy(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    let copied = admin.tenant.write(move |t| {
        let from = dashboards::find(t, id)?;
        let title: String = format!("Copy of {}", from.title).chars().take(255).collect();
        let draft = DashboardDraft { title, widgets: from.widgets()?, description: from.description };
        let copy = dashboards::insert(t, &draft)?;
        Ok::<_, Error>((from.title, copy))
    });
    let (from, copy) = copied.await?;
    Answer::new(copy.path(), format!("{from} was copied; this is the copy.")).send(&request)
}

const HIDE_TOOLBAR: &str = "Hide home dashboard toolbar";

/// What is asked of a tenant's home.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HomeForm {
    /// `yes`, or nothing when it is to be the home no longer.
    home: String,
    hide_toolbar: String,
}

/// `POST /dashboards/{id}/home`: makes it what every customer user sees who has no other home, or no longer.
pub async fn set_home(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<HomeForm>,
) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    let wanted = !form.home.is_empty();
    let saved = admin.tenant.write(move |t| {
        let dashboard = dashboards::find(t, id)?;
        let before = rows::home_of(t)?;
        let after = match wanted {
            true => (Some(id), !form.hide_toolbar.is_empty()),
            false => (before.0.filter(|home| *home != id), before.1),
        };
        if before == after {
            t.no_changes()?;
        } else {
            rows::set_home(t, after.0, after.1)?;
            let entry = Entry::of(Action::Change, &rows::named(t)?);
            let entry = entry.change(HOME, before.0, after.0);
            audit::record(t, entry.change(HIDE_TOOLBAR, Value::Flag(before.1), Value::Flag(after.1)))?;
        }
        Ok::<_, Error>((dashboard, before != after))
    });
    let (dashboard, changed) = saved.await?;
    let text = match wanted {
        _ if !changed => web::saved(&dashboard.title, false),
        true => format!("{} is the tenant’s home now.", dashboard.title),
        false => format!("{} is no longer the tenant home.", dashboard.title),
    };
    Answer::new(dashboard.path(), text).send(&request)
}
