//! Connections on which nothing was asked yet. Each is an open file for ten seconds; one address has so few of them that it
//! cannot keep others out. A proxy is no such address: it connects when it has something to ask.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Resource, getrlimit};

/// So many parts of the files that may be open are for the silent connections of one address, and so many of those at
/// least and at most.
const SHARE: u64 = 4;
const LEAST: u64 = 16;
const MOST: u64 = 4_096;

/// How many there are of each address. Clones count the same.
#[derive(Clone)]
pub struct Silent(Arc<Counts>);

struct Counts {
    most: u64,
    of: Mutex<HashMap<IpAddr, u64>>,
}

impl Silent {
    /// None yet.
    pub fn new() -> Self {
        let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        Self(Arc::new(Counts { most: (files / SHARE).clamp(LEAST, MOST), of: Mutex::default() }))
    }

    /// One more of an address; `None` when it has too many.
    pub fn begin(&self, address: IpAddr) -> Option<Counted> {
        let address = line(address);
        let mut of = self.0.of.lock().unwrap_or_else(PoisonError::into_inner);
        let n = of.entry(address).or_default();
        if *n >= self.0.most {
            return None;
        }
        *n += 1;
        Some(Counted { silent: self.clone(), address })
    }
}

/// The line of an address: with IPv6, one has 2⁶⁴ of them.
fn line(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

/// A silent connection, as long as this lives.
pub struct Counted {
    silent: Silent,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut of = self.silent.0.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = of.get_mut(&self.address) {
            *n -= 1;
            if *n == 0 {
                of.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn one_address_keeps_no_other_out() {
        let silent = Silent::new();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut all: Vec<Counted> = std::iter::from_fn(|| silent.begin(one)).take(100_000).collect();
        assert!((LEAST..=MOST).contains(&(all.len() as u64)));
        assert!(silent.begin(one).is_none() && silent.begin(other).is_some());
        all.pop();
        assert!(silent.begin(one).is_some());
        drop(all);
        assert!(silent.0.of.lock().unwrap().is_empty());
    }
}
