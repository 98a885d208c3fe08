//! What an upgrade does to stored rows beyond the SQL of its migrations: it needs the secret key.

use crate::app::key_upgrade;
use crate::base::error::Error;
use crate::base::secrets::Secrets;
use crate::db::Conn;
use crate::model::users::links::UserLinks;
use crate::services::mail;
use crate::tenancy::rows;
use crate::web;

/// Does what the SQL of migrations cannot: begins audit logs, takes the secrets out of what earlier versions stored, and
/// rewrites keys. Answers what somebody should do after it, a line each.
///
/// # Errors
/// Those of the database, or when something cannot be sealed.
pub fn complete(conn: &mut Conn, secrets: &Secrets) -> Result<Vec<String>, Error> {
    rows::begin_logs(conn, secrets)?;
    complete_rows(conn, secrets)
}

/// The same but for audit logs.
///
/// # Errors
/// As `complete`.
pub fn complete_rows(conn: &mut Conn, secrets: &Secrets) -> Result<Vec<String>, Error> {
    mail::take_out_secrets(conn, secrets, &UserLinks)?;
    web::take_out_links(conn, secrets)?;
    Ok(key_upgrade::renew(conn)?.into_iter().collect())
}
