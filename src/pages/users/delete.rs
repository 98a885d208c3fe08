//! `/users/{id}/delete`, `/users/delete` and `/customers/{id}/users/delete`: the question before deleting users, and the deletion.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web::Path};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView};
use crate::base::id::UserId;
use crate::base::text::Count;
use crate::model::users::{self, User, UserList, store};
use crate::pages::bulk::{BulkAction, Done, MUCH, perform};
use crate::pages::confirm::{Confirm, Confirmation, number_field, wrong_number};
use crate::pages::users::index::crumbs;
use crate::pages::users::selected::{LISTS, chosen, crumbs_of, lock_customers, refused};
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{Answer, BACK, Crumb, Form, PageContext, Selection, TenantAdmin};

#[derive(Clone)]
enum Target {
    /// One, and the list that they were asked for from.
    One(UserId, String),
    /// Those who are selected in a list.
    Selected(UserList, Selection),
}

#[derive(Clone)]
struct Deletion {
    target: Target,
    confirmed: bool,
}

/// Who goes, and the way to the page that asks.
struct Chosen {
    users: Vec<User>,
    list: String,
    crumbs: Vec<Crumb>,
}

impl Chosen {
    /// Of how many customers they are.
    fn customers(&self) -> u64 {
        self.users.iter().filter_map(|user| user.role().customer()).collect::<BTreeSet<_>>().len() as u64
    }

    fn count(&self) -> Count {
        Count(self.users.len() as u64)
    }
}

impl Deletion {
    fn typed(&self) -> &str {
        match &self.target {
            Target::One(..) => "",
            Target::Selected(_, selection) => selection.field("confirm"),
        }
    }
}

impl BulkAction for Deletion {
    type Chosen = Chosen;

    fn lists(&self) -> &'static [&'static str] {
        &LISTS
    }

    fn back(&self) -> &str {
        match &self.target {
            Target::One(_, back) => back,
            Target::Selected(_, selection) => selection.field(BACK),
        }
    }

    fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    fn lock(&self, t: &mut TenantConn) -> Result<(), Error> {
        match &self.target {
            Target::Selected(of, selection) => lock_customers(t, *of, selection),
            Target::One(..) => Ok(()),
        }
    }

    fn select(&self, t: &mut TenantConn) -> Result<Chosen, Error> {
        match &self.target {
            Target::Selected(of, selection) => {
                let mut users = chosen(t, *of, selection)?;
                if selection.all() {
                    // Nobody can delete themselves, and all others are meant.
                    users.retain(|user| !t.is_actor(user.id));
                }
                Ok(Chosen { users, list: of.path(), crumbs: crumbs_of(t, *of)? })
            }
            Target::One(id, _) => {
                let user = users::find(t, *id)?;
                let mut crumbs = crumbs(t, user.role())?;
                crumbs.push(Crumb::new(user.name(), user.path()));
                Ok(Chosen { list: user.role().list_path(), users: vec![user], crumbs })
            }
        }
    }

    fn nothing(&self, chosen: &Chosen) -> Option<Answer> {
        let words = refused(chosen.users.len(), "No users were selected, so none was deleted.")?;
        Some(Answer::refusal(&chosen.list, words))
    }

    /// Where much goes, its number is typed.
    fn wrong(&self, chosen: &Chosen) -> Errors {
        let n = chosen.count().0;
        if n > MUCH { wrong_number(n, "users", self.typed()) } else { Errors::new() }
    }

    fn run(&self, t: &mut TenantConn, chosen: &Chosen) -> Result<Done, Refused<String>> {
        for user in &chosen.users {
            store::delete(t, user).map_err(|refused| refused.map(|refusal| refusal.sentence("delete")))?;
        }
        let words = match chosen.users.as_slice() {
            [only] => format!("{} was deleted.", only.name()),
            _ => format!("{} users were deleted.", chosen.count()),
        };
        Ok(Done::Now(Answer::new(&chosen.list, words)))
    }

    fn question(&self, context: PageContext, chosen: &Chosen, errors: &Errors) -> Confirm {
        let n = chosen.count();
        let (what, mut texts, button) = match chosen.users.as_slice() {
            [only] => (
                only.name(),
                vec![format!("{} is signed out everywhere and can no longer sign in.", only.email)],
                "Delete user",
            ),
            _ => (
                format!("{n} users"),
                vec!["They are signed out everywhere and can no longer sign in.".into()],
                "Delete users",
            ),
        };
        let customers = chosen.customers();
        if customers > 1 {
            texts.insert(0, format!("They are users of {} customers.", Count(customers)));
        }
        texts.push("This cannot be reversed.".into());
        let (back, form) = match &self.target {
            Target::One(id, _) => (users::path(*id), FormView::default()),
            Target::Selected(_, selection) => {
                let number = (n.0 > MUCH)
                    .then(|| number_field(n.0, "Type the number of users to confirm", self.typed(), errors))
                    .flatten();
                let ids = chosen.users.iter().map(|user| user.id.to_string());
                let hidden = selection.again(&[], ids);
                (chosen.list.clone(), FormView { hidden, ..FormView::plain(number.into_iter().collect()) })
            }
        };
        Confirm {
            texts,
            form,
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
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?, String::new()), confirmed: false })
        .await
}

/// `POST /users/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    Form(form): Form<Confirmation>,
) -> Result<HttpResponse, Error> {
    perform(admin, context, request, Deletion { target: Target::One(parse_id(&id)?, form.back), confirmed: true }).await
}

/// `POST /users/delete`, `POST /customers/{id}/users/delete`: asks first, then deletes.
pub async fn delete_several(
    admin: TenantAdmin,
    of: UserList,
    context: PageContext,
    request: HttpRequest,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let confirmed = selection.is_confirmed();
    perform(admin, context, request, Deletion { target: Target::Selected(of, selection), confirmed }).await
}
