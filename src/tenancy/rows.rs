//! The tenants themselves: created, found and named, and their home.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{DashboardId, Id, TenantId};
use crate::base::secrets::Secrets;
use crate::base::text;
use crate::db::Conn;
use crate::db::schema::tenants;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Audited, Subject};

/// Whether a tenant exists yet.
pub fn any(conn: &mut Conn) -> Result<bool, Error> {
    Ok(diesel::select(diesel::dsl::exists(tenants::table.select(tenants::id))).get_result(conn)?)
}

/// Creates a tenant, whose audit log begins with it.
///
/// # Errors
/// a title that another tenant has is one of them.
pub fn create(conn: &mut Conn, secrets: &Secrets, title: &str, now: Timestamp) -> Result<TenantId, Error> {
    let id = Id::new(now);
    diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(id),
            tenants::title.eq(title),
            tenants::title_key.eq(text::key(title)),
            tenants::created_at.eq(now),
        ))
        .execute(conn)?;
    audit::begin(conn, secrets, &[id])?;
    Ok(id)
}

/// The tenant as its audit log calls it.
pub struct Named(pub TenantId, pub String);

impl Audited for Named {
    fn subject(&self) -> Subject {
        Subject { kind: audit::Kind::Tenant, id: self.0.cast(), title: self.1.clone(), concerns: Vec::new() }
    }
}

/// The tenant as its audit log calls it.
pub fn named(t: &mut TenantConn) -> Result<Named, Error> {
    Ok(Named(t.id, title(t)?))
}

/// Begins the audit logs of tenants that have none: they were there before there were any.
pub fn begin_logs(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    let tenants: Vec<TenantId> = all(conn, None)?.into_iter().map(|tenant| tenant.0).collect();
    audit::begin(conn, secrets, &tenants)
}

/// All tenants with their titles, in the order of these; the one with this title alone, when it is given.
pub fn all(conn: &mut Conn, title: Option<&str>) -> Result<Vec<Named>, Error> {
    let all = tenants::table.order(tenants::title_key).select((tenants::id, tenants::title));
    let found: Vec<(TenantId, String)> = match title {
        Some(title) => all.filter(tenants::title_key.eq(text::key(title))).load(conn)?,
        None => all.load(conn)?,
    };
    Ok(found.into_iter().map(|(id, title)| Named(id, title)).collect())
}

/// The title of the tenant.
pub fn title(t: &mut TenantConn) -> Result<String, Error> {
    Ok(tenants::table.filter(tenants::id.eq(t.id)).select(tenants::title).first(t.conn)?)
}

/// The titles of all tenants, in their order.
pub fn titles(conn: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(tenants::table.order(tenants::title_key).select(tenants::title).load(conn)?)
}

/// The tenant with this title, without regard to case.
pub fn by_title(conn: &mut Conn, title: &str) -> Result<Option<TenantId>, Error> {
    let known = tenants::table.filter(tenants::title_key.eq(text::key(title))).select(tenants::id);
    Ok(known.first(conn).optional()?)
}

/// Whether a tenant has this title, without regard to case.
pub fn has(conn: &mut Conn, title: &str) -> Result<bool, Error> {
    Ok(by_title(conn, title)?.is_some())
}

/// The home of the whole tenant, if there is one, and whether it is shown without its toolbar.
pub fn home_of(t: &mut TenantConn) -> Result<(Option<DashboardId>, bool), Error> {
    let home = tenants::table.filter(tenants::id.eq(t.id));
    Ok(home.select((tenants::home_dashboard_id, tenants::hide_home_toolbar)).first(t.conn)?)
}

/// The tenant gets a home, or has none.
pub fn set_home(t: &mut TenantConn, home: Option<DashboardId>, hide_toolbar: bool) -> Result<(), Error> {
    diesel::update(tenants::table.filter(tenants::id.eq(t.id)))
        .set((tenants::home_dashboard_id.eq(home), tenants::hide_home_toolbar.eq(hide_toolbar)))
        .execute(t.conn)?;
    Ok(())
}

/// A dashboard is no longer the home of the whole tenant.
pub fn forget_home(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    let home = tenants::table.filter(tenants::id.eq(t.id)).filter(tenants::home_dashboard_id.eq(dashboard));
    diesel::update(home).set(tenants::home_dashboard_id.eq(None::<DashboardId>)).execute(t.conn)?;
    Ok(())
}
