//! Queries over users. Every one starts at `mine`, but for `by_address`: at sign-in nobody is known yet.
//!
//! Who writes several rows begins at the top: a customer, its user, then what belongs to the user, as a deletion
//! cascades. So two never wait for each other.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, Id, TenantId, UserId};
use crate::base::text;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::users;
use crate::db::{self, MultiBackend};
use crate::model::customers;
use crate::model::sessions::{end_impersonation, end_sessions_of};
use crate::model::users::changes::{NewUser, UserChanges};
use crate::model::users::invite::FirstLink;
use crate::model::users::listing::{Scope, UserList};
use crate::model::users::{Role, User, UserDraft};
use crate::tenancy::audit::{self, Action, Entry, Items};
use crate::tenancy::{TenantConn, Total};

/// Why a user cannot be saved as asked.
#[derive(Debug)]
pub enum Refusal {
    /// Another user of the tenant has the address.
    AddressTaken,
    /// Somebody else saved in between.
    Stale,
    /// Nobody can disable or delete themselves.
    Oneself,
    /// A tenant keeps an administrator who can sign in.
    LastAdministrator,
}

pub(crate) type Boxed<'a> = users::BoxedQuery<'a, MultiBackend>;

/// The tenant's users, without those who go with a customer that is deleted.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    users::table.filter(users::tenant_id.eq(tenant)).filter(NotDeleting)
}

/// The users in one list.
pub(crate) fn in_list<'a>(t: &TenantConn, of: Scope) -> Boxed<'a> {
    let all = users::table.filter(users::tenant_id.eq(t.id)).into_boxed();
    match of {
        Scope::Tenant => all.filter(NotDeleting),
        Scope::Customers => all.filter(users::customer_id.is_not_null()).filter(NotDeleting),
        Scope::Of(Role::Administrator) => all.filter(users::customer_id.is_null()),
        // Asked once about the customer, not once about each user.
        Scope::Of(Role::CustomerUser(id)) => all.filter(users::customer_id.eq(id)).filter(customers::is_there(t, id)),
    }
}

/// The user with this id.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: UserId) -> Result<User, Error> {
    Ok(mine(t).filter(users::id.eq(id)).select(User::as_select()).first(t.conn)?)
}

/// The users among `ids` that are in this list, each once.
pub fn find_all(t: &mut TenantConn, of: UserList, ids: &[UserId]) -> Result<Vec<User>, Error> {
    let of = match of {
        UserList::Tenant => Scope::Tenant,
        UserList::Of(role) => Scope::Of(role),
    };
    let mut found = Vec::new();
    let ids: Vec<UserId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    for some in ids.chunks(500) {
        let some = in_list(t, of).filter(users::id.eq_any(some.to_vec()));
        found.extend(some.select(User::as_select()).order(users::id).load(t.conn)?);
    }
    Ok(found)
}

/// The users with these folded addresses, by them.
pub fn find_by_addresses(t: &mut TenantConn, keys: &[String]) -> Result<HashMap<String, User>, Error> {
    let mut found = HashMap::with_capacity(keys.len());
    for some in keys.chunks(db::most_values(t.conn)) {
        let some = mine(t).filter(users::email_key.eq_any(some)).select((users::email_key, User::as_select()));
        found.extend(some.load::<(String, User)>(t.conn)?);
    }
    Ok(found)
}

/// Users of customers that come after one in the order of their ids, at most `limit`.
pub fn of_customers(t: &mut TenantConn, after: Option<UserId>, limit: i64) -> Result<Vec<User>, Error> {
    let mut found = mine(t).filter(users::customer_id.is_not_null()).into_boxed::<MultiBackend>();
    if let Some(after) = after {
        found = found.filter(users::id.gt(after));
    }
    Ok(found.select(User::as_select()).order(users::id).limit(limit).load(t.conn)?)
}

