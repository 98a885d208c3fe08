//! What an upgrade does to stored rows beyond the SQL of its migrations: it needs the secret key.

use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::Conn;
use crate::model::users::links::UserLinks;
use crate::services::mail;
use crate::tenancy::rows;
use crate::web;

/// Does what the SQL of migrations cannot: begins audit logs, and takes the secrets out of what earlier versions stored.
///
/// # Errors
/// Those of the database, or when something cannot be sealed.
pub fn complete(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    rows::begin_logs(conn, secrets)?;
    forget_stored_secrets(conn, secrets)
}

/// Takes the secrets of links out of mails that wait and of answers to forms.
///
/// # Errors
/// As `complete`.
pub fn forget_stored_secrets(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    mail::take_out_secrets(conn, secrets, &UserLinks)?;
    web::take_out_links(conn, secrets)
}
