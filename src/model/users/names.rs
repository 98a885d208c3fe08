//! The names of users, for saying who did something.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::text::display_name;
use crate::db::in_ids;
use crate::db::schema::users;
use crate::model::users::store::mine;
use crate::tenancy::TenantConn;

/// Names of users, for saying who did something.
#[derive(Debug, Clone, Default)]
pub struct Names(HashMap<UserId, String>);

impl Names {
    /// The name as `reader` reads it; `you` for themselves.
    pub fn of(&self, id: Option<UserId>, reader: Option<UserId>) -> String {
        match id {
            Some(id) if reader == Some(id) => "you".into(),
            Some(id) => self.0.get(&id).cloned().unwrap_or_else(|| "a deleted administrator".into()),
            None => "the system".into(),
        }
    }
}

/// The names of those among `ids` that are still there.
pub fn names(t: &mut TenantConn, ids: impl IntoIterator<Item = Option<UserId>>) -> Result<Names, Error> {
    let ids: Vec<UserId> = ids.into_iter().flatten().collect();
    if ids.is_empty() {
        return Ok(Names::default());
    }
    let rows: Vec<(UserId, String, String, String)> = mine(t)
        .filter(in_ids(t.conn, "users.id", &ids))
        .select((users::id, users::first_name, users::last_name, users::email))
        .load(t.conn)?;
    Ok(Names(rows.into_iter().map(|(id, first, last, email)| (id, display_name(&first, &last, &email))).collect()))
}
