//! The outbox: mails wait in the database, queued by the transaction of what they tell of. A letter is sealed while it
//! waits and erased once it is sent or given up. It names the link that it is to carry, and holds no secret of it.

use std::collections::HashMap;
use std::time::Duration;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, LinkId, MailId, TenantId, UserId};
use crate::base::secrets::Secrets;
use crate::db::not_deleting::NotDeleting;
use crate::db::schema::{mails, users};
use crate::db::{Conn, in_ids};
use crate::services::mail::{Letter, LinkSecrets};
use crate::services::retry;
use crate::tenancy::TenantConn;

/// A mail that was queued.
#[derive(Debug, Clone, Queryable)]
pub struct Mail {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its identity.
    pub id: MailId,
    /// The address it goes to.
    pub recipient: String,
    sealed: Option<Vec<u8>>,
    /// How often it was tried before.
    pub tries: i32,
    /// The link that it carries.
    pub link: Option<LinkId>,
}

impl Mail {
    /// The letter without the secret of its link, while it waits.
    pub fn letter(&self, secrets: &Secrets) -> Option<Letter> {
        open(secrets, self.sealed.as_deref()?)
    }
}

fn seal(secrets: &Secrets, letter: &Letter) -> Result<Vec<u8>, Error> {
    secrets.seal("mail", &serde_json::to_vec(letter).map_err(Error::internal)?)
}

fn open(secrets: &Secrets, sealed: &[u8]) -> Option<Letter> {
    serde_json::from_slice(&secrets.open("mail", sealed)?).ok()
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was not tried yet.
    Queued,
    /// The mail server took it.
    Sent(Timestamp),
    /// It failed and is tried again.
    Retried {
        /// What the mail server said.
        problem: String,
        /// When it is tried next.
        at: Timestamp,
    },
    /// It was given up.
    Failed {
        /// What the mail server said.
        problem: String,
    },
}

