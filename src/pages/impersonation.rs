//! `/users/{id}/impersonation` and `/impersonation/end`: an administrator looks at the portal as one of their users sees it. Here
//! is also what keeps them from changing anything meanwhile, whatever the page.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Path;
use actix_web::{Error as WebError, HttpRequest, HttpResponse, ResponseError};

use crate::base::error::Error;
use crate::model::impersonation::CannotImpersonate;
use crate::model::users;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::extractors::Impersonator;
use crate::web::path::parse_id;
use crate::web::{Answer, Form, ImpersonationBanner, Nothing, SignedIn, TenantAdmin, see_other, viewer};

/// The one form that may be sent meanwhile, by its present and its earlier address.
const END: [&str; 2] = ["/impersonation/end", "/looking/end"];

/// Lets every request pass but one that would change something in the name of somebody whom an administrator only looks
/// as. Puts the bar that says so over every page.
///
/// # Errors
/// Those of the inner services.
pub async fn read_only<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, WebError> {
    let looks = viewer(request.request()).is_some_and(|viewer| viewer.impersonation.is_some());
    if !looks {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let bar = ImpersonationBanner::of(request.request())?;
    ImpersonationBanner::over(bar, async {
        if request.method().is_safe() || END.contains(&request.path()) {
            return Ok(next.call(request).await?.map_into_left_body());
        }
        let refusal = Error::ReadOnly.error_response();
        Ok(request.into_response(refusal).map_into_right_body())
    })
    .await
}

/// `POST /users/{id}/impersonation`
pub async fn begin(
    admin: TenantAdmin,
    request: HttpRequest,
    id: Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    let id = parse_id(&id)?;
    let session = admin.viewer.session_key()?;
    let began = admin.tenant.write(move |t| {
        t.lock_users(&[id])?;
        let user = users::find(t, id)?;
        match crate::model::impersonation::start(t, &session, &user) {
            Ok(()) => {
                audit::record(t, Entry::of(Action::LookAs, &user))?;
                Ok((user, None))
            }
            Err(refused) => {
                let why = refused.reason()?;
                t.no_changes()?;
                Ok::<_, Error>((user, Some(why)))
            }
        }
    });
    let (user, refusal) = began.await?;
    let answer = match refusal {
        None => return Ok(see_other("/home")),
        Some(CannotImpersonate::Administrator) => format!("{} is an administrator and has no portal.", user.name()),
        Some(CannotImpersonate::Disabled) => {
            format!("{} is disabled and sees nothing. Enable the user first.", user.name())
        }
    };
    Answer::refusal(user.path(), answer).send(&request)
}

/// `POST /impersonation/end`: from here on the administrator is themselves again.
pub async fn end(
    person: SignedIn,
    impersonator: Option<Impersonator>,
    request: HttpRequest,
    _: Form<Nothing>,
) -> Result<HttpResponse, Error> {
    // It may have ended by itself while the page was open.
    let Some(impersonator) = impersonator else { return Ok(see_other(person.viewer.start_page())) };
    let id = impersonator.user;
    let user = impersonator.end(move |t| {
        let user = users::find(t, id)?;
        audit::record(t, Entry::of(Action::EndLookAs, &user))?;
        Ok(user)
    });
    let user = user.await?;
    Answer::new(user.path(), format!("You stopped viewing as {}.", user.name())).send(&request)
}
