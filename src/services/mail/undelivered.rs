//! Mails that have not arrived, as administrators are told of them.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::base::clock::{SqlTime, Timestamp};
use crate::base::error::Error;
use crate::base::id::{MailId, SqlId, UserId};
use crate::db::RawQuery;
use crate::tenancy::TenantConn;

/// A mail that has failed so far.
#[derive(Debug, Clone, QueryableByName)]
pub struct Undelivered {
    #[diesel(sql_type = SqlId)]
    pub id: MailId,
    /// Whom it is for.
    #[diesel(sql_type = SqlId)]
    pub user_id: UserId,
    /// Whether it is not tried again.
    #[diesel(sql_type = Bool)]
    pub given_up: bool,
    /// Since when it waits.
    #[diesel(sql_type = SqlTime)]
    pub created_at: Timestamp,
    /// What the mail server said.
    #[diesel(sql_type = Text)]
    pub problem: String,
}

/// Mails that were given up, newest first, and those that failed and are tried again, oldest first; at most `limit` of
/// either.
pub fn undelivered(t: &mut TenantConn, limit: i64) -> Result<(Vec<Undelivered>, Vec<Undelivered>), Error> {
    // Raw: a union, each half in the words of an index, which is of these alone.
    let half = |given_up: bool, state: &str, order: &str| {
        let columns = format!("select id, user_id, {given_up} as given_up, created_at, problem from mails");
        let half = RawQuery::new("select * from (").sql(&columns).sql(" where tenant_id = ? and ").id(t.id);
        half.sql(state).sql(order).sql(" limit ?) ").number(limit)
    };
    let given_up = half(true, "state = 'failed'", " order by id desc").sql("given_up union all ");
    let tried_again = half(false, "state = 'queued' and tries > 0", " order by id").sql("tried_again");
    let all: Vec<Undelivered> = given_up.append(tried_again).load(t.conn)?;
    let (mut given_up, mut tried_again): (Vec<_>, Vec<_>) = all.into_iter().partition(|mail| mail.given_up);
    given_up.sort_by_key(|mail| std::cmp::Reverse(mail.id));
    tried_again.sort_by_key(|mail| mail.id);
    Ok((given_up, tried_again))
}
