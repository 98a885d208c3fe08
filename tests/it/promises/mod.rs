//! The promises that take a while to prove: each in a small form here, and in full by `bin/soak`.

mod editing;
mod ended;
mod killed;
mod mail;
mod many;
mod outages;
mod slow;
mod storm;
mod twice;

use crate::support::actor::Actor;
use crate::support::app::PASSWORD;
use crate::support::machine::Machine;
use crate::support::process::{Serving, run, serve};

/// A machine whose tenant Acme has an administrator, who is signed in.
async fn acme(settings: &[(&str, &str)]) -> (Machine, Serving, Actor) {
    let machine = Machine::new();
    let settings = machine.with(settings);
    let added = run(&["tenant", "add", "Acme", "--email", "ann@acme.example"], &settings);
    let serving = serve(&[], &settings);
    let ann = Actor::new(&serving.base);
    ann.submit(added.out.trim(), &[("password", PASSWORD)]).await.see_path("/customers");
    (machine, serving, ann)
}
