//! What tells devices from assets: words and addresses.

use serde::{Deserialize, Serialize};

use crate::base::id::{CustomerId, ItemId};
use crate::base::text::Count;
use crate::model::customers::{self, Customer};
use crate::tenancy::{CountChange, Total};

/// One of the two kinds of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What measures and acts.
    Device,
    /// What devices are in or on: a building, a vehicle, a field.
    Asset,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Device, Self::Asset];

    pub(crate) const fn pick<T: Copy>(self, device: T, asset: T) -> T {
        match self {
            Self::Device => device,
            Self::Asset => asset,
        }
    }

    /// The word for one, as the database has it.
    pub const fn one(self) -> &'static str {
        self.pick("device", "asset")
    }

    /// The word for several.
    pub const fn several(self) -> &'static str {
        self.pick("devices", "assets")
    }

    /// The word for one, with its article.
    pub const fn an(self) -> &'static str {
        self.pick("a device", "an asset")
    }

    /// The word for several, as a heading.
    pub const fn title(self) -> &'static str {
        self.pick("Devices", "Assets")
    }

    /// What it is.
    pub const fn meaning(self) -> &'static str {
        self.pick(
            "A device measures or acts: a meter, a thermostat, a gateway. Assign it to the customer that uses it.",
            "An asset is what devices are in or on: a building, a vehicle, a field. Assign it to the customer that uses it.",
        )
    }

    /// The name of its icon.
    pub const fn icon(self) -> &'static str {
        self.pick("chip", "box")
    }

    /// The address of the list of all.
    pub const fn list_path(self) -> &'static str {
        self.pick("/devices", "/assets")
    }

    /// The addresses of the lists of them, `*` for an id.
    pub const fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Device => &["/devices", "/customers/*/devices"],
            Self::Asset => &["/assets", "/customers/*/assets"],
        }
    }

    /// The address of one's details.
    pub fn path(self, id: ItemId) -> String {
        format!("{}/{id}", self.list_path())
    }

    /// The address of a customer's.
    pub fn path_of(self, customer: CustomerId) -> String {
        format!("{}{}", customers::path(customer), self.list_path())
    }

    /// A number of them: `1 device`, `3 devices`.
    pub fn count(self, n: impl Into<Count>) -> String {
        n.into().of(self.one(), self.several())
    }

    /// How many of them are a customer's own.
    pub const fn count_of(self, customer: &Customer) -> i64 {
        self.pick(customer.counts.devices, customer.counts.assets)
    }

    /// `n` more of them are a customer's own.
    pub(crate) fn count_change(self, n: i64) -> CountChange {
        let (devices, assets) = self.pick((n, 0), (0, n));
        CountChange { devices, assets, ..CountChange::default() }
    }

    pub(crate) const fn total(self) -> Total {
        self.pick(Total::Devices, Total::Assets)
    }

    pub(crate) const fn total_not_assigned(self) -> Total {
        self.pick(Total::DevicesNotAssigned, Total::AssetsNotAssigned)
    }

    /// The column of customers' numbers that counts their own.
    pub(crate) const fn count_column(self) -> &'static str {
        self.pick("devices_count", "assets_count")
    }

    /// The column of branches that notes whether a customer has any of its own.
    pub(crate) const fn flag_column(self) -> &'static str {
        self.pick("has_devices", "has_assets")
    }
}
