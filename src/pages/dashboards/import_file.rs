//! `/dashboards/import`: adds a dashboard from a file that was exported. Whatever is wrong with it is said at once, and
//! then nothing is added.

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::base::error::Error;
use crate::model::dashboards;
use crate::model::dashboards::json::read;
use crate::web::{self, Answer, Crumb, PageContext, TenantAdmin, Upload};

#[derive(Template)]
#[template(path = "dashboards/import.html")]
struct Import {
    context: PageContext,
    crumbs: Vec<Crumb>,
    wrong: Vec<String>,
}

impl Import {
    fn new(context: PageContext, wrong: Vec<String>) -> Self {
        Self { crumbs: vec![Crumb::new("Dashboards", "/dashboards")], wrong, context }
    }
}

/// `GET /dashboards/import`
pub async fn new(_admin: TenantAdmin, context: PageContext) -> Result<HttpResponse, Error> {
    web::page(&Import::new(context, Vec::new()))
}

/// `POST /dashboards/import`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    file: Upload,
) -> Result<HttpResponse, Error> {
    let draft = if file.content.is_empty() {
        Err(vec!["Choose a file".to_owned()])
    } else {
        let text = String::from_utf8(file.content);
        text.map_err(|_| vec!["Choose a text file; this one is not in UTF-8".to_owned()]).and_then(|text| read(&text))
    };
    let draft = match draft {
        Ok(draft) => draft,
        Err(wrong) => return web::unprocessable(&Import::new(context, wrong)),
    };
    let added = admin.tenant.write(move |t| dashboards::insert(t, &draft)).await?;
    Answer::new(added.path(), format!("{} was imported.", added.title)).send(&request)
}
