//! What a page of the audit log is narrowed to, as its address says it.

use crate::base::clock::Timestamp;
use crate::base::id::{ItemId, RelatedId};
use crate::base::list::{Column, ListQuery, ListSpec};
use crate::base::text;
use crate::base::time::DisplayZone;
use crate::tenancy::audit::{Action, Kind};

/// What the lists of entries offer.
pub const SPEC: ListSpec = ListSpec {
    columns: &[Column { name: "created", label: "When", numeric: false }],
    sort: "-created",
    filters: &["who", "kind", "action", "from", "to"],
};

/// In whose log entries are.
#[derive(Debug, Clone, Copy, Default)]
pub enum LogOf {
    /// All of the tenant's.
    #[default]
    Tenant,
    /// Those that concern a user or customer.
    Related(RelatedId),
    /// Those that tell of a device or asset, alone or among others.
    Item {
        id: ItemId,
        kind: Kind,
        /// When it was added, and last changed: so the entries of imports and jobs are found, which name many.
        moments: [Timestamp; 2],
    },
}

/// Which entries a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// In whose log they are.
    pub of: LogOf,
    /// Those of somebody with one of these keys of an address: as it is made, and as earlier versions made it.
    pub who: Option<[String; 2]>,
    /// Those about things of a kind.
    pub kind: Option<Kind>,
    /// Those that tell of one kind of act.
    pub action: Option<Action>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// In the title, in small letters.
    pub term: Option<String>,
}

impl Filters {
    /// What an address asks for; days are those of the reader. What cannot be read narrows nothing.
    pub fn of(list: &ListQuery, of: LogOf, zone: &DisplayZone) -> Self {
        let who = list.filter("who").map(crate::base::list::searched).filter(|who| !who.trim().is_empty());
        Self {
            of,
            who: who.map(|who| [text::address_key(&who), text::same(&who)]),
            kind: list.filter("kind").and_then(|kind| kind.parse().ok()),
            action: list.filter("action").and_then(|action| action.parse().ok()),
            from: list.filter("from").and_then(|day| zone.day(day)).map(|(start, _)| start),
            until: list.filter("to").and_then(|day| zone.day(day)).map(|(_, end)| end),
            term: Some(text::same(&list.q)).filter(|term| !term.is_empty()),
        }
    }
}