/// The waits between tries; after the last the mail is given up, a day and a half after it was queued.
const WAITS: [Duration; 9] = [
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(3 * 3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(12 * 3600),
    Duration::from_secs(12 * 3600),
];
/// How long a process may take for one mail before another one tries it.
const LEASE: Duration = Duration::from_secs(300);

/// Queues a letter in the transaction of what it tells of. Where its link has its secret stands `LINK_SECRET`.
///
/// # Errors
/// When it cannot be sealed.
pub fn queue(
    t: &mut TenantConn,
    secrets: &Secrets,
    user: UserId,
    link: Option<LinkId>,
    recipient: &str,
    letter: &Letter,
) -> Result<MailId, Error> {
    let id = Id::new(t.now);
    queue_as(t, id, secrets, user, link, recipient, letter)?;
    Ok(id)
}

/// `queue` under an identity that is known already.
///
/// # Errors
/// As `queue`.
pub fn queue_as(
    t: &mut TenantConn,
    id: MailId,
    secrets: &Secrets,
    user: UserId,
    link: Option<LinkId>,
    recipient: &str,
    letter: &Letter,
) -> Result<(), Error> {
    diesel::insert_into(mails::table)
        .values((
            mails::tenant_id.eq(t.id),
            mails::id.eq(id),
            mails::user_id.eq(user),
            mails::recipient.eq(recipient),
            mails::sealed.eq(Some(seal(secrets, letter)?)),
            mails::state.eq("queued"),
            mails::tries.eq(0),
            mails::due_at.eq(t.now),
            mails::problem.eq(""),
            mails::created_at.eq(t.now),
            mails::link_id.eq(link),
        ))
        .execute(t.conn)?;
    Ok(())
}

/// Puts a tenant's letters that wait under another key, and answers how many. One that the old key does not open stays as
/// it is.
///
/// # Errors
/// When a letter cannot be sealed.
pub fn rekey(conn: &mut Conn, old: &Secrets, new: &Secrets, tenant: TenantId) -> Result<u64, Error> {
    rewrite(conn, tenant, |sealed| match old.open("mail", sealed) {
        Some(letter) => new.seal("mail", &letter).map(Some),
        None => Ok(None),
    })
}

/// Lets the links of a tenant's letters that wait lead to `to` instead of `from`, where the tenant was before. Both are the
/// bases of links, without a slash at their end.
///
/// # Errors
/// When a letter cannot be sealed.
pub fn redirect(conn: &mut Conn, secrets: &Secrets, tenant: TenantId, from: &str, to: &str) -> Result<u64, Error> {
    let (from, to) = (format!("{from}/"), format!("{to}/"));
    rewrite(conn, tenant, |sealed| match open(secrets, sealed) {
        Some(letter) => seal(secrets, &letter.replace(&from, &to)).map(Some),
        None => Ok(None),
    })
}

/// Replaces those of a tenant's waiting letters for which `resealed` has another, and answers how many.
fn rewrite(
    conn: &mut Conn,
    tenant: TenantId,
    resealed: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, Error>,
) -> Result<u64, Error> {
    let (mut n, mut after) = (0, Id::from_bytes([0; 16]));
    loop {
        let some: Vec<(MailId, Option<Vec<u8>>)> = mails::table
            .filter(mails::tenant_id.eq(tenant).and(mails::id.gt(after)).and(mails::sealed.is_not_null()))
            .order(mails::id)
            .limit(500)
            .select((mails::id, mails::sealed))
            .load(conn)?;
        let Some((last, _)) = some.last() else { return Ok(n) };
        after = *last;
        for (id, sealed) in some {
            let Some(sealed) = sealed.map(|sealed| resealed(&sealed)).transpose()?.flatten() else { continue };
            diesel::update(mails::table.filter(mails::tenant_id.eq(tenant).and(mails::id.eq(id))))
                .set(mails::sealed.eq(Some(sealed)))
                .execute(conn)?;
            n += 1;
        }
    }
}

/// Takes the secrets out of letters that earlier versions queued: each gets another when it is sent, and the one that it had
/// goes on working. A letter that the key does not open stays as it is.
///
/// # Errors
/// When a letter cannot be sealed.
pub fn take_out_secrets(conn: &mut Conn, secrets: &Secrets, links: &impl LinkSecrets) -> Result<(), Error> {
    let of_before = mails::link_id.is_null().and(mails::sealed.is_not_null());
    let waiting: Vec<(TenantId, MailId)> =
        mails::table.filter(of_before).select((mails::tenant_id, mails::id)).load(conn)?;
    for (tenant, id) in waiting {
        let row = mails::table.filter(mails::tenant_id.eq(tenant).and(mails::id.eq(id)));
        let sealed: Option<Vec<u8>> = row.select(mails::sealed).first(conn)?;
        let Some(letter) = sealed.and_then(|sealed| open(secrets, &sealed)) else { continue };
        for secret in letter.written_secrets() {
            // A name or title may look like a secret, too.
            let Some(link) = links.find_link(conn, tenant, &secret)? else { continue };
            let sealed = seal(secrets, &letter.without_secret(&secret))?;
            diesel::update(row).set((mails::link_id.eq(Some(link)), mails::sealed.eq(Some(sealed)))).execute(conn)?;
            break;
        }
    }
    Ok(())
}

/// Gives up a tenant's letters that wait, for nobody can read them any more: `problem` says why. Answers how many.
pub fn fail_all(conn: &mut Conn, tenant: TenantId, problem: &str) -> Result<u64, Error> {
    let waiting = mails::table.filter(mails::tenant_id.eq(tenant).and(mails::state.eq("queued")));
    let n = diesel::update(waiting)
        .set((
            mails::state.eq("failed"),
            mails::problem.eq(problem),
            mails::sealed.eq(None::<Vec<u8>>),
            mails::lease_until.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    Ok(n as u64)
}

/// What is to be sent now: not to somebody who goes with a customer that is deleted.
#[diesel::dsl::auto_type(no_type_alias)]
fn due(now: Timestamp) -> _ {
    let theirs = users::table.filter(users::tenant_id.eq(mails::tenant_id)).filter(users::id.eq(mails::user_id));
    let is_there = exists(theirs.filter(NotDeleting).select(users::id));
    let free = mails::lease_until.is_null().or(mails::lease_until.lt(now));
    mails::state.eq("queued").and(mails::due_at.le(now)).and(free).and(is_there)
}

/// Whether a mail waits that nobody is sending.
pub(crate) fn is_due(conn: &mut Conn, now: Timestamp) -> Result<bool, Error> {
    Ok(diesel::select(exists(mails::table.filter(due(now)).select(mails::id))).get_result(conn)?)
}

/// Takes a mail that is due, so that no other process sends it meanwhile. Whoever changes the row has it.
pub(crate) fn claim(conn: &mut Conn, now: Timestamp) -> Result<Option<Mail>, Error> {
    let candidates: Vec<Mail> = mails::table
        .filter(due(now))
        .order(mails::due_at)
        .select((mails::tenant_id, mails::id, mails::recipient, mails::sealed, mails::tries, mails::link_id))
        .limit(8)
        .load(conn)?;
    for mail in candidates {
        let row = mails::table.filter(mails::tenant_id.eq(mail.tenant).and(mails::id.eq(mail.id)));
        let claimed =
            diesel::update(row.filter(due(now))).set(mails::lease_until.eq(Some(now + LEASE))).execute(conn)?;
        if claimed == 1 {
            return Ok(Some(mail));
        }
    }
    Ok(None)
}

/// How a try ended.
pub(crate) enum Outcome {
    Sent,
    /// Worth another try.
    Later(String),
    /// No use in trying again.
    Never(String),
}

/// Writes down how a try ended.
pub(crate) fn record(conn: &mut Conn, mail: &Mail, outcome: Outcome, now: Timestamp) -> Result<(), Error> {
    let tries = mail.tries + 1;
    let wait = retry::wait_after(&WAITS, mail.tries);
    let (state, problem, due) = match (outcome, wait) {
        (Outcome::Sent, _) => ("sent", String::new(), now),
        (Outcome::Later(problem), Some(wait)) => ("queued", problem, now + wait),
        (Outcome::Later(problem), None) | (Outcome::Never(problem), _) => ("failed", problem, now),
    };
    let problem: String = problem.chars().filter(|c| !c.is_control()).take(500).collect();
    let row = mails::table.filter(mails::tenant_id.eq(mail.tenant).and(mails::id.eq(mail.id)));
    diesel::update(row)
        .set((
            mails::state.eq(state),
            mails::tries.eq(tries),
            mails::problem.eq(problem),
            mails::due_at.eq(due),
            mails::lease_until.eq(None::<Timestamp>),
            mails::sent_at.eq((state == "sent").then_some(now)),
            (state != "queued").then_some(mails::sealed.eq(None::<Vec<u8>>)),
        ))
        .execute(conn)?;
    Ok(())
}

type FateRow = (MailId, String, i32, Timestamp, String, Option<Timestamp>);

/// What became of the mails among `ids`.
pub fn fates(
    t: &mut TenantConn,
    ids: impl IntoIterator<Item = Option<MailId>>,
) -> Result<HashMap<MailId, Fate>, Error> {
    let ids: Vec<MailId> = ids.into_iter().flatten().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<FateRow> = mails::table
        .filter(mails::tenant_id.eq(t.id))
        .filter(in_ids(t.conn, "mails.id", &ids))
        .select((mails::id, mails::state, mails::tries, mails::due_at, mails::problem, mails::sent_at))
        .load(t.conn)?;
    let fate = |(id, state, tries, due, problem, sent): FateRow| {
        let fate = match (state.as_str(), sent) {
            ("sent", Some(at)) => Fate::Sent(at),
            ("failed", _) => Fate::Failed { problem },
            _ if tries > 0 => Fate::Retried { problem, at: due },
            _ => Fate::Queued,
        };
        (id, fate)
    };
    Ok(rows.into_iter().map(fate).collect())
}

/// Forgets mails that ended before `before` and are no user's last one.
pub fn forget(conn: &mut Conn, before: Timestamp) -> Result<usize, Error> {
    let shown =
        users::table.filter(users::tenant_id.eq(mails::tenant_id).and(users::last_mail_id.eq(mails::id.nullable())));
    let ended = mails::state.ne("queued").and(mails::due_at.lt(before));
    Ok(diesel::delete(mails::table.filter(ended).filter(not(exists(shown)))).execute(conn)?)
}
