//! `/account/home`: what a customer user sees first.

use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::base::error::{Error, Refused};
use crate::base::forms::Errors;
use crate::model::dashboards::{home, user_homes};
use crate::model::users;
use crate::pages::account;
use crate::tenancy::audit::{self, Action, Entry};
use crate::web::state::AppState;
use crate::web::{self, Answer, CustomerUser, Form, PageContext};

/// The home that somebody chooses for themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HomeForm {
    home_dashboard: String,
}

/// `POST /account/home`: a customer user chooses what they see first.
pub async fn update(
    person: CustomerUser,
    context: PageContext,
    request: HttpRequest,
    Form(form): Form<HomeForm>,
) -> Result<HttpResponse, Error> {
    let id = person.viewer.user;
    let saved = person.write(move |t, branch| {
        let home = home::chosen_by(t, &form.home_dashboard, branch.root)?.map_err(Refused::By)?;
        let before = user_homes::home_of(t, id)?;
        if before == home {
            t.no_changes()?;
            return Ok::<_, Refused<String>>(false);
        }
        user_homes::set_home(t, id, home)?;
        let entry = Entry::of(Action::Change, &users::find(t, id)?);
        let entry = entry.change(home::HOME, before, home);
        audit::record(t, entry)?;
        Ok(true)
    });
    match saved.await {
        Ok(changed) => Answer::new("/account", web::saved("Your home dashboard", changed)).send(&request),
        Err(refused) => {
            let errors = Errors::one("home_dashboard", refused.reason()?);
            let lifetimes = AppState::of(&request).config.sessions;
            let account = person.read(move |t, _| account::read(t, id, &lifetimes)).await?;
            web::unprocessable(&account.view(context, None, &errors))
        }
    }
}
