//! Comparing a password that was typed at sign-in, and how often that may be tried. It is counted twice: for the address,
//! the network and its site, or for the browser if its user has signed in with it before, which decides whether a try is
//! looked at, the same for addresses that nobody has; and for each user whom it is compared with, in whichever tenant. What
//! was right costs nothing. Who was guessed at too often is not compared any more, and nobody is told; so whoever has a user
//! with somebody else's address, whose password they choose, learns no more about the other's than any stranger.
//! A try that is refused costs no hashing. Whether an address is known makes no difference to any of it.

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused, RetryAfter};
use crate::base::id::{TenantId, UserId};
use crate::base::secrets::Secrets;
use crate::base::text;
use crate::db::{Conn, Db};
use crate::model::sessions::{Browser, CredentialVersion};
use crate::model::users::{self, Credentials};
use crate::services::password::{HashQueue, Hasher, is_too_long};
use crate::services::rate_limit::{
    self, ANONYMOUS, Bucket, GUESSES, KNOWN_BROWSER, NETWORK, OWN_GUESSES, Quota, SIGN_INS, SITE,
};

/// A password is compared as often as if somebody had the address in so many tenants: that they are in one, two or three
/// is nothing to learn from the clock.
const MAX_TENANTS: usize = 3;

/// Somebody who tries to sign in.
#[derive(Clone)]
pub struct LoginAttempt {
    /// As typed, at most 1,024 characters.
    pub email: String,
    /// As typed.
    pub password: String,
    /// Whether somebody could have this address and this password at all.
    pub usable: bool,
    /// The browser, where somebody has signed in with it.
    pub browser: Option<Browser>,
    /// The network it comes from.
    pub line: Option<String>,
    /// The larger network that is in.
    pub site: Option<String>,
    /// What names the buckets.
    pub secrets: Secrets,
    /// When.
    pub now: Timestamp,
}

impl LoginAttempt {
    fn bucket(&self, quota: &'static Quota, who: &str) -> Bucket {
        Bucket::of(&self.secrets, quota, who)
    }

    /// What a stranger's try is taken from, whoever has the address.
    fn of_stranger(&self) -> Vec<Bucket> {
        let line = self.line.as_ref().map(|line| self.bucket(&NETWORK, line));
        let site = self.site.as_ref().map(|site| self.bucket(&SITE, site));
        [Some(self.bucket(&ANONYMOUS, &text::address_key(&self.email))), line, site].into_iter().flatten().collect()
    }

    /// What a try of this browser is taken from.
    fn of_browser(&self) -> Option<Bucket> {
        let name = format!("{} {}", self.browser.as_ref()?.name(), text::address_key(&self.email));
        Some(self.bucket(&KNOWN_BROWSER, &name))
    }

    /// The users with the address who have signed in with this browser. It is asked before the budget is: how long it takes
    /// is a matter of who signed in here, and tells nothing of anybody else.
    fn known_users(&self, conn: &mut Conn) -> Result<Vec<UserId>, Error> {
        self.browser.as_ref().map_or_else(|| Ok(Vec::new()), |browser| browser.users(conn, &self.email))
    }

    /// Those who have the address and may sign in.
    fn people(&self, conn: &mut Conn) -> Result<Vec<Credentials>, Error> {
        if self.usable { users::by_address(conn, &self.email) } else { Ok(Vec::new()) }
    }

    /// The queue it waits in.
    fn lane(&self, conn: &mut Conn) -> Result<HashQueue, Error> {
        let known = self.known_users(conn)?;
        let people = if known.is_empty() { Vec::new() } else { self.people(conn)? };
        let own = people.into_iter().find(|one| known.contains(&one.user));
        Ok(own.map_or_else(|| HashQueue::stranger(&self.email), |one| HashQueue::user(one.tenant, one.user)))
    }

    /// Whose passwords may be compared. Refused here, a try writes nothing and waits for nobody who writes.
    fn look_up(&self, conn: &mut Conn) -> Result<Vec<Candidate>, Refused<RetryAfter>> {
        let users = self.known_users(conn)?;
        let candidates = if users.is_empty() { Vec::new() } else { self.candidates(self.people(conn)?, &users) };
        let known = candidates.iter().any(|one| one.known);
        let buckets = self.buckets_of(&candidates).0;
        rate_limit::wait_for(conn, &buckets, self.now)?.map_or(Ok(()), |wait| Err(Refused::By(wait)))?;
        Ok(if known { candidates } else { self.candidates(self.people(conn)?, &[]) })
    }

    fn candidates(&self, people: Vec<Credentials>, known: &[UserId]) -> Vec<Candidate> {
        let candidate = |person: Credentials| {
            let known = known.contains(&person.user);
            let quota = if known { &OWN_GUESSES } else { &GUESSES };
            Candidate { bucket: self.bucket(quota, &person.user.to_string()), known, person }
        };
        people.into_iter().map(candidate).collect()
    }

    /// What a try is taken from so that it is looked at, and what it is taken from so that others than those whom the
    /// browser knows are compared too.
    fn buckets_of(&self, candidates: &[Candidate]) -> (Vec<Bucket>, Vec<Bucket>) {
        let own = candidates.iter().filter(|one| one.known).map(|one| one.bucket.clone());
        let own: Vec<Bucket> = own.chain(self.of_browser()).collect();
        if candidates.iter().any(|one| one.known) {
            (own, self.of_stranger())
        } else {
            (self.of_stranger(), Vec::new())
        }
    }
}

/// Somebody with the address.
#[derive(Clone)]
struct Candidate {
    person: Credentials,
    /// Whether they have signed in with this browser before.
    known: bool,
    /// What a comparison is taken from.
    bucket: Bucket,
}

