//! `Tenant`: the only door from a page to the rows of one tenant, and `TenantConn`, which store functions get inside.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_types::{Integer, Text};

use crate::audit::{self, Audited, Entries, Origin, Subject, Who, Writing};
use crate::clock::{Clock, Timestamp};
use crate::dashboards::Dashboard;
use crate::db::{Conn, Db};
use crate::error::Error;
use crate::id::{Id, SqlId};
use crate::on_both;
use crate::schema::{tenant_counts, tenants};
use crate::secrets::Secrets;
use crate::users::User;

/// A tenant, opened by somebody who may.
#[derive(Clone)]
pub struct Tenant {
    id: Id<Tenant>,
    origin: Arc<Origin>,
    db: Db,
    clock: Clock,
}

impl Tenant {
    /// The tenant of somebody whose session was verified: called by `auth` alone.
    pub(crate) fn of_session(id: Id<Tenant>, origin: Origin, db: Db, clock: Clock) -> Self {
        Self { id, origin: Arc::new(origin), db, clock }
    }

    /// Runs queries that change nothing.
    ///
    /// # Errors
    /// What the queries say, or `Unavailable`.
    pub async fn read<T, E>(&self, work: impl FnOnce(&mut TenantConn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (id, origin, now) = (self.id, self.origin.clone(), self.clock.now());
        self.db.read(move |conn| work(&mut TenantConn { origin, ..TenantConn::found(conn, id, now) })).await
    }

    /// Runs `work` in one transaction, which leaves an entry in the audit log or is undone.
    ///
    /// # Errors
    /// What `work` says, after everything was undone, or `Unavailable`; `Internal` when it forgot the entry.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut TenantConn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + From<QueryError> + Send + 'static,
    {
        let (id, origin, now) = (self.id, self.origin.clone(), self.clock.now());
        self.db.write(move |writing| work(&mut TenantConn::within(writing, id, origin, now))).await
    }
}

/// A connection that reaches one tenant's rows; inside `Tenant::write` also a transaction.
pub struct TenantConn<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) id: Id<Tenant>,
    pub(crate) actor: Option<Id<User>>,
    pub(crate) now: Timestamp,
    /// Who acts, and from where.
    pub(crate) origin: Arc<Origin>,
    /// What the audit log is to tell of the transaction; none while nothing can be changed.
    entries: Option<&'c mut Entries>,
}

impl<'c> TenantConn<'c> {
    /// For those who found the tenant in a row of theirs before anybody is known, to read in it: a link, a command.
    pub(crate) fn found(conn: &'c mut Conn, id: Id<Tenant>, now: Timestamp) -> Self {
        Self { conn, id, actor: None, now, origin: Arc::new(Origin::inside(Who::System)), entries: None }
    }

    /// Inside a transaction that leaves entries in the audit log.
    pub(crate) fn within(writing: &'c mut Writing<'_>, id: Id<Tenant>, origin: Arc<Origin>, now: Timestamp) -> Self {
        let Writing { conn, entries } = writing;
        Self { conn, id, actor: origin.user(), now, origin, entries: Some(entries) }
    }

    /// From now on it is known who acts.
    pub(crate) fn act_as(&mut self, user: &User) {
        self.origin = Arc::new(self.origin.by(user));
        self.actor = Some(user.id);
    }

    /// What the audit log is to tell of the transaction.
    ///
    /// # Errors
    /// `Internal` outside one.
    pub(crate) fn entries(&mut self) -> Result<&mut Entries, Error> {
        self.entries.as_deref_mut().ok_or_else(|| Error::internal("something is recorded outside of a transaction"))
    }

    /// Says that the transaction changed nothing after all, though it may have locked rows and looked for some to
    /// change. Where the database counts changes, the claim is checked.
    ///
    /// # Errors
    /// `Internal` outside a transaction.
    pub fn nothing_changed(&mut self) -> Result<(), Error> {
        self.entries()?.claim_nothing_changed();
        Ok(())
    }

    /// Says that the transaction, though it changes something, leaves no entry in the audit log, neither for what was
    /// recorded nor for what will be: another entry tells of it, or only the server itself needs to know.
    ///
    /// # Errors
    /// `Internal` outside a transaction.
    pub fn leaves_no_entry(&mut self) -> Result<(), Error> {
        self.entries()?.leave_none();
        Ok(())
    }

