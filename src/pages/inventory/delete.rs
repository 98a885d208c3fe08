//! `/devices/{id}/delete`, and the same for assets: the question before deleting one, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::Error;
use crate::base::forms::FormView;
use crate::model::customers::Owner;
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::{self, Kind, batch, store};
use crate::pages::confirm::{Confirm, Confirmation};
use crate::pages::inventory::new::crumbs;
use crate::tenancy::audit::{self, Entry};
use crate::web::path::parse_id;
use crate::web::{self, Answer, BACK, Crumb, Form, PageContext, TenantAdmin, list_back};

/// `GET /devices/{id}/delete`, `GET /assets/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    kind: Kind,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let found = admin.tenant.read(move |t| inventory::find_in_order(t, kind, &[id])).await?;
    let (item, owner) = found.into_iter().next().ok_or(Error::NotFound)?;
    let back = kind.path(item.id);
    let mut crumbs = crumbs(kind);
    crumbs.push(Crumb::new(&item.name, &back));
    let owner = owner.and_then(Owner::shown);
    let assigned = owner.map(|title| format!("It is assigned to {title}, whose users will no longer see it."));
    let end = "This cannot be reversed.".to_owned();
    let (question, button) = (format!("Delete {}?", item.name), format!("Delete {}", kind.one()));
    let list = list_back(&request, "", kind.lists());
    let page = Confirm::deletion(context, crumbs, question, button, back);
    web::page(&Confirm {
        texts: assigned.into_iter().chain([end]).collect(),
        form: FormView { hidden: list.iter().map(|list| (BACK, list.clone())).collect(), ..FormView::default() },
        back: list.unwrap_or(page.back),
        ..page
    })
}

/// `POST /devices/{id}/delete`, `POST /assets/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    kind: Kind,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Confirmation>,
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
    let list = list_back(&request, &form.back, kind.lists()).unwrap_or_else(|| kind.list_path().into());
    Answer::new(list, format!("{} was deleted.", item.name)).send(&request)
}
