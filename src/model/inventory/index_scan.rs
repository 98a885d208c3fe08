//! Which items come next in a list, as ids in its order: read from indexes alone. A branch is a merge of two of them,
//! the customer's own items and those of the customers under it. Raw: unions, rows of columns that are compared, and
//! columns that are chosen while it runs.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use crate::base::error::Error;
use crate::base::id::{ItemId, SqlId};
use crate::db::RawQuery;
use crate::model::customers::Owner;
use crate::model::inventory::{Filter, Item, Scope, Titled, find_in_order};
use crate::tenancy::TenantConn;

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// When it was added, which is the order of ids.
    Created,
    /// Names are unique.
    Name,
    /// Then the order of ids.
    Type,
    /// Then the order of ids.
    Label,
    /// By the customer's title, those of none first; then the order of ids.
    Customer,
}

/// Where to read, and which way.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The order.
    pub sort: Sort,
    /// From the smallest up.
    pub up: bool,
    /// The sorted value and id of the item to go on after.
    pub from: Option<(String, ItemId)>,
}

impl Scan {
    /// The whole list in the order of ids.
    pub fn by_id(after: Option<ItemId>) -> Self {
        Self { sort: Sort::Created, up: true, from: after.map(|id| (String::new(), id)) }
    }

    /// `asc` or `desc`.
    pub fn direction(&self) -> &'static str {
        if self.up { "asc" } else { "desc" }
    }

    /// What comes after something: `>` or `<`.
    pub fn comparison(&self) -> &'static str {
        if self.up { ">" } else { "<" }
    }
}

#[derive(QueryableByName)]
pub(crate) struct IdRow {
    #[diesel(sql_type = SqlId)]
    pub id: ItemId,
}

#[derive(QueryableByName, PartialEq)]
struct PlaceRow {
    #[diesel(sql_type = SqlId)]
    id: ItemId,
    #[diesel(sql_type = Text)]
    k: String,
    #[diesel(sql_type = Bool)]
    hit: bool,
}

/// How a list is walked: rows that are looked at together, at first and at most, and how many altogether.
#[derive(Debug, Clone, Copy)]
pub struct BatchSize {
    /// At first; then twice as many each time.
    pub first: usize,
    /// At most together.
    pub step: usize,
    /// At most altogether.
    pub all: usize,
}

impl BatchSize {
    /// As many as are wanted, however far that is.
    pub fn steady(step: usize) -> Self {
        Self { first: step, step, all: usize::MAX }
    }
}

/// The items of a list that come next, at least `wanted` of them while there are so many, and where to go on; nowhere
/// when the list has ended. Left out are those that do not match the search; and of a branch, those that have left it.
pub fn scan_rows(
    t: &mut TenantConn,
    filter: &Filter,
    mut scan: Scan,
    wanted: usize,
    size: BatchSize,
) -> Result<(Vec<ItemId>, Option<Scan>), Error> {
    let (mut found, mut batch, mut looked) = (Vec::new(), size.first, 0);
    loop {
        let mut rows: Vec<PlaceRow> = ordered(t, filter, &scan, batch as i64).load(t.conn)?;
        let ended = rows.len() < batch;
        looked += batch;
        batch = (2 * batch).min(size.step);
        rows.dedup();
        let ids: Vec<ItemId> = rows.iter().filter(|row| row.hit).map(|row| row.id).collect();
        found.extend(holding(t, filter, ids)?);
        match rows.pop() {
            Some(last) if !ended => scan.from = Some((last.k, last.id)),
            _ => return Ok((found, None)),
        }
        if found.len() >= wanted || looked >= size.all {
            return Ok((found, Some(scan)));
        }
    }
}

#[derive(QueryableByName)]
struct TitledRow {
    #[diesel(embed)]
    item: Item,
    #[diesel(sql_type = Nullable<Text>)]
    owner_key: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    owner_title: Option<String>,
    #[diesel(sql_type = Bool)]
    owner_is_there: bool,
    #[diesel(sql_type = Text)]
    k: String,
    #[diesel(sql_type = BigInt)]
    looked_at: i64,
}

