//! What is done to more items of a list than a request has time for: assigned, unassigned or deleted, slice by slice in
//! the order of ids. Each slice looks again at what the list holds, as somebody who did it by hand would.

use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{CustomerId, Id, ItemId, JobId};
use crate::base::text::Count;
use crate::model::customers;
use crate::model::inventory::bulk::{Action, act_on, record};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::index_scan::{self, BatchSize, Scan};
use crate::model::inventory::{Filter, Kind, Scope};
use crate::services::jobs::{Job, JobDescription, JobState, SliceResult};
use crate::tenancy::TenantConn;

/// The change and how far it is, as a job keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkChange {
    of: Filter,
    action: Action,
    /// How many there were when it was asked for.
    n: u64,
    /// The title of the customer that they are assigned to.
    #[serde(default)]
    to: String,
    /// Items added after this one were not there when it was asked for.
    until: ItemId,
    /// The last one that was looked at.
    #[serde(default)]
    after: Option<ItemId>,
    /// How many matched so far, and how many of them were changed.
    #[serde(default)]
    so_far: (u64, u64),
}

impl BulkChange {
    /// A change of the `n` items that a list holds; `to` is the title of the customer.
    pub fn new(t: &TenantConn, of: Filter, action: Action, n: u64, to: Option<String>) -> Self {
        Self { of, action, n, to: to.unwrap_or_default(), until: Id::new(t.now), after: None, so_far: (0, 0) }
    }

    fn kind(&self) -> Kind {
        self.of.kind
    }
}

impl JobDescription for BulkChange {
    fn heading(&self) -> String {
        let items = self.kind().count(Count(self.n));
        match self.action {
            Action::Assign(_) => format!("Assigning {items} to {}", self.to),
            Action::Unassign => format!("Unassigning {items}"),
            Action::Delete => format!("Deleting {items}"),
        }
    }

    fn unit(&self) -> &'static str {
        self.kind().several()
    }

    fn status_message(&self, state: JobState) -> String {
        match state {
            JobState::Done => outcome(self.kind(), self.action, self.so_far.0, self.so_far.1, None, Some(&self.to)),
            _ => String::new(),
        }
    }

    fn can_be_cancelled(&self) -> bool {
        true
    }

    fn list(&self) -> (&'static str, &'static str) {
        (self.kind().title(), self.kind().list_path())
    }

    fn related_customers(&self) -> Vec<CustomerId> {
        let whose = match self.of.scope {
            Scope::Customer(id) | Scope::Branch(id) => Some(id),
            Scope::Tenant | Scope::NotAssigned => None,
        };
        let to = match self.action {
            Action::Assign(id) => Some(id),
            Action::Unassign | Action::Delete => None,
        };
        whose.into_iter().chain(to).collect()
    }
}

impl Job for BulkChange {
    const KIND: &'static str = "change_things";
    type Context = ();

    /// Looks at the next `size` rows of the list and changes those that match.
    fn run_slice(&mut self, t: &mut TenantConn, (): &(), _: JobId, size: u64) -> Result<SliceResult, Error> {
        t.share_hierarchy()?;
        if let Action::Assign(customer) = self.action {
            match customers::find(t, customer) {
                Err(Error::NotFound) => return Ok(SliceResult::failed(format!("{} was deleted meanwhile.", self.to))),
                found => found?,
            };
        }
        let (mut ids, rest) =
            index_scan::scan_rows(t, &self.of, Scan::by_id(self.after), 0, BatchSize::steady(size as usize))?;
        ids.retain(|id| *id <= self.until);
        let mut counter_changes = CounterChanges::default();
        let items = act_on(t, self.of.kind, &ids, self.action, &mut counter_changes)?;
        counter_changes.apply(t, self.of.kind)?;
        let changed = items.len();
        let to = matches!(self.action, Action::Assign(_)).then_some(self.to.as_str());
        record(t, self.of.kind, self.action, to, items)?;
        let next = rest.and_then(|walk| walk.from).map(|(_, id)| id);
        self.after = next.or(self.after);
        self.so_far = (self.so_far.0 + ids.len() as u64, self.so_far.1 + changed);
        let finished = next.is_none_or(|id| id >= self.until);
        Ok(SliceResult { done: ids.len() as u64, finished, idle: changed == 0, ..SliceResult::default() })
    }
}

/// The sentence that says what was done to `n` items, of which `changed` were not so already.
pub fn outcome(kind: Kind, action: Action, n: u64, changed: u64, name: Option<&str>, to: Option<&str>) -> String {
    let to = to.unwrap_or_default();
    let were = |n: u64| if n == 1 { "was" } else { "were" };
    let whole = match (name, action) {
        (Some(name), Action::Assign(_)) if changed == 0 => {
            return format!("Nothing was changed: {name} was assigned to {to} already.");
        }
        (Some(name), Action::Unassign) if changed == 0 => {
            return format!("Nothing was changed: {name} was not assigned.");
        }
        (Some(name), Action::Delete) => return format!("{name} was deleted."),
        (Some(name), Action::Assign(_)) => return format!("{name} was assigned to {to}."),
        (Some(name), Action::Unassign) => return format!("{name} was unassigned."),
        (None, Action::Delete) => return format!("{} {} deleted.", kind.count(Count(changed)), were(changed)),
        (None, Action::Assign(_)) => format!("{} {} assigned to {to}.", kind.count(Count(changed)), were(changed)),
        (None, Action::Unassign) => format!("{} {} unassigned.", kind.count(Count(changed)), were(changed)),
    };
    match n - changed.min(n) {
        0 => whole,
        rest => format!("{whole} {} {} so already.", Count(rest), were(rest)),
    }
}
