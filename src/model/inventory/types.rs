//! Types in use: for the suggestions while one is typed, and for the filter of lists.

use diesel::dsl::{AssumeNotNull, GroupBy, IntoBoxed, Select, min};
use diesel::helper_types;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::base::error::Error;
use crate::base::text;
use crate::db::schema::thing_types;
use crate::db::{MultiBackend, RawQuery, Sum, sum};
use crate::model::inventory::Kind;
use crate::tenancy::TenantConn;

/// A type in use.
#[derive(Debug, Clone, Queryable)]
pub struct Type {
    /// Its name, as somebody typed it.
    pub name: String,
    /// How many items have it.
    pub n: i64,
}

/// Types in use whose names begin with `start`, in their order, at most `limit`.
pub fn in_use(t: &mut TenantConn, kind: Kind, start: &str, limit: usize) -> Result<Vec<Type>, Error> {
    let start = text::folded(start);
    // What no range tells is looked at name by name.
    let (ranges, looked_at) = match text::beginnings(&start) {
        Some(ranges) => (ranges, limit as i64),
        None => (text::beginnings(start.trim_end_matches(|c: char| c.is_ascii_digit())).unwrap_or_default(), i64::MAX),
    };
    let mut found: Vec<Type> = Vec::new();
    for (from, to) in ranges {
        let types = all(t, kind).filter(thing_types::type_key.ge(from)).filter(thing_types::type_key.lt(to));
        let types: Vec<Type> = types.order(thing_types::type_key).limit(looked_at).load(t.conn)?;
        found.extend(types.into_iter().filter(|known| text::folded(&known.name).starts_with(&start)));
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Bool)]
    is_total: bool,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The first types in use, at most `limit`, and the tenant's totals, which pages that list types show as well: by one
/// statement. Raw: a union of grouped rows.
pub fn first(t: &mut TenantConn, kind: Kind, limit: usize) -> Result<Vec<Type>, Error> {
    let query = RawQuery::new(
        "select true as is_total, kind as key, '' as name, cast(sum(n) as bigint) as n
         from tenant_counts where tenant_id = ? group by kind
         union all select false, type_key, name, n from (
           select type_key, min(type_name) as name, cast(sum(n) as bigint) as n from thing_types
           where tenant_id = ? and kind = ? group by type_key having sum(n) > 0 order by type_key limit ?) types",
    );
    let query = query.id(t.id).id(t.id).string(kind.one()).number(limit as i64);
    let (totals, mut types): (Vec<Line>, Vec<Line>) =
        query.load(t.conn)?.into_iter().partition(|line: &Line| line.is_total);
    t.totals = Some(totals.into_iter().map(|line| (line.key, line.n)).collect());
    types.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(types.into_iter().map(|line| Type { name: line.name, n: line.n }).collect())
}

/// The type with this key, if it is in use.
pub fn find(t: &mut TenantConn, kind: Kind, key: &str) -> Result<Option<Type>, Error> {
    Ok(all(t, kind).filter(thing_types::type_key.eq(key)).first(t.conn).optional()?)
}

/// Name and number of each type in use, put together from the slots that are counted in.
pub(crate) fn all<'a>(t: &TenantConn, kind: Kind) -> Types<'a> {
    thing_types::table
        .group_by(thing_types::type_key)
        .select((min(thing_types::type_name).assume_not_null(), sum(thing_types::n)))
        .filter(thing_types::tenant_id.eq(t.id))
        .filter(thing_types::kind.eq(kind.one()))
        .having(sum(thing_types::n).gt(0))
        .into_boxed()
}

type NameAndNumber = (AssumeNotNull<helper_types::min<thing_types::type_name>>, Sum<thing_types::n>);
type ByType = Select<GroupBy<thing_types::table, thing_types::type_key>, NameAndNumber>;
type Types<'a> = IntoBoxed<'a, ByType, MultiBackend>;
