//! Types in use: for the suggestions while one is typed, and for the filter of lists.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::base::error::Error;
use crate::base::forms::fold;
use crate::db::{Statement, after_prefix};
use crate::model::inventory::Kind;
use crate::tenancy::TenantConn;

/// A type in use.
#[derive(Debug, Clone, QueryableByName)]
pub struct Type {
    /// Its name, as somebody typed it.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many things have it.
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// Types in use whose names begin with `start`, in their order, at most `limit`.
pub fn in_use(t: &mut TenantConn, kind: Kind, start: &str, limit: i64) -> Result<Vec<Type>, Error> {
    let start = fold(start);
    let query = selected(t, kind)
        .sql(" and type_key >= ? and type_key < ?")
        .string(start.clone())
        .string(after_prefix(&start))
        .sql(" group by type_key having sum(n) > 0 order by type_key limit ?")
        .number(limit);
    Ok(query.load(t.conn)?)
}

/// The type with this name, if it is in use.
pub fn find(t: &mut TenantConn, kind: Kind, name: &str) -> Result<Option<Type>, Error> {
    let query = selected(t, kind).sql(" and type_key = ?").string(fold(name));
    let query = query.sql(" group by type_key having sum(n) > 0");
    Ok(query.load(t.conn)?.into_iter().next())
}

fn selected(t: &TenantConn, kind: Kind) -> Statement {
    Statement::new("select min(type_name) as name, cast(sum(n) as bigint) as n from thing_types")
        .sql(" where tenant_id = ? and kind = ?")
        .id(t.id)
        .string(kind.one())
}
