//! `/dashboards/new` and `/dashboards/{id}/edit`: the same form, which is rebuilt step by step without a script.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Choice, Errors, FormView, Rejection, Section};
use crate::base::id::DashboardId;
use crate::model::dashboards::form::{DashboardForm, WidgetFields};
use crate::model::dashboards::store::{self, Stale};
use crate::model::dashboards::widgets::MOST;
use crate::model::dashboards::{self, Dashboard, Scope};
use crate::model::users::{self, Names};
use crate::pages::conflict::{self, Edited};
use crate::pages::dashboards::tiles::{Tile, tiles};
use crate::pages::new::Gone;
use crate::pages::trace::Trace;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Creation, Crumb, PageContext, Revision, Submitted, TenantAdmin};

#[derive(Template)]
#[template(path = "dashboards/edit.html")]
struct Edit {
    context: PageContext,
    crumbs: Vec<Crumb>,
    /// What the page is called.
    title: String,
    action: String,
    back: String,
    button: &'static str,
    form: FormView,
    /// What is wrong, with the fields of widgets.
    summary: FormView,
    widgets: Vec<WidgetFields>,
    catalogue: Vec<Choice>,
    chosen: String,
    most: usize,
    /// What it would show, as far as it can be read.
    tiles: Vec<Tile>,
    /// Whether something was changed that is not saved yet.
    changed: bool,
    /// Set when it holds what was typed about one that is no longer there.
    gone: Option<Gone>,
}

impl Edit {
    /// # Errors
    /// Those of the database: what the widgets would show is read from it.
    async fn new(
        admin: &TenantAdmin,
        context: PageContext,
        form: &DashboardForm,
        errors: &Errors,
        focus: Option<usize>,
    ) -> Result<Self, Error> {
        let readable = form.readable();
        let filled = admin.tenant.read(move |t| dashboards::fill(t, Scope::Tenant, readable)).await?;
        let widgets = form.widget_fields(errors, focus);
        let view = FormView { sections: form.sections(errors), hidden: Vec::new() };
        let all = widgets.iter().flat_map(|widget| widget.line.iter().chain(&widget.setting).cloned());
        let mut sections = view.sections.clone();
        sections.push(Section::new("", all.collect()));
        Ok(Self {
            tiles: tiles(&context, filled, true),
            crumbs: vec![Crumb::new("Dashboards", "/dashboards")],
            title: "Add dashboard".into(),
            action: "/dashboards".into(),
            back: "/dashboards".into(),
            button: "Add",
            form: view,
            summary: FormView { sections, hidden: Vec::new() },
            widgets,
            catalogue: form.catalogue(),
            chosen: form.add.clone(),
            most: MOST,
            changed: false,
            gone: None,
            context,
        })
    }

    /// The page that adds one.
    fn adding(self, meta: &Creation) -> Self {
        Self { form: meta.view(self.form.sections), ..self }
    }

    /// The page for one that is there already.
    fn of(self, dashboard: &Dashboard, meta: &Revision) -> Self {
        Self {
            crumbs: crumbs_to(dashboard),
            title: "Edit dashboard".into(),
            action: dashboard.path(),
            back: dashboard.path(),
            button: "Save",
            form: meta.view(self.form.sections),
            ..self
        }
    }

    fn changed(self) -> Self {
        Self { changed: true, ..self }
    }

    /// What was typed about one that is no longer there, to be added as a new one.
    async fn send_gone(admin: &TenantAdmin, context: PageContext, form: &DashboardForm) -> Result<HttpResponse, Error> {
        let meta = Creation::new(context.new_form_id());
        let page = Self::new(admin, context, form, &Errors::new(), None).await?.adding(&meta).changed();
        web::answer(StatusCode::NOT_FOUND, &Self { gone: Some(Gone::new("This dashboard", true)), ..page })
    }
}

fn crumbs_to(dashboard: &Dashboard) -> Vec<Crumb> {
    vec![Crumb::new("Dashboards", "/dashboards"), Crumb::new(&dashboard.title, dashboard.path())]
}

fn stored(dashboard: &Dashboard) -> Result<Submitted<DashboardForm, Revision>, Error> {
    let form = DashboardForm::of(dashboard)?;
    Ok(Submitted { meta: Revision::new(dashboard.version, form.as_base()), form })
}

