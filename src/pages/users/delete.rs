//! `/users/{id}/delete` and `/customers/{id}/users/delete`: the question before deleting users, and the deletion.

use actix_web::{HttpRequest, HttpResponse, web::Path};
use askama::Template;

use crate::base::error::{Error, Refused};
use crate::base::text::Count;
use crate::model::users::rejections::sentence;
use crate::model::users::{self, Role, User, store};
use crate::pages::users::access::chosen;
use crate::pages::users::index::crumbs;
use crate::tenancy::TenantConn;
use crate::web::path::parse_id;
use crate::web::{self, Answer, Crumb, Form, Nothing, PageContext, Selection, TenantAdmin};

#[derive(Template)]
#[template(path = "users/delete.html")]
struct Delete {
    context: PageContext,
    crumbs: Vec<Crumb>,
    question: String,
    text: String,
    button: &'static str,
    action: String,
    back: String,
    hidden: Vec<(&'static str, String)>,
    /// Why it is not done.
    refusal: Option<String>,
}

fn with_crumbs(t: &mut TenantConn, id: &str) -> Result<(User, Vec<Crumb>), Error> {
    let user = users::find(t, parse_id(id)?)?;
    let mut crumbs = crumbs(t, user.role())?;
    crumbs.push(Crumb::new(user.name(), user.path()));
    Ok((user, crumbs))
}

fn question(context: PageContext, user: &User, crumbs: Vec<Crumb>, refusal: Option<String>) -> Delete {
    Delete {
        context,
        crumbs,
        question: format!("Delete {}?", user.name()),
        text: format!("{} is signed out everywhere and can no longer sign in.", user.email),
        button: "Delete user",
        action: user.act_path("delete"),
        back: user.path(),
        hidden: Vec::new(),
        refusal,
    }
}

/// `GET /users/{id}/delete`
pub async fn confirm_delete(admin: TenantAdmin, context: PageContext, id: Path<String>) -> Result<HttpResponse, Error> {
    let (user, crumbs) = admin.tenant.read(move |t| with_crumbs(t, &id)).await?;
    web::page(&question(context, &user, crumbs, None))
}

/// `POST /users/{id}/delete`
pub async fn delete(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let done = admin.tenant.write(move |t| {
        let (user, crumbs) = with_crumbs(t, &id)?;
        match store::delete(t, &user) {
            Ok(()) => Ok(user),
            Err(Refused::By(refusal)) => Err(Refused::By(Box::new((user, crumbs, sentence(&refusal, "delete"))))),
            Err(Refused::Failed(error)) => Err(Refused::Failed(error)),
        }
    });
    match done.await {
        Ok(user) => Answer::new(user.role().list_path(), format!("{} was deleted.", user.name())).send(&request),
        Err(Refused::By(refused)) => {
            let (user, crumbs, why) = *refused;
            web::unprocessable(&question(context, &user, crumbs, Some(why)))
        }
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// `POST /customers/{id}/users/delete`: asks first, then deletes.
pub async fn delete_several(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    id: Path<String>,
    selection: Selection,
) -> Result<HttpResponse, Error> {
    let of = Role::CustomerUser(parse_id(&id)?);
    let confirmed = !selection.field("confirmed").is_empty();
    let (users, crumbs, selection) = admin
        .tenant
        .write(move |t| {
            let users = chosen(t, of, &selection)?;
            if confirmed {
                for user in &users {
                    store::delete(t, user).map_err(|refused| match refused {
                        Refused::Failed(error) => error,
                        Refused::By(refusal) => Error::BadRequest(sentence(&refusal, "delete")),
                    })?;
                }
            }
            Ok::<_, Error>((users, crumbs(t, of)?, selection))
        })
        .await?;
    let n = Count(users.len() as u64);
    if users.is_empty() {
        return Answer::refusal(of.list_path(), "Nobody was selected, so nobody was deleted.").send(&request);
    }
    if confirmed {
        let text = match users.as_slice() {
            [only] => format!("{} was deleted.", only.name()),
            _ => format!("{n} users were deleted."),
        };
        return Answer::new(of.list_path(), text).send(&request);
    }
    let mut hidden = vec![("confirmed", "yes".to_owned())];
    for name in ["all", "q", "status"] {
        if !selection.field(name).is_empty() {
            hidden.push((name, selection.field(name).to_owned()));
        }
    }
    if !selection.all() {
        hidden.extend(users.iter().map(|user| ("ids", user.id.to_string())));
    }
    let (question, text) = match users.as_slice() {
        [only] => (
            format!("Delete {}?", only.name()),
            format!("{} is signed out everywhere and can no longer sign in.", only.email),
        ),
        _ => (format!("Delete {n} users?"), "They are signed out everywhere and can no longer sign in.".into()),
    };
    web::page(&Delete {
        context,
        crumbs,
        question,
        text,
        button: if users.len() == 1 { "Delete user" } else { "Delete users" },
        action: format!("{}/delete", of.list_path()),
        back: of.list_path(),
        hidden,
        refusal: None,
    })
}
