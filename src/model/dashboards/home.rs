//! Home dashboards: what a customer user sees at first. Their own choice, else the customer's, else the nearest parent
//! customer's, else the tenant's; each only while the dashboard is there and still theirs.

use crate::base::error::Error;
use crate::base::forms::Choice;
use crate::base::id::{CustomerId, DashboardId, UserId};
use crate::model::dashboards::listing::{self, Whose};
use crate::model::dashboards::{self, Dashboard, customer_homes, user_homes};
use crate::tenancy::audit::{self, Action, Entry, Items, Subject};
use crate::tenancy::{TenantConn, rows};

/// A list to choose from has no more.
const MOST: i64 = 1_000;

/// What somebody sees at first.
#[derive(Debug)]
pub struct Home {
    /// The dashboard.
    pub dashboard: Dashboard,
    /// Whether it is shown without its toolbar.
    pub bare: bool,
}

/// The home of a user of a customer, if they have one. What they chose themselves has its toolbar.
pub fn of(t: &mut TenantConn, user: UserId, customer: CustomerId) -> Result<Option<Home>, Error> {
    if let Some(id) = user_homes::home_of(t, user)?
        && listing::holds(t, Whose::Branch(customer), id)?
    {
        return Ok(Some(Home { dashboard: dashboards::find(t, id)?, bare: false }));
    }
    for above in customer_homes::up_from(t, customer)? {
        if let Some(id) = above.home_dashboard_id
            && listing::holds(t, Whose::Of(above.id), id)?
        {
            return Ok(Some(Home { dashboard: dashboards::find(t, id)?, bare: above.hide_home_toolbar }));
        }
    }
    of_tenant(t)
}

/// The home that is set for the tenant, if it is there.
pub fn of_tenant(t: &mut TenantConn) -> Result<Option<Home>, Error> {
    let (home, bare) = rows::home_of(t)?;
    match home.map(|id| dashboards::find(t, id)).transpose() {
        Ok(found) => Ok(found.map(|dashboard| Home { dashboard, bare })),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What can be chosen as the home of a customer.
pub fn choices(t: &mut TenantConn) -> Result<Vec<Choice>, Error> {
    offered(t, Whose::All)
}

/// What a user of a customer can choose as their own home.
pub fn choices_of(t: &mut TenantConn, customer: CustomerId) -> Result<Vec<Choice>, Error> {
    offered(t, Whose::Branch(customer))
}

fn offered(t: &mut TenantConn, whose: Whose) -> Result<Vec<Choice>, Error> {
    let found = listing::titles(t, whose, MOST)?.into_iter();
    let found = found.map(|(id, title)| Choice::new(id.to_string(), title));
    Ok([Choice::new("", "Not set")].into_iter().chain(found).collect())
}

const CHOOSE: &str = "Choose a home dashboard from the list";

/// What was chosen for a customer.
///
/// # Errors
/// inside, what is wrong with the choice.
pub fn chosen(t: &mut TenantConn, typed: &str) -> Result<Result<Option<DashboardId>, String>, Error> {
    find_choice(t, typed, Whose::All)
}

/// What a user of a customer chose for themselves.
///
/// # Errors
/// As `chosen`.
pub fn chosen_by(
    t: &mut TenantConn,
    typed: &str,
    customer: CustomerId,
) -> Result<Result<Option<DashboardId>, String>, Error> {
    find_choice(t, typed, Whose::Branch(customer))
}

fn find_choice(t: &mut TenantConn, typed: &str, whose: Whose) -> Result<Result<Option<DashboardId>, String>, Error> {
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    Ok(match typed.parse::<DashboardId>() {
        Ok(id) if listing::holds(t, whose, id)? => Ok(Some(id)),
        _ => Err(CHOOSE.into()),
    })
}

/// What the audit log calls the field.
pub const HOME: &str = "Home dashboard";

/// A dashboard is nobody's home any more, and for good. Leaves an entry in the logs of those whose home it was.
pub fn forget(t: &mut TenantConn, dashboard: DashboardId) -> Result<(), Error> {
    if rows::home_of(t)?.0 == Some(dashboard) {
        rows::forget_home(t, dashboard)?;
        let entry = Entry::of(Action::Change, &rows::named(t)?);
        audit::record(t, entry.change(HOME, Some(dashboard), None::<DashboardId>))?;
    }
    customer_homes::forget_home(t, dashboard)?;
    user_homes::forget_home(t, dashboard)
}

/// Records who lost a dashboard as their home, while it is there: one entry, in the log of each.
pub fn record_lost(
    t: &mut TenantConn,
    dashboard: DashboardId,
    kind: audit::Kind,
    lost: Vec<Subject>,
) -> Result<(), Error> {
    if lost.is_empty() {
        return Ok(());
    }
    let mut items = Items::default();
    for one in lost {
        items.add(one.id, &one.title);
        items.concern(one.id);
        one.concerns.into_iter().for_each(|id| items.concern(id));
    }
    let entry = Entry::several(Action::Change, kind, items);
    audit::record(t, entry.change(HOME, Some(dashboard), None::<DashboardId>))
}
