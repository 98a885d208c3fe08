//! The promises that take a while to prove: each in a small form here, and in full by `bin/soak`.

mod editing;
mod ended;
mod killed;
mod mail;
mod many;
mod memory;
mod outages;
mod proxies;
mod slow;
mod starting;
mod storm;
mod twice;

use crate::support::actor::Actor;
use crate::support::machine::Machine;
use crate::support::process::{Serving, serve_acme};

/// A machine whose tenant Acme has an administrator, who is signed in.
async fn acme(settings: &[(&str, &str)]) -> (Machine, Serving, Actor) {
    let machine = Machine::new();
    let (serving, ann) = serve_acme(&machine.with(settings)).await;
    (machine, serving, ann)
}