/// Adds a user who cannot sign in yet, and is given no link yet.
///
/// # Errors
/// `AddressTaken`.
pub fn insert(t: &mut TenantConn, role: Role, draft: &UserDraft) -> Result<User, Refused<Refusal>> {
    insert_invited(t, role, draft, None)
}

/// Adds a user who cannot sign in yet, as invited by the link that the caller gives them.
///
/// # Errors
/// `AddressTaken`.
pub fn insert_invited(
    t: &mut TenantConn,
    role: Role,
    draft: &UserDraft,
    first: Option<FirstLink>,
) -> Result<User, Refused<Refusal>> {
    let id = Id::new(t.now);
    free_address(t, &draft.email)?;
    let mut row = NewUser::new(t, id, role, draft, t.now);
    row.invited_until = first.map(|link| link.until);
    row.last_mail_id = first.and_then(|link| link.mail);
    diesel::insert_into(users::table).values(row).execute(t.conn).map_err(refusal)?;
    if let Some(customer) = role.customer() {
        customers::add_users(t, customer, 1)?;
        t.add_to_total(Total::Users, 1)?;
    }
    let user = find(t, id)?;
    audit::record(t, Entry::added(&user))?;
    Ok(user)
}

/// Saves a user who was edited as of `version`; when they are so already, nothing is written.
///
/// # Errors
/// `Stale`, `AddressTaken`; `NotFound` when they were deleted.
pub fn update(t: &mut TenantConn, id: UserId, version: i64, draft: &UserDraft) -> Result<User, Refused<Refusal>> {
    let before = find(t, id)?;
    if before.version == version && is_unchanged(&before, draft) {
        t.no_changes()?;
        return Ok(before);
    }
    free_address(t, &draft.email)?;
    let key = text::address_key(&draft.email);
    let readdressed = (key != text::address_key(&before.email)).then_some(key);
    let changed = diesel::update(mine(t).filter(users::id.eq(id)).filter(users::version.eq(version)))
        .set((
            UserChanges::from(draft),
            readdressed.map(|key| users::email_key.eq(key)),
            users::version.eq(users::version + 1),
            users::updated_at.eq(t.now),
            users::updated_by.eq(t.actor),
        ))
        .execute(t.conn)
        .map_err(refusal)?;
    let now = find(t, id)?;
    if changed == 0 {
        return Err(Refused::By(Refusal::Stale));
    }
    audit::record(t, Entry::changed(&before, &now))?;
    Ok(now)
}

/// Whether a user is as a draft would have it.
pub(crate) fn is_unchanged(user: &User, draft: &UserDraft) -> bool {
    (&user.email, &user.first_name, &user.last_name, &user.phone, &user.description)
        == (&draft.email, &draft.first_name, &draft.last_name, &draft.phone, &draft.description)
}

/// Takes an address from a user who goes with a customer that is deleted; their row is left nothing that a form accepts.
fn free_address(t: &mut TenantConn, address: &str) -> Result<(), Error> {
    let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::email_key.eq(text::address_key(address)));
    let gone = theirs.filter(diesel::dsl::not(NotDeleting)).select(users::id);
    if let Some(id) = gone.first::<UserId>(t.conn).optional()? {
        diesel::update(users::table.filter(users::tenant_id.eq(t.id)).filter(users::id.eq(id)))
            .set(users::email_key.eq(format!("\u{1}{id}")))
            .execute(t.conn)?;
    }
    Ok(())
}

/// Deletes users of customers that are deleted, at most `limit`, and answers whom.
pub fn erase(t: &mut TenantConn, of: &[CustomerId], limit: u64) -> Result<Items, Error> {
    let mut erased = Items::default();
    for some in of.chunks(500) {
        let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::customer_id.eq_any(some));
        let left = limit.saturating_sub(erased.len()) as i64;
        let theirs: Vec<(UserId, String)> = theirs.select((users::id, users::email)).limit(left).load(t.conn)?;
        for some in theirs.chunks(500) {
            let ids: Vec<UserId> = some.iter().map(|(id, _)| *id).collect();
            diesel::delete(users::table.filter(users::tenant_id.eq(t.id)).filter(users::id.eq_any(ids)))
                .execute(t.conn)?;
        }
        theirs.iter().for_each(|(id, email)| erased.add(*id, email));
    }
    Ok(erased)
}

