//! Until when users are invited, which mail went to them last, and what of it needs attention.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{MailId, UserId};
use crate::db::in_ids;
use crate::db::schema::users;
use crate::model::users::User;
use crate::model::users::store::mine;
use crate::services::mail;
use crate::tenancy::TenantConn;

/// Notes until when an activation link of theirs works.
pub fn set_invited_until(t: &mut TenantConn, id: UserId, until: Option<Timestamp>) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id))).set(users::invited_until.eq(until)).execute(t.conn)?;
    Ok(())
}

/// Notes which mail was sent to them last.
pub fn note_mail(t: &mut TenantConn, id: UserId, mail: MailId) -> Result<(), Error> {
    diesel::update(mine(t).filter(users::id.eq(id))).set(users::last_mail_id.eq(Some(mail))).execute(t.conn)?;
    Ok(())
}

/// Users whose last invitation ran out before they used it, the one that ran out last first, at most `limit`.
pub fn invitations_expired(t: &mut TenantConn, limit: i64) -> Result<Vec<User>, Error> {
    let waiting = mine(t).filter(users::activated_at.is_null()).filter(users::disabled_at.is_null());
    let expired = waiting.filter(users::invited_until.le(Some(t.now))).order(users::invited_until.desc());
    Ok(expired.select(User::as_select()).limit(limit).load(t.conn)?)
}

/// What became of mails that have not arrived.
pub struct MailTrouble {
    /// Users whose last mail was given up, the newest mail first.
    pub given_up: Vec<User>,
    /// Mails that failed and are tried again, the oldest first.
    pub tried_again: Vec<mail::Undelivered>,
}

/// Mails that have not arrived, at most `limit` of either kind.
pub fn mail_trouble(t: &mut TenantConn, limit: i64) -> Result<MailTrouble, Error> {
    let (failed, tried_again) = mail::undelivered(t, limit)?;
    let ids: Vec<UserId> = failed.iter().map(|mail| mail.user_id).collect();
    if ids.is_empty() {
        return Ok(MailTrouble { given_up: Vec::new(), tried_again });
    }
    let those = mine(t).filter(in_ids(t.conn, "users.id", &ids));
    let found: Vec<User> = those.select(User::as_select()).load(t.conn)?;
    let of = |mail: &mail::Undelivered| {
        found.iter().find(|one| one.id == mail.user_id && one.last_mail_id == Some(mail.id)).cloned()
    };
    Ok(MailTrouble { given_up: failed.iter().filter_map(of).collect(), tried_again })
}
