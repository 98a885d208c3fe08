//! Another address of somebody who has activated: it counts once a link that was mailed to it is confirmed. The one before
//! is told, when it is asked for and when it counts, and holds until then.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused};
use crate::base::forms::Rejection;
use crate::base::id::{LinkId, UserId};
use crate::base::text;
use crate::db::schema::links as links_table;
use crate::model::users::invite::{self, InvitationMailer, count_mail, mailed_lately};
use crate::model::users::links::{self, Kind, Link};
use crate::model::users::{self, Refusal, User, UserDraft, store};
use crate::services::mail::{self, Button, Draft, LINK_SECRET};
use crate::tenancy::audit::{self, Action, Entry, Who};
use crate::tenancy::{TenantConn, rows};

/// How soon a second wish for the same address is the first one, sent twice.
const SENT_TWICE: Duration = Duration::from_secs(60);

/// An address that waits to be confirmed.
#[derive(Debug, Clone, Queryable)]
pub struct PendingAddress {
    /// The address.
    pub email: String,
    /// Since when.
    pub asked_at: Timestamp,
    /// Until when its link works.
    pub until: Timestamp,
}

/// Makes a link that confirms another address; an earlier such link ends.
fn issue_for(t: &mut TenantConn, user: UserId, email: &str, lifetime: Duration) -> Result<(LinkId, Timestamp), Error> {
    let (id, until) = links::issue(t, user, Kind::Address, lifetime)?;
    diesel::update(links_table::table.filter(links_table::tenant_id.eq(t.id).and(links_table::id.eq(id))))
        .set(links_table::email.eq(Some(email)))
        .execute(t.conn)?;
    Ok((id, until))
}

/// The address that a user asked for and has not confirmed.
pub fn pending_address(t: &mut TenantConn, user: UserId) -> Result<Option<PendingAddress>, Error> {
    Ok(links_table::table
        .filter(
            links_table::tenant_id
                .eq(t.id)
                .and(links_table::user_id.eq(user))
                .and(links_table::kind.eq(Kind::Address.name())),
        )
        .filter(links_table::ended_at.is_null().and(links_table::expires_at.gt(t.now)))
        .filter(links_table::email.is_not_null())
        .select((links_table::email.assume_not_null(), links_table::created_at, links_table::expires_at))
        .first(t.conn)
        .optional()?)
}

/// The address that a link confirms.
fn confirmed_by(t: &mut TenantConn, link: &Link) -> Result<Option<String>, Error> {
    Ok(links_table::table
        .filter(links_table::tenant_id.eq(t.id).and(links_table::id.eq(link.id)))
        .select(links_table::email)
        .first(t.conn)?)
}

/// Mails a link to another address of a user who has activated, and tells the present one. Answers until when it works.
///
/// # Errors
/// That another user has the address, or that several mails went out lately.
pub fn ask(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    user: &User,
    email: &str,
) -> Result<Timestamp, Refused<Rejection>> {
    if store::find_by_addresses(t, &[text::address_key(email)])?.values().any(|other| other.id != user.id) {
        return Err(Refused::By(Refusal::AddressTaken.into()));
    }
    let pending = pending_address(t, user.id)?;
    if let Some(same) = pending.filter(|it| it.email == email && it.asked_at > t.now - SENT_TWICE) {
        t.no_changes()?;
        return Ok(same.until);
    }
    for address in [email, user.email.as_str()] {
        count_mail(t, mailer, address).map_err(|refused| {
            refused.map(|wait| {
                let next = mailer.zone.format(t.now + wait.0, t.now);
                Rejection::one("email", mailed_lately(address, &next))
            })
        })?;
    }
    let (link, until) = issue_for(t, user.id, email, mailer.lifetime)?;
    let (address, tenant) = (format!("{}/account/email/{LINK_SECRET}", mailer.public_url), rows::title(t)?);
    let confirmation = mail::letter(&Draft {
        name: &invite::full_name(user),
        head: &tenant,
        subject: format!("{tenant}: confirm your email address"),
        paragraphs: &[format!(
            "Confirm that {email} is your address, and you will sign in to {tenant} on Tenantry with it instead of {}.",
            user.email
        )],
        button: Some(Button { label: "Confirm email address", link: &address }),
        closing: &[
            format!("The link works until {}.", mailer.zone.written(until)),
            "Not expecting this? Ignore it: nothing changes unless the link is used.".into(),
        ],
        reply_to: None,
    })?;
    let mail = mail::queue(t, &mailer.secrets, user.id, Some(link), email, &confirmation)?;
    users::invitations::note_mail(t, user.id, mail)?;
    let by = match t.actor.filter(|actor| *actor != user.id) {
        Some(actor) => {
            let actor = users::find(t, actor)?;
            format!("{} ({}) has asked", actor.name(), actor.email)
        }
        None => "You, or somebody who is signed in as you, asked".into(),
    };
    let asked = [
        format!("{by} that you sign in to {tenant} on Tenantry with {email} instead of {}.", user.email),
        format!("That counts once the link that was mailed to {email} is confirmed. Until then nothing changes."),
    ];
    tell(t, mailer, user, format!("{tenant}: your email address is to be changed"), &asked)?;
    audit::record(t, Entry::of(Action::Change, user).detail("Email to be confirmed", email))?;
    Ok(until)
}

/// A notice to the address that a user has or had.
fn tell(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    user: &User,
    subject: String,
    paragraphs: &[String],
) -> Result<(), Error> {
    let tenant = rows::title(t)?;
    let notice = mail::letter(&Draft {
        name: &invite::full_name(user),
        head: &tenant,
        subject,
        paragraphs,
        button: None,
        closing: &[format!("Was it not you? Change your password, and tell whoever invited you to {tenant}.")],
        reply_to: None,
    })?;
    mail::queue(t, &mailer.secrets, user.id, None, &user.email, &notice).map(|_| ())
}

/// What a link confirms: whose address, and the new one; `None` when that user cannot sign in.
pub fn asked(t: &mut TenantConn, link: &Link) -> Result<Option<(User, String)>, Error> {
    let user = users::find(t, link.user)?;
    let email = confirmed_by(t, link)?;
    Ok(email.filter(|_| user.disabled_at.is_none()).map(|email| (user, email)))
}

/// Gives a user the address that a link confirms, and answers who they are now; `None` when the link was used meanwhile.
/// Other links of theirs end: they went to the address before.
///
/// # Errors
/// That another user has the address by now.
pub fn confirm(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    link: &Link,
    before: &User,
    email: &str,
) -> Result<Option<User>, Refused<Refusal>> {
    if !links::take(t, link)? {
        return Ok(None);
    }
    t.act_as(Who::from(before));
    let draft = UserDraft {
        email: email.to_owned(),
        first_name: before.first_name.clone(),
        last_name: before.last_name.clone(),
        phone: before.phone.clone(),
        description: before.description.clone(),
    };
    let user = users::update(t, before.id, before.version, &draft)?;
    let tenant = rows::title(t)?;
    let changed = [
        format!("You now sign in to {tenant} on Tenantry with {email} instead of {}.", before.email),
        format!("Mails no longer go to {}.", before.email),
    ];
    tell(t, mailer, before, format!("{tenant}: your email address was changed"), &changed)?;
    Ok(Some(user))
}
