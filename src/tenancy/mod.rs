//! `Tenant`: the only door from a page to the rows of one tenant, and `TenantConn`, which store functions get inside.

pub mod audit;
pub mod counters;
pub mod installation;
pub mod rows;

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};

use crate::base::clock::{Clock, Timestamp};
use crate::base::error::Error;
use crate::base::id::{TenantId, UserId};
use crate::db::schema::{tenant_counts, tenants, users};
use crate::db::{Conn, Db, RawQuery, sum};
use crate::tenancy::audit::{AuditedTransaction, Entries, Origin, Who};
use crate::tenancy::counters::AtEnd;
pub use crate::tenancy::counters::CountChange;

/// A tenant, opened by somebody who may.
#[derive(Clone)]
pub struct Tenant {
    id: TenantId,
    origin: Arc<Origin>,
    has_jobs: bool,
    db: Db,
    clock: Clock,
}

impl Tenant {
    /// The tenant of somebody whose session was verified: called by `auth` alone. `has_jobs`: whether work was under way
    /// in it at that moment.
    pub(crate) fn of_session(id: TenantId, origin: Origin, has_jobs: bool, db: Db, clock: Clock) -> Self {
        Self { id, origin: Arc::new(origin), has_jobs, db, clock }
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
        let (id, origin, has_jobs, now) = (self.id, self.origin.clone(), self.has_jobs, self.clock.now());
        self.db
            .read(move |conn| {
                work(&mut TenantConn { actor: origin.user(), origin, has_jobs, ..TenantConn::found(conn, id, now) })
            })
            .await
    }

    /// Runs `work` in one transaction, which leaves an entry in the audit log or is undone.
    ///
    /// # Errors
    /// What `work` says, after everything was undone, or `Unavailable`; `Internal` when it forgot the entry.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut TenantConn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (id, origin, now) = (self.id, self.origin.clone(), self.clock.now());
        self.db.write(move |writing| work(&mut TenantConn::within(writing, id, origin, now))).await
    }
}

/// A connection that reaches one tenant's rows; inside `Tenant::write` also a transaction.
pub struct TenantConn<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) id: TenantId,
    pub(crate) actor: Option<UserId>,
    pub(crate) now: Timestamp,
    /// Who acts, and from where.
    pub(crate) origin: Arc<Origin>,
    /// What the audit log is to tell of the transaction; none while nothing can be changed.
    entries: Option<&'c mut Entries>,
    /// What the transaction does at its end; none while nothing can be changed.
    at_end: Option<&'c mut AtEnd>,
    /// The totals, once they were asked for.
    pub(crate) totals: Option<Vec<(String, i64)>>,
    /// Whether work may be under way.
    pub(crate) has_jobs: bool,
}

impl<'c> TenantConn<'c> {
    /// For those who found the tenant in a row of theirs before anybody is known, to read in it: a link, a command.
    pub(crate) fn found(conn: &'c mut Conn, id: TenantId, now: Timestamp) -> Self {
        Self {
            conn,
            id,
            actor: None,
            now,
            origin: Arc::new(Origin::inside(Who::System)),
            entries: None,
            at_end: None,
            totals: None,
            has_jobs: true,
        }
    }

    /// Inside a transaction that leaves entries in the audit log.
    pub(crate) fn within(
        writing: &'c mut AuditedTransaction<'_>,
        id: TenantId,
        origin: Arc<Origin>,
        now: Timestamp,
    ) -> Self {
        let AuditedTransaction { conn, entries, at_end } = writing;
        Self {
            actor: origin.user(),
            origin,
            entries: Some(entries),
            at_end: Some(at_end),
            ..Self::found(conn, id, now)
        }
    }

