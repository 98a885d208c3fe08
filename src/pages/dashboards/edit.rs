//! `/dashboards/new` and `/dashboards/{id}/edit`: the same form, which is rebuilt step by step without a script.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::forms::{Choice, Errors, FormView, Section, ThreeWay};
use crate::base::id::DashboardId;
use crate::model::dashboards::form::{DashboardForm, WidgetFields};
use crate::model::dashboards::store::{self, Stale};
use crate::model::dashboards::widgets::MOST;
use crate::model::dashboards::{self, Dashboard};
use crate::model::users;
use crate::pages::trace::name_for_reader;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Conflict, Crumb, Form, PageContext, TenantAdmin, idempotent};

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
    /// Whether something was changed that is not saved yet.
    changed: bool,
}

impl Edit {
    fn new(context: PageContext, form: &DashboardForm, errors: &Errors, focus: Option<usize>) -> Self {
        let widgets = form.widget_fields(errors, focus);
        let view = FormView { sections: form.sections(errors), hidden: Vec::new() };
        let all = widgets.iter().flat_map(|widget| widget.line.iter().chain(&widget.setting).cloned());
        let mut sections = view.sections.clone();
        sections.push(Section::new("", all.collect()));
        Self {
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
            context,
        }
    }

    /// The page for one that is there already.
    fn of(self, dashboard: &Dashboard, form: &DashboardForm) -> Self {
        let view = self.form.hide("version", form.version.clone()).hide("base", form.base.clone());
        Self {
            crumbs: vec![Crumb::new("Dashboards", "/dashboards"), Crumb::new(&dashboard.title, dashboard.path())],
            title: "Edit dashboard".into(),
            action: dashboard.path(),
            back: dashboard.path(),
            button: "Save",
            form: view,
            ..self
        }
    }

    fn adding(self, form_id: String) -> Self {
        Self { form: self.form.hide("form_id", form_id), ..self }
    }

    fn changed(self) -> Self {
        Self { changed: true, ..self }
    }
}

/// `GET /dashboards/new`
pub async fn new(_admin: TenantAdmin, context: PageContext) -> Result<HttpResponse, Error> {
    let form_id = context.new_form_id();
    web::page(&Edit::new(context, &DashboardForm::default(), &Errors::new(), None).adding(form_id))
}

/// `POST /dashboards`: a step of the form, or adds the dashboard.
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    Form(mut form): Form<DashboardForm>,
) -> Result<HttpResponse, Error> {
    let form_id = form.form_id.clone();
    if let Some(focus) = form.step() {
        return web::page(&Edit::new(context, &form, &Errors::new(), focus).adding(form_id).changed());
    }
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(errors) => {
            return web::unprocessable(&Edit::new(context, &form, &errors, None).adding(form_id).changed());
        }
    };
    let added = idempotent(&admin, &request, (&form.form_id, &form), move |t| {
        let dashboard = dashboards::insert(t, &draft)?;
        Ok::<_, Error>(Answer::new(dashboard.path(), format!("{} was added.", dashboard.title)))
    });
    added.await?.send(&request)
}

/// `GET /dashboards/{id}/edit`
pub async fn edit(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let dashboard = admin.tenant.read(move |t| dashboards::find(t, id)).await?;
    let form = DashboardForm::of(&dashboard)?;
    web::page(&Edit::new(context, &form, &Errors::new(), None).of(&dashboard, &form))
}

/// `POST /dashboards/{id}`: a step of the form, or saves the dashboard.
pub async fn update(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(mut form): Form<DashboardForm>,
) -> Result<HttpResponse, Error> {
    let id: DashboardId = parse_id(&id)?;
    let dashboard = admin.tenant.read(move |t| dashboards::find(t, id)).await?;
    if let Some(focus) = form.step() {
        return web::page(&Edit::new(context, &form, &Errors::new(), focus).of(&dashboard, &form).changed());
    }
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(errors) => {
            return web::unprocessable(&Edit::new(context, &form, &errors, None).of(&dashboard, &form).changed());
        }
    };
    let version = form.version.parse().unwrap_or(0);
    match admin.tenant.write(move |t| store::update(t, id, version, &draft)).await {
        Ok(saved) => Answer::new(saved.path(), web::saved(&saved.title, saved.version != version)).send(&request),
        Err(Refused::By(Stale)) => conflict(admin, context, id, &form).await,
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// The page that lets one choose between what somebody else saved and what was typed.
async fn conflict(
    admin: TenantAdmin,
    context: PageContext,
    id: DashboardId,
    yours: &DashboardForm,
) -> Result<HttpResponse, Error> {
    let (theirs, names) = admin
        .tenant
        .read(move |t| {
            let theirs = dashboards::find(t, id)?;
            let names = users::names(t, [theirs.updated_by])?;
            Ok::<_, Error>((theirs, names))
        })
        .await?;
    let form = DashboardForm::of(&theirs)?;
    let view = Conflict {
        by: name_for_reader(&context, &names, theirs.updated_by),
        when: context.moment(theirs.updated_at),
        title: theirs.title.clone(),
        path: theirs.path(),
        hidden: [("version", form.version.clone()), ("base", form.base.clone())],
        crumbs: vec![Crumb::new("Dashboards", "/dashboards"), Crumb::new(&theirs.title, theirs.path())],
        three_way: ThreeWay::compare(&yours.opened().compared(), &form.compared(), &yours.compared()),
        context,
    };
    view.send()
}
