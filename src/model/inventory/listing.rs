//! The lists of items: of the tenant, of one customer, of a branch. Which of them is a parameter: whoever may see less
//! is given a smaller one.

use crate::base::error::Error;
use crate::base::id::Id;
use crate::base::list::{Column, Key, ListQuery, ListSpec, ListView, Slice, TotalCount};
use crate::base::text;
use crate::model::inventory::full_text::{self, FEW};
use crate::model::inventory::index_scan::{self, Scan, Sort};
use crate::model::inventory::{Filter, Kind, Scope, Titled, find_in_order, search, size, sort_by_customer, types};
use crate::tenancy::TenantConn;

const fn column(name: &'static str, label: &'static str) -> Column {
    Column { name, label, numeric: false }
}

/// What the list of all offers.
pub const SPEC: ListSpec = ListSpec {
    columns: &[
        column("name", "Name"),
        column("type", "Type"),
        column("label", "Label"),
        column("customer", "Customer"),
        column("created", "Created"),
    ],
    sort: "-created",
    filters: &["type", "customer", "inner", "assigned"],
};

/// What the list of a customer's offers.
pub const CUSTOMER_SPEC: ListSpec = ListSpec { columns: SPEC.columns, sort: SPEC.sort, filters: &["type", "inner"] };

/// What the list of those of one owner, or of none, offers.
pub const OWN_SPEC: ListSpec = ListSpec {
    columns: &[column("name", "Name"), column("type", "Type"), column("label", "Label"), column("created", "Created")],
    sort: SPEC.sort,
    filters: &["type", "inner"],
};

/// Where counting stops of what no number is kept for.
const COUNTED: i64 = 1_000;

/// What a list shows.
pub struct Found {
    /// The list; another order than was asked for, if that was not to be had.
    pub list: ListQuery,
    /// Its rows.
    pub slice: Slice<Titled>,
    /// How many match.
    pub matches: TotalCount,
}

impl Found {
    /// What a page shows besides the rows.
    pub fn view(&self, spec: &ListSpec) -> ListView {
        ListView::new(spec, &self.list, &self.slice, self.matches, |row| place(&self.list, row))
    }

    /// Nothing.
    pub fn nothing(list: ListQuery) -> Self {
        Self { slice: list.slice(Vec::new()), matches: TotalCount::Exactly(0), list }
    }
}

/// What a list is sorted by.
pub fn sort_of(list: &ListQuery, scope: Scope) -> Sort {
    match list.column {
        "name" => Sort::Name,
        "type" => Sort::Type,
        "label" => Sort::Label,
        "customer" if matches!(scope, Scope::Tenant | Scope::Branch(_)) => Sort::Customer,
        _ => Sort::Created,
    }
}

/// A page of a list and how many match.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn list(t: &mut TenantConn, list: ListQuery, filter: &Filter) -> Result<Found, Error> {
    let all = size(t, filter.kind, filter.scope)?;
    page(t, list, filter, all)
}

/// The same of a scope that is known to hold `all`.
pub fn page(t: &mut TenantConn, list: ListQuery, filter: &Filter, all: i64) -> Result<Found, Error> {
    let sort = sort_of(&list, filter.scope);
    let from = list.cursor().map(|cursor| (cursor.key.text(), Id::from_bytes(cursor.id)));
    let walk = Scan { sort, up: list.scans_up(), from };
    let wanted = list.size as usize + 1;
    let (rows, matches) = if filter.term.is_some() {
        let start = list.cursor().map_or(0, |cursor| cursor.position);
        match search::page(t, filter, &walk, wanted, all, start)? {
            search::Page::Of(ids, matches) => (find_in_order(t, filter.kind, &ids)?, matches),
            search::Page::Unsortable => return page(t, list.unsorted(&SPEC), filter, all),
        }
    } else {
        shown(t, filter, walk, wanted, all)?
    };
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let mut found = page(t, first, filter, all)?;
        found.slice.restarted = !found.slice.rows.is_empty();
        return Ok(found);
    }
    Ok(Found { list, slice, matches })
}

/// The next `wanted` of a list that is not searched, and how many are in it. `all` are in its scope.
fn shown(
    t: &mut TenantConn,
    filter: &Filter,
    walk: Scan,
    wanted: usize,
    all: i64,
) -> Result<(Vec<Titled>, TotalCount), Error> {
    let of_type = match &filter.type_key {
        Some(key) => types::find(t, filter.kind, key)?.map_or(0, |known| known.n),
        None => all,
    };
    if of_type <= 0 {
        return Ok((Vec::new(), TotalCount::Exactly(0)));
    }
    let rows = if walk.sort == Sort::Customer {
        let few = filter.type_key.is_some() && of_type <= FEW;
        let mut ids = if few {
            full_text::sorted(t, filter, &walk, wanted, FEW)?.ids
        } else {
            sort_by_customer::next(t, filter, &walk, wanted)?
        };
        ids.truncate(wanted);
        find_in_order(t, filter.kind, &ids)?
    } else {
        index_scan::titled(t, filter, &walk, wanted)?
    };
    Ok((rows, counted(t, filter, of_type)?))
}

/// The items that were added last, newest first, at most `n`.
pub fn newest(t: &mut TenantConn, kind: Kind, scope: Scope, n: usize) -> Result<Vec<Titled>, Error> {
    index_scan::titled(t, &Filter::new(kind, scope, "", ""), &Scan { up: false, ..Scan::by_id(None) }, n)
}

/// How many there are without a search: kept, but for those of a type that are a customer's, or nobody's. `kept` are in
/// the scope, or of the type.
fn counted(t: &mut TenantConn, filter: &Filter, kept: i64) -> Result<TotalCount, Error> {
    let n = match (&filter.type_key, filter.scope) {
        (None, _) | (Some(_), Scope::Tenant) => kept,
        (Some(_), _) => match index_scan::count(t, filter, COUNTED + 1)? {
            n if n > COUNTED => return Ok(TotalCount::AtLeast(COUNTED.unsigned_abs())),
            n => n,
        },
    };
    Ok(TotalCount::Exactly(n.max(0).unsigned_abs()))
}

/// The sorted value and id of a row, for cursors.
fn place(list: &ListQuery, (item, owner): &Titled) -> (Key, [u8; 16]) {
    let key = match list.column {
        "name" => Key::Text(text::key(&item.name)),
        "type" => Key::Text(text::key(&item.type_name)),
        "label" => Key::Text(text::key(&item.label)),
        "customer" => Key::Text(owner.as_ref().map(|owner| owner.key.clone()).unwrap_or_default()),
        _ => Key::Id,
    };
    (key, *item.id.as_bytes())
}
