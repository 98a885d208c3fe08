//! The lists of users: those of the tenant, those of a customer, and the administrators.

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::Id;
use crate::base::list::{Column, Key, ListQuery, ListSpec, Slice, TotalCount, searched};
use crate::base::text;
use crate::db::schema::users;
use crate::db::{self, Conn, MultiBackend, RawQuery, first_rows, patterns};
use crate::keyset;
use crate::model::customers::{self, customer_picker};
use crate::model::users::search::is_like;
use crate::model::users::store::{Boxed, in_list};
use crate::model::users::{Role, User};
use crate::tenancy::{TenantConn, Total};

type Condition = Box<dyn BoxableExpression<users::table, MultiBackend, SqlType = Bool>>;

const fn column(name: &'static str, label: &'static str) -> Column {
    Column { name, label, numeric: false }
}

const NAME: Column = column("name", "Name");
const EMAIL: Column = column("email", "Email");
const LAST_SIGN_IN: Column = column("last_sign_in", "Last sign-in");
const CREATED: Column = column("created", "Created");

/// What the lists of a customer's users and of administrators offer.
const SPEC: ListSpec =
    ListSpec { columns: &[NAME, EMAIL, LAST_SIGN_IN, CREATED], sort: "-created", filters: &["status", "mail"] };

/// What the list of the tenant's users offers.
pub const TENANT_SPEC: ListSpec = ListSpec {
    columns: &[NAME, EMAIL, column("role", "Role"), column("status", "Status"), LAST_SIGN_IN, CREATED],
    sort: "-created",
    filters: &["status", "role", "customer", "mail"],
};

/// The values of the filter "status" and their words.
pub const STATUSES: [(&str, &str); 5] = [
    ("uninvited", "Not invited yet"),
    ("invited", "Invited"),
    ("expired", "Invitation expired"),
    ("active", "Active"),
    ("disabled", "Disabled"),
];

/// The values of the filter "role" and their words.
pub const ROLES: [(&str, &str); 2] = [("administrator", "Administrator"), ("customer_user", "Customer user")];

/// What a list is sorted by, before the id, where many users may be alike; in the words of its index. By status: those who
/// were not invited yet, then by the end of their invitation those who were, then those who are active, at last those who
/// are disabled.
fn sort_key(column: &str, conn: &Conn) -> Option<&'static str> {
    Some(match (column, conn) {
        ("name", _) => "users.name_key",
        ("role", _) => "users.role",
        ("last_sign_in", _) => "users.last_sign_in_at",
        ("status", conn) => status_key(conn),
        _ => return None,
    })
}

fn status_key(conn: &Conn) -> &'static str {
    match conn {
        Conn::Sqlite(_) => "users.status_order",
        Conn::Pg(_) => {
            "(case when users.disabled_at is not null then timestamptz '9999-12-31 00:00:00+00' \
             when users.activated_at is not null then timestamptz '9999-01-01 00:00:00+00' \
             else coalesce(users.invited_until, timestamptz '1970-01-01 00:00:00+00') end)"
        }
    }
}

/// The condition that a user is active in the words of the index by status, which begins with those who are not. Raw: as
/// there.
fn is_placed_as_active(conn: &Conn) -> db::Condition {
    let active = match conn {
        Conn::Sqlite(_) => "253370764800000000",
        Conn::Pg(_) => "timestamptz '9999-01-01 00:00:00+00'",
    };
    RawQuery::new(&format!("{} = {active}", status_key(conn))).condition(conn)
}

/// A page of users in the order of what many of them may have alike. Raw: the place is compared as a row, which is one range
/// of the index, though half of them be alike.
fn sorted<'a>(conn: &Conn, list: &ListQuery, key: &'static str, found: Boxed<'a>) -> Boxed<'a> {
    let (up, mut found) = (list.scans_up(), found);
    if let Some(cursor) = list.cursor() {
        let row = RawQuery::new(&format!("({key}, users.id) {} (?, ?)", if up { ">" } else { "<" }));
        let row = match list.column {
            "name" | "role" => row.string(cursor.key.text()),
            _ => row.time(cursor.key.time()),
        };
        found = found.filter(row.id(Id::<User>::from_bytes(cursor.id)).condition(conn));
    }
    // Of whatever type: it is only sorted by.
    let key = sql::<Text>(key);
    if up { found.order((key.asc(), users::id.asc())) } else { found.order((key.desc(), users::id.desc())) }
}

