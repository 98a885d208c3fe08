//! Entries in the making: what a store function tells of its change.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{Id, RelatedId, TenantId};
use crate::base::text;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{Action, Kind, Origin, Value, Who};

/// What the log calls one thing.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// Its identity.
    pub id: Id<()>,
    /// What it is called at this moment.
    pub title: String,
    /// The users and customers in whose logs it belongs, besides its own.
    pub concerns: Vec<RelatedId>,
}

/// What has entries of its own.
pub trait Audited {
    /// What the log calls it.
    fn subject(&self) -> Subject;

    /// What can be changed about it, each under its label. Never a secret.
    fn fields(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }
}

impl Audited for Subject {
    fn subject(&self) -> Subject {
        self.clone()
    }
}

/// Things to which something was done at once, and whom it concerns.
#[derive(Debug, Clone, Default)]
pub struct Items {
    lines: Vec<String>,
    /// Which they are, in the order of the lines.
    ids: Vec<Id<()>>,
    concerns: BTreeSet<RelatedId>,
}

impl Items {
    /// One more, by what it is called at this moment.
    pub fn add<T>(&mut self, id: Id<T>, name: &str) {
        self.ids.push(id.cast());
        self.lines.push(name.to_owned());
    }

    /// It belongs into the log of a user or customer as well.
    pub fn concern<T>(&mut self, id: Id<T>) {
        self.concerns.insert(id.cast());
    }

    /// It belongs into the log of each of them.
    pub fn concern_each(&mut self) {
        self.concerns.extend(self.ids.iter().map(|id| id.cast()));
    }

    /// Those of another, each after the word for what it is.
    pub fn absorb(&mut self, word: &str, mut other: Self) {
        other.lines.iter_mut().for_each(|line| line.insert_str(0, &format!("{word} ")));
        self.append(other);
    }

    /// Those of another.
    pub fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.ids.extend(other.ids);
        self.concerns.extend(other.concerns);
    }

    /// The names, each on its line.
    pub fn names(&self) -> String {
        self.lines.join("\n")
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.lines.len() as u64
    }
}

/// What was done, not yet written down.
#[derive(Debug, Clone)]
pub struct Entry {
    action: Action,
    kind: Kind,
    id: Option<Id<()>>,
    title: String,
    n: u64,
    /// Field, before, after; a fact has nothing before it.
    changes: Vec<(&'static str, Option<Value>, Value)>,
    concerns: BTreeSet<RelatedId>,
    items: Vec<String>,
}

impl Entry {
    /// Something was done to a thing.
    pub fn of(action: Action, item: &impl Audited) -> Self {
        let subject = item.subject();
        let mut concerns: BTreeSet<RelatedId> = subject.concerns.into_iter().collect();
        if matches!(subject.kind, Kind::Customer | Kind::User | Kind::Administrator) {
            concerns.insert(subject.id.cast());
        }
        let (kind, id) = (subject.kind, Some(subject.id));
        Self { action, kind, id, title: subject.title, n: 1, changes: Vec::new(), concerns, items: Vec::new() }
    }

    /// A thing was added, with these fields.
    pub fn added(item: &impl Audited) -> Self {
        let fields = item.fields().into_iter().filter(|(_, value)| !value.is_nothing());
        let changes = fields.map(|(label, value)| (label, Some(Value::nothing()), value)).collect();
        Self { changes, ..Self::of(Action::Add, item) }
    }

    /// A thing was changed: what is not as it was before.
    pub fn changed<A: Audited>(before: &A, after: &A) -> Self {
        let both = before.fields().into_iter().zip(after.fields());
        let changes =
            both.filter(|((_, was), (_, is))| was != is).map(|((label, was), (_, is))| (label, Some(was), is));
        let mut entry = Self { changes: changes.collect(), ..Self::of(Action::Change, after) };
        // Whoever lost it has it in their log as well.
        entry.concerns.extend(before.subject().concerns);
        entry
    }

    /// A thing was deleted that had these fields.
    pub fn deleted(item: &impl Audited) -> Self {
        let fields = item.fields().into_iter().filter(|(_, value)| !value.is_nothing());
        let changes = fields.map(|(label, value)| (label, Some(value), Value::nothing())).collect();
        Self { changes, ..Self::of(Action::Delete, item) }
    }

