//! What delivery asks of the links that mails carry. Whoever keeps links knows how their secrets are made and stored.

use crate::base::error::Error;
use crate::base::id::{LinkId, TenantId};
use crate::base::secrets::Token;
use crate::db::Conn;

/// The secrets of the links that mails carry.
pub trait LinkSecrets {
    /// Makes one more secret for a link; those that it has go on working. Called whenever a mail is handed over, so that
    /// nothing that waits holds a secret.
    ///
    /// # Errors
    /// Those of the database, one of them when the link is gone.
    fn add(&self, conn: &mut Conn, tenant: TenantId, link: LinkId) -> Result<Token, Error>;

    /// The link in a tenant that has this secret.
    fn find_link(&self, conn: &mut Conn, tenant: TenantId, secret: &Token) -> Result<Option<LinkId>, Error>;
}
