//! `/dashboards/{id}`: the dashboard, and what is done with one.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use super::Dashboard;
use super::board::{self, Tile};
use super::figures::Scope;
use super::listing::{self, Whose};
use super::store::{self, DashboardDraft};
use crate::auth::{Reader, TenantAdmin};
use crate::customers::pages::parse_id;
use crate::error::Error;
use crate::id::Id;
use crate::web::{self, Answer, Chrome, Crumb, Form, Nothing};

#[derive(Template)]
#[template(path = "dashboards/show.html")]
struct Show {
    chrome: Chrome,
    crumbs: Vec<Crumb>,
    dashboard: Dashboard,
    tiles: Vec<Tile>,
    manages: bool,
}

/// `GET /dashboards/{id}`: administrators see it over the whole tenant, customer users over their branch.
pub async fn show(person: Reader, chrome: Chrome, id: Path<String>) -> Result<HttpResponse, Error> {
    let id: Id<Dashboard> = parse_id(&id)?;
    let manages = person.is_administrator();
    let (dashboard, filled) = person
        .read(move |t, branch| {
            if let Some(branch) = branch
                && !listing::holds(t, Whose::Branch(branch.root), id)?
            {
                return Err(Error::NotFound);
            }
            let dashboard = store::find(t, id)?;
            let scope = branch.map_or(Scope::Tenant, |branch| Scope::Branch(branch.root));
            let filled = board::fill(t, scope, dashboard.widgets()?)?;
            Ok((dashboard, filled))
        })
        .await?;
    let tiles = board::tiles(&chrome, filled, manages);
    let crumbs = vec![Crumb::new("Dashboards", "/dashboards")];
    web::page(&Show { crumbs, dashboard, tiles, manages, chrome })
}

/// `POST /dashboards/{id}/copy`: adds another one with the same widgets, assigned to nobody.
pub async fn copy(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id: Id<Dashboard> = parse_id(&id)?;
    let copied = admin.tenant.write(move |t| {
        let from = store::find(t, id)?;
        let title: String = format!("Copy of {}", from.title).chars().take(255).collect();
        let draft = DashboardDraft { title, widgets: from.widgets()?, description: from.description };
        let copy = store::insert(t, &draft)?;
        Ok::<_, Error>((from.title, copy))
    });
    let (from, copy) = copied.await?;
    Answer::new(copy.path(), format!("{from} was copied; this is the copy.")).send(&request)
}
