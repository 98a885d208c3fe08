//! What is done too often is slowed down, by rows that all processes share and that outlive them. Each budget fills up
//! again bit by bit (the generic cell rate algorithm, ITU-T I.371), so that whoever waits a little goes on, and whoever
//! goes on without waiting gets no more than the budget gives in a day. Knows nothing of people: whose a budget is says
//! a number that only the secret key leads to.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::secrets::Secrets;
use crate::db::schema::throttles;
use crate::db::{Conn, Db, RawQuery};

/// How often something may be done.
#[derive(Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its number in the table.
    kind: i32,
    /// So often at once.
    at_once: u32,
    /// After this long once more.
    every: Duration,
}

const fn quota(kind: i32, at_once: u32, every_seconds: u64) -> Quota {
    Quota { kind, at_once, every: Duration::from_secs(every_seconds) }
}

/// Passwords tried for one address, by browsers that nobody with it has signed in with.
pub const ANONYMOUS: Quota = quota(1, 10, 30 * 60);
/// Passwords tried for one address from one browser in which its user has signed in before.
pub const KNOWN_BROWSER: Quota = quota(2, 10, 3600);
/// Wrong passwords from one network, where many people may be.
pub const NETWORK: Quota = quota(3, 300, 20);
/// Links to choose a password asked for one address. A link works for longer than it takes to get the next.
pub const RESETS: Quota = quota(4, 3, 10 * 60);
/// Links asked for from one network.
pub const RESETS_OF_NETWORK: Quota = quota(5, 60, 60);
/// New passwords posted with one link, or by one person: reading one well takes a while.
pub const NEW_PASSWORDS: Quota = quota(6, 30, 60);
/// New activation mails asked for with one expired link.
pub const RENEWALS: Quota = quota(7, 3, 10 * 60);
/// Tries at the current password of somebody who is signed in.
pub const CURRENT_PASSWORD: Quota = quota(8, 10, 3600);
/// Wrong passwords of one user from browsers that they have not signed in with, whatever else these match: 58 a day.
pub const GUESSES: Quota = quota(9, 10, 30 * 60);
/// Wrong passwords of one user where they have been: from known browsers, and in open sessions. 40 a day.
pub const OWN_GUESSES: Quota = quota(10, 20, 72 * 60);
/// Wrong passwords from one site, which has many networks (an IPv6 /48), or from whoever a proxy on this machine does not
/// name.
pub const SITE: Quota = quota(11, 3_000, 2);
/// Links asked for from one site.
pub const RESETS_OF_SITE: Quota = quota(12, 600, 6);
/// Mails that administrators of one tenant cause. What they import may invite thousands.
pub const MAILS_OF_TENANT: Quota = quota(13, 20_000, 5);
/// Mails that administrators of one tenant cause to one address.
pub const MAILS_TO_ADDRESS: Quota = quota(14, 3, 10 * 60);
/// What a customer user changes, and with that entries of the audit log.
pub const CHANGES: Quota = quota(15, 300, 10);
/// Sign-ins of one user, each with an entry in the audit log.
pub const SIGN_INS: Quota = quota(16, 300, 60);

/// The table holds at most this many rows of a kind. Two who share a number share a budget; nobody can choose whose.
const SLOTS: u32 = 1 << 20;

/// A budget of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    quota: &'static Quota,
    slot: i32,
}

impl Bucket {
    /// The budget of whoever these words stand for.
    pub fn of(secrets: &Secrets, quota: &'static Quota, who: &str) -> Self {
        let mac = secrets.mac(&format!("throttle {}", quota.kind), who.as_bytes());
        let number = u32::from_be_bytes([mac[0], mac[1], mac[2], mac[3]]) % SLOTS;
        Self { quota, slot: number.cast_signed() }
    }

    /// Rows are locked in this order by everybody, so that nobody waits in a circle.
    fn order(&self) -> (i32, i32) {
        (self.quota.kind, self.slot)
    }

    fn step(&self) -> i64 {
        micros(self.quota.every)
    }