/// What sorts a user by status: microseconds.
fn place_by_status(user: &User) -> i64 {
    match (user.disabled_at, user.activated_at, user.invited_until) {
        (Some(_), ..) => 253_402_214_400_000_000,
        (None, Some(_), _) => 253_370_764_800_000_000,
        (None, None, until) => until.unwrap_or(Timestamp::EPOCH).micros(),
    }
}

/// Up to this number of rows that match are counted, fetched and sorted.
const FEW: i64 = 1_000;

/// Whose users a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserList {
    /// Those of all customers, and the administrators.
    Tenant,
    /// The administrators, or one customer's.
    Of(Role),
}

impl UserList {
    /// Its address.
    pub fn path(self) -> String {
        match self {
            Self::Tenant => "/users".into(),
            Self::Of(role) => role.list_path(),
        }
    }

    /// What it offers.
    pub fn spec(self) -> &'static ListSpec {
        match self {
            Self::Tenant => &TENANT_SPEC,
            Self::Of(_) => &SPEC,
        }
    }
}

/// The users that a list is narrowed to before it is searched.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Tenant,
    /// Of all customers.
    Customers,
    Of(Role),
}

/// What a list is asked for, but for its order and place.
#[derive(Debug, Clone)]
pub struct Filter {
    /// `None`: those of a customer that there is not.
    scope: Option<Scope>,
    /// The title of the customer it is narrowed to, or what was typed for it.
    pub customer: String,
    status: String,
    mail_failed: bool,
    term: String,
    /// How many the scope holds, where that is known.
    size: Option<i64>,
}

impl Filter {
    /// The same of a scope that is known to hold `n`.
    pub fn of_size(self, n: Option<i64>) -> Self {
        Self { size: n, ..self }
    }

    /// Reads the filters of a list.
    pub fn new(t: &mut TenantConn, list: &ListQuery, of: UserList) -> Result<Self, Error> {
        let mut customer = searched(list.filter("customer").unwrap_or_default());
        let role = list.filter("role");
        let scope = match (of, customer_picker::chosen(t, &customer, "customer")?) {
            (UserList::Of(role), _) => Some(Scope::Of(role)),
            (UserList::Tenant, Err(_)) => None,
            (UserList::Tenant, Ok(Some(id))) => {
                customer = customers::find(t, id)?.title;
                (role != Some("administrator")).then_some(Scope::Of(Role::CustomerUser(id)))
            }
            (UserList::Tenant, Ok(None)) => Some(match role {
                Some("administrator") => Scope::Of(Role::Administrator),
                Some("customer_user") => Scope::Customers,
                _ => Scope::Tenant,
            }),
        };
        Ok(Self {
            scope,
            customer,
            status: list.filter("status").unwrap_or_default().to_owned(),
            mail_failed: list.filter("mail") == Some("failed"),
            term: text::folded(&list.q),
            size: None,
        })
    }

    /// What `status` asks for; nothing when it is no status.
    fn status(&self, t: &TenantConn) -> Option<Condition> {
        let waiting = || users::activated_at.is_null().and(users::disabled_at.is_null());
        let until = users::invited_until;
        Some(match self.status.as_str() {
            "disabled" => Box::new(users::disabled_at.is_not_null()),
            "active" => Box::new(users::activated_at.is_not_null().and(users::disabled_at.is_null())),
            "invited" => Box::new(waiting().and(until.assume_not_null().gt(t.now))),
            "expired" => Box::new(waiting().and(until.assume_not_null().le(t.now))),
            "uninvited" => Box::new(waiting().and(until.is_null())),
            _ => return None,
        })
    }

    fn is_open(&self, t: &TenantConn) -> bool {
        self.term.is_empty() && !self.mail_failed && self.status(t).is_none()
    }

