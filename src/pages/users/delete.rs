//! `/users/{id}/delete` and `/customers/{id}/users/delete`: the question before deleting users, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::UserId;
use crate::base::text::Count;
use crate::model::customers;
use crate::model::users::{self, Role, User, store};
use crate::pages::bulk::{BulkAction, Done, perform};
use crate::pages::confirm::Confirm;
use crate::pages::users::access::chosen;
use crate::pages::users::index::crumbs;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{Answer, Crumb, Form, Nothing, PageContext, Selection, TenantAdmin};

#[derive(Clone)]
enum Target {
    /// One, from their page.
    One(UserId),
    /// Those who are selected in a list.
    Selected(Role, Selection),
}

#[derive(Clone)]
struct Deletion {
    target: Target,
    confirmed: bool,
}

/// Who goes, and the way to the page that asks.
struct Chosen {
    users: Vec<User>,
    of: Role,
    crumbs: Vec<Crumb>,
}

impl BulkAction for Deletion {
    type Chosen = Chosen;

    fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    fn lock(&self, t: &mut TenantConn) -> Result<(), Error> {
        match &self.target {
            Target::Selected(Role::CustomerUser(customer), _) => customers::lock(t, *customer),
            _ => Ok(()),
        }
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        match &self.target {
            Target::Selected(of, selection) => {
                Ok(Chosen { users: chosen(t, *of, selection)?, of: *of, crumbs: crumbs(t, *of)? })
            }
            Target::One(id) => {
                let user = users::find(t, *id)?;
                let mut crumbs = crumbs(t, user.role())?;
                crumbs.push(Crumb::new(user.name(), user.path()));
                Ok(Chosen { of: user.role(), users: vec![user], crumbs })
            }
        }
    }

    fn nothing(&self, chosen: &Chosen) -> Option<Answer> {
        let words = "No users were selected, so none was deleted.";
        chosen.users.is_empty().then(|| Answer::refusal(chosen.of.list_path(), words))
    }

    fn run(&self, t: &mut TenantConn, chosen: &Chosen) -> Result<Done, Refused<String>> {
        for user in &chosen.users {
            store::delete(t, user).map_err(|refused| refused.map(|refusal| refusal.sentence("delete")))?;
        }
        let words = match chosen.users.as_slice() {
            [only] => format!("{} was deleted.", only.name()),
            several => format!("{} users were deleted.", Count(several.len() as u64)),
        };
        Ok(Done::Now(Answer::new(chosen.of.list_path(), words)))
    }

    fn question(&self, context: PageContext, chosen: &Chosen, _: &Errors) -> Confirm {
        let (what, text, button) = match chosen.users.as_slice() {
            [only] => (
                only.name(),
                format!("{} is signed out everywhere and can no longer sign in.", only.email),
                "Delete user",
            ),
            several => (
                format!("{} users", Count(several.len() as u64)),
                "They are signed out everywhere and can no longer sign in.".into(),
                "Delete users",
            ),
        };
        let (back, hidden) = match &self.target {
            Target::One(id) => (users::path(*id), Vec::new()),
            Target::Selected(of, selection) => {
                let ids = chosen.users.iter().map(|user| user.id.to_string());
                (of.list_path(), selection.again("confirmed", &["all", "q", "status"], ids))
            }
        };
        let end = "This cannot be reversed.";
        Confirm {
            texts: vec![text, end.into()],
            form: FormView { hidden, ..FormView::default() },
            ..Confirm::deletion(context, chosen.crumbs.clone(), format!("Delete {what}?"), button.into(), back)
        }
    }
}

/// `GET /users/{id}/delete`
pub async fn confirm_delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?), confirmed: false }).await
}

/// `POST /users/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?), confirmed: true }).await
}

/// `POST /customers/{id}/users/delete`: asks first, then deletes.
pub async fn delete_several(
    admin: TenantAdmin,
    of: Role,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let confirmed = !selection.field("confirmed").is_empty();
    perform(admin, context, request, Deletion { target: Target::Selected(of, selection), confirmed }).await
}
