//! Whom a session stands for while an administrator looks at the portal as one of their users sees it: in everything that
//! is read for the user, in what is changed for nobody.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, UserId};
use crate::db::Conn;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::{customers, impersonations, users};
use crate::model::sessions::session;
use crate::model::sessions::viewer::{Viewer, ViewersCustomer};
use crate::tenancy::TenantConn;

/// Who really sent a request that is seen as a user would see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Impersonation {
    /// The administrator.
    pub administrator: UserId,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// The administrator with this session sees what they see as themselves again.
pub fn end_for_session(t: &mut TenantConn, session: &[u8]) -> Result<usize, Error> {
    let looks =
        impersonations::table.filter(impersonations::tenant_id.eq(t.id).and(impersonations::key_hash.eq(session)));
    Ok(diesel::delete(looks).execute(t.conn)?)
}

/// Nobody looks as `user` any more.
pub fn end_impersonation(t: &mut TenantConn, user: UserId) -> Result<(), Error> {
    let looks = impersonations::table.filter(impersonations::tenant_id.eq(t.id).and(impersonations::user_id.eq(user)));
    diesel::delete(looks).execute(t.conn)?;
    Ok(())
}

/// What the administrator `viewer` sees while they look as `user`; `None` when nobody can look as them any more.
pub(crate) fn seen_by(
    conn: &mut Conn,
    viewer: &Viewer,
    user: UserId,
    until: Timestamp,
) -> Result<Option<Viewer>, Error> {
    type Row = (CustomerId, String, String, String, String);
    let row: Option<Row> = users::table
        .inner_join(
            customers::table
                .on(customers::tenant_id.eq(users::tenant_id).and(customers::id.nullable().eq(users::customer_id))),
        )
        .filter(users::tenant_id.eq(viewer.tenant).and(users::id.eq(user)))
        .filter(users::disabled_at.is_null())
        .filter(NotDeleting)
        .select((customers::id, customers::title, users::email, users::first_name, users::last_name))
        .first(conn)
        .optional()?;
    let Some((id, title, email, first, last)) = row else { return Ok(None) };
    let contacts = session::contacts(conn, viewer.tenant)?;
    Ok(Some(Viewer {
        user,
        customer: Some(ViewersCustomer { id, title, contacts }),
        name: crate::base::text::display_name(&first, &last, &email),
        email,
        impersonation: Some(Impersonation { administrator: viewer.user, until }),
        ..viewer.clone()
    }))
}

/// Forgets who looked until `now`.
pub fn forget(conn: &mut Conn, now: Timestamp) -> Result<usize, Error> {
    Ok(diesel::delete(impersonations::table.filter(impersonations::until_at.le(now))).execute(conn)?)
}
