//! The users who are selected in a list, for what is done to several at once.

use std::collections::BTreeSet;

use crate::base::error::Error;
use crate::base::id::{CustomerId, UserId};
use crate::base::list::ListQuery;
use crate::base::text::Count;
use crate::model::customers;
use crate::model::users::{Role, User, UserList, listing, store};
use crate::pages::users::index::crumbs;
use crate::tenancy::TenantConn;
use crate::web::{BACK, Crumb, Selection};

/// The lists in which they are selected.
pub const LISTS: [&str; 3] = ["/users", "/administrators", "/customers/*/users"];
/// More than this are not changed in one transaction.
const MOST: usize = 1_000;

/// The users that a selection means, in the order of their ids; one more than `MOST` when there are more.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn chosen(t: &mut TenantConn, of: UserList, selection: &Selection) -> Result<Vec<User>, Error> {
    if let UserList::Of(Role::CustomerUser(id)) = of {
        customers::find(t, id)?;
    }
    let only = selection.field("only");
    if !only.is_empty() {
        return store::find_all(t, of, &only.parse().into_iter().collect::<Vec<_>>());
    }
    if !selection.all() {
        let ids: Vec<UserId> = selection.chosen().into_iter().collect();
        return store::find_all(t, of, &ids);
    }
    // All that the list holds whose address the form says.
    let path = of.path();
    let (known, query) = match selection.field(BACK) {
        back if back.is_empty() && of != UserList::Tenant => (&*path, ""),
        back => back.split_once('?').unwrap_or((back, "")),
    };
    if known != path {
        return Ok(Vec::new());
    }
    let list = ListQuery::parse(of.spec(), &path, query, None);
    listing::everybody(t, &list, of, MOST as i64 + 1)
}

/// Waits for whoever changes the customers of those who are selected.
pub fn lock_customers(t: &mut TenantConn, of: UserList, selection: &Selection) -> Result<(), Error> {
    let ids: BTreeSet<CustomerId> = match of {
        UserList::Of(role) => role.customer().into_iter().collect(),
        UserList::Tenant => chosen(t, of, selection)?.iter().filter_map(|user| user.role().customer()).collect(),
    };
    customers::lock_all(t, &ids.into_iter().collect::<Vec<_>>())
}

/// Waits for whoever changes those who are selected, or their customers.
pub fn lock_users(t: &mut TenantConn, of: UserList, selection: &Selection) -> Result<(), Error> {
    lock_customers(t, of, selection)?;
    let ids: Vec<UserId> = chosen(t, of, selection)?.iter().map(|user| user.id).collect();
    t.lock_users(&ids)
}

/// Why nothing can be done with so many: there is none, or there are too many. `nobody` says the former.
pub fn refused(users: usize, nobody: &str) -> Option<String> {
    match users {
        0 => Some(nobody.to_owned()),
        n if n > MOST => Some(format!(
            "Nothing was changed: more than {} users match. Search or filter for fewer of them.",
            Count(MOST as u64)
        )),
        _ => None,
    }
}

/// The way to a list of users, itself included.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub fn crumbs_of(t: &mut TenantConn, of: UserList) -> Result<Vec<Crumb>, Error> {
    match of {
        UserList::Tenant => Ok(vec![Crumb::new("Users", "/users")]),
        UserList::Of(role) => crumbs(t, role),
    }
}
