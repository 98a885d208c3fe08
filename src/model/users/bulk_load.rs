//! Many users at once, of customers that are there: rows first, then the numbers that are kept beside them.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::forms::fold;
use crate::base::id::{CustomerId, Id, TenantId, UserId};
use crate::base::text::display_name;
use crate::db::Statement;
use crate::db::schema::users;
use crate::model::users::{Role, UserDraft, links};
use crate::on_both;
use crate::tenancy::{TenantConn, Total};

/// Somebody as they are to be.
pub struct Somebody {
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

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct Row {
    tenant_id: TenantId,
    id: UserId,
    role: &'static str,
    customer_id: Option<CustomerId>,
    email_key: String,
    email: String,
    name_key: String,
    first_name: String,
    last_name: String,
    phone: String,
    description: String,
    password_hash: Option<String>,
    invited_until: Option<Timestamp>,
    activated_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    last_sign_in_at: Timestamp,
    created_at: Timestamp,
    created_by: Option<UserId>,
    updated_at: Timestamp,
    updated_by: Option<UserId>,
}

/// Rows in one statement: each has 20 values, and SQLite takes 32,766.
const ROWS: usize = 1_000;

/// Adds users with the links of those who are invited. Their customers count them once `finish` has been called.
pub fn insert(t: &mut TenantConn, people: Vec<Somebody>) -> Result<(), Error> {
    let (tenant, actor) = (t.id, t.actor);
    let mut invitations = Vec::new();
    let mut row = |one: Somebody| {
        let (draft, id) = (one.draft, Id::new(one.added_at));
        let (hash, signed_in_at, disabled, until) = match one.access {
            Access::Active { hash, signed_in_at, disabled } => (Some(hash), signed_in_at, disabled, None),
            Access::Invited(at, until) => {
                invitations.push((id, at, until));
                (None, Timestamp::EPOCH, false, Some(until))
            }
        };
        Row {
            tenant_id: tenant,
            id,
            role: one.role.name(),
            customer_id: one.role.customer(),
            email_key: fold(&draft.email),
            name_key: fold(&display_name(&draft.first_name, &draft.last_name, &draft.email)),
            email: draft.email,
            first_name: draft.first_name,
            last_name: draft.last_name,
            phone: draft.phone,
            description: draft.description,
            activated_at: hash.is_some().then_some(one.added_at),
            password_hash: hash,
            invited_until: until,
            disabled_at: disabled.then_some(signed_in_at),
            last_sign_in_at: signed_in_at,
            created_at: one.added_at,
            created_by: actor,
            updated_at: one.added_at,
            updated_by: actor,
        }
    };
    let rows: Vec<Row> = people.into_iter().map(&mut row).collect();
    for some in rows.chunks(ROWS) {
        // A batch cannot be said on both databases at once.
        on_both!(t.conn, c => diesel::insert_into(users::table).values(some).execute(c))?;
    }
    links::insert_mailed(t, &invitations)
}

/// Counts them for their customers and for the tenant, which had counted none.
pub fn finish(t: &mut TenantConn) -> Result<(), Error> {
    Statement::new(
        "update customers set users_count = d.n
         from (select customer_id, count(*) as n from users where tenant_id = ? and customer_id is not null
               group by customer_id) d where tenant_id = ? and id = d.customer_id",
    )
    .id(t.id)
    .id(t.id)
    .execute(t.conn)?;
    let theirs = users::table.filter(users::tenant_id.eq(t.id)).filter(users::customer_id.is_not_null());
    let n: i64 = theirs.count().get_result(t.conn)?;
    t.add_to_total(Total::Users, n)
}
