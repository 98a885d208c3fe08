//! Many users at once, of customers that are there: rows first, then the numbers that are kept beside them.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::Id;
use crate::db::RawQuery;
use crate::db::schema::users;
use crate::model::users::changes::NewUser;
use crate::model::users::{Role, UserDraft, links};
use crate::on_both;
use crate::tenancy::{TenantConn, Total};

/// Somebody as they are to be.
pub struct BulkUser {
    /// What a form would say of them.
    pub draft: UserDraft,
    /// Whose.
    pub role: Role,
    /// When they were added.
    pub added_at: Timestamp,
    /// How far they are.
    pub access: Access,
}

/// How far a user is.
pub enum Access {
    /// They activated, and signed in last at a time.
    Active {
        /// The hash of their password.
        hash: String,
        /// When they signed in last.
        signed_in_at: Timestamp,
        /// Whether they were disabled then.
        disabled: bool,
    },
    /// A link was mailed to them at a time, which works until another.
    Invited(Timestamp, Timestamp),
}

/// Rows in one statement: each has 20 values, and SQLite takes 32,766.
const ROWS: usize = 1_000;

/// Adds users with the links of those who are invited. Their customers count them once `finish` has been called.
pub fn insert(t: &mut TenantConn, people: &[BulkUser]) -> Result<(), Error> {
    let mut invitations = Vec::new();
    for some in people.chunks(ROWS) {
        let mut rows = Vec::with_capacity(some.len());
        for one in some {
            let mut row = NewUser::new(t, Id::new(one.added_at), one.role, &one.draft, one.added_at);
            match &one.access {
                Access::Active { hash, signed_in_at, disabled } => {
                    row.password_hash = Some(hash);
                    row.activated_at = Some(one.added_at);
                    row.disabled_at = disabled.then_some(*signed_in_at);
                    row.last_sign_in_at = *signed_in_at;
                }
                Access::Invited(at, until) => {
                    row.invited_until = Some(*until);
                    invitations.push((row.id, *at, *until));
                }
            }
            rows.push(row);
        }
        // `MultiConnection` takes no batch.
        on_both!(t.conn, c => diesel::insert_into(users::table).values(&rows).execute(c))?;
    }
    links::insert_mailed(t, &invitations)
}

/// Counts them for their customers and for the tenant, which had counted none.
pub fn finish(t: &mut TenantConn) -> Result<(), Error> {
    // Raw: diesel has no `update … from`.
    RawQuery::new(
        "update customer_counts set users_count = d.n
         from (select customer_id, count(*) as n from users where tenant_id = ? and customer_id is not null
               group by customer_id) d where tenant_id = ? and customer_counts.customer_id = d.customer_id",
    )
    .id(t.id)
    .id(t.id)
    .execute(t.conn)?;
    let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::customer_id.is_not_null());
    let n: i64 = theirs.count().get_result(t.conn)?;
    t.add_to_total(Total::Users, n)
}
