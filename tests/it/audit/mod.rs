//! The audit log: every change leaves an entry, the entries can be found, and it shows when somebody changes them.

mod entries_written;
mod hidden;
mod homes;
mod items;
mod reading;
mod same;
mod tampering;

use crate::support::actor::{Actor, Page};

/// The sentences of a log, newest first.
fn said(page: &Page) -> Vec<String> {
    page.all(".log .what")
}

/// The newest entry of the tenant's log, on its own page.
pub async fn newest(person: &Actor) -> Page {
    let log = person.get("/audit").await;
    person.get(&log.attributes(".log .at a", "href")[0]).await
}

/// The fields of an entry: each with what stands after it.
fn fields(page: &Page) -> Vec<String> {
    page.all(".changes tbody tr")
}
