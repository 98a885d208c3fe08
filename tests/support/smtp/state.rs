//! What the connections of a server share with the test: its mode, what it has received, and who waits for more.

use std::collections::{HashMap, HashSet};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

use super::{Mail, Mode, PATIENCE, Security};

pub(super) struct Shared {
    pub(super) security: Security,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) mode: Mode,
    /// Counts changes of mode: a session that hangs ends with the next one.
    pub(super) era: u64,
    pub(super) login: Option<(String, String)>,
    pub(super) mails: Vec<Mail>,
    /// What `mail_to` has handed out: which mail, to whom.
    pub(super) read: HashSet<(usize, String)>,
    pub(super) refused: Vec<String>,
    pub(super) connections: u64,
    pub(super) open: HashMap<u64, TcpStream>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `look` finds something; after `PATIENCE` says what there was instead.
    pub(super) fn wait<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> Result<T, String> {
        let mut found = None;
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |state| {
                found = look(state);
                found.is_none()
            })
            .unwrap();
        found.ok_or_else(|| state.summary())
    }

    /// Waits until the mode is no longer that of `era`.
    pub(super) fn hang(&self, era: u64) {
        drop(self.changed.wait_while(self.lock(), |state| state.era == era));
    }
}

impl State {
    pub(super) fn mode_and_era(&self) -> (Mode, u64) {
        (self.mode, self.era)
    }

    pub(super) fn first_mails(&self, count: usize) -> Option<Vec<Mail>> {
        (self.mails.len() >= count).then(|| self.mails.clone())
    }

    pub(super) fn next_mail_to(&mut self, address: &str) -> Option<Mail> {
        let address = address.to_lowercase();
        self.mails.iter().enumerate().find_map(|(index, mail)| {
            let is_to = mail.to.iter().any(|to| to.to_lowercase() == address);
            (is_to && self.read.insert((index, address.clone()))).then(|| mail.clone())
        })
    }

    pub(super) fn summary(&self) -> String {
        let mails: Vec<_> =
            self.mails.iter().map(|mail| format!("{:?} to {}", mail.subject, mail.to.join(", "))).collect();
        format!(
            "{} connections; mails: [{}]; refused: [{}]; mode: {:?}",
            self.connections,
            mails.join("; "),
            self.refused.join(", "),
            self.mode
        )
    }
}