/// The items of a list that come next, at most `wanted`, with their customers: by one statement, while nothing is searched.
/// The indexes of a branch do not know what has left it: then by as many as it takes.
pub fn titled(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Vec<Titled>, Error> {
    let (mut found, mut scan) = (Vec::new(), scan.clone());
    loop {
        let rows = titled_rows(t, filter, &scan, wanted)?;
        let Some(last) = rows.last() else { break };
        let ended = last.looked_at < wanted as i64;
        scan.from = Some((last.k.clone(), last.item.id));
        let titled = |row: TitledRow| {
            let owner = row.owner_key.zip(row.owner_title);
            (row.item, owner.map(|(key, title)| Owner::new(key, title, row.owner_is_there)))
        };
        found.extend(rows.into_iter().map(titled));
        if ended || found.len() >= wanted || !matches!(filter.scope, Scope::Branch(_)) {
            found.truncate(wanted);
            return Ok(found);
        }
    }
    if matches!(filter.scope, Scope::Branch(_)) {
        // Either it has ended, or everything that was looked at has left the branch.
        let (mut ids, _) = scan_rows(t, filter, scan, wanted - found.len(), BatchSize::steady(wanted))?;
        ids.truncate(wanted - found.len());
        found.extend(find_in_order(t, filter.kind, &ids)?);
    }
    Ok(found)
}

fn titled_rows(t: &mut TenantConn, filter: &Filter, scan: &Scan, wanted: usize) -> Result<Vec<TitledRow>, Error> {
    let page = ordered(t, filter, scan, wanted as i64);
    let columns =
        "x.id, x.customer_id, x.name, x.type_name, x.label, x.description, x.version, x.created_at, x.created_by,
        x.updated_at, x.updated_by, c.title_key as owner_key, c.title as owner_title,
        c.deletion_id is null as owner_is_there, page.k, page.looked_at";
    let query =
        RawQuery::new(&format!("select {columns} from (select p.id, p.k, count(*) over () as looked_at from ("));
    let query = query.append(page).sql(") p) page join things x on x.tenant_id = ? and x.kind = ? and x.id = page.id");
    let query = query.id(t.id).string(filter.kind.one());
    let mut query = query.sql(" left join customers c on c.tenant_id = x.tenant_id and c.id = x.customer_id");
    if matches!(filter.scope, Scope::Branch(_)) {
        // As a whole, so that no planner begins with it.
        query = query.sql(" where (").append(filter.to_sql(t)).sql(") is true");
    }
    let mut rows: Vec<TitledRow> = query.load(t.conn)?;
    rows.sort_by(|one, other| {
        let order = (&one.k, one.item.id).cmp(&(&other.k, other.item.id));
        if scan.up { order } else { order.reverse() }
    });
    rows.dedup_by(|one, other| one.item.id == other.item.id);
    Ok(rows)
}

/// The ids of a list, the values they are sorted by, and whether they match a search as far as the same row knows: `id`,
/// `k` and `hit`.
fn ordered(t: &TenantConn, filter: &Filter, scan: &Scan, limit: i64) -> RawQuery {
    let items = |at: RawQuery, first| Index { table: "things", id: "id", at: at.string(filter.kind.one()), first };
    let own = |customer| {
        let at = RawQuery::new("tenant_id = ? and customer_id = ? and kind = ?").id(t.id).id(customer);
        items(at, "").in_order(filter, scan, limit)
    };
    match filter.scope {
        Scope::Tenant => items(RawQuery::new("tenant_id = ? and kind = ?").id(t.id), "").in_order(filter, scan, limit),
        Scope::NotAssigned => {
            let at = RawQuery::new("tenant_id = ? and customer_id is null and kind = ?").id(t.id);
            // PostgreSQL knows no order of what follows a null in an index, but that of both together.
            items(at, "customer_id").in_order(filter, scan, limit)
        }
        Scope::Customer(customer) => own(customer),
        Scope::Branch(customer) => {
            let at = RawQuery::new("tenant_id = ? and ancestor_id = ? and kind = ?").id(t.id).id(customer);
            let at = at.string(filter.kind.one());
            let under = Index { table: "things_in_branches", id: "thing_id", at, first: "" };
            let under = under.in_order(filter, scan, limit);
            let way = scan.direction();
            RawQuery::new("select id, k, hit from (")
                .append(own(customer))
                .sql(") own union all select id, k, hit from (")
                .append(under)
                .sql(&format!(") under order by k {way}, id {way} limit ?"))
                .number(limit)
        }
    }
}

/// An index, of items or of their copies.
struct Index {
    table: &'static str,
    /// The column of an item's id.
    id: &'static str,
    /// The condition of what is read of it.
    at: RawQuery,
    /// A column that it is sorted by before everything else, or nothing.
    first: &'static str,
}

impl Index {
    /// Reads it in its order.
    fn in_order(self, filter: &Filter, scan: &Scan, limit: i64) -> RawQuery {
        let Self { table, id, at, first } = self;
        // Of one type, all have the same.
        let key = match scan.sort {
            Sort::Name => "name_key",
            Sort::Type if filter.type_key.is_none() => "type_key",
            Sort::Label => "label_key",
            _ => "",
        };
        let (shown, beyond, way) = (if key.is_empty() { "''" } else { key }, scan.comparison(), scan.direction());
        let hit = match (filter.scope, filter.matching()) {
            (Scope::Branch(_), _) | (_, None) => RawQuery::new("true"),
            (_, Some(condition)) => condition,
        };
        let query = RawQuery::new(&format!("select {id} as id, {shown} as k, ")).append(hit);
        let mut query = query.sql(&format!(" as hit from {table} x where ")).append(at);
        if let Some(type_key) = &filter.type_key {
            query = query.sql(" and type_key = ?").string(type_key);
        }
        if let Some((place, after)) = &scan.from {
            query = match key {
                "" => query.sql(&format!(" and {id} {beyond} ?")).id(*after),
                "name_key" => query.sql(&format!(" and name_key {beyond} ?")).string(place),
                // As a row both planners begin in the midst of the many that have the same value.
                key => query.sql(&format!(" and ({key}, {id}) {beyond} (?, ?)")).string(place).id(*after),
            };
        }
        let order = [first, key, if key == "name_key" { "" } else { id }];
        let order: Vec<String> =
            order.iter().filter(|part| !part.is_empty()).map(|part| format!("{part} {way}")).collect();
        // As a number: PostgreSQL takes an unknown limit for a tenth of all rows, and then plans again each time.
        query.sql(&format!(" order by {} limit {limit}", order.join(", ")))
    }
}

/// How many there are without a search, counted up to `limit`.
pub fn count(t: &mut TenantConn, filter: &Filter, limit: i64) -> Result<i64, Error> {
    let all = ordered(t, filter, &Scan::by_id(None), limit);
    let query = RawQuery::new("select count(*) as n from (").append(all).sql(") listed");
    Ok(query.scalar(t.conn)?.unwrap_or_default())
}

/// Those of `ids` that are in the list and match its search: of a branch, whose indexes do not know that, looked up.
fn holding(t: &mut TenantConn, filter: &Filter, ids: Vec<ItemId>) -> Result<Vec<ItemId>, Error> {
    if ids.is_empty() || !matches!(filter.scope, Scope::Branch(_)) {
        return Ok(ids);
    }
    let query = RawQuery::new("select x.id from things x where ").append(filter.to_sql(t)).append(filter.matches());
    let query = query.sql(" and ").in_ids("x.id", &ids);
    let held: HashSet<ItemId> = query.load::<IdRow>(t.conn)?.into_iter().map(|row| row.id).collect();
    Ok(ids.into_iter().filter(|id| held.contains(id)).collect())
}