    /// Something was done to several things of a kind at once.
    pub fn several(action: Action, kind: Kind, items: Items) -> Self {
        let entry = |id, title| Self {
            action,
            kind,
            id,
            title,
            n: items.len(),
            changes: Vec::new(),
            concerns: items.concerns.clone(),
            items: Vec::new(),
        };
        match (items.ids.as_slice(), items.lines.as_slice()) {
            ([id], [name]) => entry(Some(*id), name.clone()),
            _ => Self { items: items.lines.clone(), ..entry(None, String::new()) },
        }
    }

    /// Something was done to so many things of a kind that naming them helps nobody.
    pub fn number(action: Action, kind: Kind, n: u64) -> Self {
        Self { n, ..Self::several(action, kind, Items::default()) }
    }

    /// With what went along.
    pub fn with(mut self, items: Items) -> Self {
        self.concerns.extend(items.concerns);
        self.items = items.lines;
        self
    }

    /// With a field, if it is another one now.
    pub fn change(mut self, label: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes.push((label, Some(before), after));
        }
        self
    }

    /// With something that is to be known of it, though nothing about it was changed.
    pub fn detail(mut self, label: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_nothing() {
            self.changes.push((label, None, value));
        }
        self
    }

    /// In the log of a user or customer as well.
    pub fn concerning<T>(mut self, id: Id<T>) -> Self {
        self.concerns.insert(id.cast());
        self
    }
}

/// An entry that is written down when its transaction ends.
pub(crate) struct Pending {
    pub tenant: TenantId,
    pub at: Timestamp,
    pub origin: Arc<Origin>,
    pub action: Action,
    pub kind: Kind,
    pub id: Option<Id<()>>,
    pub title: String,
    pub n: u64,
    /// Field, before, after; a fact has nothing before it.
    pub changes: Vec<(&'static str, Option<String>, String)>,
    pub concerns: BTreeSet<RelatedId>,
    pub items: String,
}

/// Records what was done, to be written down with the transaction.
///
/// # Errors
/// `Internal` outside a transaction.
pub fn record(t: &mut TenantConn, entry: Entry) -> Result<(), Error> {
    if t.entries()?.is_muted() {
        return Ok(());
    }
    if let Who::Asked(id) = t.origin.who {
        let who = Who::find_user(t, id)?;
        t.origin = Arc::new(t.origin.by(who));
    }
    let mut changes = Vec::with_capacity(entry.changes.len());
    for (label, before, after) in entry.changes {
        changes.push((label, before.map(|before| before.into_text(t)).transpose()?, after.into_text(t)?));
    }
    let mut concerns = entry.concerns;
    concerns.extend(t.actor.map(Id::cast));
    let pending = Pending {
        tenant: t.id,
        at: t.now,
        origin: t.origin.clone(),
        action: entry.action,
        kind: entry.kind,
        id: entry.id,
        title: entry.title,
        n: entry.n,
        changes,
        concerns,
        items: entry.items.join("\n"),
    };
    t.entries()?.push(pending);
    Ok(())
}

/// Does several things of which one entry tells that the caller records afterwards: what `work` records is left out.
///
/// # Errors
/// What `work` says; `Internal` outside a transaction.
pub fn together<T, E: From<Error>>(
    t: &mut TenantConn,
    work: impl FnOnce(&mut TenantConn) -> Result<T, E>,
) -> Result<T, E> {
    let muted = t.entries()?.mute(true);
    let done = work(t);
    t.entries()?.mute(muted);
    done
}

impl Pending {
    /// What their address is compared and found by.
    pub fn actor_key(&self) -> String {
        match &self.origin.who {
            Who::User { email, .. } => text::address_key(email),
            Who::Asked(_) | Who::Somebody => String::new(),
            Who::System => "system".into(),
            Who::Operator => "operator".into(),
        }
    }

    /// What they are called.
    pub fn actor(&self) -> &str {
        match &self.origin.who {
            Who::User { name, .. } => name,
            Who::Asked(_) | Who::Somebody => "Somebody",
            Who::System => "The system",
            Who::Operator => "The operator",
        }
    }
}
