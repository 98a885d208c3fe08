//! Lists of users as files: whatever a list holds, filtered and sorted as it is, in parts.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};

use crate::base::csv::write_row;
use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::list::ListQuery;
use crate::model::customers;
use crate::model::imports::users::COLUMNS;
use crate::model::users::{Role, SPEC, User, listing, store};
use crate::tenancy::TenantConn;
use crate::web::export_stream::{self, Part};
use crate::web::{self, TenantAdmin};

/// Rows of one part.
const ROWS: u32 = 1_000;

/// The line of column names.
pub fn head() -> Vec<u8> {
    let mut line = Vec::new();
    write_row(&mut line, b',', COLUMNS.iter().map(|column| column.label));
    line
}

fn rows(t: &mut TenantConn, users: &[User]) -> Result<Vec<u8>, Error> {
    let customers: BTreeSet<_> = users.iter().filter_map(|user| user.role().customer()).collect();
    let titles = customers::titles_of(t, &customers.into_iter().collect::<Vec<_>>())?;
    let mut bytes = Vec::with_capacity(users.len() * 80);
    for user in users {
        let customer = user.role().customer().and_then(|id| titles.get(&id)).map_or("", String::as_str);
        let own = [&user.email, &user.first_name, &user.last_name, &user.phone, &user.description];
        write_row(&mut bytes, b',', own.into_iter().map(String::as_str).chain([customer]));
    }
    Ok(bytes)
}

/// The users of all customers that come after one, oldest first.
pub fn part_of_all(t: &mut TenantConn, after: Option<UserId>) -> Result<Part<Option<UserId>>, Error> {
    let users = store::of_customers(t, after, i64::from(ROWS))?;
    let last = users.last().filter(|_| users.len() == ROWS as usize);
    let next = last.map(|user| Some(user.id));
    Ok(Part { bytes: rows(t, &users)?, next })
}

fn part(t: &mut TenantConn, of: Role, list: ListQuery) -> Result<Part<ListQuery>, Error> {
    let (slice, _) = listing::list(t, &list, of)?;
    if slice.restarted {
        return Ok(Part { bytes: Vec::new(), next: None });
    }
    let last = slice.rows.last().filter(|_| slice.more.1);
    let next = last.map(|user| {
        let (key, id) = listing::place(&list, user);
        list.after(key, id)
    });
    Ok(Part { bytes: rows(t, &slice.rows)?, next })
}

/// `GET /customers/{id}/users/export`, `GET /administrators/export`
pub async fn index(admin: TenantAdmin, of: Role, request: HttpRequest) -> Result<HttpResponse, Error> {
    let name = match of {
        Role::Administrator => "administrators".into(),
        Role::CustomerUser(id) => {
            let customer = admin.tenant.read(move |t| customers::find(t, id)).await?;
            format!("{} users", customer.title)
        }
    };
    let list = web::list_query(&SPEC, &request).sized(ROWS);
    Ok(export_stream::answer(admin.tenant, &name, head(), list, move |t, list| part(t, of, list)))
}