    /// From now on it is known who acts.
    pub(crate) fn act_as(&mut self, who: Who) {
        self.origin = Arc::new(self.origin.by(who));
        self.actor = self.origin.user();
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
    pub fn no_changes(&mut self) -> Result<(), Error> {
        self.entries()?.claim_no_changes();
        Ok(())
    }

    /// Says that the transaction, though it changes something, leaves no entry in the audit log, neither for what was
    /// recorded nor for what will be: another entry tells of it, or only the server itself needs to know.
    ///
    /// # Errors
    /// `Internal` outside a transaction.
    pub fn skip_audit(&mut self) -> Result<(), Error> {
        self.entries()?.leave_none();
        Ok(())
    }

    /// One of the tenant's totals, as it was when any of them was first asked for: they are read together.
    pub fn total(&mut self, of: Total) -> Result<i64, Error> {
        if self.totals.is_none() {
            let totals = tenant_counts::table.filter(tenant_counts::tenant_id.eq(self.id));
            let totals = totals.group_by(tenant_counts::kind).select((tenant_counts::kind, sum(tenant_counts::n)));
            self.totals = Some(totals.load(self.conn)?);
        }
        let n = self.totals.iter().flatten().find(|(kind, _)| kind == of.kind());
        Ok(n.map_or(0, |(_, n)| *n))
    }

    /// The number that a query selects as `n`, null counted as 0; the totals are read with it, as pages that ask for it show
    /// them as well.
    pub(crate) fn number_with_totals(&mut self, query: RawQuery) -> Result<i64, Error> {
        let query = RawQuery::new("select '' as kind, cast(coalesce((").append(query).sql(
            "), 0) as bigint) as n union all
             select kind, cast(sum(n) as bigint) from tenant_counts where tenant_id = ? group by kind",
        );
        let (number, totals): (Vec<TotalRow>, _) =
            query.id(self.id).load::<TotalRow>(self.conn)?.into_iter().partition(|row| row.kind.is_empty());
        self.totals = Some(totals.into_iter().map(|row| (row.kind, row.n)).collect());
        Ok(number.first().map_or(0, |row| row.n))
    }

    /// Whether it is this user who acts.
    pub fn is_actor(&self, user: UserId) -> bool {
        self.actor == Some(user)
    }

    /// Whether a good part of a table's rows are the tenant's, whom these totals count, as far as PostgreSQL has counted
    /// the table. Then its search index is not asked for the tenant's rows among the hits: they are the longest list in
    /// it, and most hits are the tenant's anyway. Raw: it asks the server about itself.
    pub fn mostly_own(&mut self, table: &'static str, totals: &[Total]) -> Result<bool, Error> {
        let rows = self.number_with_totals(RawQuery::new(&format!(
            "select reltuples::bigint as n from pg_class where oid = '{table}'::regclass"
        )))?;
        let own = totals.iter().map(|of| self.total(*of)).sum::<Result<i64, Error>>()?;
        Ok(rows > 0 && own >= rows / 4)
    }

    /// Waits until nobody else changes these users or issues and uses their links, and keeps it so until the transaction
    /// ends: of links issued at the same moment all but the last must end. What was read of them before is read again.
    /// SQLite's single writer needs no more.
    pub fn lock_users(&mut self, ids: &[UserId]) -> Result<(), Error> {
        let all = users::table.filter(users::tenant_id.eq(self.id)).filter(users::id.eq_any(ids));
        if let Conn::Pg(conn) = self.conn {
            // In the order of their ids, so that of two who lock the same users one waits for the other and not both.
            all.select(users::id).order(users::id).for_no_key_update().execute(conn)?;
        }
        Ok(())
    }

    /// Waits until nobody else changes the shape of this tenant's hierarchy, and keeps it so until the transaction
    /// ends. SQLite's single writer needs no more. Whoever adds rows that refer to the tenant does not wait.
    pub fn lock_hierarchy(&mut self) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            let row = tenants::table.filter(tenants::id.eq(self.id)).select(tenants::id);
            row.for_no_key_update().execute(conn)?;
        }
        Ok(())
    }

    /// Waits until nobody changes the shape of this tenant's hierarchy, and keeps it so until the transaction ends:
    /// whoever gives things to customers, of whom there may be many at once, counts them for all customers above.
    pub fn share_hierarchy(&mut self) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            tenants::table.filter(tenants::id.eq(self.id)).select(tenants::id).for_share().execute(conn)?;
        }
        Ok(())
    }

    /// Waits until nobody else in this tenant holds the lock called `name`, and keeps it until the transaction ends.
    pub fn lock_name(&mut self, name: &str) -> Result<(), Error> {
        if let Conn::Pg(conn) = self.conn {
            let name = format!("{} {name}", self.id);
            // Raw: diesel knows no locks but those of rows.
            diesel::sql_query("select pg_advisory_xact_lock($2, hashtext($1))")
                .bind::<Text, _>(name)
                .bind::<Integer, _>(7)
                .execute(conn)?;
        }
        Ok(())
    }
}

#[derive(QueryableByName)]
struct TotalRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The totals that are kept rather than counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
