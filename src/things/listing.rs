//! The lists of things: of the tenant, of one customer, of a branch. Which of them is a parameter: whoever may see less
//! is given a smaller one.

use super::counts::size;
use super::keys::{self, Sort, Walk};
use super::scope::{Narrowed, Scope};
use super::store::{Titled, find_in_order};
use super::{Kind, by_customer, search, types};
use crate::error::Error;
use crate::form::fold;
use crate::id::Id;
use crate::list::{Column, Key, ListQuery, Matches, Slice, Spec};
use crate::tenant::TenantConn;

const fn column(name: &'static str, label: &'static str) -> Column {
    Column { name, label, numeric: false }
}

/// What the list of all offers.
pub const SPEC: Spec = Spec {
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
pub const CUSTOMER_SPEC: Spec = Spec { columns: SPEC.columns, sort: SPEC.sort, filters: &["type", "inner"] };

/// What the list of those of one owner, or of none, offers.
pub const OWN_SPEC: Spec = Spec {
    columns: &[column("name", "Name"), column("type", "Type"), column("label", "Label"), column("created", "Created")],
    sort: SPEC.sort,
    filters: &["type", "inner"],
};

/// Where counting stops of what no number is kept for.
const COUNTED: i64 = 1_000;

/// A page of a list and how many match.
///
/// # Errors
/// The database's own; `NotFound` when there is no such customer.
pub fn list(t: &mut TenantConn, list: &ListQuery, of: &Narrowed) -> Result<(Slice<Titled>, Matches), Error> {
    let sort = match list.column {
        "name" => Sort::Name,
        "type" => Sort::Type,
        "label" => Sort::Label,
        "customer" if matches!(of.scope, Scope::Tenant | Scope::Branch(_)) => Sort::Customer,
        _ => Sort::Created,
    };
    let from = list.cursor().map(|cursor| (cursor.key.text(), Id::from_bytes(cursor.id)));
    let walk = Walk { sort, up: list.scans_up(), from };
    let wanted = list.size as usize + 1;
    let all = size(t, of.kind, of.scope)?;
    let (ids, matches) = if of.term.is_some() {
        let start = list.cursor().map_or(0, |cursor| cursor.position);
        search::page(t, of, &walk, (wanted, all, start))?
    } else {
        let of_type = match &of.type_key {
            Some(key) => types::find(t, of.kind, key)?.map_or(0, |known| known.n),
            None => all,
        };
        let mut ids = if sort == Sort::Customer && of.type_key.is_some() && search::is_few(of_type) {
            search::indexed(t, of, &walk, wanted)?
        } else if sort == Sort::Customer {
            by_customer::next(t, of, &walk, wanted)?
        } else {
            keys::walked(t, of, walk, wanted, wanted as i64)?.0
        };
        ids.truncate(wanted);
        (ids, counted(t, of, of_type)?)
    };
    let slice = list.slice(find_in_order(t, of.kind, &ids)?);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = self::list(t, &first, of)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, matches))
}

/// The things that were added last, newest first, at most `n`.
///
/// # Errors
/// The database's own.
pub fn newest(t: &mut TenantConn, kind: Kind, scope: Scope, n: usize) -> Result<Vec<Titled>, Error> {
    let walk = Walk { up: false, ..Walk::by_id(None) };
    let (mut ids, _) = keys::walked(t, &Narrowed::new(kind, scope, "", ""), walk, n, n as i64)?;
    ids.truncate(n);
    find_in_order(t, kind, &ids)
}

/// How many there are without a search: kept, but for those of a type that are a customer's, or nobody's. `kept` are in
/// the scope, or of the type.
fn counted(t: &mut TenantConn, of: &Narrowed, kept: i64) -> Result<Matches, Error> {
    let n = match (&of.type_key, of.scope) {
        (None, _) | (Some(_), Scope::Tenant) => kept,
        (Some(_), _) => match keys::count(t, of, COUNTED + 1)? {
            n if n > COUNTED => return Ok(Matches::AtLeast(COUNTED.unsigned_abs())),
            n => n,
        },
    };
    Ok(Matches::Exactly(n.max(0).unsigned_abs()))
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, (thing, customer): &Titled) -> (Key, [u8; 16]) {
    let key = match list.column {
        "name" => Key::Text(fold(&thing.name)),
        "type" => Key::Text(fold(&thing.type_name)),
        "label" => Key::Text(fold(&thing.label)),
        "customer" => Key::Text(customer.as_deref().map(fold).unwrap_or_default()),
        _ => Key::Id,
    };
    (key, *thing.id.as_bytes())
}
