//! `/administrators`, `/customers/{id}/users`, `/users`: users, their access and their sessions.

pub mod access;
pub mod delete;
pub mod edit;
pub mod export;
pub mod index;
pub mod new;
pub mod role;
pub mod sessions;

pub use sessions::{Ended, SessionForm, SessionView, agent_label, signed_out};

use crate::model::users::InvitationMailer;
use crate::web::state::AppState;

/// Writes activation links and mails as the settings of this server ask for.
pub fn invitation_mailer(app: &AppState) -> InvitationMailer {
    InvitationMailer::new(app.secrets.clone(), app.public_url().to_owned(), app.config.activation_lifetime)
}
