//! `/devices/{id}/delete`, and the same for assets: the question before deleting one, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::Error;
use crate::model::customers::Owner;
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::{self, Kind, batch, store};
use crate::pages::confirm::Confirm;
use crate::pages::inventory::new::crumbs;
use crate::tenancy::audit::{self, Entry};
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, TenantAdmin};

/// `GET /devices/{id}/delete`, `GET /assets/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let found = admin.tenant.read(move |t| inventory::find_in_order(t, kind, &[id])).await?;
    let (item, owner) = found.into_iter().next().ok_or(Error::NotFound)?;
    let back = kind.path(item.id);
    let mut crumbs = crumbs(kind);
    crumbs.push(Crumb::new(&item.name, &back));
    let owner = owner.and_then(Owner::shown);
    let assigned = owner.map(|title| format!("It is assigned to {title}, whose users no longer see it."));
    let end = format!("This cannot be reversed. To have it again, everything must be entered as a new {}.", kind.one());
    let (question, button) = (format!("Delete {}?", item.name), format!("Delete {}", kind.one()));
    web::page(&Confirm {
        texts: assigned.into_iter().chain([end]).collect(),
        ..Confirm::deletion(context, crumbs, question, button, back)
    })
}

/// `POST /devices/{id}/delete`, `POST /assets/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    kind: Kind,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let gone = admin.tenant.write(move |t| {
        t.share_hierarchy()?;
        let item = store::find(t, kind, id)?;
        let mut counter_changes = CounterChanges::default();
        if batch::delete(t, kind, &[id], &mut counter_changes)?.len() == 0 {
            return Err(Error::NotFound); // somebody else was quicker
        }
        counter_changes.apply(t, kind)?;
        audit::record(t, Entry::deleted(&(kind, &item)))?;
        Ok::<_, Error>(item)
    });
    let item = gone.await?;
    Answer::new(kind.list_path(), format!("{} was deleted.", item.name)).send(&request)
}