    /// The latest moment until which it may be spent before the next is taken from it.
    fn capacity(&self, now: Timestamp) -> i64 {
        now.micros() + self.step() * i64::from(self.quota.at_once - 1)
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// How long until all of them have something left; `None` when they have.
pub fn wait_for(conn: &mut Conn, buckets: &[Bucket], now: Timestamp) -> Result<Option<RetryAfter>, Error> {
    if buckets.is_empty() {
        return Ok(None);
    }
    let mut spent = throttles::table.into_boxed();
    for bucket in buckets {
        spent = spent.or_filter(throttles::kind.eq(bucket.quota.kind).and(throttles::slot.eq(bucket.slot)));
    }
    let spent: Vec<((i32, i32), i64)> =
        spent.select(((throttles::kind, throttles::slot), throttles::spent_until)).load(conn)?;
    let over = |bucket: &Bucket| {
        let until = spent.iter().find(|(row, _)| *row == bucket.order()).map_or(0, |(_, until)| *until);
        until - bucket.capacity(now)
    };
    let over = buckets.iter().map(over).filter(|over| *over > 0).max();
    Ok(over.map(|over| RetryAfter(Duration::from_micros(over.unsigned_abs()))))
}

/// Takes from all of them, or from none and says how long to wait. Whoever is refused writes nothing.
///
/// # Errors
/// `By` how long to wait.
pub async fn take(db: &Db, buckets: Vec<Bucket>, now: Timestamp) -> Result<(), Refused<RetryAfter>> {
    db.write_unaudited(move |conn| take_in(conn, &buckets, now)).await
}

/// `take` inside a transaction, which must end when it is refused.
///
/// # Errors
/// As `take`.
pub fn take_in(conn: &mut Conn, buckets: &[Bucket], now: Timestamp) -> Result<(), Refused<RetryAfter>> {
    for bucket in in_order(buckets) {
        if take_from(conn, &[bucket], now)?.is_empty() {
            let wait = wait_for(conn, buckets, now)?.unwrap_or(RetryAfter(bucket.quota.every));
            return Err(Refused::By(wait));
        }
    }
    Ok(())
}

fn in_order(buckets: &[Bucket]) -> Vec<&Bucket> {
    let mut buckets: Vec<&Bucket> = buckets.iter().collect();
    buckets.sort_by_key(|bucket| bucket.order());
    buckets
}

/// Takes from each that has something left, and says which those are.
pub fn take_each_in(conn: &mut Conn, buckets: &[Bucket], now: Timestamp) -> Result<Vec<bool>, Error> {
    let mut taken = BTreeSet::new();
    for some in in_order(buckets).chunk_by(|one, other| one.quota == other.quota && one != other) {
        taken.extend(take_from(conn, some, now)?);
    }
    Ok(buckets.iter().map(|bucket| taken.contains(&bucket.order())).collect())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    kind: i32,
    #[diesel(sql_type = Integer)]
    slot: i32,
}

/// Takes from each of several different ones of one quota that has something left. Raw: diesel's upserts of several rows are
/// of one database. The rows are locked in the order in which they are named.
fn take_from(conn: &mut Conn, buckets: &[&Bucket], now: Timestamp) -> Result<Vec<(i32, i32)>, Error> {
    let Some(first) = buckets.first() else { return Ok(Vec::new()) };
    let (at, step) = (now.micros(), first.step());
    let taken: Vec<Row> = rows(buckets, |_| at + step)
        .sql("spent_until = case when throttles.spent_until > ? then throttles.spent_until + ? else ? end")
        .number(at)
        .number(step)
        .number(at + step)
        .sql(" where throttles.spent_until <= ? returning kind, slot")
        .number(first.capacity(now))
        .load(conn)?;
    Ok(taken.into_iter().map(|row| (row.kind, row.slot)).collect())
}

/// The beginning of an upsert of the rows of several different ones, with the value of each while it has none.
fn rows(buckets: &[&Bucket], spent_until: impl Fn(&Bucket) -> i64) -> RawQuery {
    let mut query = RawQuery::new("insert into throttles (kind, slot, spent_until) values ");
    for (at, bucket) in buckets.iter().enumerate() {
        query = query.sql(if at == 0 { "(?, ?, ?)" } else { ", (?, ?, ?)" });
        query = query.number(bucket.quota.kind.into()).number(bucket.slot.into()).number(spent_until(bucket));
    }
    query.sql(" on conflict (kind, slot) do update set ")
}

impl From<Refused<RetryAfter>> for Error {
    fn from(refused: Refused<RetryAfter>) -> Self {
        match refused {
            Refused::By(wait) => Self::TooMany(wait),
            Refused::Failed(error) => error,
        }
    }
}

/// Gives back what was taken for something that turned out to be right.
pub async fn refund(db: &Db, buckets: Vec<Bucket>) -> Result<(), Error> {
    db.write_unaudited(move |conn| refund_in(conn, &buckets)).await
}

/// `refund` inside a transaction.
pub fn refund_in(conn: &mut Conn, buckets: &[Bucket]) -> Result<(), Error> {
    for some in in_order(buckets).chunk_by(|one, other| one != other) {
        // A row that was forgotten meanwhile is made with a moment long ago, and is forgotten again.
        rows(some, Bucket::step).sql("spent_until = throttles.spent_until - excluded.spent_until").execute(conn)?;
    }
    Ok(())
}

/// Forgets budgets that are full again.
pub fn forget(conn: &mut Conn, now: Timestamp) -> Result<usize, Error> {
    Ok(diesel::delete(throttles::table.filter(throttles::spent_until.le(now.micros()))).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_guess_more_than_a_hundred_times_a_day() {
        let a_day = Duration::from_secs(24 * 3600);
        let most = |quota: Quota| u64::from(quota.at_once) + a_day.as_secs() / quota.every.as_secs();
        // Through all doors together, and nothing more through one of them.
        assert!(most(GUESSES) + most(OWN_GUESSES) <= 100);
        assert!(most(ANONYMOUS) <= most(GUESSES));
        assert!(most(KNOWN_BROWSER).max(most(CURRENT_PASSWORD)) < most(OWN_GUESSES));
    }

    #[test]
    fn a_purse_is_found_by_the_key_alone() {
        let (one, other) = (Secrets::new(b"one"), Secrets::new(b"other"));
        let of = |secrets, who| Bucket::of(secrets, &ANONYMOUS, who).slot;
        assert_eq!(of(&one, "mia"), of(&one, "mia"));
        assert_ne!(of(&one, "mia"), of(&one, "jo"));
        assert_ne!(of(&one, "mia"), of(&other, "mia"));
        assert!((0..1 << 20).contains(&of(&one, "mia")));
    }
}
