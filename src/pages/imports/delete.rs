//! `/imports/{id}/delete`: the question before an import is forgotten, and that it is.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::Error;
use crate::base::id::ImportId;
use crate::model::imports::{State, file_chunks, store};
use crate::pages::confirm::Confirm;
use crate::services::jobs;
use crate::tenancy::audit::{self, Entry};
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, TenantAdmin};

/// `GET /imports/{id}/delete`
pub async fn confirm_delete(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let import = admin.tenant.read(move |t| store::find(t, id)).await?;
    let (verb, text) = match import.state {
        State::Importing => {
            ("Forget", "What was imported stays. The rows that were refused can no longer be downloaded.")
        }
        State::Arriving | State::Matching | State::Checking => {
            ("Discard", "Nothing was imported. To import it after all, the file must be sent again.")
        }
    };
    let crumbs = vec![Crumb::new("Imports", "/imports"), Crumb::new(&import.file_name, import.path())];
    let (question, button) = (format!("{verb} the import of {}?", import.file_name), format!("{verb} import"));
    let page = Confirm::deletion(context, crumbs, question, button, import.path());
    web::page(&Confirm { texts: vec![text.into()], ..page })
}

/// `POST /imports/{id}/delete`: forgets an import. What it did stays done.
pub async fn delete(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id: ImportId = parse_id(&id)?;
    let gone = admin.tenant.write(move |t| {
        store::lock(t, id)?;
        let import = store::find(t, id)?;
        if let Some(job) = import.job {
            jobs::cancel(t, job)?;
        }
        audit::record(t, Entry::deleted(&import))?;
        store::discard(t, id)?;
        file_chunks::forget(t, id, 64)?;
        Ok::<_, Error>(Answer::new("/imports", format!("The import of {} was discarded.", import.file_name)))
    });
    gone.await?.send(&request)
}
