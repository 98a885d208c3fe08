//! Passwords at rest: argon2id (RFC 9106). Reading, hashing and comparing them goes on behind a
//! gate, never more at once than the machine can carry, and off the threads that answer pages.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::base::concurrency_limiter::{ConcurrencyLimiter, Permit};
use crate::base::error::Error;
use crate::base::gauges::Waits;
use crate::base::id::{TenantId, UserId};
use crate::base::secrets::random;
use crate::base::text;
use crate::services::password::policy::{check_password, normalized};

/// How long somebody waits at the gate before they are told to come back.
const TIMEOUT: Duration = Duration::from_secs(20);
/// So many strangers wait; more are told to come back at once. Those who wait are through in two seconds or three.
const STRANGERS: usize = 40;

/// Hashes and verifies passwords behind a gate. Clones share the gate.
#[derive(Clone)]
pub struct Hasher {
    gate: Arc<Semaphore>,
    /// One by one: those of one user, and those who give one address.
    people: ConcurrencyLimiter,
    /// At the gate stand as many of one tenant as it admits, and as many strangers: nobody finds a long queue there.
    groups: ConcurrencyLimiter,
    strangers: Arc<AtomicUsize>,
    /// Working memory to be used again: 19 MiB each, as many as the gate admits.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// What new hashes cost.
    cost: Params,
    /// The hash that a password is compared with when nobody has the address.
    dummy_hash: Arc<String>,
    /// How many wait at the gate, and how long those who came through did.
    waiting: Gauge,
    waited: Histogram,
}

/// In which queue somebody waits.
#[derive(Debug, Clone)]
pub struct HashQueue {
    person: String,
    group: String,
    stranger: bool,
}

impl HashQueue {
    /// That of a user: for browsers in which they have signed in, open sessions, and links of theirs.
    pub fn user(tenant: TenantId, user: UserId) -> Self {
        Self { person: user.to_string(), group: tenant.to_string(), stranger: false }
    }

    /// That of everybody else who gives this address.
    pub fn stranger(email: &str) -> Self {
        Self { person: format!("stranger {}", text::address_key(email)), group: "strangers".into(), stranger: true }
    }

    /// That of whoever sets the server up.
    pub fn operator() -> Self {
        Self { person: "operator".into(), group: "operator".into(), stranger: false }
    }
}

impl Hasher {
    /// Half of the processors may hash at the same time. `cost`: that of new hashes; older ones keep theirs.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new(cost: Params) -> Result<Self, Error> {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        let at_once = (processors / 2).max(1);
        let dummy_hash = phc(&cost, &random()?, &random()?);
        Ok(Self {
            gate: Arc::new(Semaphore::new(at_once)),
            people: ConcurrencyLimiter::new(1),
            groups: ConcurrencyLimiter::new(at_once),
            strangers: Arc::default(),
            memory: Arc::default(),
            cost,
            dummy_hash: Arc::new(dummy_hash),
            waiting: Gauge::default(),
            waited: crate::base::gauges::times(),
        })
    }

    /// Shows how many wait and how long.
    pub fn observe(&self, registry: &mut Registry) {
        registry.register("hashing_waiting", "Passwords that wait to be hashed", self.waiting.clone());
        registry.register("hashing_wait_seconds", "How long passwords waited to be hashed", self.waited.clone());
    }

    /// Waits until nobody else of this person is at work.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn queue(&self, lane: HashQueue) -> Result<QueuePlace, Error> {
        let waiting = if lane.stranger { Some(Stranger::enter(&self.strangers)?) } else { None };
        let _waits = Waits::at(&self.waiting);
        let person = self.people.acquire(&lane.person, TIMEOUT).await.ok_or(Error::Busy)?;
        Ok(QueuePlace { hasher: self.clone(), group: lane.group, person, waiting })
    }

    /// Waits at the gate.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn acquire(&self, lane: HashQueue) -> Result<HashPermit, Error> {
        self.queue(lane).await?.acquire().await
    }
}

