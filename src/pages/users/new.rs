//! `/customers/{id}/users/new` and `/administrators/new`: the form that adds a user.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::error::{Error, Refused};
use crate::base::forms::{Errors, FormView, Rejection};
use crate::base::time::DisplayZone;
use crate::model::customers;
use crate::model::users::form::ActivationMethod;
use crate::model::users::invite::{FirstLink, count_mail_at_end, mailed_lately};
use crate::model::users::rejections::{all_wrong, with_holder};
use crate::model::users::{self, InvitationMailer, Role, User, UserForm};
use crate::pages::new::{Gone, New};
use crate::pages::users::index::crumbs;
use crate::pages::users::invitation_mailer;
use crate::tenancy::TenantConn;
use crate::web::state::AppState;
use crate::web::{self, Answer, Creation, Crumb, PageContext, Submitted, TenantAdmin};

/// The form, with what is wrong with it.
async fn load(
    admin: &TenantAdmin,
    context: PageContext,
    request: &HttpRequest,
    of: Role,
    sent: Submitted<UserForm, Creation>,
    errors: &Errors,
) -> Result<New, Error> {
    let crumbs = admin.tenant.read(move |t| crumbs(t, of)).await?;
    let lifetime = invitation_mailer(request).lifetime();
    let form = sent.meta.view(sent.form.new_sections(errors, &lifetime, context.mail_to_files));
    let title = match of {
        Role::Administrator => "Add administrator",
        Role::CustomerUser(_) => "Add user",
    };
    Ok(New { context, crumbs, title: title.into(), action: of.list_path(), form, gone: None })
}

/// `GET /customers/{id}/users/new`, `GET /administrators/new`
pub async fn new(
    admin: TenantAdmin,
    of: Role,
    context: PageContext,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let form = UserForm { activation_method: "mail".into(), ..Default::default() };
    let sent = Submitted::fresh(&context, form);
    web::page(&load(&admin, context, &request, of, sent, &Errors::new()).await?)
}

/// `POST /customers/{id}/users`, `POST /administrators`
pub async fn create(
    admin: TenantAdmin,
    of: Role,
    context: PageContext,
    request: HttpRequest,
    sent: Submitted<UserForm, Creation>,
) -> Result<HttpResponse, Error> {
    let app = AppState::of(&request);
    let (mailer, zone) = (invitation_mailer(&request), web::zone_of(&request));
    let added = admin.idempotent(&request, &sent, move |t, sent| add(t, of, sent, (&mailer, &zone)));
    match added.await {
        Ok(answer) => {
            app.post.notify();
            answer.send(&request)
        }
        Err(Refused::Failed(Error::NotFound)) => {
            gone(context, "This customer", sent.meta.view(sent.form.sections(&Errors::new())))
        }
        Err(refused) => {
            let (errors, email) = (refused.reason()?.into(), sent.form.email.clone());
            let errors = admin.tenant.read(move |t| with_holder(t, errors, &email)).await?;
            web::unprocessable(&load(&admin, context, &request, of, sent, &errors).await?)
        }
    }
}

/// What was typed about a user who is no longer there, or whose customer is not.
///
/// # Errors
/// A template that cannot be rendered.
pub fn gone(context: PageContext, what: &str, form: FormView) -> Result<HttpResponse, Error> {
    let crumbs = vec![Crumb::new("Customers", "/customers")];
    let page = New { context, crumbs, title: "User".into(), action: "/customers".into(), form, gone: None };
    page.send_gone(Gone::new(what, false))
}

/// Adds the user of a form, and gives them their link.
fn add(
    t: &mut TenantConn,
    of: Role,
    sent: &Submitted<UserForm, Creation>,
    (mailer, zone): (&InvitationMailer, &DisplayZone),
) -> Result<Answer, Refused<Rejection>> {
    if let Some(customer) = of.customer() {
        customers::find(t, customer)?;
    }
    let (draft, method) = all_wrong(t, sent.form.parse_new(), &sent.form.email, None)?;
    if method == ActivationMethod::Mail {
        // By address: whoever was deleted is mailed no more often when they are added again.
        count_mail_at_end(t, mailer, &draft.email).map_err(|refused| {
            refused.map(|wait| {
                let words = mailed_lately(&draft.email, &zone.format(t.now + wait.0, t.now));
                Rejection::one("activation_method", words + "; or display the link")
            })
        })?;
    }
    let first = FirstLink::new(mailer, t.now, method == ActivationMethod::Mail);
    let user = users::insert_invited(t, of, &draft, Some(first)).map_err(|refused| refused.map(Rejection::from))?;
    let until = first.until;
    Ok(match first.give(t, mailer, &user)? {
        None => {
            let to = if sent.meta.is_wanted_again() { format!("{}/new", of.list_path()) } else { of.list_path() };
            let works = mailer.works(zone.format(until, t.now));
            Answer::new(to, format!("{} was added. The activation mail is queued; its link {works}.", whom(&user)))
        }
        Some(link) => {
            let to = format!("{}/activation-link", user.path());
            let mut answer = Answer::new(to, format!("{} was added.", user.name()));
            answer.flash.link = Some((link, until));
            answer
        }
    })
}

/// A name, if there is one, and the address.
fn whom(user: &User) -> String {
    let name = user.name();
    if name == user.email { name } else { format!("{name} ({})", user.email) }
}
