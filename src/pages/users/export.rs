//! Lists of users as files: whatever a list holds, filtered and sorted as it is, in parts.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};

use crate::base::csv::write_row;
use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::list::ListQuery;
use crate::base::time::rfc3339;
use crate::model::customers;
use crate::model::imports::columns::labels;
use crate::model::imports::users::COLUMNS;
use crate::model::users::listing::Filter;
use crate::model::users::{Role, Status, User, UserList, listing, store};
use crate::services::mail::{Fate, fates};
use crate::tenancy::TenantConn;
use crate::web::export_stream::{self, ExportColumns, Part};
use crate::web::{self, TenantAdmin};

/// Rows of one part.
const ROWS: u32 = 1_000;

/// What the list shows beside what can be imported.
const LISTED: [&str; 4] = ["Status", "Last mail", "Last sign-in", "Created"];

/// The line of column names.
pub fn head(columns: ExportColumns) -> Vec<u8> {
    columns.head(&labels(COLUMNS), &LISTED)
}

/// Where somebody stands, as the filter of the list has it.
fn status_label(status: Status) -> &'static str {
    match status {
        Status::Invited(_) => "Invited",
        Status::NotInvited => "Not invited yet",
        Status::InvitationExpired => "Invitation expired",
        Status::Active => "Active",
        Status::Disabled => "Disabled",
    }
}

/// What became of the last mail to somebody.
fn mail_label(fate: &Fate) -> String {
    match fate {
        Fate::Queued => "Queued".into(),
        Fate::Sent(at) => format!("Sent {}", rfc3339(*at)),
        Fate::Retried { problem, .. } => format!("Failed, tried again: {problem}"),
        Fate::Failed { problem } => format!("Failed: {problem}"),
    }
}

fn rows(t: &mut TenantConn, columns: ExportColumns, users: &[User]) -> Result<Vec<u8>, Error> {
    let customers: BTreeSet<_> = users.iter().filter_map(|user| user.role().customer()).collect();
    let titles = customers::titles_of(t, &customers.into_iter().collect::<Vec<_>>())?;
    let fates = fates(t, users.iter().map(|user| user.last_mail_id))?;
    let mut bytes = Vec::with_capacity(users.len() * 120);
    for user in users {
        let customer = user.role().customer().and_then(|id| titles.get(&id)).map_or("", String::as_str);
        let own = [&user.email, &user.first_name, &user.last_name, &user.phone, &user.description];
        let mail = user.last_mail_id.and_then(|id| fates.get(&id)).map(mail_label).unwrap_or_default();
        let signed_in = user.last_sign_in().map(rfc3339).unwrap_or_default();
        let created = rfc3339(user.created_at);
        let own = own.into_iter().map(String::as_str).chain([customer]);
        let listed = [status_label(user.status(t.now)), &mail, &signed_in, &created];
        write_row(&mut bytes, b',', columns.of(own, listed.into_iter()));
    }
    Ok(bytes)
}

/// The users of all customers that come after one, oldest first.
pub fn part_of_all(t: &mut TenantConn, after: Option<UserId>) -> Result<Part<Option<UserId>>, Error> {
    let users = store::of_customers(t, after, i64::from(ROWS))?;
    let last = users.last().filter(|_| users.len() == ROWS as usize);
    let next = last.map(|user| Some(user.id));
    Ok(Part { bytes: rows(t, ExportColumns::Importable, &users)?, next })
}

fn part(t: &mut TenantConn, of: UserList, list: ListQuery) -> Result<Part<ListQuery>, Error> {
    let filter = Filter::new(t, &list, of)?;
    let (slice, _) = listing::list(t, &list, &filter)?;
    if slice.restarted {
        return Ok(Part { bytes: Vec::new(), next: None });
    }
    let last = slice.rows.last().filter(|_| slice.more.1);
    let next = last.map(|user| {
        let (key, id) = listing::place(&list, user);
        list.after(key, id)
    });
    Ok(Part { bytes: rows(t, ExportColumns::Listed, &slice.rows)?, next })
}

/// `GET /users/export`, `GET /customers/{id}/users/export`, `GET /administrators/export`
pub async fn index(admin: TenantAdmin, of: UserList, request: HttpRequest) -> Result<HttpResponse, Error> {
    let name = match of {
        UserList::Tenant => "users".into(),
        UserList::Of(Role::Administrator) => "administrators".into(),
        UserList::Of(Role::CustomerUser(id)) => {
            let customer = admin.tenant.read(move |t| customers::find(t, id)).await?;
            format!("{} users", customer.title)
        }
    };
    let list = web::list_query(of.spec(), &request).sized(ROWS);
    Ok(export_stream::answer(admin.tenant, &name, head(ExportColumns::Listed), list, move |t, list| part(t, of, list)))
}