/// A stranger who waits, until it is dropped.
struct Stranger(Arc<AtomicUsize>);

impl Stranger {
    fn enter(waiting: &Arc<AtomicUsize>) -> Result<Self, Error> {
        let stranger = Self(waiting.clone());
        if waiting.fetch_add(1, Ordering::Relaxed) < STRANGERS { Ok(stranger) } else { Err(Error::Busy) }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The only place of a person: whatever they may do so many times is looked up here, so that what they do at the same
/// moment and what turns out to be right does not count against them.
pub struct QueuePlace {
    hasher: Hasher,
    group: String,
    person: Permit,
    waiting: Option<Stranger>,
}

impl QueuePlace {
    /// Waits at the gate.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn acquire(self) -> Result<HashPermit, Error> {
        let Self { hasher, group, person, waiting } = self;
        let (since, _waits) = (Instant::now(), Waits::at(&hasher.waiting));
        let passes = async {
            let group = hasher.groups.acquire(&group, TIMEOUT).await.ok_or(Error::Busy)?;
            Ok((hasher.gate.clone().acquire_owned().await.map_err(Error::internal)?, group))
        };
        let passed: Result<Result<_, Error>, _> = tokio::time::timeout(TIMEOUT, passes).await;
        hasher.waited.observe(since.elapsed().as_secs_f64());
        let (admitted, group) = passed.map_err(|_| Error::Busy)??;
        drop(waiting);
        let passes = Arc::new(Passes { _admitted: admitted, _group: group, _person: person });
        Ok(HashPermit { passes, memory: hasher.memory, cost: hasher.cost, dummy_hash: hasher.dummy_hash })
    }
}

/// What is given back in this order when a turn is over.
struct Passes {
    _admitted: OwnedSemaphorePermit,
    _group: Permit,
    _person: Permit,
}

/// A place behind the gate, held until it is dropped and what was begun there is done.
pub struct HashPermit {
    passes: Arc<Passes>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    cost: Params,
    dummy_hash: Arc<String>,
}

impl HashPermit {
    /// Checks a new password of somebody of whom this is known.
    ///
    /// # Errors
    /// `Ok(Err)`: a sentence that says why it cannot be used and what to do.
    pub async fn check(
        &self,
        password: String,
        user_inputs: Vec<(&'static str, String)>,
    ) -> Result<Result<(), String>, Error> {
        self.run(move |_| {
            let user_inputs: Vec<_> = user_inputs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Ok(check_password(&password, &user_inputs))
        })
        .await
    }

    /// The hash of a password in PHC form, with a new salt.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let salt: [u8; 16] = random()?;
        let cost = self.cost.clone();
        let hash = self.run(move |memory| derive(&normalized(&password), &salt, cost, memory)).await?;
        Ok(phc(&self.cost, &salt, &hash))
    }

    /// For each of these hashes whether it was made of the password, normalized or, as it was once, as it is typed. `None`,
    /// for somebody unknown or without a password, takes as long and answers no; and it takes as long whichever matches.
    ///
    /// # Errors
    /// A stored hash that cannot be read.
    pub async fn verify(&self, password: String, hashes: Vec<Option<String>>) -> Result<Vec<bool>, Error> {
        let dummy_hash = self.dummy_hash.clone();
        self.run(move |memory| {
            let mut forms = vec![normalized(&password)];
            if forms[0] != password {
                forms.push(password);
            }
            hashes.iter().map(|hash| matches_any(&forms, hash.as_deref(), &dummy_hash, memory)).collect()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (passes, memory) = (self.passes.clone(), self.memory.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut blocks = memory.lock().map(|mut free| free.pop()).unwrap_or_default().unwrap_or_default();
            let answer = work(&mut blocks);
            if let Ok(mut free) = memory.lock() {
                free.push(blocks);
            }
            // Whoever waits for the answer may be gone long before.
            drop(passes);
            answer
        });
        done.await.map_err(Error::internal)?
    }
}

/// Whether one of these texts is what the hash was made of; all of them are compared.
fn matches_any(forms: &[String], hash: Option<&str>, dummy_hash: &str, memory: &mut Vec<Block>) -> Result<bool, Error> {
    let stored = PasswordHash::new(hash.unwrap_or(dummy_hash)).map_err(Error::internal)?;
    let params = Params::try_from(&stored).map_err(Error::internal)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(Error::internal("a stored password hash has no salt or no output"));
    };
    let mut same = false;
    for form in forms {
        let derived = derive(form, salt.as_ref(), params.clone(), memory)?;
        same |= bool::from(derived.as_slice().ct_eq(expected.as_bytes()));
    }
    Ok(same && hash.is_some())
}

fn derive(password: &str, salt: &[u8], params: Params, memory: &mut Vec<Block>) -> Result<[u8; 32], Error> {
    memory.resize(memory.len().max(params.block_count()), Block::new());
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, memory)
        .map_err(Error::internal)?;
    Ok(hash)
}

