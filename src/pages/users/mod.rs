//! `/administrators`, `/customers/{id}/users`, `/users`: users, their access and their sessions.

pub mod access;
pub mod activation_mails;
pub mod bulk_access;
pub mod delete;
pub mod edit;
pub mod export;
pub mod index;
pub mod new;
pub mod role;
pub mod selected;
pub mod sessions;

pub use sessions::{Ended, SessionForm, SessionView, agent_label, signed_out};

use actix_web::HttpRequest;

use crate::model::users::InvitationMailer;
use crate::web::state::AppState;
use crate::web::zone_of;

/// Writes activation links and mails as the settings of this server ask for, with times in the zone of whoever asks.
pub fn invitation_mailer(request: &HttpRequest) -> InvitationMailer {
    let app = AppState::of(request);
    let mailer =
        InvitationMailer::new(app.secrets.clone(), app.public_url().to_owned(), app.config.activation_lifetime);
    mailer.in_zone(zone_of(request))
}
