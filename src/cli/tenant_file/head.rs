//! What a file says of the tenant in it.

use anyhow::{Context as _, Result, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::base::id::{SqlId, TenantId};
use crate::cli::backup::container::Container;

diesel::table! {
    use diesel::sql_types::*;
    use super::SqlId;
    tenantry_tenant (id) {
        id -> SqlId,
        title -> Text,
        postgres -> Bool,
        public_url -> Text,
        passwords -> Bool,
    }
}
diesel::table! {
    tenantry_tables (seq) {
        seq -> Integer,
        name -> Text,
        names -> Text,
        n -> BigInt,
    }
}

const TENANT: &str = "create table tenantry_tenant (id blob not null primary key, title text not null,
    postgres integer not null, public_url text not null, passwords integer not null) without rowid";
const TABLES: &str = "create table tenantry_tables (seq integer not null primary key, name text not null,
    names text not null, n integer not null)";

/// The tables that it has besides those of a backup, and the statements that make them.
pub(crate) const OBJECTS: [(&str, &str); 2] = [("tenantry_tenant", TENANT), ("tenantry_tables", TABLES)];

/// Whose rows a file holds, and where they were.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tenantry_tenant)]
pub(crate) struct Head {
    pub id: TenantId,
    pub title: String,
    /// Whether the database was PostgreSQL.
    pub postgres: bool,
    /// Where people reached it; empty when no server was started there.
    pub public_url: String,
    /// Whether what people sign in with is in it.
    pub passwords: bool,
}

/// A table in a file.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tenantry_tables)]
pub(crate) struct TableHead {
    pub name: String,
    /// Of its columns, in their order.
    pub names: String,
    /// How many rows there are.
    pub n: i64,
}

impl Head {
    /// Makes room for it and the rows, and writes it down.
    pub fn put(&self, container: &mut Container) -> Result<()> {
        container.make_rows()?;
        container.conn().batch_execute(&OBJECTS.map(|(_, sql)| sql).join(";"))?;
        diesel::insert_into(tenantry_tenant::table).values(self.clone()).execute(container.conn())?;
        Ok(())
    }

    /// Reads it.
    pub fn of(container: &mut Container) -> Result<Self> {
        let heads: Vec<Self> = tenantry_tenant::table.select(Self::as_select()).limit(2).load(container.conn())?;
        match heads.as_slice() {
            [head] => Ok(head.clone()),
            _ => bail!("it is damaged: it does not say whose it is"),
        }
    }
}

impl TableHead {
    /// Writes it down, after those before it.
    pub fn put(&self, container: &mut Container) -> Result<()> {
        diesel::insert_into(tenantry_tables::table).values(self.clone()).execute(container.conn())?;
        Ok(())
    }

    /// All of them, in the order in which their rows can be written.
    pub fn all(container: &mut Container) -> Result<Vec<Self>> {
        let all = tenantry_tables::table.order(tenantry_tables::seq).select(Self::as_select());
        all.load(container.conn()).context("it is damaged")
    }
}
