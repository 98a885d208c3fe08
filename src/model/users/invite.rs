//! Inviting: issuing activation links, and writing the mails that carry links.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::id::{LinkId, MailId};
use crate::base::secrets::Secrets;
use crate::base::text;
use crate::base::time::{DisplayZone, FormattedTime};
use crate::model::customers;
use crate::model::users::links::{self, Kind, RESET_LIFETIME};
use crate::model::users::{self, Role, User, invitations};
use crate::services::mail::{self, Button, Draft, LINK_SECRET, Letter};
use crate::services::rate_limit::{self, Bucket, MAILS_OF_TENANT, MAILS_TO_ADDRESS, RENEWALS};
use crate::tenancy::audit::{self, Action, Entry, Who};
use crate::tenancy::{TenantConn, rows};

/// What writing and linking needs to know of the server.
#[derive(Clone)]
pub struct InvitationMailer {
    pub(super) secrets: Secrets,
    pub(super) public_url: String,
    pub(super) lifetime: Duration,
    pub(super) zone: DisplayZone,
}

impl InvitationMailer {
    /// `public_url`: where people reach the server, without a slash at its end. `lifetime`: of activation links.
    pub fn new(secrets: Secrets, public_url: String, lifetime: Duration) -> Self {
        Self { secrets, public_url, lifetime, zone: DisplayZone::utc() }
    }

    /// The same with the times of its letters in this zone.
    pub fn in_zone(self, zone: DisplayZone) -> Self {
        Self { zone, ..self }
    }

    fn activation_address(&self, secret: &str) -> String {
        format!("{}/activate/{secret}", self.public_url)
    }

    /// How long an activation link works, in words.
    pub fn lifetime(&self) -> String {
        lifetime_text(self.lifetime)
    }

    /// That an activation link works for so long, and until when.
    pub fn works(&self, until: FormattedTime) -> String {
        format!("works for {}, until {}", self.lifetime(), until.exact)
    }