fn refusal(error: QueryError) -> Refused<Refusal> {
    if db::violates(&error, "users_email", "users.tenant_id, users.email_key") {
        Refused::By(Refusal::AddressTaken)
    } else {
        error.into()
    }
}

/// Lets a user sign in again, or not any more; then their sessions end. When it is so already, nothing is written.
///
/// # Errors
/// `Oneself`, `LastAdministrator`.
pub fn set_disabled(t: &mut TenantConn, user: &User, disabled: bool) -> Result<(), Refused<Refusal>> {
    if user.disabled_at.is_some() == disabled {
        return Ok(t.no_changes()?);
    }
    if disabled {
        may_go(t, user)?;
    }
    diesel::update(mine(t).filter(users::id.eq(user.id)))
        .set((
            users::disabled_at.eq(disabled.then_some(t.now)),
            users::version.eq(users::version + 1),
            users::updated_at.eq(t.now),
            users::updated_by.eq(t.actor),
        ))
        .execute(t.conn)?;
    if disabled {
        end_sessions_of(t, user.id)?;
        end_impersonation(t, user.id)?;
    }
    let action = if disabled { Action::Disable } else { Action::Enable };
    Ok(audit::record(t, Entry::of(action, user))?)
}

/// Deletes a user with everything of theirs: sessions, links, mails.
///
/// # Errors
/// `Oneself`, `LastAdministrator`.
pub fn delete(t: &mut TenantConn, user: &User) -> Result<(), Refused<Refusal>> {
    may_go(t, user)?;
    let customer = user.role().customer();
    // Whoever deletes the customer counts its users.
    customers::lock_all(t, customer.as_slice())?;
    let gone = diesel::delete(mine(t).filter(users::id.eq(user.id))).execute(t.conn)?;
    if gone == 0 {
        // Somebody else was quicker.
        return Ok(t.no_changes()?);
    }
    if let Some(customer) = customer {
        customers::add_users(t, customer, -1)?;
        t.add_to_total(Total::Users, -1)?;
    }
    Ok(audit::record(t, Entry::deleted(user))?)
}

/// Whether a user may be disabled or deleted by whoever asks.
fn may_go(t: &mut TenantConn, user: &User) -> Result<(), Refused<Refusal>> {
    if t.actor == Some(user.id) {
        return Err(Refused::By(Refusal::Oneself));
    }
    if user.role() != Role::Administrator {
        return Ok(());
    }
    // First the user, then the name: in one order everywhere, so that nobody waits in a circle.
    t.lock_users(&[user.id])?;
    t.lock_name("administrators")?;
    let others: i64 = in_list(t, Scope::Of(Role::Administrator))
        .filter(users::id.ne(user.id).and(users::disabled_at.is_null()).and(users::activated_at.is_not_null()))
        .count()
        .get_result(t.conn)?;
    if others == 0 { Err(Refused::By(Refusal::LastAdministrator)) } else { Ok(()) }
}

/// The administrator with this address who was invited and has not activated.
pub fn invited_administrator(t: &mut TenantConn, email: &str) -> Result<Option<User>, Error> {
    let invited = mine(t).filter(users::email_key.eq(text::address_key(email))).filter(users::activated_at.is_null());
    Ok(invited.filter(users::role.eq(Role::Administrator.name())).select(User::as_select()).first(t.conn).optional()?)
}

/// Whether a user of a customer has this address.
pub fn is_customer_user(t: &mut TenantConn, email: &str) -> Result<bool, Error> {
    let known = mine(t).filter(users::email_key.eq(text::address_key(email))).filter(users::customer_id.is_not_null());
    Ok(diesel::select(diesel::dsl::exists(known.select(users::id))).get_result(t.conn)?)
}
