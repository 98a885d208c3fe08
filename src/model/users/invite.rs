//! Inviting: issuing activation links, and writing the mails that carry links.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::forms::fold;
use crate::base::id::LinkId;
use crate::base::secrets::Secrets;
use crate::base::time::{DisplayZone, FormattedTime};
use crate::model::customers;
use crate::model::users::links::{self, Kind, RESET_LIFETIME};
use crate::model::users::{self, Role, User, invitations};
use crate::services::mail::{self, LINK_SECRET, Letter};
use crate::services::rate_limit::{self, Bucket, MAILS_OF_TENANT, MAILS_TO_ADDRESS};
use crate::tenancy::{TenantConn, rows};

/// What writing and linking needs to know of the server.
#[derive(Clone)]
pub struct InvitationMailer {
    secrets: Secrets,
    public_url: String,
    lifetime: Duration,
}

impl InvitationMailer {
    /// `public_url`: where people reach the server, without a slash at its end. `lifetime`: of activation links.
    pub fn new(secrets: Secrets, public_url: String, lifetime: Duration) -> Self {
        Self { secrets, public_url, lifetime }
    }

    /// How long an activation link works, in words.
    pub fn lifetime(&self) -> String {
        lifetime_text(self.lifetime)
    }

    /// That an activation link works for so long, and until when.
    pub fn works(&self, until: FormattedTime) -> String {
        format!("works for {}, until {}", self.lifetime(), until.exact)
    }
}

/// Whole days, or hours.
fn lifetime_text(lifetime: Duration) -> String {
    let hours = lifetime.as_secs() / 3600;
    match (hours / 24, hours % 24) {
        (1, 0) => "1 day".into(),
        (days, 0) => format!("{days} days"),
        _ if hours == 1 => "1 hour".into(),
        _ => format!("{hours} hours"),
    }
}

/// Makes a displayed activation link; the earlier displayed one ends.
pub fn displayed_link(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    user: &User,
) -> Result<(String, Timestamp), Error> {
    let (token, until) = links::display(t, user.id, mailer.lifetime)?;
    Ok((format!("{}/activate/{}", mailer.public_url, token.reveal()), until))
}

/// Queues an activation mail for a new link; the earlier mailed one ends. Answers until when the link works.
pub fn mail_invitation(t: &mut TenantConn, mailer: &InvitationMailer, user: &User) -> Result<Timestamp, Error> {
    let (link, until) = links::issue(t, user.id, Kind::Mailed, mailer.lifetime)?;
    let address = format!("{}/activate/{LINK_SECRET}", mailer.public_url);
    let tenant = rows::title(t)?;
    let inviter = match t.actor {
        Some(actor) => match users::find(t, actor) {
            Ok(actor) => actor.name(),
            // What they asked for goes on when they are no longer there.
            Err(Error::NotFound) => tenant.clone(),
            Err(error) => return Err(error),
        },
        None => tenant.clone(),
    };
    let into = match user.role() {
        Role::Administrator => format!("to administer {tenant}"),
        Role::CustomerUser(id) => format!("as a user of {} at {tenant}", customers::find(t, id)?.title),
    };
    let letter = mail::letter(
        &full_name(user),
        format!("{inviter} invites you to {tenant}"),
        &[
            format!("{inviter} invites you {into}, on Tenantry."),
            "Choose a password to activate your user. It will sign you in.".into(),
        ],
        mail::Button { label: "Choose a password", link: &address },
        &[
            format!("The link {}.", mailer.works(DisplayZone::utc().format(until, t.now))),
            "If you did not expect this, ignore it: nothing happens unless the link is used.".into(),
        ],
    )?;
    send(t, mailer, user, link, &letter)?;
    Ok(until)
}

/// Queues a mail for a link to choose a new password; an earlier such link ends.
pub fn mail_reset(t: &mut TenantConn, mailer: &InvitationMailer, user: &User) -> Result<(), Error> {
    let (link, until) = links::issue(t, user.id, Kind::Reset, RESET_LIFETIME)?;
    let address = format!("{}/reset-password/{LINK_SECRET}", mailer.public_url);
    let tenant = rows::title(t)?;
    let letter = mail::letter(
        &full_name(user),
        format!("Choose a new password for {tenant}"),
        &[format!("A new password was asked for {} at {tenant}, on Tenantry.", user.email)],
        mail::Button { label: "Choose a new password", link: &address },
        &[
            format!("The link works once, for 30 minutes, until {}.", exact(until, t.now)),
            "If you did not ask for it, ignore this: your password stays as it is.".into(),
        ],
    )?;
    send(t, mailer, user, link, &letter)
}

/// What mails that an administrator causes to an address are taken from: the address, whoever has it, and the tenant.
fn buckets(t: &TenantConn, mailer: &InvitationMailer, email: &str) -> Vec<Bucket> {
    vec![
        Bucket::of(&mailer.secrets, &MAILS_OF_TENANT, &t.id.to_string()),
        Bucket::of(&mailer.secrets, &MAILS_TO_ADDRESS, &format!("{} {}", t.id, fold(email))),
    ]
}

/// How long until an administrator can have a mail sent to this address; `None` when they can.
pub fn mail_wait(t: &mut TenantConn, mailer: &InvitationMailer, email: &str) -> Result<Option<RetryAfter>, Error> {
    let buckets = buckets(t, mailer, email);
    rate_limit::wait_for(t.conn, &buckets, t.now)
}

/// Counts a mail that an administrator has sent to this address. Nobody else waits for the row of the tenant for longer
/// than the transaction takes.
///
/// # Errors
/// How long to wait until the next can be sent; nothing was counted.
pub fn count_mail(t: &mut TenantConn, mailer: &InvitationMailer, email: &str) -> Result<(), Refused<RetryAfter>> {
    if let Some(wait) = mail_wait(t, mailer, email)? {
        return Err(Refused::By(wait));
    }
    let buckets = buckets(t, mailer, email);
    rate_limit::take_in(t.conn, &buckets, t.now)
}

/// Why no mail can be sent to an address, and when the next can be.
pub fn mailed_lately(email: &str, next: &FormattedTime) -> String {
    format!("Several mails were sent to {email} lately. The next can be sent {}", next.text)
}

fn send(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    user: &User,
    link: LinkId,
    letter: &Letter,
) -> Result<(), Error> {
    let mail = mail::queue(t, &mailer.secrets, user.id, link, &user.email, letter)?;
    invitations::note_mail(t, user.id, mail)
}

fn full_name(user: &User) -> String {
    [user.first_name.as_str(), user.last_name.as_str()].join(" ").trim().to_owned()
}

fn exact(at: Timestamp, now: Timestamp) -> String {
    DisplayZone::utc().format(at, now).exact
}