/// The PHC string format.
fn phc(cost: &Params, salt: &[u8; 16], hash: &[u8; 32]) -> String {
    let (m, t, p) = (cost.m_cost(), cost.t_cost(), cost.p_cost());
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_only() -> Result<(), Error> {
        let turn = Hasher::new(Params::DEFAULT)?.acquire(HashQueue::operator()).await?;
        let hash = turn.hash("correct horse battery".into()).await?;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let hashes = vec![Some(hash.clone()), None];
        assert_eq!(turn.verify("correct horse battery".into(), hashes.clone()).await?, [true, false]);
        assert_eq!(turn.verify("correct horse batterz".into(), hashes.clone()).await?, [false, false]);
        let dearer = Params::new(20_000, 3, 1, None).map_err(Error::internal)?;
        let turn = Hasher::new(dearer)?.acquire(HashQueue::operator()).await?;
        assert_eq!(turn.verify("correct horse battery".into(), hashes).await?, [true, false]);
        let hash = turn.hash("correct horse battery".into()).await?;
        assert!(hash.starts_with("$argon2id$v=19$m=20000,t=3,p=1$"), "{hash}");
        Ok(())
    }

    #[tokio::test]
    async fn however_it_is_composed_a_password_is_known_and_so_are_older_hashes_as_they_were_typed() -> Result<(), Error>
    {
        let turn = Hasher::new(Params::DEFAULT)?.acquire(HashQueue::operator()).await?;
        let (composed, apart) = ("Zürich ﬁsh 12", "Zu\u{308}rich ﬁsh 12");
        let new = turn.hash(apart.into()).await?;
        let older = phc(&Params::DEFAULT, &[7; 16], &derive(apart, &[7; 16], Params::DEFAULT, &mut Vec::new())?);
        let hashes = vec![Some(new), Some(older)];
        assert_eq!(turn.verify(apart.into(), hashes.clone()).await?, [true, true]);
        assert_eq!(turn.verify(composed.into(), hashes.clone()).await?, [true, false]);
        assert_eq!(turn.verify("Zürich fish 12".into(), hashes).await?, [true, false]);
        Ok(())
    }

    #[tokio::test]
    async fn a_user_finds_no_queue_of_strangers_and_strangers_are_refused_when_many_wait() -> Result<(), Error> {
        let hasher = Hasher::new(Params::DEFAULT)?;
        let mut waiting = Vec::new();
        for n in 0..STRANGERS {
            waiting.push(hasher.queue(HashQueue::stranger(&format!("n{n}@beta.example"))).await?);
        }
        assert!(matches!(hasher.queue(HashQueue::stranger("one@beta.example")).await, Err(Error::Busy)));
        let now = crate::base::clock::Timestamp::EPOCH;
        hasher.acquire(HashQueue::user(TenantId::new(now), UserId::new(now))).await?;
        waiting.pop();
        hasher.acquire(HashQueue::stranger("one@beta.example")).await?;
        Ok(())
    }
}
