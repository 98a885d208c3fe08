//! The lists of users: those of a customer, and the administrators.

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::forms::fold;
use crate::base::list::{Column, Key, ListQuery, ListSpec, Slice, TotalCount};
use crate::db::schema::users;
use crate::keyset;
use crate::model::users::store::in_list;
use crate::model::users::{Role, User};
use crate::tenancy::TenantConn;

const fn column(name: &'static str, label: &'static str) -> Column {
    Column { name, label, numeric: false }
}

/// What the lists of users offer.
pub const SPEC: ListSpec = ListSpec {
    columns: &[
        column("name", "Name"),
        column("email", "Email"),
        column("last_sign_in", "Last sign-in"),
        column("created", "Created"),
    ],
    sort: "-created",
    filters: &["status"],
};

/// The values of the filter "status" and their words.
pub const STATUSES: [(&str, &str); 5] = [
    ("uninvited", "Not invited yet"),
    ("invited", "Invited"),
    ("expired", "Invitation expired"),
    ("active", "Active"),
    ("disabled", "Disabled"),
];

/// A page of a list and how many match.
pub fn list(t: &mut TenantConn, list: &ListQuery, of: Role) -> Result<(Slice<User>, TotalCount), Error> {
    let narrow = |t: &TenantConn| {
        let mut query = in_list(t, of);
        if !list.q.is_empty() {
            let pattern = format!("%{}%", crate::db::escaped(&fold(&list.q)));
            let name = users::name_key.like(pattern.clone()).escape('\\');
            query = query.filter(name.or(users::email_key.like(pattern).escape('\\')));
        }
        let enabled = users::disabled_at.is_null();
        let waiting = users::activated_at.is_null().and(enabled);
        match list.filter("status") {
            Some("disabled") => query.filter(users::disabled_at.is_not_null()),
            Some("active") => query.filter(users::activated_at.is_not_null().and(enabled)),
            Some("invited") => query.filter(waiting).filter(users::invited_until.gt(t.now)),
            Some("uninvited") => query.filter(waiting).filter(users::invited_until.is_null()),
            Some("expired") => query.filter(waiting).filter(users::invited_until.le(t.now)),
            _ => query,
        }
    };
    let n: i64 = narrow(t).count().get_result(t.conn)?;
    let query = narrow(t).select(User::as_select());
    let rows = match list.column {
        "name" => keyset!(query, list, users::id, users::name_key, text).load(t.conn),
        "email" => keyset!(query, list, users::id, users::email_key, text).load(t.conn),
        "last_sign_in" => keyset!(query, list, users::id, users::last_sign_in_at, time).load(t.conn),
        _ => keyset!(query, list, users::id).load(t.conn),
    }?;
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = self::list(t, &first, of)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, TotalCount::Exactly(n.max(0).unsigned_abs())))
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, row: &User) -> (Key, [u8; 16]) {
    let key = match list.column {
        "name" => Key::Text(fold(&row.name())),
        "email" => Key::Text(fold(&row.email)),
        "last_sign_in" => Key::Number(row.last_sign_in_at.micros()),
        _ => Key::Id,
    };
    (key, *row.id.as_bytes())
}

/// Everybody a list holds, for what acts on all that match.
pub fn everybody(t: &mut TenantConn, query: &ListQuery, of: Role) -> Result<Vec<User>, Error> {
    let mut all = query.clone();
    all.size = u32::MAX;
    Ok(list(t, &all, of)?.0.rows)
}