    /// One of the tenant's totals.
    ///
    /// # Errors
    /// The database's own.
    pub fn total(&mut self, of: Total) -> Result<i64, Error> {
        let slots: Vec<i64> = tenant_counts::table
            .filter(tenant_counts::tenant_id.eq(self.id).and(tenant_counts::kind.eq(of.kind())))
            .select(tenant_counts::n)
            .load(self.conn)?;
        Ok(slots.iter().sum())
    }

    /// Adds `n` to one of the tenant's totals, in the transaction that adds or removes the rows.
    ///
    /// # Errors
    /// The database's own.
    pub fn add_to_total(&mut self, of: Total, n: i64) -> Result<(), Error> {
        let slot = self.slot()?;
        let row = (
            tenant_counts::tenant_id.eq(self.id),
            tenant_counts::kind.eq(of.kind()),
            tenant_counts::slot.eq(slot),
            tenant_counts::n.eq(n),
        );
        on_both!(self.conn, c => diesel::insert_into(tenant_counts::table)
            .values(row)
            .on_conflict((tenant_counts::tenant_id, tenant_counts::kind, tenant_counts::slot))
            .do_update()
            .set(tenant_counts::n.eq(tenant_counts::n + n))
            .execute(c))?;
        Ok(())
    }

    /// One of the slots over which a count is spread that many change at once.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn slot(&self) -> Result<i32, Error> {
        Ok(match self.conn {
            // One writer, so nobody ever waits for a slot.
            Conn::Sqlite(_) => 0,
            Conn::Pg(_) => i32::from(crate::secrets::random::<1>()?[0] % 16),
        })
    }

    /// Waits until nobody else changes the shape of this tenant's hierarchy, and keeps it so until the transaction
    /// ends. SQLite's single writer needs no more. Whoever adds rows that refer to the tenant does not wait.
    ///
    /// # Errors
    /// The database's own.
    pub fn lock_hierarchy(&mut self) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            diesel::sql_query("select id from tenants where id = $1 for no key update")
                .bind::<SqlId, _>(self.id)
                .execute(conn)?;
        }
        Ok(())
    }

    /// Waits until nobody changes the shape of this tenant's hierarchy, and keeps it so until the transaction ends:
    /// whoever gives things to customers, of whom there may be many at once, counts them for all customers above.
    ///
    /// # Errors
    /// The database's own.
    pub fn share_hierarchy(&mut self) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            diesel::sql_query("select id from tenants where id = $1 for share")
                .bind::<SqlId, _>(self.id)
                .execute(conn)?;
        }
        Ok(())
    }

    /// Waits until nobody else in this tenant holds the lock called `name`, and keeps it until the transaction ends.
    ///
    /// # Errors
    /// The database's own.
    pub fn lock_name(&mut self, name: &str) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            let name = format!("{} {name}", self.id);
            diesel::sql_query("select pg_advisory_xact_lock($2, hashtext($1))")
                .bind::<Text, _>(name)
                .bind::<Integer, _>(7)
                .execute(conn)?;
        }
        Ok(())
    }
}

/// The totals that are kept rather than counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Customers of every level.
    Customers,
    /// Customers that have no parent.
    TopCustomers,
    /// Users of customers.
    Users,
    /// Devices.
    Devices,
    /// Devices of no customer.
    DevicesNotAssigned,
    /// Assets.
    Assets,
    /// Assets of no customer.
    AssetsNotAssigned,
}

impl Total {
    fn kind(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::TopCustomers => "top_customers",
            Self::Users => "users",
            Self::Devices => "devices",
            Self::DevicesNotAssigned => "devices_not_assigned",
            Self::Assets => "assets",
            Self::AssetsNotAssigned => "assets_not_assigned",
        }
    }
}

/// Whether a tenant exists yet.
///
/// # Errors
/// The database's own.
pub fn any(conn: &mut Conn) -> Result<bool, Error> {
    Ok(diesel::select(diesel::dsl::exists(tenants::table.select(tenants::id))).get_result(conn)?)
}

/// Creates a tenant, whose audit log begins with it.
///
/// # Errors
/// The database's own; a title that another tenant has is one of them.
pub fn create(conn: &mut Conn, secrets: &Secrets, title: &str, now: Timestamp) -> Result<Id<Tenant>, Error> {
    let id = Id::new(now);
    diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(id),
            tenants::title.eq(title),
            tenants::title_key.eq(crate::form::fold(title)),
            tenants::created_at.eq(now),
        ))
        .execute(conn)?;
    audit::begin(conn, secrets, &[id])?;
    Ok(id)
}

