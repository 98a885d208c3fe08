//! Rows of customers: what each means, what would become of it, and doing it. The rules are those of the form.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, DashboardId};
use crate::base::text;
use crate::model::customers::form::{Chosen, CustomerForm};
use crate::model::customers::store::{self, Named};
use crate::model::customers::{Customer, CustomerDraft, contact, hierarchy};
use crate::model::dashboards;
use crate::model::imports::columns::DESCRIPTION_NAMES;
use crate::model::imports::customer_cells::{CustomerCells, not_inside};
use crate::model::imports::planned_hierarchy::{Node, Planned, Ways};
use crate::model::imports::{Column, Index, Outcome, Row, hash, yes_or_no};
use crate::model::lifecycle::save::{self, Refusal, is_unchanged};
use crate::tenancy::TenantConn;

/// The columns of a customer.
pub static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let first = [
        Column::new("title", "Title").or(&TITLE_NAMES),
        Column::new("description", "Description").or(DESCRIPTION_NAMES),
        Column::new("parent", "Parent customer").or(&["parent", "parentcompany", "parentaccount", "parentname"]),
    ];
    let contact = contact::fields_in_files().map(|field| Column::new(field.name, field.label).or(field.other_names));
    let last = [
        Column::new("home_dashboard", "Home dashboard"),
        Column::new("hide_home_toolbar", "Hide home dashboard toolbar"),
    ];
    first.into_iter().chain(contact).chain(last).collect()
});
/// What other systems call the title of a customer.
const TITLE_NAMES: [&str; 9] = [
    "customer",
    "customername",
    "customertitle",
    "company",
    "companyname",
    "organization",
    "organisation",
    "accountname",
    "name",
];
/// The place of the parent among them.
pub const PARENT: usize = 2;
const CONTACT: usize = 3;
const HOME: usize = CONTACT + contact::FIELDS.len();
const TOOLBAR: usize = HOME + 1;

/// What the rows of a slice name, looked up together.
struct Found {
    stored: HashMap<String, Customer>,
    /// The customers that are named as parents.
    parents: CustomerCells,
    homes: HashMap<String, Vec<DashboardId>>,
    ways: Ways,
}

impl Found {
    fn of(t: &mut TenantConn, rows: &[Row]) -> Result<Self, Error> {
        let keys = |column: usize| rows.iter().filter_map(move |row| row.cell(column)).map(text::key);
        let titles: BTreeSet<String> = keys(0).collect();
        let stored = store::find_by_titles(t, &titles.iter().cloned().collect::<Vec<_>>())?;
        let parents = CustomerCells::look_up(t, rows.iter().filter_map(|row| row.cell(PARENT)))?;
        let homes: BTreeSet<String> = keys(HOME).filter(|key| !key.is_empty()).collect();
        Ok(Self {
            stored,
            parents,
            homes: dashboards::by_titles(t, &homes.into_iter().collect::<Vec<_>>())?,
            ways: Ways::default(),
        })
    }
}

/// How many rows of the hierarchy take as long as a customer does otherwise.
const PER_ROW: u64 = 10;