    /// The users it leaves. Few are found by the index of their status and sorted; of many, walking the sorted index
    /// finds a page sooner: then the status is said in a form that SQLite's planner takes for no index's.
    fn users<'a>(&self, t: &TenantConn, scope: Scope, few: bool) -> Boxed<'a> {
        let mut found = in_list(t, scope);
        match self.status(t) {
            Some(status) if few => {
                found = found.filter(status);
                if self.status == "active" {
                    found = found.filter(is_placed_as_active(t.conn));
                }
            }
            Some(status) => found = found.filter(not(not(status))),
            None => {}
        }
        for pattern in patterns(&self.term) {
            found = found.filter(is_like(pattern));
        }
        if self.mail_failed {
            // By the indexes of such mails: of those given up, and of those tried again.
            let failed = |column: &str| {
                let of = |state: &str| format!("select {column} from mails where tenant_id = ? and state = {state}");
                let (given_up, tried_again) = (of("'failed'"), of("'queued' and tries > 0"));
                RawQuery::new(&format!(" in ({given_up} union all {tried_again})")).id(t.id).id(t.id)
            };
            let theirs = RawQuery::new("users.id").append(failed("user_id")).sql(" and users.last_mail_id");
            found = found.filter(theirs.append(failed("id")).condition(t.conn));
        }
        found
    }

    /// How many match, and whether they are few.
    fn count(&self, t: &mut TenantConn, scope: Scope) -> Result<(TotalCount, bool), Error> {
        if self.is_open(t) {
            let n = match (self.size, scope) {
                (Some(n), _) => n,
                (None, Scope::Tenant) => administrators(t)? + t.total(Total::Users)?,
                (None, Scope::Customers) => t.total(Total::Users)?,
                (None, Scope::Of(Role::Administrator)) => administrators(t)?,
                (None, Scope::Of(Role::CustomerUser(id))) => customers::find(t, id)?.counts.users,
            };
            return Ok((TotalCount::Exactly(n.max(0).unsigned_abs()), true));
        }
        let some = self.users(t, scope, true).select(1.into_sql::<Integer>()).limit(FEW + 1);
        let n = some.load::<i32>(t.conn)?.len() as i64;
        Ok((TotalCount::counted(n, FEW), n <= FEW))
    }
}

fn administrators(t: &mut TenantConn) -> Result<i64, Error> {
    let query = "select count(*) as n from users where tenant_id = ? and customer_id is null";
    t.number_with_totals(RawQuery::new(query).id(t.id))
}

/// A page of a list and how many match.
pub fn list(t: &mut TenantConn, list: &ListQuery, filter: &Filter) -> Result<(Slice<User>, TotalCount), Error> {
    let Some(scope) = filter.scope else {
        return Ok((list.slice(Vec::new()), TotalCount::Exactly(0)));
    };
    let (matches, few) = filter.count(t, scope)?;
    let query = filter.users(t, scope, few);
    let query = match (list.column, sort_key(list.column, t.conn)) {
        // Of one role, by ids alone.
        ("role", _) if !matches!(scope, Scope::Tenant) => keyset!(query, list, users::id),
        (_, Some(key)) => sorted(t.conn, list, key, query),
        ("email", None) => keyset!(query, list, unique users::email_key, text),
        (_, None) => keyset!(query, list, users::id),
    };
    let rows = first_rows(query.select(User::as_select()), list.rows_wanted()).load(t.conn)?;
    let slice = list.slice(rows);
    if let Some(first) = list.restarted(&slice) {
        let (slice, matches) = self::list(t, &first, filter)?;
        return Ok((Slice { restarted: !slice.rows.is_empty(), ..slice }, matches));
    }
    Ok((slice, matches))
}

/// The sorted value and id of a row, for cursors.
pub fn place(list: &ListQuery, row: &User) -> (Key, [u8; 16]) {
    let key = match list.column {
        "name" => Key::Text(text::key(&row.name())),
        "email" => Key::Text(text::address_key(&row.email)),
        "role" => Key::Text(row.role().name().to_owned()),
        "status" => Key::Number(place_by_status(row)),
        "last_sign_in" => Key::Number(row.last_sign_in_at.micros()),
        _ => Key::Id,
    };
    (key, *row.id.as_bytes())
}

/// Everybody a list holds, in the order of their ids, at most `limit`, for what acts on all that match.
pub fn everybody(t: &mut TenantConn, list: &ListQuery, of: UserList, limit: i64) -> Result<Vec<User>, Error> {
    let filter = Filter::new(t, list, of)?;
    let Some(scope) = filter.scope else { return Ok(Vec::new()) };
    let found = filter.users(t, scope, true).select(User::as_select()).order(users::id).limit(limit);
    Ok(found.load(t.conn)?)
}
