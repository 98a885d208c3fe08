//! Trying again what came to nothing, of jobs and of mails.

use std::time::Duration;

/// How long to wait after the try numbered `tried`, from 0; nothing when all waits are over.
pub(crate) fn wait_after(waits: &[Duration], tried: i32) -> Option<Duration> {
    usize::try_from(tried).ok().and_then(|tried| waits.get(tried)).copied()
}
