//! Passwords at rest: argon2id (RFC 9106) with OWASP's parameters, never more at once than the machine can carry.

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

use crate::error::Error;
use crate::metrics::Waits;
use crate::secrets::random;

/// Hashes and verifies passwords behind a gate. Clones share the gate.
#[derive(Clone)]
pub struct Hasher {
    gate: Arc<Semaphore>,
    /// Working memory to be used again: 19 MiB each, as many as the gate admits.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// The hash that a password is compared with when nobody has the address.
    nobody: Arc<String>,
    /// How many wait at the gate, and how long those who came through did.
    waiting: Gauge,
    waited: Histogram,
}

/// How long somebody waits at the gate before they are told to come back.
const PATIENCE: Duration = Duration::from_secs(10);

impl Hasher {
    /// Half of the processors may hash at the same time.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new() -> Result<Self, Error> {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        let nobody = phc(&random()?, &random()?);
        Ok(Self {
            gate: Arc::new(Semaphore::new((processors / 2).max(1))),
            memory: Arc::default(),
            nobody: Arc::new(nobody),
            waiting: Gauge::default(),
            waited: crate::metrics::times(),
        })
    }

    /// Shows how many wait and how long.
    pub fn observe(&self, registry: &mut Registry) {
        registry.register("hashing_waiting", "Passwords that wait to be hashed", self.waiting.clone());
        registry.register("hashing_wait_seconds", "How long passwords waited to be hashed", self.waited.clone());
    }

    /// Waits at the gate.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn turn(&self) -> Result<Turn, Error> {
        let (since, _waits) = (Instant::now(), Waits::at(&self.waiting));
        let admitted = tokio::time::timeout(PATIENCE, self.gate.clone().acquire_owned()).await;
        self.waited.observe(since.elapsed().as_secs_f64());
        let admitted = admitted.map_err(|_| Error::Busy)?.map_err(Error::internal)?;
        Ok(Turn { admitted: Arc::new(admitted), memory: self.memory.clone() })
    }

    /// The hash of a password in PHC form, with a new salt.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        self.turn().await?.hash(password).await
    }

    /// Whether the password is the one that `hash` was made of. `None`, for somebody unknown or without a password,
    /// takes as long and answers no.
    ///
    /// # Errors
    /// `Busy` when too many are waiting.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        let known = hash.is_some();
        let stored = hash.unwrap_or_else(|| self.nobody.to_string());
        let turn = self.turn().await?;
        let same = turn.run(move |memory| {
            let stored = PasswordHash::new(&stored).map_err(Error::internal)?;
            let params = Params::try_from(&stored).map_err(Error::internal)?;
            let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
                return Err(Error::internal("a stored password hash has no salt or no output"));
            };
            let hash = derive(&password, salt.as_ref(), params, memory)?;
            Ok(bool::from(hash.as_slice().ct_eq(expected.as_bytes())))
        });
        Ok(same.await? && known)
    }
}

/// A place behind the gate, held until it is dropped and what was begun there is done.
pub struct Turn {
    admitted: Arc<OwnedSemaphorePermit>,
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Turn {
    /// The hash of a password in PHC form, with a new salt.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let salt: [u8; 16] = random()?;
        let hash = self.run(move |memory| derive(&password, &salt, Params::DEFAULT, memory)).await?;
        Ok(phc(&salt, &hash))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (admitted, memory) = (self.admitted.clone(), self.memory.clone());
        let done = tokio::task::spawn_blocking(move || {
            let mut blocks = memory.lock().map(|mut free| free.pop()).unwrap_or_default().unwrap_or_default();
            let answer = work(&mut blocks);
            if let Ok(mut free) = memory.lock() {
                free.push(blocks);
            }
            // Whoever waits for the answer may be gone long before.
            drop(admitted);
            answer
        });
        done.await.map_err(Error::internal)?
    }
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
fn phc(salt: &[u8; 16], hash: &[u8; 32]) -> String {
    let (m, t, p) = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST);
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_password_is_known_by_its_hash_only() -> Result<(), Error> {
        let hasher = Hasher::new()?;
        let hash = hasher.hash("correct horse battery".into()).await?;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse battery".into(), Some(hash.clone())).await?);
        assert!(!hasher.verify("correct horse batterz".into(), Some(hash)).await?);
        assert!(!hasher.verify("correct horse battery".into(), None).await?);
        Ok(())
    }
}