    /// The same in the zone of its letters.
    pub fn works_in_zone(&self, until: Timestamp, now: Timestamp) -> String {
        self.works(self.zone.format(until, now))
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

/// The first link of a user who is being added, with which their row is written at once.
#[derive(Debug, Clone, Copy)]
pub struct FirstLink {
    /// Until when it works.
    pub until: Timestamp,
    /// The mail that carries it; `None`: it is displayed.
    pub mail: Option<MailId>,
}

impl FirstLink {
    /// One that begins at `now`.
    pub fn new(mailer: &InvitationMailer, now: Timestamp, is_mailed: bool) -> Self {
        Self { until: now + mailer.lifetime, mail: is_mailed.then(|| MailId::new(now)) }
    }

    /// Makes it for the user who was added with it: queues its mail, or answers its address.
    pub fn give(self, t: &mut TenantConn, mailer: &InvitationMailer, user: &User) -> Result<Option<String>, Error> {
        let Some(mail) = self.mail else {
            let link = links::first(t, user.id, Kind::Displayed, self.until)?;
            let token = links::add_secret(t.conn, t.id, link)?;
            return Ok(Some(mailer.activation_address(&token.reveal())));
        };
        let link = links::first(t, user.id, Kind::Mailed, self.until)?;
        let letter = invitation(t, mailer, user, self.until)?;
        mail::queue_as(t, mail, &mailer.secrets, user.id, Some(link), &user.email, &letter)?;
        Ok(None)
    }
}

/// Makes a displayed activation link; the earlier displayed one ends.
pub fn displayed_link(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    user: &User,
) -> Result<(String, Timestamp), Error> {
    let (token, until) = links::display(t, user.id, mailer.lifetime)?;
    Ok((mailer.activation_address(&token.reveal()), until))
}

/// Whom a letter names as the one who invites.
struct Inviter {
    name: String,
    email: String,
}

/// Whoever acts, else whoever added the user; `None` when they are no longer there.
fn inviter(t: &mut TenantConn, user: &User) -> Result<Option<Inviter>, Error> {
    if let Who::User { name, email, .. } = &t.origin.who {
        return Ok(Some(Inviter { name: name.clone(), email: email.clone() }));
    }
    let Some(id) = t.actor.or(user.created_by) else { return Ok(None) };
    match users::find(t, id) {
        Ok(it) => Ok(Some(Inviter { name: it.name(), email: it.email })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Queues an activation mail for a new link; the earlier mailed one ends. Answers until when the link works.
pub fn mail_invitation(t: &mut TenantConn, mailer: &InvitationMailer, user: &User) -> Result<Timestamp, Error> {
    let (link, until) = links::issue(t, user.id, Kind::Mailed, mailer.lifetime)?;
    let letter = invitation(t, mailer, user, until)?;
    send(t, mailer, user, link, &letter)?;
    Ok(until)
}

/// The letter with which a user gets a link that works until `until`.
fn invitation(t: &mut TenantConn, mailer: &InvitationMailer, user: &User, until: Timestamp) -> Result<Letter, Error> {
    let (address, tenant) = (mailer.activation_address(LINK_SECRET), rows::title(t)?);
    let inviter = inviter(t, user)?;
    let by = match &inviter {
        Some(it) if it.name != it.email => format!("{} ({}) of {tenant}", it.name, it.email),
        Some(it) => format!("{} of {tenant}", it.email),
        None => tenant.clone(),
    };
    let (subject, given) = match user.role() {
        Role::Administrator => (
            format!("{tenant}: your access as an administrator"),
            format!(
                "{by} has made you an administrator of {tenant} on Tenantry, where you manage its customers, their users, devices, assets and dashboards."
            ),
        ),
        Role::CustomerUser(id) => (
            format!("{tenant}: your access to the portal"),
            format!(
                "{by} has given you access to its portal on Tenantry, where you see the devices, assets and dashboards of {}.",
                customers::find(t, id)?.title
            ),
        ),
    };
    let ask = inviter.as_ref().map_or_else(|| "Ignore it".into(), |it| format!("Ignore it, or ask {}", it.name));
    mail::letter(&Draft {
        name: &full_name(user),
        head: &tenant,
        subject,
        paragraphs: &[given, "Choose a password to get started.".into()],
        button: Some(Button { label: "Choose a password", link: &address }),
        closing: &[
            format!("The link works until {} and only for {}.", mailer.zone.written(until), user.email),
            format!("Not expecting this? {ask}: nothing happens unless the link is used."),
        ],
        reply_to: inviter.map(|it| (it.name, it.email)),
    })
}

/// How soon a second activation mail is the first one, asked for twice.
const ASKED_TWICE: Duration = Duration::from_secs(60);

/// Queues another activation mail that its recipient asked for, unless one was queued just now; answers how long to wait
/// after too many.
pub fn renew_invitation(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    secrets: &Secrets,
    user: &User,
) -> Result<Result<(), RetryAfter>, Error> {
    if links::was_mailed(t, user.id, t.now - ASKED_TWICE)? {
        t.no_changes()?;
        return Ok(Ok(()));
    }
    // By address: a user who is deleted and added again is the same person.
    let bucket = [Bucket::of(secrets, &RENEWALS, &format!("{} {}", t.id, text::address_key(&user.email)))];
    if let Some(wait) = rate_limit::wait_for(t.conn, &bucket, t.now)? {
        return Ok(Err(wait));
    }
    rate_limit::take_in(t.conn, &bucket, t.now).map_err(Error::from)?;
    mail_invitation(t, mailer, user)?;
    audit::record(t, Entry::of(Action::ActivationMail, user))?;
    Ok(Ok(()))
}

/// Queues a mail for a link to choose a new password; an earlier such link ends.
pub fn mail_reset(t: &mut TenantConn, mailer: &InvitationMailer, user: &User) -> Result<(), Error> {
    let (link, until) = links::issue(t, user.id, Kind::Reset, RESET_LIFETIME)?;
    let (address, tenant) = (format!("{}/reset-password/{LINK_SECRET}", mailer.public_url), rows::title(t)?);
    let letter = mail::letter(&Draft {
        name: &full_name(user),
        head: &tenant,
        subject: format!("Choose a new password for {tenant}"),
        paragraphs: &[format!("Someone asked to reset the password of {} at {tenant}, on Tenantry.", user.email)],
        button: Some(Button { label: "Choose a new password", link: &address }),
        closing: &[
            format!("The link works once, for 30 minutes, until {}.", mailer.zone.written(until)),
            "If you did not ask for it, ignore this: your password stays as it is.".into(),
        ],
        reply_to: None,
    })?;
    send(t, mailer, user, link, &letter)
}

/// What mails that an administrator causes to an address are taken from: the address, whoever has it, and the tenant.
fn buckets(t: &TenantConn, mailer: &InvitationMailer, email: &str) -> Vec<Bucket> {
    vec![
        Bucket::of(&mailer.secrets, &MAILS_OF_TENANT, &t.id.to_string()),
        Bucket::of(&mailer.secrets, &MAILS_TO_ADDRESS, &format!("{} {}", t.id, text::address_key(email))),
    ]
}

/// How long until an administrator can have a mail sent to this address; `None` when they can.
pub fn mail_wait(t: &mut TenantConn, mailer: &InvitationMailer, email: &str) -> Result<Option<RetryAfter>, Error> {
    let buckets = buckets(t, mailer, email);
    rate_limit::wait_for(t.conn, &buckets, t.now)
}

fn full_buckets(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    email: &str,
) -> Result<Vec<Bucket>, Refused<RetryAfter>> {
    let buckets = buckets(t, mailer, email);
    rate_limit::wait_for(t.conn, &buckets, t.now)?.map_or(Ok(buckets), |wait| Err(Refused::By(wait)))
}

/// Counts a mail that an administrator has sent to this address. Nobody else waits for the row of the tenant for longer
/// than the transaction takes.
///
/// # Errors
/// How long to wait until the next can be sent; nothing was counted.
pub fn count_mail(t: &mut TenantConn, mailer: &InvitationMailer, email: &str) -> Result<(), Refused<RetryAfter>> {
    let buckets = full_buckets(t, mailer, email)?;
    rate_limit::take_in(t.conn, &buckets, t.now)
}

/// The same at the end of a transaction that sends one, so that others who do wait for its commit alone.
///
/// # Errors
/// As `count_mail`.
pub fn count_mail_at_end(
    t: &mut TenantConn,
    mailer: &InvitationMailer,
    email: &str,
) -> Result<(), Refused<RetryAfter>> {
    let buckets = full_buckets(t, mailer, email)?;
    Ok(t.at_end(move |t| Ok(rate_limit::take_in(t.conn, &buckets, t.now)?))?)
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
    let mail = mail::queue(t, &mailer.secrets, user.id, Some(link), &user.email, letter)?;
    invitations::note_mail(t, user.id, mail)
}

/// First and last name, as far as there are any.
pub(super) fn full_name(user: &User) -> String {
    [user.first_name.as_str(), user.last_name.as_str()].join(" ").trim().to_owned()
}
