//! What is done too often is slowed down, by rows that all processes share and that outlive them. Each budget fills up
//! again bit by bit (the generic cell rate algorithm, ITU-T I.371), so that whoever waits a little goes on, and whoever
//! goes on without waiting gets no more than the budget gives in a day. Knows nothing of people: whose a budget is says
//! a number that only the secret key leads to.

use std::time::Duration;

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::result::Error as QueryError;

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::secrets::Secrets;
use crate::db::schema::throttles;
use crate::db::{Conn, Db};
use crate::on_both;

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
    let mut longest = None;
    for bucket in buckets {
        let row = throttles::table.find((bucket.quota.kind, bucket.slot)).select(throttles::spent_until);
        let over = row.first::<i64>(conn).optional()?.unwrap_or(0) - bucket.capacity(now);
        if over > 0 {
            longest = longest.max(Some(RetryAfter(Duration::from_micros(over.unsigned_abs()))));
        }
    }
    Ok(longest)
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
        if take_one(conn, bucket, now)? == 0 {
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
    let mut order: Vec<usize> = (0..buckets.len()).collect();
    order.sort_by_key(|at| buckets[*at].order());
    let mut taken = vec![false; buckets.len()];
    for at in order {
        taken[at] = take_one(conn, &buckets[at], now)? == 1;
    }
    Ok(taken)
}

impl From<Refused<RetryAfter>> for Error {
    fn from(refused: Refused<RetryAfter>) -> Self {
        match refused {
            Refused::By(wait) => Self::TooMany(wait),
            Refused::Failed(error) => error,
        }
    }
}

fn take_one(conn: &mut Conn, bucket: &Bucket, now: Timestamp) -> Result<usize, QueryError> {
    use diesel::query_dsl::methods::FilterDsl as _;
    let (at, step) = (now.micros(), bucket.step());
    let row =
        (throttles::kind.eq(bucket.quota.kind), throttles::slot.eq(bucket.slot), throttles::spent_until.eq(at + step));
    on_both!(conn, c => diesel::insert_into(throttles::table)
        .values(row)
        .on_conflict((throttles::kind, throttles::slot))
        .do_update()
        .set(throttles::spent_until.eq(
            case_when(throttles::spent_until.gt(at), throttles::spent_until + step).otherwise(at + step),
        ))
        .filter(throttles::spent_until.le(bucket.capacity(now)))
        .execute(c))
}

/// Gives back what was taken for something that turned out to be right.
pub async fn refund(db: &Db, buckets: Vec<Bucket>) -> Result<(), Error> {
    db.write_unaudited(move |conn| {
        for bucket in in_order(&buckets) {
            diesel::update(throttles::table.find((bucket.quota.kind, bucket.slot)))
                .set(throttles::spent_until.eq(throttles::spent_until - bucket.step()))
                .execute(conn)?;
        }
        Ok(())
    })
    .await
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
