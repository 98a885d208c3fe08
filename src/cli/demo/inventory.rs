//! Devices and assets of the demo: most customers have a few, one has a quarter of all devices, and some are nobody's.

use std::time::Duration;

use fastrand::Rng;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{CustomerId, TenantId};
use crate::cli::demo::{DAY, operator, pick};
use crate::cli::output;
use crate::db::{self, Db};
use crate::model::customers;
use crate::model::inventory::{ItemDraft, Kind, bulk_load};
use crate::model::users::User;
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry};

/// Things written by one transaction.
const SLICE: u64 = 50_000;

/// Whose things, by whom, and how many.
pub struct Wanted<'a> {
    pub tenant: TenantId,
    pub actor: &'a User,
    pub seed: u64,
    pub devices: u64,
    pub assets: u64,
}

/// Adds them, spread over the time before `now`.
pub fn fill(db: &Db, now: Timestamp, wanted: &Wanted) -> Result<(), Error> {
    let owners = db.read_blocking(|conn| customers::ids(&mut TenantConn::found(conn, wanted.tenant, now)))?;
    db.write_unaudited_blocking(|conn| db::prepare_load(conn, true))?;
    let mut filler = Filler { rng: Rng::with_seed(wanted.seed ^ 0x7468_696e_6773), owners };
    for (kind, n) in [(Kind::Device, wanted.devices), (Kind::Asset, wanted.assets)] {
        let (start, step) = (now - 690 * DAY, 689 * DAY / u32::try_from(n.max(1)).unwrap_or(u32::MAX));
        let mut made = 0;
        while made < n {
            let until = (made + SLICE).min(n);
            let at = |n: u64| start + Duration::from_micros(n * u64::try_from(step.as_micros()).unwrap_or(1));
            let drafts = (made..until).map(|n| (filler.draft(kind, n), at(n))).collect::<Vec<_>>();
            db.write_blocking::<_, Error>(|writing| {
                let mut t = TenantConn::within(writing, wanted.tenant, operator(), now);
                t.actor = Some(wanted.actor.id);
                bulk_load::insert(&mut t, kind, &drafts)?;
                audit::record(&mut t, Entry::number(Action::Add, kind.into(), until - made))
            })?;
            made = until;
            if n > SLICE {
                output::note(format_args!("{made} of {n} {}", kind.several()));
            }
        }
    }
    db.write_unaudited_blocking(|conn| bulk_load::finish(&mut TenantConn::found(conn, wanted.tenant, now)))?;
    db.write_unaudited_blocking(|conn| db::prepare_load(conn, false))
}

struct Filler {
    rng: Rng,
    owners: Vec<CustomerId>,
}

impl Filler {
    fn draft(&mut self, kind: Kind, n: u64) -> ItemDraft {
        let (type_name, short) = match kind {
            // Some types are much more common than others.
            Kind::Device => DEVICES[self.rng.usize(..DEVICES.len()).min(self.rng.usize(..DEVICES.len()))],
            Kind::Asset => ASSETS[self.rng.usize(..ASSETS.len()).min(self.rng.usize(..ASSETS.len()))],
        };
        let label = match self.rng.u8(..4) {
            0 => String::new(),
            1 => format!("{} {}", pick(&mut self.rng, PLACES), self.rng.u16(1..400)),
            _ => format!("{}, floor {}", pick(&mut self.rng, PLACES), self.rng.u8(0..12)),
        };
        ItemDraft {
            name: format!("{short}-{:06}", n + 1),
            type_name: type_name.into(),
            label,
            description: String::new(),
            customer: self.owner(kind),
        }
    }

    fn owner(&mut self, kind: Kind) -> Option<CustomerId> {
        let chance = self.rng.u8(..100);
        match (kind, chance) {
            (_, 0..10) => None,
            (Kind::Device, 10..35) => self.owners.get(self.owners.len() / 3).copied(),
            // The older ones have more.
            _ => {
                let most = self.owners.len().max(1);
                self.owners.get(self.rng.usize(..most).min(self.rng.usize(..most))).copied()
            }
        }
    }
}

const DEVICES: &[(&str, &str)] = &[
    ("thermostat", "TH"),
    ("water meter", "WM"),
    ("energy meter", "EM"),
    ("gateway", "GW"),
    ("door sensor", "DS"),
    ("smoke detector", "SD"),
    ("valve", "VA"),
    ("camera", "CA"),
    ("default", "DV"),
    ("air quality sensor", "AQ"),
    ("tracker", "TR"),
    ("weather station", "WS"),
];
const ASSETS: &[(&str, &str)] = &[
    ("building", "BL"),
    ("apartment", "AP"),
    ("vehicle", "VE"),
    ("field", "FI"),
    ("cold room", "CR"),
    ("default", "AS"),
];
const PLACES: &[&str] = &[
    "North hall",
    "South hall",
    "Cellar",
    "Roof",
    "Entrance",
    "Boiler room",
    "Storage",
    "Kitchen",
    "Greenhouse",
    "Quay",
    "Stairwell",
    "Gate",
];