/// The tenant as its audit log calls it.
pub struct Named(pub Id<Tenant>, pub String);

impl Audited for Named {
    fn subject(&self) -> Subject {
        Subject { kind: audit::Kind::Tenant, id: self.0.cast(), title: self.1.clone(), concerns: Vec::new() }
    }
}

/// The tenant as its audit log calls it.
///
/// # Errors
/// The database's own.
pub fn named(t: &mut TenantConn) -> Result<Named, Error> {
    Ok(Named(t.id, title(t)?))
}

/// Begins the audit logs of tenants that have none: they were there before there were any.
///
/// # Errors
/// The database's own.
pub fn begin_logs(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    let tenants: Vec<Id<Tenant>> = all(conn, None)?.into_iter().map(|tenant| tenant.0).collect();
    audit::begin(conn, secrets, &tenants)
}

/// All tenants with their titles, in the order of these; the one with this title alone, when it is given.
///
/// # Errors
/// The database's own.
pub fn all(conn: &mut Conn, title: Option<&str>) -> Result<Vec<Named>, Error> {
    let all = tenants::table.order(tenants::title_key).select((tenants::id, tenants::title));
    let found: Vec<(Id<Tenant>, String)> = match title {
        Some(title) => all.filter(tenants::title_key.eq(crate::form::fold(title))).load(conn)?,
        None => all.load(conn)?,
    };
    Ok(found.into_iter().map(|(id, title)| Named(id, title)).collect())
}

/// The title of the tenant.
///
/// # Errors
/// The database's own.
pub fn title(t: &mut TenantConn) -> Result<String, Error> {
    Ok(tenants::table.filter(tenants::id.eq(t.id)).select(tenants::title).first(t.conn)?)
}

/// The titles of all tenants, in their order.
///
/// # Errors
/// The database's own.
pub fn titles(conn: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(tenants::table.order(tenants::title_key).select(tenants::title).load(conn)?)
}

/// The tenant with this title, without regard to case.
///
/// # Errors
/// The database's own.
pub fn by_title(conn: &mut Conn, title: &str) -> Result<Option<Id<Tenant>>, Error> {
    let known = tenants::table.filter(tenants::title_key.eq(crate::form::fold(title))).select(tenants::id);
    Ok(known.first(conn).optional()?)
}

/// Whether a tenant has this title, without regard to case.
///
/// # Errors
/// The database's own.
pub fn has(conn: &mut Conn, title: &str) -> Result<bool, Error> {
    Ok(by_title(conn, title)?.is_some())
}

/// The tenant with this title, without regard to case.
///
/// # Errors
/// The database's own.
pub fn with_title(conn: &mut Conn, title: &str) -> Result<Option<Id<Tenant>>, Error> {
    let known = tenants::table.filter(tenants::title_key.eq(crate::form::fold(title)));
    Ok(known.select(tenants::id).first(conn).optional()?)
}

/// The home of the whole tenant, if there is one, and whether it is shown without its toolbar.
///
/// # Errors
/// The database's own.
pub fn home_of(t: &mut TenantConn) -> Result<(Option<Id<Dashboard>>, bool), Error> {
    let home = tenants::table.filter(tenants::id.eq(t.id));
    Ok(home.select((tenants::home_dashboard_id, tenants::hide_home_toolbar)).first(t.conn)?)
}

/// The tenant gets a home, or has none.
///
/// # Errors
/// The database's own.
pub fn set_home(t: &mut TenantConn, home: Option<Id<Dashboard>>, hide_toolbar: bool) -> Result<(), Error> {
    diesel::update(tenants::table.filter(tenants::id.eq(t.id)))
        .set((tenants::home_dashboard_id.eq(home), tenants::hide_home_toolbar.eq(hide_toolbar)))
        .execute(t.conn)?;
    Ok(())
}

/// Dashboards are no longer the home of the whole tenant.
///
/// # Errors
/// The database's own.
pub fn forget_home(t: &mut TenantConn, dashboards: &[Id<Dashboard>]) -> Result<(), Error> {
    let home = tenants::table.filter(tenants::id.eq(t.id)).filter(tenants::home_dashboard_id.eq_any(dashboards));
    diesel::update(home).set(tenants::home_dashboard_id.eq(None::<Id<Dashboard>>)).execute(t.conn)?;
    Ok(())
}