/// `GET /dashboards/new`
pub async fn new(admin: TenantAdmin, context: PageContext) -> Result<HttpResponse, Error> {
    let meta = Creation::new(context.new_form_id());
    let page = Edit::new(&admin, context, &DashboardForm::default(), &Errors::new(), None).await?;
    web::page(&page.adding(&meta))
}

/// `POST /dashboards`: a step of the form, or adds the dashboard.
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    mut sent: Submitted<DashboardForm, Creation>,
) -> Result<HttpResponse, Error> {
    if let Some(focus) = sent.form.step() {
        let page = Edit::new(&admin, context, &sent.form, &Errors::new(), focus).await?;
        return web::page(&page.adding(&sent.meta).changed());
    }
    let added = admin.idempotent(&request, &sent, |t, sent| {
        let draft = sent.form.parse().map_err(Refused::By)?;
        let dashboard = dashboards::insert(t, &draft)?;
        Ok::<_, Refused<Errors>>(Answer::new(dashboard.path(), format!("{} was added.", dashboard.title)))
    });
    match added.await {
        Ok(answer) => answer.send(&request),
        Err(refused) => {
            let errors = refused.reason()?;
            let page = Edit::new(&admin, context, &sent.form, &errors, None).await?;
            web::unprocessable(&page.adding(&sent.meta).changed())
        }
    }
}

/// `GET /dashboards/{id}/edit`
pub async fn edit(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let dashboard = admin.tenant.read(move |t| dashboards::find(t, id)).await?;
    let stored = stored(&dashboard)?;
    let page = Edit::new(&admin, context, &stored.form, &Errors::new(), None).await?;
    web::page(&page.of(&dashboard, &stored.meta))
}

/// `POST /dashboards/{id}`: a step of the form, or saves the dashboard.
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    mut sent: Submitted<DashboardForm, Revision>,
) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    if let Some(focus) = sent.form.step() {
        let dashboard = match admin.tenant.read(move |t| dashboards::find(t, id)).await {
            Err(Error::NotFound) => return Edit::send_gone(&admin, context, &sent.form).await,
            found => found?,
        };
        let page = Edit::new(&admin, context, &sent.form, &Errors::new(), focus).await?;
        return web::page(&page.of(&dashboard, &sent.meta).changed());
    }
    let (typed, version) = (sent.form.clone(), sent.meta.number());
    let saved = admin.tenant.write(move |t| {
        dashboards::find(t, id)?;
        let draft = typed.parse().map_err(|errors| Refused::By(Rejection::Invalid(errors)))?;
        store::update(t, id, version, &draft).map_err(|refused| refused.map(|Stale| Rejection::Stale))
    });
    let rejection = match saved.await {
        Ok(saved) => {
            return Answer::new(saved.path(), web::saved(&saved.title, saved.version != version)).send(&request);
        }
        Err(refused) => match refused.reason() {
            Err(Error::NotFound) => return Edit::send_gone(&admin, context, &sent.form).await,
            reason => reason?,
        },
    };
    let read = admin.tenant.read(move |t| {
        let dashboard = dashboards::find(t, id)?;
        let names = users::names(t, [dashboard.updated_by])?;
        Ok::<_, Error>((dashboard, names))
    });
    let (dashboard, names) = read.await?;
    match rejection {
        Rejection::Invalid(errors) => {
            let page = Edit::new(&admin, context, &sent.form, &errors, None).await?;
            web::unprocessable(&page.of(&dashboard, &sent.meta).changed())
        }
        Rejection::Stale => conflict(context, &dashboard, &names, &sent),
    }
}

/// The page that lets one choose between what somebody else saved and what was typed.
fn conflict(
    context: PageContext,
    dashboard: &Dashboard,
    names: &Names,
    sent: &Submitted<DashboardForm, Revision>,
) -> Result<HttpResponse, Error> {
    let edited = Edited {
        title: dashboard.title.clone(),
        path: dashboard.path(),
        saved: Trace::new(&context, names, dashboard.updated_at, dashboard.updated_by),
        crumbs: crumbs_to(dashboard),
        stored: stored(dashboard)?,
    };
    let opened = sent.form.opened(&sent.meta.base);
    conflict::send(context, edited, &opened, &sent.form, DashboardForm::compared)
}
