//! An administrator looks at the portal as one of their users sees it. What they look through hangs on their own session
//! and ends with it, after an hour, or when the user is disabled or deleted; no session of the user is touched. While it
//! lasts, the session stands for the user in everything that is read, and for nobody in what is changed.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::error::Refused;
use crate::db::schema::impersonations;
use crate::model::sessions::impersonation::end_for_session;
use crate::model::users::{Status, User};
use crate::tenancy::TenantConn;

/// How long one may look without asking again.
const LASTS: Duration = Duration::from_secs(3600);

/// Why nobody can look as a user.
#[derive(Debug)]
pub enum CannotImpersonate {
    /// An administrator has no portal.
    Administrator,
    /// Whoever may not sign in sees nothing.
    Disabled,
}

/// The administrator with this session looks at the portal as `user` sees it, from the next request on. Whoever was
/// invited need not have come yet.
///
/// # Errors
/// Why not.
pub fn start(t: &mut TenantConn, session: &[u8], user: &User) -> Result<(), Refused<CannotImpersonate>> {
    if user.role().customer().is_none() {
        return Err(Refused::By(CannotImpersonate::Administrator));
    }
    if user.status(t.now) == Status::Disabled {
        return Err(Refused::By(CannotImpersonate::Disabled));
    }
    end_for_session(t, session)?;
    diesel::insert_into(impersonations::table)
        .values((
            impersonations::tenant_id.eq(t.id),
            impersonations::key_hash.eq(session),
            impersonations::user_id.eq(user.id),
            impersonations::began_at.eq(t.now),
            impersonations::until_at.eq(t.now + LASTS),
        ))
        .execute(t.conn)?;
    Ok(())
}