/// Says what becomes of each row, and does it if `commit`. A row that names a parent comes after that one's own row. Ends
/// before the last row when what was written took as long as about `most` customers at the top: each has a row of the
/// hierarchy for every customer above it.
///
/// # Errors
/// then nothing of the transaction counts.
pub fn rows(
    t: &mut TenantConn,
    index: &mut Index,
    rows: &[Row],
    commit: bool,
    most: u64,
) -> Result<Vec<Outcome>, Error> {
    if commit {
        // Before any row of theirs is locked, as whoever moves customers does, so that none waits in a circle.
        t.lock_hierarchy()?;
    }
    let mut found = Found::of(t, rows)?;
    let (mut outcomes, mut written) = (Vec::with_capacity(rows.len()), 0);
    for row in rows {
        if written >= most {
            break;
        }
        let (outcome, took) = one(t, index, row, &mut found, commit)?;
        written += 1 + took / PER_ROW;
        if matches!(outcome, Outcome::Refused(_)) {
            index.refuse(row.line);
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// What becomes of a row, and how many rows of the hierarchy it took.
fn one(
    t: &mut TenantConn,
    index: &mut Index,
    row: &Row,
    found: &mut Found,
    commit: bool,
) -> Result<(Outcome, u64), Error> {
    let refused = |why: String| Ok((Outcome::Refused(why), 0));
    let key = text::key(row.cell(0).unwrap_or_default());
    let stored = found.stored.get(&key);
    let parent = parent(index, row, &key, stored, found, commit);
    let Placed { chosen, expected } = match parent {
        Ok(placed) => placed,
        Err(why) => Placed { chosen: Err(why), expected: false },
    };
    let form = form(row, stored);
    let home = home(row, stored, found);
    let toolbar = row.cell(TOOLBAR).map_or(Some(false), yes_or_no::parse);
    let draft = match (form.parse(Chosen { parent: chosen, home }), toolbar) {
        (Ok(draft), Some(_)) => draft,
        (parsed, toolbar) => {
            let mut errors = parsed.err().unwrap_or_default();
            if toolbar.is_none() {
                errors.add(COLUMNS[TOOLBAR].name, "Enter Yes or No");
            }
            return refused(row.refusal(&COLUMNS, &errors));
        }
    };
    let outcome = match stored {
        None => Outcome::New,
        Some(customer) if !expected && is_unchanged(customer, &draft) => Outcome::Unchanged,
        Some(_) => Outcome::Changed,
    };
    if !commit
        && let (Some(customer), Some(parent)) = (stored, draft.parent)
        && Some(parent) != customer.parent_id
        && index.parent(hash(&key)).is_none_or(|parent| index.first(parent).is_none())
        && hierarchy::is_under(t, parent, customer.id)?
    {
        return refused(IN_BRANCH.into());
    }
    let above = row.cell(PARENT).and_then(|cell| found.parents.titles(cell).pop()).map(|title| text::key(&title));
    if !commit {
        let above = above.as_ref().and_then(|key| Some((hash(key), found.parents.named(key)?.id)));
        let inner =
            stored.filter(|customer| customer.counts.inner_customers > 0).map(|customer| (hash(&key), customer.id));
        above.into_iter().chain(inner).for_each(|(key, id)| index.is_stored(key, id));
    }
    if outcome == Outcome::Unchanged {
        return Ok((outcome, 0));
    }
    if commit {
        return write(t, found, key, above, &draft)
            .map(|(refused, took)| (refused.map_or(outcome, Outcome::Refused), took));
    }
    let customer = Node { key: hash(&key), id: stored.map(|customer| customer.id) };
    match planned(t, index, row, found, customer, above)? {
        Some(why) => refused(why),
        None => Ok((outcome, 0)),
    }
}

/// In a dry run, why a row would be refused after those before it, if it would make a branch too deep.
fn planned(
    t: &mut TenantConn,
    index: &Index,
    row: &Row,
    found: &mut Found,
    customer: Node,
    above: Option<String>,
) -> Result<Option<String>, Error> {
    if row.cell(PARENT).is_none() {
        return Ok(None); // where it is already, or at the top
    }
    let parent = above.map(|key| Node { key: hash(&key), id: found.parents.named(&key).map(|named| named.id) });
    let planned = Planned { index, at: (index.pass(customer.key), row.line) };
    Ok(planned.wrong_with(t, &mut found.ways, customer, parent)?.map(|deep| deep.sentence()))
}

const IN_BRANCH: &str = "A customer cannot be placed under itself or one of its inner customers";

/// Adds or changes a customer: the one place where rows of customers are written. `key` and `above` are the folded titles
/// of itself and its parent. Answers why it was refused, if it was, and how many rows of the hierarchy it took.
fn write(
    t: &mut TenantConn,
    found: &mut Found,
    key: String,
    above: Option<String>,
    draft: &CustomerDraft,
) -> Result<(Option<String>, u64), Error> {
    let done = match found.stored.get(&key) {
        None => save::insert(t, draft),
        Some(customer) => save::update(t, customer.id, customer.version, draft),
    };
    match done {
        Ok(saved) => {
            // Rows of this slice may name it.
            found.parents.note(key, Named { id: saved.customer.id, above });
            Ok((None, saved.rows))
        }
        Err(Refused::By(Refusal::ParentInBranch)) => Ok((Some(IN_BRANCH.into()), 0)),
        Err(Refused::By(Refusal::TooDeep(deep))) => Ok((Some(deep.sentence()), 0)),
        // Somebody else was quicker: the slice begins again and sees what they did.
        Err(Refused::By(refusal)) => Err(Error::unavailable(format!("another change came between: {refusal:?}"))),
        Err(Refused::Failed(error)) => Err(error),
    }
}

/// Where a customer is to be.
struct Placed {
    chosen: Result<Option<CustomerId>, String>,
    /// Whether that is a customer which only the import itself will add, or where it will be moved by it: a dry run.
    expected: bool,
}

/// What the parent's cell means.
fn parent(
    index: &Index,
    row: &Row,
    key: &str,
    stored: Option<&Customer>,
    found: &Found,
    commit: bool,
) -> Result<Placed, String> {
    let Some(cell) = row.cell(PARENT) else {
        return Ok(Placed { chosen: Ok(stored.and_then(|customer| customer.parent_id)), expected: false });
    };
    let path = found.parents.titles(cell);
    let Some(title) = path.last() else { return Ok(Placed { chosen: Ok(None), expected: false }) };
    if index.in_cycle(hash(key)) {
        return Err("The customer is among its own parents in this file".into());
    }
    let of_file = |key: &str| index.first(hash(key));
    let name = text::key(title);
    if let Some(line) = of_file(&name).filter(|line| index.is_refused(*line)) {
        return Err(format!("The row of its parent customer {title} on line {line} is refused"));
    }
    let known = found.parents.named(&name);
    if known.is_none() && (commit || of_file(&name).is_none()) {
        return Err(format!("There is no customer {title} to be its parent"));
    }
    for pair in path.windows(2) {
        let (above, below) = (text::key(&pair[0]), text::key(&pair[1]));
        let by_file = if commit { None } else { of_file(&below).and_then(|_| index.parent(hash(&below))) };
        let by_row = found.parents.named(&below).and_then(|named| named.above.as_deref()).map(hash);
        if by_file.or(by_row) != Some(hash(&above)) {
            return Err(not_inside(&pair[1], &pair[0]));
        }
    }
    Ok(Placed { chosen: Ok(known.map(|named| named.id)), expected: known.is_none() })
}

/// The form as if somebody had typed the row into it.
fn form(row: &Row, stored: Option<&Customer>) -> CustomerForm {
    let mut form = stored.map_or_else(CustomerForm::default, |customer| CustomerForm::of(customer, String::new()));
    for (column, field) in [&mut form.title, &mut form.description, &mut form.parent].into_iter().enumerate() {
        row.put(column, field);
    }
    for (column, field) in (CONTACT..).zip(contact::fields_in_files()) {
        if let Some(cell) = row.cell(column) {
            field.put(cell, &mut form.contact);
        }
    }
    if let Some(hides) = row.cell(TOOLBAR).map(yes_or_no::parse) {
        form.hide_home_toolbar = if hides == Some(true) { "yes".into() } else { String::new() };
    }
    form
}

/// What the cell of the home dashboard means.
fn home(row: &Row, stored: Option<&Customer>, found: &Found) -> Result<Option<DashboardId>, String> {
    let kept = stored.and_then(|customer| customer.home_dashboard_id);
    let Some(title) = row.cell(HOME) else { return Ok(kept) };
    if text::key(title).is_empty() {
        return Ok(None);
    }
    match found.homes.get(&text::key(title)).map_or(&[][..], Vec::as_slice) {
        [] => Err(format!("There is no dashboard {title}")),
        [only] => Ok(Some(*only)),
        several => match kept.filter(|kept| several.contains(kept)) {
            Some(kept) => Ok(Some(kept)),
            None => Err(format!("There are several dashboards {title}; give one of them another title")),
        },
    }
}
