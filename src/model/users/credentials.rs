//! What signing in needs of users: at first nobody is known, so `by_address` alone looks in every tenant.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId, UserId};
use crate::base::text::{self, keys};
use crate::db::Conn;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::{tenants, users};
use crate::model::sessions::forget_browsers_of;
use crate::model::users::store::mine;
use crate::tenancy::TenantConn;

/// What the password of somebody is compared with at sign-in.
#[derive(Debug, Clone, Queryable)]
pub struct Credentials {
    /// Their tenant.
    pub tenant: TenantId,
    /// Its title.
    pub tenant_title: String,
    /// Who.
    pub user: UserId,
    /// The customer they belong to; `None` for an administrator.
    pub customer: Option<CustomerId>,
    /// `None` until they activated.
    pub password_hash: Option<String>,
}

/// How many tenants one address can be used in to sign in.
const MOST_TENANTS: i64 = 8;

/// The users of all tenants who have this address and may sign in.
pub fn by_address(conn: &mut Conn, address: &str) -> Result<Vec<Credentials>, Error> {
    let (from, to) = keys::with_twins(text::address_key(address));
    Ok(users::table
        .inner_join(tenants::table.on(tenants::id.eq(users::tenant_id)))
        .filter(users::email_key.ge(from).and(users::email_key.lt(to)))
        .filter(users::disabled_at.is_null().and(users::activated_at.is_not_null()))
        .filter(NotDeleting)
        .order(users::id)
        .select((users::tenant_id, tenants::title, users::id, users::customer_id, users::password_hash))
        .limit(MOST_TENANTS)
        .load(conn)?)
}

/// The users of all tenants who have this address, were invited and have not activated.
pub fn invited_by_address(conn: &mut Conn, address: &str) -> Result<Vec<(TenantId, UserId)>, Error> {
    let (from, to) = keys::with_twins(text::address_key(address));
    Ok(users::table
        .filter(users::email_key.ge(from).and(users::email_key.lt(to)))
        .filter(users::disabled_at.is_null().and(users::activated_at.is_null()))
        .filter(users::invited_until.is_not_null())
        .filter(NotDeleting)
        .order(users::id)
        .select((users::tenant_id, users::id))
        .limit(MOST_TENANTS)
        .load(conn)?)
}

/// The hash of a user's password.
pub fn password_hash(t: &mut TenantConn, id: UserId) -> Result<Option<String>, Error> {
    Ok(mine(t).filter(users::id.eq(id)).select(users::password_hash).first(t.conn)?)
}

/// Notes that somebody signed in now, and answers whether they still may.
pub fn signed_in(t: &mut TenantConn, id: UserId) -> Result<bool, Error> {
    let able = mine(t).filter(users::id.eq(id)).filter(users::disabled_at.is_null());
    let noted = diesel::update(able.filter(users::activated_at.is_not_null()))
        .set(users::last_sign_in_at.eq(t.now))
        .execute(t.conn)?;
    Ok(noted == 1)
}

/// Gives a user their first password: from now on they may sign in.
pub fn activate(t: &mut TenantConn, id: UserId, password_hash: &str) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id)))
        .set((
            users::password_hash.eq(Some(password_hash)),
            users::activated_at.eq(Some(t.now)),
            users::invited_until.eq(None::<Timestamp>),
            users::version.eq(users::version + 1),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// Gives a user another password; browsers in which they used the earlier one are known no more.
pub fn set_password(t: &mut TenantConn, id: UserId, password_hash: &str) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id)))
        .set(users::password_hash.eq(Some(password_hash)))
        .execute(t.conn)?;
    forget_browsers_of(t, id)
}