/// A try that was taken from its budgets.
struct Taken {
    /// Those who are compared.
    compared: Vec<Candidate>,
    /// What is given back when anybody matches.
    common: Vec<Bucket>,
    /// What nobody has, taken so that it takes as long when somebody is in fewer tenants.
    fill: Vec<Bucket>,
}

impl Taken {
    /// Takes it all in one transaction, which ends without a trace when the try is refused.
    fn take(one: &LoginAttempt, candidates: Vec<Candidate>, conn: &mut Conn) -> Result<Self, Refused<RetryAfter>> {
        let (mut common, others) = one.buckets_of(&candidates);
        rate_limit::take_in(conn, &common, one.now)?;
        let (known, mut strange): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|candidate| candidate.known);
        if !others.is_empty() {
            // To say that others are not looked at would tell that there are others.
            match rate_limit::wait_for(conn, &others, one.now)? {
                Some(_) => strange.clear(),
                None => {
                    rate_limit::take_in(conn, &others, one.now)?;
                    common.extend(others);
                }
            }
        }
        // What is taken for each person is given back for each.
        common.retain(|bucket| known.iter().all(|candidate| candidate.bucket != *bucket));
        let fill = (known.len() + strange.len()..MAX_TENANTS)
            .map(|place| one.bucket(&GUESSES, &format!("nobody {place} {}", text::address_key(&one.email))));
        let fill: Vec<Bucket> = fill.collect();
        let buckets: Vec<Bucket> =
            strange.iter().map(|candidate| candidate.bucket.clone()).chain(fill.iter().cloned()).collect();
        let left = rate_limit::take_each_in(conn, &buckets, one.now)?;
        let strange = strange.into_iter().zip(left).filter(|(_, left)| *left).map(|(candidate, _)| candidate);
        Ok(Self { compared: known.into_iter().chain(strange).collect(), common, fill })
    }

    /// What is given back to those who matched, and with them for the try itself.
    fn refund(&self, matched: &[bool]) -> Vec<Bucket> {
        if !matched.contains(&true) {
            return Vec::new();
        }
        let own = self.compared.iter().zip(matched).filter(|(_, same)| **same).map(|(one, _)| &one.bucket);
        own.chain(&self.common).chain(&self.fill).cloned().collect()
    }

    /// All of it.
    fn all(&self) -> Vec<Bucket> {
        self.refund(&vec![true; self.compared.len().max(1)])
    }
}

/// Somebody whose password matched.
#[derive(Clone)]
pub struct Match {
    /// Their tenant.
    pub tenant: TenantId,
    /// Its title.
    pub tenant_title: String,
    /// Who.
    pub user: UserId,
    /// Whether they administer the tenant.
    pub administrator: bool,
    /// What their signing in stands on.
    pub credential_version: CredentialVersion,
}

/// What a try came to.
pub struct Outcome {
    /// Whoever's password it is.
    pub matches: Vec<Match>,
    /// Those whose password it is not.
    pub wrong: Vec<(TenantId, UserId)>,
}

/// Everybody who has the address and whose password it is.
///
/// # Errors
/// `By` how long to wait after too many tries.
pub async fn authenticate(db: &Db, hasher: &Hasher, one: LoginAttempt) -> Result<Outcome, Refused<RetryAfter>> {
    let (now, secrets) = (one.now, one.secrets.clone());
    let lane = if one.browser.is_some() {
        let one = one.clone();
        db.read(move |conn| one.lane(conn)).await?
    } else {
        HashQueue::stranger(&one.email)
    };
    let password = if is_too_long(&one.password) { String::new() } else { one.password.clone() };
    let place = hasher.queue(lane).await?;
    let trying = one.clone();
    let candidates = db.read(move |conn| trying.look_up(conn)).await?;
    let taken = db.write_unaudited(move |conn| Taken::take(&one, candidates, conn)).await?;
    let mut hashes: Vec<_> = taken.compared.iter().map(|one| one.person.password_hash.clone()).collect();
    hashes.resize(hashes.len().max(MAX_TENANTS), None);
    let compared = async { place.acquire().await?.verify(password, hashes).await }.await;
    let matched = match compared {
        Ok(matched) => matched,
        Err(error) => {
            // Who was not heard has not guessed.
            rate_limit::refund(db, taken.all()).await?;
            return Err(error.into());
        }
    };
    let refund = taken.refund(&matched);
    if !refund.is_empty() {
        // Who signs in all the time fills the log.
        let entering = taken.compared.iter().zip(&matched).filter(|(_, same)| **same);
        let entering = entering.map(|(one, _)| Bucket::of(&secrets, &SIGN_INS, &one.person.user.to_string()));
        let entering: Vec<Bucket> = entering.collect();
        let settled = db.write_unaudited(move |conn| {
            rate_limit::refund_in(conn, &refund)?;
            let left = rate_limit::take_each_in(conn, &entering, now)?;
            // What was given back stays so.
            if left.contains(&false) { rate_limit::wait_for(conn, &entering, now) } else { Ok(None) }
        });
        settled.await?.map_or(Ok(()), |wait| Err(Refused::By(wait)))?;
    }
    let (right, wrong): (Vec<_>, Vec<_>) = taken.compared.into_iter().zip(matched).partition(|(_, same)| *same);
    let wrong = wrong.into_iter().map(|(one, _)| (one.person.tenant, one.person.user)).collect();
    let matches = right.into_iter().map(|(one, _)| Match {
        tenant: one.person.tenant,
        tenant_title: one.person.tenant_title,
        user: one.person.user,
        administrator: one.person.customer.is_none(),
        credential_version: CredentialVersion::on(one.person.password_hash.as_deref().unwrap_or_default()),
    });
    Ok(Outcome { matches: matches.collect(), wrong })
}
