//! Rows of devices or assets: what each means, what would become of it, and doing it, a slice at a time by a few
//! statements. The rules are those of the form.

use crate::base::clock::Timestamp;
use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, ItemId};
use crate::base::text;
use crate::model::imports::columns::{CUSTOMER_NAMES, DESCRIPTION_NAMES};
use crate::model::imports::customer_cells::CustomerCells;
use crate::model::imports::{Column, Outcome, Row};
use crate::model::inventory::counters::CounterChanges;
use crate::model::inventory::form::ItemForm;
use crate::model::inventory::{Item, ItemDraft, Kind, bulk_load, store};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Action, Entry, Items};

/// The columns of a device or asset.
pub const COLUMNS: &[Column] = &[
    Column::new("name", "Name").or(&[
        "devicename",
        "device",
        "assetname",
        "asset",
        "serial",
        "serialnumber",
        "serialno",
    ]),
    Column::new("type", "Type").or(&[
        "devicetype",
        "assettype",
        "deviceprofile",
        "assetprofile",
        "profile",
        "category",
    ]),
    Column::new("label", "Label").or(&["displayname"]),
    Column::new("description", "Description").or(DESCRIPTION_NAMES),
    Column::new("customer", "Customer").or(CUSTOMER_NAMES),
];
const TYPE: usize = 1;
const CUSTOMER: usize = 4;

/// Says what becomes of each row, and does it if `commit`.
///
/// # Errors
/// then nothing of the transaction counts.
pub fn rows(t: &mut TenantConn, kind: Kind, rows: &[Row], commit: bool) -> Result<Vec<Outcome>, Error> {
    if commit {
        t.share_hierarchy()?;
    }
    let names: Vec<String> = rows.iter().filter_map(|row| row.cell(0)).map(text::key).collect();
    let stored = store::find_by_names(t, kind, &names, commit)?;
    let customers = CustomerCells::look_up(t, rows.iter().filter_map(|row| row.cell(CUSTOMER)))?;
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let stored = stored.get(&text::key(row.cell(0).unwrap_or_default()));
        outcomes.push(match (read(row, stored, &customers), stored) {
            (Err(why), _) => Outcome::Refused(why),
            (Ok(draft), None) => {
                added.push((draft, t.now));
                Outcome::New
            }
            (Ok(draft), Some(item)) if store::is_unchanged(item, &draft) => Outcome::Unchanged,
            (Ok(draft), Some(item)) => {
                changed.push((item, draft));
                Outcome::Changed
            }
        });
    }
    if commit {
        write(t, kind, added, &changed)?;
    }
    Ok(outcomes)
}

/// Adds and changes things: the one place where rows of things are written.
fn write(
    t: &mut TenantConn,
    kind: Kind,
    added: Vec<(ItemDraft, Timestamp)>,
    changed: &[(&Item, ItemDraft)],
) -> Result<(), Error> {
    if added.is_empty() && changed.is_empty() {
        return t.no_changes();
    }
    let mut counter_changes = CounterChanges::default();
    let news: Vec<(String, Option<CustomerId>)> =
        added.iter().map(|(draft, _)| (draft.name.clone(), draft.customer)).collect();
    let ids = bulk_load::add(t, kind, &added, &mut counter_changes)?;
    record_rows(t, kind, Action::Add, ids.into_iter().zip(news))?;
    let others = changed.iter().map(|(item, draft)| (item.id, (draft.name.clone(), draft.customer)));
    record_rows(t, kind, Action::Change, others)?;
    store::change(t, kind, changed, &mut counter_changes).map_err(|refused| match refused {
        Refused::By(refusal) => Error::unavailable(format!("another change came between: {refusal:?}")),
        Refused::Failed(error) => error,
    })?;
    counter_changes.apply(t, kind)
}

/// Leaves an entry in the audit log that names what was done by these rows, in the logs of their customers as well.
fn record_rows(
    t: &mut TenantConn,
    kind: Kind,
    action: Action,
    written: impl Iterator<Item = (ItemId, (String, Option<CustomerId>))>,
) -> Result<(), Error> {
    let mut items = Items::default();
    for (id, (name, customer)) in written {
        items.add(id, &name);
        customer.into_iter().for_each(|customer| items.concern(customer));
    }
    if items.len() == 0 { Ok(()) } else { audit::record(t, Entry::several(action, kind.into(), items)) }
}

/// What a row means, as if somebody had typed it into the form. An empty type is the one that the form offers.
fn read(row: &Row, stored: Option<&Item>, customers: &CustomerCells) -> Result<ItemDraft, String> {
    let mut form = match stored {
        Some(item) => ItemForm::of(item, String::new()),
        None => ItemForm::fresh(String::new()),
    };
    row.put(0, &mut form.name);
    if row.cell(TYPE).is_some_and(|cell| !cell.trim().is_empty()) {
        row.put(TYPE, &mut form.type_name);
    }
    row.put(2, &mut form.label);
    row.put(3, &mut form.description);
    let customer = match row.cell(CUSTOMER) {
        None => Ok(stored.and_then(|item| item.customer_id)),
        Some(cell) => customers.find(cell),
    };
    form.parse(customer).map_err(|errors| row.refusal(COLUMNS, &errors))
}
